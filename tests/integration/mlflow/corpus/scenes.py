"""Reads scenes: requests that build on one another, declared in scenes/*.yaml.

    title of a scene:
      - POST experiments/create: {name: a}        # JSON body, or with GET the query; a path without / is under /api/2.0/mlflow
        save: {e: experiment_id}                  # $e, or ${e} inside a text, in what follows
      - GET experiments/get: {experiment_id: $e}
      - POST runs/create: null                    # no body
        raw: '{"a":'                              # a body that is not JSON, and its type
        type: text/plain
        headers: {Range: bytes=0-1}
        id: a name                                # where differences.yaml has something to say about it

`!repeat [x, 250]` is a long text, `!many [1001, {key: m#}]` a list whose # is the number of the item, `!nest 1000` deep JSON,
`!range [5]` the texts "0" to "4".
"""
import dataclasses
import re
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS")
OPTIONS = {"save", "raw", "type", "headers", "id", "query"}
VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")


class Loader(yaml.SafeLoader):
    pass


def numbered(value, number):
    if isinstance(value, str):
        return value.replace("#", str(number))
    if isinstance(value, dict):
        return {key: numbered(one, number) for key, one in value.items()}
    return [numbered(one, number) for one in value] if isinstance(value, list) else value


def nested(depth):
    return "[" * depth + "]" * depth


def of_sequence(make):
    return lambda loader, node: make(*loader.construct_sequence(node, deep=True))


Loader.add_constructor("!repeat", of_sequence(lambda text, times: text * times))
Loader.add_constructor("!many", of_sequence(lambda times, item: [numbered(item, i) for i in range(times)]))
Loader.add_constructor("!range", of_sequence(lambda times: [str(i) for i in range(times)]))
Loader.add_constructor("!nest", lambda loader, node: nested(int(loader.construct_scalar(node))))


@dataclasses.dataclass
class Step:
    label: str  # unique within its scene
    method: str
    path: str
    payload: object = None
    save: dict = dataclasses.field(default_factory=dict)
    raw: str | None = None
    type: str | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    query: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Scene:
    name: str
    steps: list


def whole_path(path):
    if path.startswith("/"):
        return path
    return f"/api/2.0/{path}" if path.startswith("mlflow-artifacts/") else f"/api/2.0/mlflow/{path}"


def read_step(written, taken):
    requests = [key for key in written if key not in OPTIONS]
    assert len(requests) == 1 and requests[0].split(" ")[0] in METHODS, f"one request a step: {written}"
    method, _, path = requests[0].partition(" ")
    label = base = written.get("id", requests[0])
    number = 1
    while label in taken:
        number += 1
        label = f"{base} ({number})"
    taken.add(label)
    rest = {key: written[key] for key in OPTIONS - {"id"} if key in written}
    return Step(label, method, whole_path(path), written[requests[0]], **rest)


def read_scenes(folder=HERE / "scenes"):
    """Scene of every file, in order."""
    scenes = []
    for file in sorted(folder.glob("*.yaml")):
        for title, steps in yaml.load(file.read_text(), Loader).items():
            taken = set()
            scenes.append(Scene(f"{file.stem}/{title}", [read_step(step, taken) for step in steps]))
    return scenes


def filled(value, saved):
    """The value with $names replaced."""
    if isinstance(value, str):
        whole = VARIABLE.fullmatch(value)
        if whole and (whole[1] or whole[2]) in saved:
            return saved[whole[1] or whole[2]]
        return VARIABLE.sub(lambda found: str(saved.get(found[1] or found[2], found[0])), value)
    if isinstance(value, dict):
        return {filled(key, saved): filled(one, saved) for key, one in value.items()}
    return [filled(one, saved) for one in value] if isinstance(value, list) else value
