"""MLflow's own server, from this Python's environment, on a SQLite file and a folder of artifacts."""
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

PATIENCE = 120


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Reference:
    """`with Reference(folder) as server:` runs until the block ends; `url` is where it listens."""

    def __init__(self, folder, workers=1, prefix=(), python=sys.executable):
        self.folder, self.workers, self.prefix, self.python = Path(folder), workers, list(map(str, prefix)), python
        self.database = self.folder / "mlflow.db"

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [self.python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", self.port, "--workers", self.workers,
                   "--backend-store-uri", f"sqlite:///{self.database}", "--artifacts-destination", self.folder / "artifacts"]
        with open(self.folder / "mlflow.log", "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *map(str, command)], stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
                env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"})
        self.wait()
        return self

    def wait(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if requests.get(f"{self.url}/health", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.2)
        self.__exit__()
        raise AssertionError(f"mlflow server did not start: {(self.folder / 'mlflow.log').read_text()[-3000:]}")

    def __exit__(self, *unused):
        """The server and its workers: they are a process group of their own."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, 15)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, 9)
                self.process.wait()
