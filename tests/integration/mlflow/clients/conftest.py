"""The stock client against a server: Gyre, or the one of MLFLOW_TEST_URI (to see that a test asks for what MLflow does)."""
import os
import uuid

os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
               "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false", "GIT_PYTHON_REFRESH": "quiet"}
import mlflow  # noqa: E402
import pytest  # noqa: E402

from harness.server import Server  # noqa: E402

ELSEWHERE = os.environ.get("MLFLOW_TEST_URI")


@pytest.fixture(scope="session")
def gyre_server(tmp_path_factory):
    if ELSEWHERE:
        pytest.skip("of Gyre only")
    with Server(tmp_path_factory.mktemp("gyre") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def uri(request):
    return ELSEWHERE or request.getfixturevalue("gyre_server").url


@pytest.fixture(autouse=True)
def settings(uri, tmp_path, monkeypatch):
    """Every test in a folder and with an experiment of its own."""
    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment(f"test-{uuid.uuid4().hex[:12]}")
    yield
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture
def client(uri):
    return mlflow.MlflowClient(uri)


@pytest.fixture
def name():
    """For things that are alone in their world: models, prompts."""
    return f"name-{uuid.uuid4().hex[:12]}"
