"""The document of the API is true: it has every route, and every route answers as it says."""
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from harness.population import populate
from harness.server import ROOT, Server

# Not part of the API of /api/v1: pages, and the document itself.
UNDOCUMENTED = {"/", "/ui/{file}", "/api/openapi.json"}
METHODS = ("get", "put", "post", "delete", "patch")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A server with one of everything, its document, and what fills the parameters of its paths."""
    with Server(tmp_path_factory.mktemp("openapi") / "home") as server:
        ids = populate(server)
        yield server, server.get("/api/openapi.json"), ids


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def routes_in_sources():
    """(method, pattern) of every route that the sources add."""
    found = set()
    for file in [*(ROOT / "src/api/v1").rglob("*.cc"), *(ROOT / "src/ui").rglob("*.cc")]:
        if file.name.endswith("_test.cc"):
            continue
        for route in re.findall(r"(?:\.method = http::Method::k(\w+),\s*)?\.pattern = \"([^\"]+)\"", file.read_text()):
            found.add(((route[0] or "get").lower(), route[1].replace("...}", "}")))
    return found


def values(path, ids):
    """Parameters with which the path names something that is there."""
    known = {
        "/datasets/{name}": {"name": "hours", "number": "1"},
        "/projects": {"name": "sky", "project": "sky", "pipeline": "sky"},
        "/models/{name}": {"name": "sky", "version": "1", "file": "signature.json", "alias": "champion"},
        "/endpoints/{name}": {"name": "sky"},
        "/steps/": {"uses": "ingest"}, "/webhooks/": {"webhook": ids["webhook"], "delivery": "1"},
        "/pipeline-runs/": {"id": ids["run"]},
        "/runs/": {"id": ids["run"], "key": "brier"},
        "/experiments/": {"id": ids["experiment"]},
        "/windows/": {"id": ids["window"]}, "/alarms/": {"id": ids["alarm"]}, "/cycles/": {"id": ids["cycle"]},
        "/canaries/": {"id": ids["canary"]}, "/blobs/": {"sha256": ids["blob"]},
    }
    return next((fill for part, fill in known.items() if part in path), {})


def fill(path, ids):
    return path.format(**values(path, ids))


def check_schema(document, schema, instance, where):
    schema = {**schema, "components": document["components"]}
    errors = sorted(jsonschema.Draft202012Validator(schema).iter_errors(instance), key=lambda error: list(error.path))
    assert not errors, f"{where}: {errors[0].json_path}: {errors[0].message[:500]}"


def test_every_route_is_in_the_document(world):
    _, document, _ = world
    documented = {(method, path) for method, path, _ in operations(document)}
    added = {route for route in routes_in_sources() if route[1] not in UNDOCUMENTED}
    assert added == documented


def test_paths_take_the_methods_the_document_says(world):
    server, document, ids = world
    for path, item in document["paths"].items():
        answer = server.request("OPTIONS", fill(path, ids))
        allowed = {method.strip().lower() for method in answer.headers["Allow"].split(",")} - {"head", "options"}
        assert allowed >= {method for method in METHODS if method in item}, path


def test_what_is_read_answers_as_documented(world):
    server, document, ids = world
    for method, path, operation in operations(document):
        if method != "get":
            continue
        answer = server.request("GET", fill(path, ids))
        assert answer.status_code == 200, f"GET {fill(path, ids)}: {answer.status_code} {answer.text[:500]}"
        content = operation["responses"]["200"]["content"]
        kind = answer.headers["Content-Type"].split(";")[0]
        assert kind in content or "*/*" in content, f"GET {path} is {kind}"
        if kind == "application/json" and "schema" in content.get(kind, {}):
            check_schema(document, content[kind]["schema"], answer.json(), f"GET {path}")


def test_lists_are_not_empty_so_that_their_items_were_checked(world):
    server, _, _ = world
    for name in ("models", "endpoints", "datasets", "projects", "experiments", "alarms", "windows", "cycles", "canaries"):
        assert server.get(f"/api/v1/{name}")[name], name
    assert server.get("/api/v1/pipeline-runs")["runs"]
    assert server.get("/api/v1/audit")["events"]


def test_what_is_not_there_answers_as_documented(world):
    server, document, _ = world
    for method, path, operation in operations(document):
        if "{" not in path or path.startswith("/api/v1/steps"):
            continue
        where = re.sub(r"\{[^}]+\}", "0" * 64, path)
        body = {"json": {}} if "requestBody" in operation else {}
        answer = server.request(method.upper(), where, **body)
        assert 400 <= answer.status_code < 500, f"{method} {where}: {answer.status_code} {answer.text[:300]}"
        assert str(answer.status_code) in operation["responses"], f"{method} {path} may not answer {answer.status_code}"
        error = answer.json()
        check_schema(document, document["components"]["schemas"]["Error"], error, where)
        assert len(error["message"]) > 10 and error["error_code"].isupper()


def test_operations_have_names_of_their_own(world):
    _, document, _ = world
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] and operation["tags"] for _, _, operation in operations(document))


@pytest.mark.timeout(240)
def test_schemathesis_finds_no_answer_that_is_not_documented(tmp_path):
    """Over a thousand requests made from the document, well-formed and not, against a server with one of everything."""
    with Server(tmp_path / "home") as server:
        populate(server)
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "--config-file", Path(__file__).with_name("schemathesis.toml"), "run",
             f"{server.url}/api/openapi.json", "--phases", "coverage,fuzzing", "--max-examples", "5",
             "--generation-deterministic", "--continue-on-failure", "--no-color", "--warnings", "off",
             "--suppress-health-check", "all", "--checks",
             "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
             "response_schema_conformance,missing_required_header,unsupported_method"],
            capture_output=True, text=True, cwd=tmp_path, timeout=200)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert "selected /" in done.stdout
        assert server.process.poll() is None
        assert server.get("/api/v1/audit/verify")["intact"]
        server.stop()
