"""Declarative tests of the real binary.

A scenario file is a list of steps. A step is a title, what to do, and what to expect:

    === a version that is not there
    PUT /api/v1/endpoints/rain
    {"version": "rain/9"}
    --- 404
    $.error_code = "NOT_FOUND"
    $.message ~ rain/9

What to do is a request (headers may follow its line; the body after an empty line, or at once if it does not look like a
header; "@file" sends a file of tests/scenarios/data, "@bytes N" that many blanks) or a command ("$ gyre model list --json"),
run with --server set; "$$ gyre ..." runs it as it stands. {{name}} is replaced by what an earlier step captured, {{data}} by
the data folder, {{home}} by the server's home, {{scratch}} by an empty folder. Expectations after the status or exit code:

    $.a.b[0] = JSON          equal                       $.a ~ REGEX              matches, as text
    $.a exists               is there                    $.a missing              is not
    $.a > 3                  compares (also < >= <=)     $.a has JSON             a list that has it, an object that includes it
    header Name ~ REGEX      a header                    body ~ REGEX             the whole body
    save NAME = $.a          for later steps             within 10s $.a = JSON    asked again until it holds
"""
import json
import re
import shlex
import time
from dataclasses import dataclass, field
from pathlib import Path

from .server import gyre

DATA = Path(__file__).resolve().parents[1] / "scenarios" / "data"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass
class Step:
    title: str
    line: int
    action: str = ""
    headers: dict = field(default_factory=dict)
    body: str = ""
    code: int = 0
    expectations: list = field(default_factory=list)


def parse(text):
    steps, step, part = [], None, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("=== "):
            step, part = Step(line[4:].strip(), number), "action"
            steps.append(step)
        elif step is None:
            assert not line.strip() or line.startswith("#"), f"line {number}: text before the first '==='"
        elif line.startswith("--- "):
            step.code, part = int(line[4:]), "expect"
        elif part == "action":
            if line.strip() and not line.startswith("#"):
                step.action, part = line.strip(), "headers"
        elif part == "headers":
            header = re.match(r"^([A-Za-z-]+): (.*)$", line)
            if header:
                step.headers[header.group(1)] = header.group(2)
            else:
                part = "body"
                step.body += "" if not line.strip() else line + "\n"
        elif part == "body":
            step.body += line + "\n"
        elif line.strip() and not line.startswith("#"):
            step.expectations.append((number, line.strip()))
    return steps


def look_up(document, path):
    """The value at $.a.b[0]["c d"], or KeyError."""
    value = document
    for name, index, quoted in re.findall(r"\.([A-Za-z_][\w-]*)|\[(-?\d+)\]|\[\"([^\"]*)\"\]", path):
        key = int(index) if index else (quoted or name)
        try:
            value = value[key]
        except (IndexError, TypeError, KeyError):
            raise KeyError(path) from None
    return value


def includes(value, wanted):
    if isinstance(value, list):
        return any(includes(item, wanted) if isinstance(wanted, dict) else item == wanted for item in value)
    if isinstance(value, dict) and isinstance(wanted, dict):
        return all(key in value and value[key] == wanted[key] for key in wanted)
    return value == wanted


COMPARE = {">": lambda a, b: a > b, "<": lambda a, b: a < b, ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b}


def check(expectation, answer):
    """None if it holds, else what was found instead."""
    if expectation.startswith("header "):
        name, pattern = re.match(r"header (\S+) ~ (.*)", expectation).groups()
        found = answer["headers"].get(name, "")
        return None if re.search(pattern, found) else f"header {name} is {found!r}"
    if expectation.startswith("body ~ "):
        return None if re.search(expectation[7:], answer["text"], re.S) else f"body is {answer['text'][:500]!r}"
    path, operator, wanted = re.match(r"(\$\S*) (=|~|>=|<=|>|<|has|exists|missing) ?(.*)", expectation).groups()
    try:
        found = look_up(answer["json"], path)
    except KeyError:
        return None if operator == "missing" else f"{path} is not there in {answer['text'][:500]}"
    if operator in ("exists", "missing"):
        return None if operator == "exists" else f"{path} is {found!r}"
    if operator == "~":
        text = found if isinstance(found, str) else json.dumps(found)
        return None if re.search(wanted, text) else f"{path} is {text!r}"
    value = json.loads(wanted)
    fine = found == value if operator == "=" else includes(found, value) if operator == "has" else COMPARE[operator](found, value)
    return None if fine else f"{path} is {json.dumps(found)[:500]}"


class Runner:
    """`after_change` is called after every step that may have changed something."""

    def __init__(self, server, after_change=None):
        self.server, self.after_change, self.saved = server, after_change, {}
        self.scratch = server.home.parent / "scratch"
        self.scratch.mkdir(exist_ok=True)

    def fill(self, text):
        known = {**self.saved, "data": DATA, "home": self.server.home, "scratch": self.scratch}
        return re.sub(r"\{\{(\w+)\}\}", lambda match: str(known[match.group(1)]), text)

    def act(self, step):
        action = self.fill(step.action)
        text, code, headers = self.command(action) if action.startswith("$") else self.ask(action, step)
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = None
        return {"code": code, "text": text, "json": parsed, "headers": headers}

    def command(self, action):
        prompt, program, *words = shlex.split(action)
        assert program == "gyre", f"{program} is not a command of a scenario"
        server = ["--server", self.server.url] if prompt == "$" else []
        done = gyre(*words, *server, check=False, binary=self.server.binary, env=self.server.env, cwd=self.scratch)
        return done.stdout or done.stderr, done.returncode, {}

    def ask(self, action, step):
        method, path = action.split(" ", 1)
        assert method in METHODS, f"{method} is no method"
        data = self.body(self.fill(step.body).strip())
        headers = {name: self.fill(value) for name, value in step.headers.items()}
        if data and "Content-Type" not in headers:
            headers["Content-Type"] = "application/json"
        response = self.server.request(method, path, data=data or None, headers=headers)
        return response.text, response.status_code, response.headers

    def body(self, text):
        if text.startswith("@bytes "):
            return b" " * int(text[7:])
        return (DATA / text[1:]).read_bytes() if text.startswith("@") else text.encode()

    def run(self, step):
        answer = self.act(step)
        assert answer["code"] == step.code, f"{step.title}: answered {answer['code']}, not {step.code}: {answer['text'][:1000]}"
        for number, expectation in step.expectations:
            expectation = self.fill(expectation)
            if expectation.startswith("save "):
                name, path = re.match(r"save (\w+) = (\$\S*)", expectation).groups()
                self.saved[name] = look_up(answer["json"], path)
                continue
            seconds = re.match(r"within (\d+)s ", expectation)
            problem = check(expectation[seconds.end():] if seconds else expectation, answer)
            deadline = time.monotonic() + (int(seconds.group(1)) if seconds else 0)
            while problem and time.monotonic() < deadline:
                time.sleep(0.05)
                answer = self.act(step)
                problem = check(expectation[seconds.end():], answer)
            assert not problem, f"{step.title} (line {number}): expected {expectation}, but {problem}"
        reads = step.action.startswith(("GET ", "HEAD ", "OPTIONS ")) or (step.code >= 400 and not step.action.startswith("$"))
        if self.after_change and not reads:
            self.after_change()
