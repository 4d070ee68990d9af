"""gyre import mlflow and gyre export mlflow beside a real MLflow: what its client reads from the source, it reads from Gyre,
and again from an mlruns folder that was exported; an import that is killed goes on."""
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import mlflow
import pytest
import requests
from mlflow.entities import Metric, ViewType

from harness.server import BINARY, ROOT, Server

MAKE = ROOT / "src/transfer/testdata/make.py"
ENVIRONMENT = {**os.environ, "MLFLOW_ALLOW_FILE_STORE": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}


@pytest.fixture(scope="module", autouse=True)
def file_store():
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """An SQLite file and an mlruns folder of the same shape, and their clients."""
    folder = tmp_path_factory.mktemp("sources")
    made = {}
    for kind, name in (("sqlite", "mlflow.db"), ("mlruns", "mlruns")):
        (folder / kind).mkdir()
        where = folder / kind / name
        subprocess.run([sys.executable, MAKE, kind, where], check=True, env=ENVIRONMENT, capture_output=True)
        uri = f"sqlite:///{where}" if kind == "sqlite" else where.as_uri()
        made[kind] = (where, mlflow.MlflowClient(uri, uri))
    return made


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path / "home") as running:
        yield running


def gyre(*words, code=0):
    done = subprocess.run([BINARY, *words, "--json"], capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def number(value):
    return "nan" if math.isnan(value) else value


def contents(client, without_step=()):
    """Everything that should be the same at both ends, by names."""
    found = {}
    for experiment in client.search_experiments(view_type=ViewType.ALL):
        runs = {}
        for run in client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL):
            histories = {key: sorted((None if key in without_step else point.step, point.timestamp, str(number(point.value)))
                                     for point in client.get_metric_history(run.info.run_id, key))
                         for key in run.data.metrics}
            tags = {key: value for key, value in run.data.tags.items()}
            runs[run.info.run_id] = (
                run.info.run_name, run.info.status, run.info.start_time, run.info.end_time, run.info.user_id,
                run.info.lifecycle_stage, run.data.params, tags, histories,
                [(entry.dataset.name, entry.dataset.digest, entry.dataset.source, entry.dataset.schema,
                  entry.dataset.profile, [(tag.key, tag.value) for tag in entry.tags])
                 for entry in run.inputs.dataset_inputs],
                [entry.model_id for entry in client.get_run(run.info.run_id).inputs.model_inputs],
                [(entry.model_id, entry.step) for entry in run.outputs.model_outputs])
        models = {}
        if experiment.lifecycle_stage == "active":
            for model in client.search_logged_models([experiment.experiment_id]):
                models[model.model_id] = (model.name, model.model_type, str(model.status), model.source_run_id, model.params,
                                          {key: value for key, value in model.tags.items() if not key.startswith("mlflow.")},
                                          sorted((metric.key, metric.value, metric.step) for metric in model.metrics))
        found[experiment.name] = (experiment.lifecycle_stage, experiment.tags, runs, models)
    registered = {}
    for model in client.search_registered_models():
        versions = {}
        for version in client.search_model_versions(f"name = '{model.name}'"):
            versions[int(version.version)] = (version.description or "", version.current_stage, version.run_id or "",
                                              version.tags)
        aliases = {alias: int(version) for alias, version in model.aliases.items()}
        registered[model.name] = (model.description or "", model.tags, aliases, versions)
    return found, registered


def files_of(client, run_id, folder):
    path = client.download_artifacts(run_id, "", str(folder))
    return {str(file.relative_to(path)): file.read_bytes() for file in Path(path).rglob("*") if file.is_file()}


def check_same(source, target, tmp_path, without_step=()):
    assert contents(target, without_step) == contents(source, without_step)
    run = next(run for experiment in target.search_experiments()
               for run in target.search_runs([experiment.experiment_id], "attributes.run_name = 'parent'"))
    (tmp_path / "files").mkdir()
    assert files_of(target, run.info.run_id, tmp_path / "files") == {"notes/hello world.txt": b"hello", "empty.txt": b""}


@pytest.mark.parametrize("kind", ["sqlite", "mlruns"])
def test_import_of_files(server, sources, kind, tmp_path):
    where, source = sources[kind]
    report = gyre("import", "mlflow", str(where), "--server", server.url)
    assert report["complete"] and report["lost"] == 0
    for count in report["counts"].values():
        assert count["read"] == count["written"] + count["present"]
    assert report["counts"]["metric_points"]["written"] == 35
    target = mlflow.MlflowClient(server.url, server.url)
    # MLflow's file store reads the step of a point that has a dataset as 0.
    without_step = ["auc"] if kind == "mlruns" else []
    check_same(source, target, tmp_path, without_step)
    again = gyre("import", "mlflow", str(where), "--server", server.url)
    assert again["complete"] and again["counts"]["runs"]["written"] == 0
    assert contents(target, without_step) == contents(source, without_step)
    if kind == "sqlite":
        mlflow.set_tracking_uri(server.url)
        mlflow.set_registry_uri(server.url)
        assert mlflow.genai.load_prompt("prompts:/greeting/1").template == "Hello {{name}}"


def test_export_to_a_folder_and_to_another_gyre(server, sources, tmp_path):
    where, source = sources["sqlite"]
    gyre("import", "mlflow", str(where), "--server", server.url)
    report = gyre("export", "mlflow", str(tmp_path / "mlruns"), "--server", server.url)
    assert report["complete"], report
    uri = (tmp_path / "mlruns").as_uri()
    check_same(source, mlflow.MlflowClient(uri, uri), tmp_path)
    with Server(tmp_path / "other") as other:
        report = gyre("export", "mlflow", other.url, "--server", server.url)
        assert report["complete"], report
        assert contents(mlflow.MlflowClient(other.url, other.url)) == contents(source)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def mlflow_server(tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
         "--backend-store-uri", f"sqlite:///{tmp_path}/server.db", "--artifacts-destination", str(tmp_path / "artifacts")],
        env=ENVIRONMENT, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if requests.get(url + "/health", timeout=5).ok:
                break
        except requests.ConnectionError:
            time.sleep(0.5)
    yield url
    process.terminate()
    process.wait(30)


def test_import_of_a_server_killed_half_way(server, mlflow_server, tmp_path):
    source = mlflow.MlflowClient(mlflow_server, mlflow_server)
    experiment = source.create_experiment("many", tags={"a": "b"})
    for index in range(30):
        run = source.create_run(experiment, run_name=f"run-{index}", tags={"n": str(index)})
        source.log_batch(run.info.run_id, [Metric("loss", step / 7, 1_700_000_000_000 + step, step) for step in range(500)])
        source.log_text(run.info.run_id, f"text {index}", "sub/folder/note.txt")
        source.set_terminated(run.info.run_id)
    command = [BINARY, "import", "mlflow", mlflow_server, "--server", server.url, "--json"]
    target = mlflow.MlflowClient(server.url, server.url)
    for _ in range(3):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
        time.sleep(0.4)
        process.send_signal(signal.SIGKILL)
        process.wait()
    report = gyre(*command[1:-1])
    assert report["complete"], report
    assert report["counts"]["runs"]["read"] == 30
    assert report["counts"]["metric_points"]["read"] == 15_000
    assert report["counts"]["artifacts"]["read"] == 30
    assert contents(target) == contents(source)


def test_what_cannot_be_taken_is_listed(server, sources, tmp_path):
    where, _ = sources["mlruns"]
    copied = tmp_path / "mlruns"
    subprocess.run(["cp", "-r", str(where), str(copied)], check=True)
    meta = next(path for path in copied.rglob("meta.yaml") if "run_name: parent" in path.read_text())
    meta.write_text("run_id: [")
    report = gyre("import", "mlflow", str(copied), "--server", server.url, code=1)
    assert not report["complete"]
    assert any(loss["kind"] == "run" for loss in report["losses"])
    assert report["counts"]["runs"]["written"] == 3
    (tmp_path / "broken.db").write_bytes(b"x" * 4096)
    gyre("import", "mlflow", str(tmp_path / "broken.db"), "--server", server.url, code=1)
