#!/usr/bin/env python3
"""Holds the documents against the tree: every relative link, and every path in backticks, is a file that is there.

Of links with a #part the heading must exist too. A path in backticks counts if it begins with a folder of the repository
and has no placeholder in it; one that git does not track (build/, .cache/) is left alone.
"""
import re
import subprocess
import sys
from pathlib import Path

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
PLACEHOLDER = re.compile(r"[A-Z]{2,}|[*<>{}$…|=]")
MADE = ("docs/results",)  # by make bench and make peers
FOLDERS = ("bench/", "cmake/", "deps/", "docs/", "examples/", "fuzz/", "src/", "tests/", "tools/", "ui/", ".ci/")


def documents(root):
    files = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                           cwd=root, capture_output=True, text=True).stdout.splitlines()
    # Outside a checkout: whatever lies there, but for what was built and downloaded.
    files = files or [str(path.relative_to(root)) for path in root.rglob("*.md")]
    return [root / name for name in sorted(files) if not name.startswith(("build/", ".cache/")) and "/testdata/" not in name]


def anchors(path):
    for heading in re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text()), re.M):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def check_link(document, target):
    if re.match(r"[a-z]+:", target):
        return None
    place, _, part = target.partition("#")
    path = (document.parent / place).resolve() if place else document
    if not path.exists():
        return f"links to {target}, which is not there"
    if part and path.suffix == ".md" and part not in anchors(path):
        return f"links to {target}, but {path.name} has no such heading"
    return None


def check_path(root, document, text):
    if not text.startswith(FOLDERS) or " " in text or PLACEHOLDER.search(re.sub(r"README|CONTRIBUTING|NOTICE|CMakeLists", "", text)):
        return None
    name = re.sub(r":\d+$", "", text)
    if (root / name).exists() or (document.parent / name).exists() or name.rstrip("/") in MADE:
        return None
    # "src/stats/metrics" may stand for a header and its source, "tests/structure/links" for a script.
    stem = root / name
    if stem.parent.is_dir() and any(path.stem == stem.name for path in stem.parent.iterdir()):
        return None
    return f"names `{text}`, which is not there"


def main(root):
    root, problems, looked_at = Path(root).resolve(), [], 0
    for document in documents(root):
        text = document.read_text()
        looked_at += 1
        found = [check_link(document, target) for target in LINK.findall(FENCE.sub("", text))]
        found += [check_path(root, document, code) for code in CODE.findall(FENCE.sub("", text))]
        problems += [f"{document.relative_to(root)}: {problem}" for problem in found if problem]
    for problem in problems:
        print(problem)
    if not looked_at:
        raise SystemExit("no documents found")
    raise SystemExit(1 if problems else 0)


if __name__ == "__main__":
    main(sys.argv[1])
