"""Writes the parts of docs/mlflow.md that follow from tests: the meant differences, and the state of every method of the client.

    document.py               the differences (no client needed)
    document.py --methods     the methods too, called against build/release/gyre
"""
import argparse
import re
import sys
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "clients"), str(HERE.parents[1])]
from corpus.compare import FILE  # noqa: E402
from harness.server import ROOT, Server  # noqa: E402

DOCUMENT = ROOT / "docs/mlflow.md"


def differences():
    entries = yaml.safe_load(FILE.read_text())["differences"]
    return "\n".join(["| difference | why |", "|---|---|", *(f"| {one['title']} | {one['reason']} |" for one in entries)])


def states(found):
    """A row for all that works, and one for each method that does not."""
    groups = {}
    for name, (state, said) in sorted(found.items()):
        groups.setdefault(state, []).append(name)
    lines = ["| state | methods |", "|---|---|"]
    return "\n".join(lines + [f"| {state} ({len(names)}) | {', '.join(f'`{name}`' for name in names)} |"
                              for state, names in sorted(groups.items(), key=lambda group: -len(group[1]))])


def replaced(text, part, content):
    """The text between the marks of a part."""
    begin, end = f"<!-- {part}: written by tests/integration/mlflow/document.py -->", f"<!-- end of {part} -->"
    assert begin in text and end in text, f"{DOCUMENT} has no part {part}"
    return re.sub(re.escape(begin) + ".*?" + re.escape(end), lambda _: f"{begin}\n{content}\n{end}", text, flags=re.S)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", action="store_true")
    text = replaced(DOCUMENT.read_text(), "differences", differences())
    if parser.parse_args().methods:
        import methods
        with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "home") as server:
            text = replaced(text, "methods", states(methods.run(server.url)))
    DOCUMENT.write_text(text)


if __name__ == "__main__":
    main()
