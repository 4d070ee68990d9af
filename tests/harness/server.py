"""Starts and stops the real binary on a home of its own."""
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("GYRE_BINARY", ROOT / "build/release/gyre"))
LISTENING = re.compile(rb"gyre: listening on (http://\S+)")


class Server:
    """`with Server(home) as server:` runs until the block ends; `url` is where it listens."""

    def __init__(self, home, args=(), env=None, binary=BINARY):
        self.home = Path(home)
        self.args = list(args)
        self.env = {**os.environ, **(env or {})}
        self.binary = binary
        self.process = None
        self.url = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        if self.process and self.process.poll() is None:
            self.stop()

    def start(self, patience=60):
        self.spawn()
        os.set_blocking(self.process.stdout.fileno(), False)
        said, deadline = b"", time.monotonic() + patience
        while time.monotonic() < deadline:
            said += self.process.stdout.read() or b""
            found = LISTENING.search(said)
            if found:
                self.url = found.group(1).decode()
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.005)
        raise AssertionError(f"the server did not start (exit code {self.process.poll()}): {self.log_tail()}")

    def spawn(self):
        """The process, without waiting for it to listen."""
        self.log_path = self.home.parent / f"{self.home.name}.log"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "server", "--home", self.home, "--port", "0", *self.args],
                stdout=subprocess.PIPE, stderr=log, env=self.env)
        return self.process

    def log_tail(self, lines=20):
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, patience=15):
        """SIGTERM; must exit 0 in time."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(patience)
        self.process.stdout.close()
        assert code == 0, f"exit code {code} after SIGTERM: {self.log_tail()}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def restart(self):
        self.stop()
        return self.start()

    def request(self, method, path, **kwargs):
        kwargs.setdefault("timeout", 60)
        return requests.request(method, self.url + path, **kwargs)

    def get(self, path):
        response = self.request("GET", path)
        assert response.status_code == 200, f"GET {path}: {response.status_code} {response.text}"
        return response.json()

    def wait_for(self, path, done, patience=30):
        """Asks until `done` says so of the answer."""
        deadline = time.monotonic() + patience
        while not done(answer := self.get(path)):
            assert time.monotonic() < deadline, f"GET {path} is still {json.dumps(answer)[:2000]}"
            time.sleep(0.05)
        return answer

    def cli(self, *args, check=True, **kwargs):
        """A command against this server; with check, its JSON."""
        return gyre(*args, "--server", self.url, "--json", check=check, binary=self.binary, env=self.env, **kwargs)

    def rss_mb(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("no VmRSS")


def gyre(*args, check=True, binary=BINARY, env=None, cwd=None, timeout=600):
    """Runs a command. With check: must exit 0; answers its JSON. Without: the finished process."""
    done = subprocess.run([binary, *map(str, args)], capture_output=True, text=True, env=env or os.environ, cwd=cwd, timeout=timeout)
    if not check:
        return done
    assert done.returncode == 0, f"gyre {' '.join(map(str, args))} exited {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout) if done.stdout.strip() else None
