"""A CSV file into the catalog: typed, profiled, written as Parquet, hashed, recorded."""
import json
import subprocess
import time

import pandas

from .home import body_of
from .processes import GYRE, ROOT, Spread, exchange, gyre

ROUNDS = 3
TIMES = 20


def larger(source, target):
    """The same rows TIMES times."""
    head, rows = source.read_text().split("\n", 1)
    target.write_text(head + "\n" + rows * TIMES)


def project(folder):
    folder.mkdir()
    source = ROOT / "examples/weather/weather.csv"
    (folder / "small.csv").write_bytes(source.read_bytes())
    larger(source, folder / "large.csv")
    steps = {name: {"steps": [{"name": "ingest", "uses": "ingest", "cache": False,
                               "with": {"file": f"{name}.csv", "dataset": name, "nulls": ["NA"]}}]} for name in ("small", "large")}
    (folder / "gyre.yaml").write_text(json.dumps({"project": "ingest", "pipelines": steps}))


def ingest_seconds(port, name):
    start = time.perf_counter()
    run = json.loads(body_of(exchange(port, f"POST /api/v1/projects/ingest/pipelines/{name}/runs", b"{}")))
    ended = json.loads(body_of(exchange(port, f"GET /api/v1/pipeline-runs/{run['id']}?wait_seconds=60", b"")))
    assert ended["state"] == "succeeded", ended
    return time.perf_counter() - start


def pandas_seconds(path, described):
    start = time.perf_counter()
    table = pandas.read_csv(path)
    if described:
        table.describe(include="all")
        table.nunique()
    return time.perf_counter() - start


def measure(folder):
    where = folder / "ingest"
    project(where)
    lines = [f"`weather.csv` and the same rows {TIMES} times; {ROUNDS} rounds, everything on one core. Gyre: from asking over "
             "the API to the dataset's version being durable.", "", "| file | Gyre | pandas.read_csv | read_csv, describe, nunique |", "|---|---|---|---|"]
    with gyre(folder / "ingest-home") as server:
        exchange(server.port, "GET /healthz", b"")
        for name in ("small", "large"):
            subprocess.run([GYRE, "run", name, "--project", where, "--server", f"http://127.0.0.1:{server.port}", "--json"], check=True,
                           capture_output=True)
            path = where / f"{name}.csv"
            times = [(ingest_seconds(server.port, name), pandas_seconds(path, False), pandas_seconds(path, True))
                     for _ in range(ROUNDS)]
            megabytes = path.stat().st_size / 1e6
            cells = [f"{s.median:.2f} s, {megabytes / s.median:.0f} MB/s" for s in map(Spread, zip(*times))]
            lines.append(f"| {megabytes:.1f} MB | " + " | ".join(cells) + " |")
    return lines + [""]
