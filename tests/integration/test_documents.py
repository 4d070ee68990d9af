"""The documents tell the truth: commands, routes, settings and steps are those of the program, and the walk through
docs/own-data.md ends as it says."""
import re
import subprocess
import sys
import time

import pytest

from harness.documents import code_block, text_of, write_iris_project
from harness.server import BINARY, Server, gyre


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("documents") / "home") as running:
        yield running


def help_of(*command):
    done = subprocess.run([BINARY, *command, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def commands(*above):
    """Every command that --help knows, as lists of words."""
    _, _, listed = help_of(*above).partition("\nSubcommands:\n")
    names = re.findall(r"^  ([a-z]+)\b", listed, re.M)
    return [found for name in names for found in commands(*above, name)] if names else [above]


def test_every_command_is_in_the_document():
    document, missing = text_of("docs/cli.md"), []
    for command in commands():
        if f"gyre {' '.join(command)}" not in document:
            missing.append(command)
    assert not missing


def test_every_option_is_in_the_document():
    everywhere = {"--home", "--server", "--json"}
    for command in commands():
        document = text_of("docs/settings.md" if command == ("server",) else "docs/cli.md")
        for option in set(re.findall(r"^  (--[a-z-]+)", help_of(*command), re.M)) - everywhere:
            assert (f"| `{option[2:]}` |" if command == ("server",) else option) in document, f"{command}: {option}"


def test_every_command_in_the_documents_is_there():
    known = {" ".join(command) for command in commands()}
    groups = {command.split()[0] for command in known if " " in command}
    for name in ("README.md", "docs/cli.md", "docs/own-data.md", "docs/example.md"):
        for words in re.findall(r"^(?:\$ )?(?:build/release/)?gyre ([a-z]+(?: [a-z]+)?)", text_of(name), re.M):
            first = words.split()[0]
            assert (words if first in groups else first) in known, f"{name}: gyre {words}"


def test_every_step_is_in_the_document(server):
    answer = server.request("POST", "/api/v1/steps/nonsense/runs", json={}).json()
    known = set(re.findall(r"^\| `([a-z]+)` \|", text_of("docs/steps.md"), re.M))
    built_in = set(re.findall(r"[a-z]+", answer["message"].partition("it is one of")[2] or answer["message"]))
    assert {"ingest", "train", "deploy"} <= known
    assert known <= built_in, answer["message"]


def test_every_call_in_the_document_is_a_route(server):
    routes = {re.sub(r"\{[^}]*\}", "{}", path): methods for path, methods in server.get("/api/openapi.json")["paths"].items()}
    named = re.findall(r"`(GET|POST|PUT|DELETE) (/[^`\s?]*)", text_of("docs/api.md"))
    assert len(named) > 10
    for method, path in named:
        if path == "/api/openapi.json":
            continue
        fits = [route for route in routes
                if re.fullmatch(re.escape(route).replace(r"\{\}", "[^/]+"), path) and method.lower() in routes[route]]
        assert fits, f"{method} {path}"


def check_metrics(server):
    """Every metric that there is by now stands in the document."""
    names = re.findall(r"^# TYPE (gyre_\w+)", server.request("GET", "/metrics").text, re.M)
    assert {"gyre_http_requests_total", "gyre_predictions_total", "gyre_drift_score", "gyre_pipeline_runs_total"} <= set(names)
    missing = [name for name in names if f"`{name}`" not in text_of("docs/api.md")]
    assert not missing


def test_own_data_closes_the_loop(tmp_path):
    project = write_iris_project(tmp_path / "iris")
    (tmp_path / "live.py").write_text(code_block("docs/own-data.md", "python"))
    with Server(tmp_path / "home") as server:
        script = (tmp_path / "live.py").read_text().replace("http://127.0.0.1:5000", server.url)
        run = server.cli("run", "--project", project)
        assert run["state"] == "succeeded"
        first = server.get("/api/v1/endpoints/iris")["champion"]
        for hours in (("0", "4"), ("4", "8")):
            subprocess.run([sys.executable, "-c", script, *hours], cwd=tmp_path, check=True)
            deadline = time.monotonic() + 60
            while not any(one["state"] != "training" for one in server.get("/api/v1/cycles")["cycles"]):
                assert time.monotonic() < deadline, "no cycle ended its training"
                time.sleep(0.1)
        kinds = {alarm["kind"] for alarm in server.get("/api/v1/alarms")["alarms"]}
        assert kinds == {"drift", "performance"}
        deadline = time.monotonic() + 30
        while (oldest := server.get("/api/v1/canaries")["canaries"][-1])["state"] == "running":
            assert time.monotonic() < deadline, "no verdict"
            time.sleep(0.1)
        assert oldest["state"] == "promoted"
        assert oldest["champion"] == first
        assert server.get("/api/v1/endpoints/iris")["champion"] != first
        done = gyre("monitor", "alarms", "--server", server.url, check=False)
        assert done.returncode == 1
        assert gyre("audit", "verify", "--server", server.url, check=False).returncode == 0
        check_metrics(server)
