# A thin front over CMake presets (CMakePresets.json). `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
build = cmake --preset $(1) >/dev/null && cmake --build --preset $(1) -j $(JOBS)

.PHONY: help build run test check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build/release/gyre
	tools/setup build
	cmake --preset release -DGYRE_TESTS=OFF >/dev/null && cmake --build --preset release -j $(JOBS)

test: ## everything that proves it works, in one release build
	tools/setup build test
	cmake --preset release -DGYRE_TESTS=ON >/dev/null && cmake --build --preset release -j $(JOBS)
	ctest --preset release -j $(JOBS)

clean: ## remove build/ (downloads stay in .cache/)
	rm -rf build
