"""Programs under measurement: started on one core, asked from the other."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
GYRE = pathlib.Path(os.environ.get("GYRE_BINARY", BUILD / "gyre"))
SERVER_CORE, CLIENT_CORE = 0, 1
MEMORY = ("Rss", "Pss", "Private_Dirty")
TICKS = os.sysconf("SC_CLK_TCK")


def pinned(core, command):
    return ["taskset", "-c", str(core), *map(str, command)]


@contextlib.contextmanager
def ahead_of_others():
    """Where root may, this session's programs go ahead of those of other sessions, so that they disturb less."""
    group = pathlib.Path("/proc/self/autogroup")
    if os.geteuid() != 0 or not group.exists():
        yield False
        return
    before = group.read_text().split()[-1]
    group.write_text("-15")
    try:
        yield True
    finally:
        group.write_text(before)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Process:
    """Runs until the block ends."""

    def __init__(self, command, port, env=None):
        self.port = port
        self.started = time.perf_counter()
        self.process = subprocess.Popen(pinned(SERVER_CORE, command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env=env or os.environ)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()

    def memory_mb(self):
        """Resident, proportional, and written by it alone, in MiB."""
        text = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return {name: int(re.search(rf"^{name}:\s+(\d+)", text, re.M).group(1)) / 1024 for name in MEMORY}


def gyre(home, *args):
    port = free_port()
    return Process([GYRE, "server", "--home", home, "--port", port, "--io-threads", 1, *args], port)


def fastapi(folder, kind):
    port = free_port()
    return Process([sys.executable, ROOT / "bench/peers/fastapi_app.py", folder, port, kind], port)


def announced(command):
    """A limit of bench/, which prints the port it took."""
    process = Process(command, 0)
    process.port = int(process.process.stdout.readline())
    return process


def exchange(port, head, body, patience=60):
    """The whole bytes of one answer, asked for until somebody listens and answers it."""
    request = f"{head} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
                connection.sendall(request.encode() + body)
                answer = b""
                while b"\r\n\r\n" not in answer:
                    answer += connection.recv(65536) or b"\r\n\r\n"
                size = int(re.search(rb"content-length: (\d+)", answer, re.I).group(1))
                while len(answer.split(b"\r\n\r\n", 1)[1]) < size:
                    answer += connection.recv(65536)
                if answer.startswith(b"HTTP/1.1 2"):
                    return answer
        except (ConnectionError, AttributeError):
            pass
        time.sleep(0.001)
    raise SystemExit(f"nothing answered {head} on port {port} within {patience} s")


def busy_seconds():
    """Of all cores, whoever was at work."""
    user, nice, system, idle, wait, irq, soft, steal = map(int, pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[1:9])
    return (user + nice + system + irq + soft) / TICKS, steal / TICKS


def load(process, path, body_file, connections, seconds, rate=0):
    """One round of bench/load; with what other programs used of the machine meanwhile, in cores."""
    before, started = busy_seconds(), time.monotonic()
    command = [BUILD / "bench/load", "--port", process.port, "--path", path, "--body", body_file, "--connections", connections,
               "--seconds", seconds, "--warm-up", 0.3, "--rate", rate, "--pid", process.pid]
    done = subprocess.run(pinned(CLIENT_CORE, command), capture_output=True, text=True, check=True)
    passed, after = time.monotonic() - started, busy_seconds()
    figures = json.loads(done.stdout)
    used = figures["server_cpu"] + figures["client_cpu"]
    figures["others"] = max(0.0, (after[0] - before[0]) / passed - used)
    figures["stolen"] = (after[1] - before[1]) / passed
    assert figures["errors"] == 0, figures
    return figures


class Spread:
    """Of the rounds: the median, and the range."""

    def __init__(self, values):
        self.values = list(values)
        self.median = statistics.median(self.values)

    def show(self, form="{:,.0f}"):
        low, high = form.format(min(self.values)), form.format(max(self.values))
        return f"{form.format(self.median)} ({low}-{high})"
