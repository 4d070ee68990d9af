#!/usr/bin/env python3
"""Holds the sources against the table of arrows in cmake/modules.cmake.

Checks that the table has no cycle and points down only, that every include names a module that is allowed, that nobody
looks into another module's internal/, and that every *_test.cc belongs to a test program.
"""
import re
import sys
from pathlib import Path

# Layers from the ground up, in the order of docs/architecture.md: a module uses none of a higher layer.
LAYERS = [
    ["base"],
    ["store", "blob", "engine", "http", "grpc", "proc", "mail", "git", "onnx", "stats"],
    ["model", "search"],
    ["tracking", "tracing", "artifacts", "data", "features", "registry", "webhooks", "train", "package", "explain", "serve", "monitor", "targets", "release", "pipeline"],
    ["steps", "adopt", "loop", "govern", "transfer"],
    ["api_v1", "api_mlflow", "api_oip", "api_dvc", "api_feast", "api_hooks", "ui"],
    ["server", "examples"],
    ["cli"],
]


def read_table(path):
    table, paths = {}, {}
    for name, folder, rest in re.findall(r"^gyre_module\((\w+) (\S+?)((?: [^)]*)?)\)", path.read_text(), re.M):
        uses = re.search(r"USES ([\w ]+?)(?: LIBS|$)", rest)
        table[name] = uses.group(1).split() if uses else []
        paths[name] = folder
    return table, paths


def closure(table, name, seen=()):
    if name in seen:
        raise SystemExit(f"cmake/modules.cmake: cycle {' -> '.join([*seen, name])}")
    below = {name}
    for used in table[name]:
        below |= closure(table, used, (*seen, name))
    return below


def layer(name):
    for depth, names in enumerate(LAYERS):
        if name in names:
            return depth
    raise SystemExit(f"tests/structure/arrows.py: module '{name}' has no layer")


def module_of(relative, paths):
    owners = [name for name, folder in paths.items() if relative.is_relative_to(folder)]
    return max(owners, key=lambda name: len(paths[name]), default=None)


def main(source, build):
    problems = []
    table, paths = read_table(source / "cmake/modules.cmake")
    for name, uses in table.items():
        for used in uses:
            if used not in table:
                problems.append(f"cmake/modules.cmake: {name} uses {used}, which is no module")
            elif layer(used) > layer(name):
                problems.append(f"cmake/modules.cmake: {name} uses {used}, which lies above it")
    if problems:
        return problems
    allowed = {name: closure(table, name) for name in table}

    ninja = (build / "build.ninja").read_text()
    for path in sorted((source / "src").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        relative = path.relative_to(source / "src")
        if relative == Path("main.cc"):
            continue
        owner = module_of(relative, paths)
        if owner is None:
            problems.append(f"src/{relative}: belongs to no module of cmake/modules.cmake")
            continue
        if path.name.endswith("_test.cc") and f"src/{relative}.o" not in ninja:
            problems.append(f"src/{relative}: is in no test program")
        for number, line in enumerate(path.read_text().splitlines(), 1):
            include = re.match(r'#include "([^"]+)"', line)
            if not include:
                continue
            target = Path(include.group(1))
            wanted = module_of(target, paths)
            if wanted is None or not (source / "src" / target).exists():
                continue
            if wanted not in allowed[owner]:
                problems.append(f"src/{relative}:{number}: {owner} may not include {wanted} (cmake/modules.cmake)")
            if "internal" in target.parts and wanted != owner:
                problems.append(f"src/{relative}:{number}: {target} is internal to {wanted}")
            if "testing" in target.parts and not (path.name.endswith("_test.cc") or "testing" in relative.parts):
                problems.append(f"src/{relative}:{number}: {target} is for tests only")

    for path in sorted((source / "src").rglob("*")):
        if path.suffix in (".h", ".cc"):
            lines = len(path.read_text().splitlines())
            limit = 400 if path.suffix == ".h" else 800
            if lines > limit:
                problems.append(f"{path.relative_to(source)}: {lines} lines, over {limit}")
    for name in table:
        folder = source / "src" / paths[name]
        if not (folder / "README.md").exists():
            problems.append(f"src/{paths[name]}: has no README.md")
        elif len((folder / "README.md").read_text().splitlines()) > 60:
            problems.append(f"src/{paths[name]}/README.md: over 60 lines")
    return problems


if __name__ == "__main__":
    found = main(Path(sys.argv[1]), Path(sys.argv[2]))
    print("\n".join(found))
    sys.exit(1 if found else 0)
