"""Artifacts through the proxy."""
import hashlib
import json
import os

import mlflow
import pytest
import requests
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

MEGABYTE = 1 << 20


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def big(tmp_path):
    """25 MB and a bit."""
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(25 * MEGABYTE + 17))
    return path


def test_up_list_and_down(client, tmp_path):
    folder = tmp_path / "out"
    (folder / "deep/deeper").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep/b.json").write_text("{}")
    (folder / "deep/deeper/empty").write_text("")
    (folder / "mit Leerzeichen ü.txt").write_text("ü")
    with mlflow.start_run() as run:
        mlflow.log_artifacts(folder, "things")
        mlflow.log_artifact(folder / "a.txt")
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"x": [1, 2]}, "conf.json")
    files = {one.path: (one.is_dir, one.file_size) for one in client.list_artifacts(run.info.run_id)}
    assert files == {"a.txt": (False, 1), "conf.json": (False, files["conf.json"][1]), "notes": (True, None), "things": (True, None)}
    assert {one.path for one in client.list_artifacts(run.info.run_id, "things")} == {
        "things/a.txt", "things/deep", "things/mit Leerzeichen ü.txt"}
    assert client.list_artifacts(run.info.run_id, "nothing") == []
    down = tmp_path / "down"
    mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="things", dst_path=down)
    assert sorted(str(path.relative_to(down)) for path in down.rglob("*") if path.is_file()) == [
        "things/a.txt", "things/deep/b.json", "things/deep/deeper/empty", "things/mit Leerzeichen ü.txt"]
    assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/hello.txt") == "hello"
    assert mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/conf.json") == {"x": [1, 2]}


def test_tables_figures_and_images(client):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot
    import numpy
    with mlflow.start_run() as run:
        mlflow.log_table({"a": [1, 2], "b": ["x", "y"]}, "table.json")
        mlflow.log_table({"a": [3], "b": ["z"]}, "table.json")
        figure, _ = matplotlib.pyplot.subplots()
        mlflow.log_figure(figure, "figure.png")
        mlflow.log_image(numpy.zeros((4, 4, 3), "uint8"), key="dark", step=1)
    assert mlflow.load_table("table.json", run_ids=[run.info.run_id])["b"].tolist() == ["x", "y", "z"]
    assert {"figure.png", "images", "table.json"} <= {one.path for one in client.list_artifacts(run.info.run_id)}


def test_delete(client):
    with mlflow.start_run() as run:
        mlflow.log_text("a", "a.txt")
        mlflow.log_text("b", "folder/b.txt")
        mlflow.log_text("c", "folder/c.txt")
    repository = get_artifact_repository(run.info.artifact_uri)
    repository.delete_artifacts("folder/b.txt")
    assert [one.path for one in client.list_artifacts(run.info.run_id, "folder")] == ["folder/c.txt"]
    repository.delete_artifacts("folder")
    assert [one.path for one in client.list_artifacts(run.info.run_id)] == ["a.txt"]
    with pytest.raises(MlflowException):
        mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/folder/c.txt")


def test_a_file_of_some_size(tmp_path, big):
    with mlflow.start_run() as run:
        mlflow.log_artifact(big)
    found = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="big.bin", dst_path=tmp_path / "down")
    assert sha256(type(big)(found)) == sha256(big)


def test_in_parts(gyre_server, tmp_path, big, monkeypatch):
    """Multipart upload and download, which the client has switched off by itself."""
    for name, value in {"UPLOAD": "true", "DOWNLOAD": "true"}.items():
        monkeypatch.setenv(f"MLFLOW_ENABLE_PROXY_MULTIPART_{name}", value)
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(5 * MEGABYTE))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * MEGABYTE))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE", str(5 * MEGABYTE))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(5 * MEGABYTE))
    asked = []
    send = requests.Session.request
    monkeypatch.setattr(requests.Session, "request", lambda self, method, url, *args, **kwargs: asked.append(url) or send(
        self, method, url, *args, **kwargs))
    with mlflow.start_run() as run:
        mlflow.log_artifact(big, "parts")
    assert any("/mpu/create/" in url for url in asked) and any("/mpu/complete/" in url for url in asked)
    found = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="parts/big.bin", dst_path=tmp_path / "down")
    assert sha256(type(big)(found)) == sha256(big)
    assert any("/presigned/" in url for url in asked)


def test_an_artifact_by_its_http_address(uri):
    with mlflow.start_run() as run:
        mlflow.log_dict({"a": 1}, "x.json")
    answer = requests.get(f"{uri}/get-artifact", params={"run_id": run.info.run_id, "path": "x.json"}, timeout=10)
    assert answer.status_code == 200 and json.loads(answer.content) == {"a": 1}
