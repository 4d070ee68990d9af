#!/usr/bin/env python3
"""No TRY behind another element of a braced initialiser: g++ 12 does not destroy what was built of an aggregate before a
TRY in it returns, so that every mistake in what a client sends would cost memory for good. Name the value first."""
import re
import subprocess
import sys
from pathlib import Path

BLANKED = [re.compile(r'R"(\w*)\(.*?\)\1"', re.S), re.compile(r"//[^\n]*"), re.compile(r'"(\\.|[^"\\\n])*"'),
           re.compile(r"'(\\.|[^'\\\n])'")]
LAMBDA = re.compile(r"\[[^\]]*\]\s*(\([^)]*\))?[^{]*\{")


def blank(text):
    """Strings and comments become spaces, so that what is left are the language's own brackets."""
    for pattern in BLANKED:
        text = pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group(0)), text)
    return text


def braces(text):
    opened = []
    for at, sign in enumerate(text):
        if sign in "({[":
            opened.append(at)
        elif sign in ")}]" and opened:
            start = opened.pop()
            if text[start] == "{":
                yield start, text[start + 1:at]


def elements(body):
    """What the commas of an initialiser part; nothing for a block of statements."""
    depth, start, parts = 0, 0, []
    for at, sign in enumerate(body):
        depth += (sign in "({[") - (sign in ")}]")
        if depth == 0 and sign == ";":
            return []
        if depth == 0 and sign == ",":
            parts.append(body[start:at])
            start = at + 1
    return parts + [body[start:]]


def leaves(element):
    """A TRY in the body of a lambda returns from the lambda."""
    found = LAMBDA.search(element)
    return "TRY(" in (element[:found.end()] if found else element)


def offences(text):
    text = blank(text)
    for start, body in braces(text):
        if "TRY(" not in body:
            continue
        # Blocks that hold blocks only, such as a namespace's, have no semicolon of their own either.
        is_block = re.search(r"(\)|\bnamespace [\w:]*|\bnamespace|\bconst|\boverride|\belse|\bdo|\btry)\s*$", text[max(0, start - 100):start])
        if not is_block and any(leaves(element) for element in elements(body)[1:]):
            yield text.count("\n", 0, start) + 1


def main(root):
    names = subprocess.run(["git", "ls-files", "src/*.cc", "src/*.h"], cwd=root, capture_output=True, text=True).stdout.split()
    names = names or [str(path.relative_to(root)) for path in (root / "src").rglob("*.[ch]*")]
    found = [f"{name}:{line}: a TRY behind another element of the braces; name its value first"
             for name in names for line in offences((root / name).read_text())]
    print("\n".join(found))
    return bool(found)


if __name__ == "__main__":
    sample = "auto f() {\n  return A{.x = TRY(G()), .y = 1};\n}\nauto g() {\n  return A{.x = 1,\n .y = {TRY(H())}};\n}\n"
    assert list(offences(sample)) == [5], list(offences(sample))
    sys.exit(main(Path(sys.argv[1])))
