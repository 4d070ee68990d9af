# A thin front over CMake presets (CMakePresets.json). `make` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
HOME_DIR ?= .gyre
PORT ?= 5000
VENV := .cache/venv
PYTHON := $(VENV)/bin/python
configure = cmake --preset $(1) $(2) >.cache/configure-$(1).log || { cat .cache/configure-$(1).log; exit 1; }
compile = cmake --build --preset $(1) -j $(JOBS) $(2)

.PHONY: help build run test check e2e peers sanitize fuzz soak bench lock format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build/release/gyre
	@tools/setup build
	@$(call configure,release,)
	@$(call compile,release,--target gyre)

run: build ## the weather example through the whole loop, then serve it
	@build/release/gyre demo --home $(HOME_DIR) --port $(PORT)

test: ## everything that proves it works: unit tests, scenarios, clients, structure
	@tools/setup build test
	@$(call configure,release,-DGYRE_TESTS=ON -DGYRE_HEADERS=OFF)
	@$(call compile,release,)
	@ctest --preset release -j $(JOBS) --quiet || { ctest --preset release --rerun-failed; exit 1; }
	@$(MAKE) --no-print-directory $(VENV)/.complete
	@cd tests && ../$(PYTHON) -m pytest -n $(JOBS) --dist loadfile

$(VENV)/.complete: tests/requirements.txt
	@echo "making $(VENV)"
	@rm -rf $(VENV) && python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@touch $@

check: ## format, clang-tidy, every header alone
	@tools/setup build test check
	@$(call configure,release,-DGYRE_TESTS=ON -DGYRE_HEADERS=ON)
	@$(call compile,release,)
	@tools/check

peers: ## against the real reference packages (scikit-learn, scipy, onnxruntime, mlflow); rewrites docs/results
	@tools/setup build test
	@$(call configure,release,-DGYRE_TESTS=ON)
	@$(call compile,release,--target gyre train_tool stats_tool)
	@tests/peers/run

sanitize: ## unit tests and scenarios under ASan+UBSan, then TSan
	@tools/setup build test
	@$(MAKE) --no-print-directory $(VENV)/.complete
	@tools/sanitize

fuzz: ## every fuzz target for FUZZ_SECONDS (default 60) each
	@tools/setup build fuzz
	@tools/fuzz

soak: ## kill -9 at 1,000 random moments, and hours of traffic in minutes
	@$(MAKE) --no-print-directory build $(VENV)/.complete
	@$(call compile,release,--target gyre_faults)
	@cd tests && ../$(PYTHON) -m pytest soak -m "slow or not slow"

e2e: build ## the pages in a real browser, which it installs (make test runs them where there is one)
	@tools/setup browser
	@$(MAKE) --no-print-directory $(VENV)/.complete
	@cd tests && ../$(PYTHON) -m pytest e2e

bench: ## figures beside the peers and the physical limits; writes docs/results
	@tools/setup build test bench
	@$(call configure,release,-DGYRE_BENCH=ON)
	@$(call compile,release,)
	@bench/run

lock: ## compile requirements.txt from requirements.in, for the tests, the peers and the bench
	@python3 -m venv .cache/venv-lock && .cache/venv-lock/bin/pip install --quiet pip-tools==7.5.1
	@for folder in tests tests/peers tests/integration/mlflow bench; do (cd $$folder && $(CURDIR)/.cache/venv-lock/bin/pip-compile --quiet \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras -o requirements.txt requirements.in); done

format: ## rewrite the sources with clang-format
	@git ls-files 'src/*.h' 'src/*.cc' 'fuzz/*.cc' 'bench/*.cc' 'bench/*.h' | xargs clang-format-19 -i

clean: ## remove build/ (downloads stay in .cache/)
	@rm -rf build
