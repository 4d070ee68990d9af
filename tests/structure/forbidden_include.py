#!/usr/bin/env python3
"""Proves that the build itself refuses an include that the table of arrows does not allow.

Compiles a file of the lowest module twice with that module's own compile command: once plain, which must succeed, and
once with an include of a module above it, which must fail with "no such file".
"""
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path


def compile_with(entry, text):
    with tempfile.TemporaryDirectory() as folder:
        probe = Path(folder) / "probe.cc"
        probe.write_text(text)
        command = shlex.split(entry["command"])
        command[command.index("-c") + 1] = str(probe)
        command[command.index("-o") + 1] = str(Path(folder) / "probe.o")
        return subprocess.run(command, cwd=entry["directory"], capture_output=True, text=True)


def main(source, build):
    entries = json.loads((build / "compile_commands.json").read_text())
    entry = next(e for e in entries if e["file"].endswith("src/base/time.cc"))
    plain = compile_with(entry, '#include "base/time.h"\n')
    if plain.returncode != 0:
        return f"an allowed include does not compile:\n{plain.stderr}"
    forbidden = compile_with(entry, '#include "base/time.h"\n#include "store/database.h"\n')
    if forbidden.returncode == 0:
        return "base could include store/database.h: the include roots are not separate"
    if "store/database.h: No such file" not in forbidden.stderr:
        return f"the forbidden include failed for another reason:\n{forbidden.stderr}"
    return None


if __name__ == "__main__":
    problem = main(Path(sys.argv[1]), Path(sys.argv[2]))
    if problem:
        sys.exit(problem)
