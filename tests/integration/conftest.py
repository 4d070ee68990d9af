import pytest

from harness.server import Server


@pytest.fixture
def server(tmp_path):
    with Server(tmp_path / "home") as running:
        yield running
