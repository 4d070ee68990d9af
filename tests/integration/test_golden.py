"""Public surfaces change on purpose only: what they are now against tests/golden/api. After a change that is meant:

    cd tests && GYRE_REWRITE_GOLDEN=1 ../.cache/venv/bin/python -m pytest integration/test_golden.py
"""
import os
import re
import sqlite3
import subprocess

import pytest

from harness.population import populate
from harness.server import BINARY, ROOT, Server

GOLDEN = ROOT / "tests/golden/api"


def compare(name, text):
    path = GOLDEN / name
    if os.environ.get("GYRE_REWRITE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text(), f"{path.relative_to(ROOT)} is not what the program has; see this test's first lines"


def help_of(*words):
    return subprocess.run([BINARY, *words, "--help"], capture_output=True, text=True, check=True, env={"PATH": "/usr/bin"}).stdout


def commands_in(text):
    if "Subcommands:" not in text:
        return []
    return re.findall(r"^  ([a-z][\w-]*) ", text.split("Subcommands:")[1], re.M)


def every_help(words=()):
    text = help_of(*words)
    yield f"$ gyre {' '.join((*words, '--help'))}\n{text.strip()}\n"
    for command in commands_in(text):
        yield from every_help((*words, command))


def test_help_of_every_command():
    compare("help.txt", "\n".join(every_help()))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("golden") / "home") as server:
        ids = populate(server)
        server.cli("canary", "end", ids["canary"])  # a verdict is counted
        yield server


def test_names_and_labels_of_metrics(world):
    text = world.request("GET", "/metrics").text
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    labels = {name: set() for name in kinds}
    for series, inside in re.findall(r"^(\w+)\{(.*)\} ", text, re.M):
        name = series if series in kinds else re.sub(r"_(bucket|sum|count)$", "", series)
        labels[name].update(set(re.findall(r"(\w+)=\"", inside)) - {"le"})
    assert all(re.search(rf"^# HELP {name} \S", text, re.M) for name in kinds)
    compare("metrics.txt", "".join(f"{name} {kinds[name]} {','.join(sorted(labels[name]))}".rstrip() + "\n" for name in sorted(kinds)))


def test_routes_and_what_they_answer(world):
    document = world.get("/api/openapi.json")
    lines = [f"{method.upper()} {path} -> {' '.join(sorted(operation['responses']))}\n"
             for path, item in document["paths"].items() for method, operation in item.items()]
    compare("routes.txt", "".join(sorted(lines)))


def test_bodies_of_errors(world):
    asked = [("GET", "/api/v1/nothing", {}), ("DELETE", "/api/v1/models", {}), ("GET", "/api/v1/models/nothing", {}),
             ("GET", "/api/v1/audit?limit=0", {}), ("PUT", "/api/v1/endpoints/x", {"data": "{"}),
             ("PUT", "/api/v1/endpoints/x", {"data": "x", "headers": {"Content-Type": "text/plain"}}),
             ("PUT", "/api/v1/endpoints/x", {"json": {"model": "x"}}), ("PUT", "/api/v1/endpoints/x", {"data": b" " * 2_000_000}),
             ("POST", "/endpoints/sky/predict", {"json": {"station": 5}}), ("POST", "/endpoints/nothing/predict", {"json": {}})]
    lines = []
    for method, path, body in asked:
        answer = world.request(method, path, **body)
        lines.append(f"{method} {path} -> {answer.status_code} {answer.text.strip()}\n")
    compare("errors.txt", "".join(lines))


def test_tables_of_the_database(world):
    with sqlite3.connect(f"file:{world.home}/meta.db?mode=ro", uri=True) as database:
        rows = database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name").fetchall()
    compare("schema.sql", "".join(f"{row[0]};\n" for row in rows))
