"""Field by field: what a server answered against what MLflow's own answers, but for the differences that are meant.

differences.yaml lists those, each with

    title, reason   what docs/mlflow.md shows
    steps           patterns of "file/scene: step label"; all if absent
    mlflow, gyre    what the answers must be there: {status: 5xx, json.error_code: X}, values may be patterns; anything if absent
    fields          patterns of fields ("json.message") that may differ then; all if absent

and `fragments`: texts of messages that tests and clients look for. Of a message only these are compared, with the names and
values that follow them in MLflow's; how the rest is worded is each server's own.
"""
import dataclasses
import fnmatch
import json
import re
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parent / "differences.yaml"
MISSING = "<missing>"


@dataclasses.dataclass(frozen=True)
class Difference:
    step: str  # "file/scene: label"
    field: str
    mlflow: object
    gyre: object

    def __str__(self):
        return f"{self.step}\n    {self.field}: MLflow {short(self.mlflow)}, Gyre {short(self.gyre)}"


def short(value):
    text = value if value is MISSING else json.dumps(value, ensure_ascii=False)
    return text if len(text) < 700 else text[:700] + "..."


def matches(pattern, value):
    return fnmatch.fnmatchcase(str(value), str(pattern).replace("5xx", "5??").replace("[", "[[]"))


def field_of(answer, path):
    for part in path.split("."):
        answer = answer.get(part, MISSING) if isinstance(answer, dict) else MISSING
    return answer


class Meant:
    """The list of meant differences; `used` has those that were met."""

    def __init__(self, file=FILE):
        written = yaml.safe_load(file.read_text())
        self.fragments = [re.compile(one) for one in written["fragments"]]
        self.entries = written["differences"]
        self.used = set()
        self.scenes = set()  # that were compared

    def covers(self, found, mlflow, gyre):
        if matches("5xx", field_of(gyre, "status")) and field_of(gyre, "status") != field_of(mlflow, "status"):
            return False
        for number, entry in enumerate(self.entries):
            if (any(matches(one, found.step) for one in entry.get("steps", ["*"]))
                    and any(matches(one, found.field) for one in entry.get("fields", ["*"]))
                    and all(matches(one, field_of(mlflow, path)) for path, one in entry.get("mlflow", {}).items())
                    and all(matches(one, field_of(gyre, path)) for path, one in entry.get("gyre", {}).items())):
                self.used.add(number)
                return True
        return False

    def unused(self):
        return [entry["title"] for number, entry in enumerate(self.entries) if number not in self.used]

    def same_message(self, mlflow, gyre):
        return all(found[0] in gyre for pattern in self.fragments for found in pattern.finditer(mlflow))


def differences(step, mlflow, gyre, meant):
    """Every field that is not the same, meant or not."""
    return [Difference(step, *one) for one in walk("", mlflow, gyre, meant)]


def walk(path, mlflow, gyre, meant):
    if isinstance(mlflow, dict) and isinstance(gyre, dict):
        for key in {**mlflow, **gyre}:
            yield from walk(f"{path}.{key}".lstrip("."), mlflow.get(key, MISSING), gyre.get(key, MISSING), meant)
    elif isinstance(mlflow, list) and isinstance(gyre, list) and len(mlflow) == len(gyre):
        for number, (one, other) in enumerate(zip(mlflow, gyre)):
            yield from walk(f"{path}.{number}", one, other, meant)
    elif path == "json.message" and isinstance(mlflow, str) and isinstance(gyre, str):
        if not meant.same_message(mlflow, gyre):
            yield path, mlflow, gyre
    elif mlflow != gyre or type(mlflow) is not type(gyre):
        yield path, mlflow, gyre


def unmeant(step, mlflow, gyre, meant):
    return [one for one in differences(step, mlflow, gyre, meant) if not meant.covers(one, mlflow, gyre)]
