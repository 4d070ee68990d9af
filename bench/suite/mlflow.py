"""Tracking over MLflow's API, beside MLflow's own server on SQLite with one worker and with four."""
import base64
import contextlib
import json
import os
import pathlib
import re
import sys
import threading
import time

from .processes import ROOT, SERVER_CORE, Spread, gyre
from .tracking_client import Connection, milliseconds
from .tracking_data import BATCH, POINTS, RUNS, START, batch_body, fill_by_api, fill_database, make_run

sys.path.append(str(ROOT / "tests/integration/mlflow"))
from corpus.reference import Reference  # noqa: E402

PYTHON = ROOT / ".cache/venv-mlflow/bin/python"
OURS, ONE, FOUR = "Gyre", "MLflow, 1 worker", "MLflow, 4 workers"
GIGABYTE = 1 << 30
CLIENTS, EACH = 64, 20
PAGE, DEEP = 100, 500  # runs a page; which page is the deep one
FILTER, ORDER = "metrics.acc > 0.1", ["metrics.acc DESC"]

# (title, bar: how many times as fast as MLflow with one worker)
ROWS = {
    "batch": ("log-batch, 1,000 metrics", 50), "metric": ("log-metric, one", 10), "run": ("runs/create", 20),
    "search": (f"runs/search in {RUNS:,} runs, metric filter and order, first page of {PAGE}", 100),
    "deep": (f"the same, page {DEEP}", 100), "history": (f"metrics/get-history of {POINTS:,} points, first page of 25,000", 50),
    "history1000": ("the same, first page of 1,000", 50),
    "up": ("1 GB artifact up", 3), "down": ("1 GB artifact down", 3), "together": (f"{CLIENTS} clients log one metric each at once, a call", None),
}


def memory_mib(pid):
    """Of a process and all below it, shared pages counted once (PSS)."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    wanted, found = {pid}, set()
    while wanted:
        found |= wanted
        wanted = {child for child, parent in parents.items() if parent in wanted} - found
    total = 0
    for one in found:
        with contextlib.suppress(OSError):
            rollup = pathlib.Path(f"/proc/{one}/smaps_rollup").read_text()
            total += int(rollup.split("\nPss:")[1].split()[0])
    return total / 1024


class Peak(threading.Thread):
    """The greatest memory while the block runs."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0.0, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.over.set()
        self.join()

    def run(self):
        while not self.over.wait(0.2):
            self.peak = max(self.peak, memory_mib(self.pid))


class Measured:
    """All figures of one server. `times` are the repetitions of the short ones."""

    def __init__(self, port, pid, times):
        self.port, self.pid, self.times, self.figures = port, pid, times, {}
        self.idle = memory_mib(pid)

    def writes(self, connection):
        run = make_run(connection, "0", 1)
        bodies = [batch_body(run, first) for first in range(0, self.times * BATCH, BATCH)]
        self.figures["batch"] = Spread(milliseconds(lambda: connection.post_bytes("runs/log-batch", body)) for body in bodies)
        self.figures["metric"] = Spread(milliseconds(lambda: connection.post(
            "runs/log-metric", {"run_id": run, "key": "one", "value": i, "timestamp": START + i, "step": i})) for i in range(2 * self.times))
        self.figures["run"] = Spread(milliseconds(lambda: make_run(connection, "0", 2 + i)) for i in range(2 * self.times))

    def reads(self, connection, experiment, history):
        def page(token=None):
            body = {"experiment_ids": [experiment], "filter": FILTER, "order_by": ORDER, "max_results": PAGE}
            return connection.post_bytes("runs/search", json.dumps(body | ({"page_token": token} if token else {})).encode())

        def points(number):
            return connection.get_bytes("metrics/get-history", run_id=history, metric_key="m", max_results=number)

        token = self.deep_token(page)
        for name, (call, number) in {"search": (page, PAGE), "deep": (lambda: page(token), PAGE),
                                     "history": (lambda: points(25000), 25000), "history1000": (lambda: points(1000), 1000)}.items():
            answer = json.loads(call())
            assert len(answer.get("runs", answer.get("metrics", []))) == number
            self.figures[name] = Spread(milliseconds(call) for _ in range(min(self.times // 2, 30)))

    def deep_token(self, page):
        """Gyre's tokens name the last row, so they are got by going there; MLflow's are an offset."""
        token = json.loads(page())["next_page_token"]
        if "offset" in str(base64.b64decode(token + "==")):
            return base64.b64encode(json.dumps({"offset": PAGE * (DEEP - 1)}).encode()).decode()
        for _ in range(DEEP - 2):
            token = json.loads(page(token))["next_page_token"]
        return token

    def artifacts(self, file):
        path = "/api/2.0/mlflow-artifacts/artifacts/bench/big.bin"
        up, down = [], []
        for _ in range(3):
            with Connection(self.port) as connection:
                up.append(milliseconds(lambda: connection.upload(path, file, GIGABYTE)))
            with Connection(self.port) as connection:
                down.append(milliseconds(lambda: connection.download(path)))
        self.figures["up"], self.figures["down"] = Spread(up), Spread(down)

    def together(self):
        """Every client its own run and connection; what was acknowledged must be there."""
        with Connection(self.port) as connection:
            runs = [make_run(connection, "0", i) for i in range(CLIENTS)]
        times, failed, lock = [], [], threading.Lock()

        def client(run):
            try:
                with Connection(self.port) as mine:
                    for i in range(EACH):
                        took = milliseconds(lambda: mine.post("runs/log-metric", {
                            "run_id": run, "key": "m", "value": i, "timestamp": START + i, "step": i}))
                        with lock:
                            times.append(took)
            except Exception as error:  # what a client would see
                with lock:
                    failed.append(f"{type(error).__name__}: {error}"[:200])

        begin = time.perf_counter()
        threads = [threading.Thread(target=client, args=(run,)) for run in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - begin
        self.figures["together"] = Spread(times)
        with Connection(self.port) as connection:
            there = sum(len(connection.get("metrics/get-history", run_id=run, metric_key="m", max_results=EACH + 1).get("metrics", []))
                        for run in runs)
        self.crowd = {"per_second": len(times) / took, "acknowledged": len(times), "there": there, "failed": failed}

    def all(self, experiment, history, file):
        with Peak(self.pid) as peak:
            with Connection(self.port) as connection:
                self.writes(connection)
                self.reads(connection, experiment, history)
            self.together()
        self.loaded = peak.peak
        with Peak(self.pid) as peak:
            self.artifacts(file)
        self.with_artifacts = peak.peak
        return self


def measure_gyre(folder, file):
    with gyre(folder / "gyre") as server:
        wait(server.port)
        time.sleep(1)
        idle = memory_mib(server.pid)
        experiment, history, runs_took, points_took = fill_by_api(server.port)
        measured = Measured(server.port, server.pid, 100)
        measured.idle, measured.filled = idle, (runs_took, points_took)
        return measured.all(experiment, history, file)


def wait(port, patience=60):
    deadline = time.monotonic() + patience
    while True:
        with contextlib.suppress(OSError), Connection(port) as connection:
            return connection.raw("GET /health")
        assert time.monotonic() < deadline, "no server"
        time.sleep(0.01)


def measure_mlflow(folder, workers, file):
    """With one worker on the core that Gyre has; four may use both."""
    pin = ["taskset", "-c", SERVER_CORE] if workers == 1 else ["taskset", "-c", ",".join(map(str, range(os.cpu_count())))]
    reference = Reference(folder, workers, pin, PYTHON)
    with reference:  # makes its schema
        pass
    experiment, history = fill_database(reference.database)
    with reference:
        return Measured(reference.port, reference.process.pid, 12).all(experiment, history, file)


def factor(found, name, key):
    return found[name].figures[key].median / found[OURS].figures[key].median


def table(found):
    lines = ["| request | " + " | ".join(f"{name}, ms" for name in found) + " | beside 1 worker | beside 4 | bar |",
             "|---|" + "---|" * (len(found) + 3)]
    for key, (title, bar) in ROWS.items():
        cells = [one.figures[key].show("{:,.2f}" if one.figures[key].median < 10 else "{:,.0f}") for one in found.values()]
        met = "" if bar is None else f"{bar}x: {'met' if min(factor(found, ONE, key), factor(found, FOUR, key)) >= bar else 'missed'}"
        lines.append(f"| {title} | " + " | ".join(cells) + f" | **{factor(found, ONE, key):.0f}x** | **{factor(found, FOUR, key):.0f}x** | {met} |")
    return lines


def report(found):
    ours = found[OURS]
    batch = ours.figures["batch"].median
    lines = [*table(found), "", f"- log-batch of 1,000: the bar is 2 ms at the median: {'met' if batch < 2 else 'missed'} ({batch:.2f} ms)",
             f"- the first search is {ours.figures['search'].median:.1f} ms, page {DEEP} {ours.figures['deep'].median:.1f} ms",
             f"- Gyre was filled over its API: {RUNS:,} runs, each two requests, in {ours.filled[0]:.0f} s, {POINTS:,} points in "
             f"{ours.filled[1]:.1f} s; MLflow by writing its database", "",
             f"### {CLIENTS} clients at once, and memory", "",
             "| server | calls a second | acknowledged | there afterwards | failed | MiB idle | MiB loaded | MiB with 1 GB artifacts |",
             "|---|---|---|---|---|---|---|---|"]
    for name, one in found.items():
        crowd = one.crowd
        lines.append(f"| {name} | {crowd['per_second']:,.0f} | {crowd['acknowledged']:,} of {CLIENTS * EACH:,} | {crowd['there']:,} | "
                     f"{len(crowd['failed'])} | {one.idle:.0f} | {one.loaded:.0f} | {one.with_artifacts:.0f} |")
    lines += ["", f"- the bar is 100 MiB: {'met' if max(ours.loaded, ours.with_artifacts) < 100 else 'missed'}; nothing acknowledged may be "
              f"lost: {'met' if ours.crowd['acknowledged'] == ours.crowd['there'] == CLIENTS * EACH else 'missed'}"]
    lines += [f"- {name}: {one.crowd['failed'][0]}" for name, one in found.items() if one.crowd["failed"]]
    return lines + [""]


def progress(name, measured):
    """It takes minutes until the table can be shown."""
    medians = {key: round(spread.median, 2) for key, spread in measured.figures.items()}
    print(f"{name}: milliseconds {medians}, MiB {measured.loaded:.0f}", file=sys.stderr, flush=True)


def version():
    return re.search(r"^mlflow==(\S+)", (ROOT / "tests/integration/mlflow/client.txt").read_text(), re.M).group(1)


def measure(folder):
    file = folder / "big.bin"
    with open(file, "wb") as target:
        for _ in range(GIGABYTE >> 20):
            target.write(os.urandom(1 << 20))
    found = {OURS: measure_gyre(folder, file)}
    progress(OURS, found[OURS])
    for name, workers in ((ONE, 1), (FOUR, 4)):
        found[name] = measure_mlflow(folder / f"mlflow-{workers}", workers, file)
        progress(name, found[name])
    file.unlink()
    return [f"One client on a kept-alive connection, each kind of request in a row: median (range). Gyre with one I/O thread and MLflow "
            f"with one worker on core 0, four workers on all; the client on core 1. MLflow {version()}: `mlflow server`, SQLite, artifacts "
            "through the server; memory of all its processes, shared pages once.", "", *report(found)]
