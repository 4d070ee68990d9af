"""Measures Gyre beside its peers and the limits, and writes docs/results/<date>-bench.md (bench/run).

    bench.py [--only predict,start,pipeline,ingest,mlflow]    with --only nothing is written
"""
import argparse
import datetime
import importlib.metadata
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]
from peers.machine import describe  # noqa: E402  tests/peers
from suite import ingest, mlflow, pipeline, predict, start  # noqa: E402
from suite.home import Home  # noqa: E402
from suite.processes import CLIENT_CORE, ahead_of_others  # noqa: E402

PEERS = ["fastapi", "pydantic", "uvicorn", "uvloop", "httptools", "orjson", "onnxruntime", "numpy", "pandas"]
PARTS = {"predict": "Predictions over HTTP", "start": "Start and memory", "pipeline": "Pipelines", "ingest": "Ingest",
         "mlflow": "Tracking, beside MLflow"}


def run(part, home, folder):
    if part == "predict":
        return predict.measure(home)
    if part == "start":
        return start.measure(home, folder)
    return {"pipeline": pipeline, "ingest": ingest, "mlflow": mlflow}[part].measure(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    only = parser.parse_args().only.split(",") if parser.parse_args().only else list(PARTS)
    if os.cpu_count() < 2:
        sys.exit("bench: needs two cores, one for the server and one for the client")
    os.sched_setaffinity(0, {CLIENT_CORE})
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PEERS)
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    lines = [f"# Gyre beside its peers and the limits, {day}", "",
             "Written by `make bench`. Compare figures within a line or table, which were taken in turn; on a shared machine "
             "they move by a third from hour to hour, ratios much less.", "", f"{describe()} Peers: {versions}.", ""]
    with tempfile.TemporaryDirectory(prefix="gyre-bench-") as folder, ahead_of_others():
        home = Home(folder) if {"predict", "start"} & set(only) else None
        for part in only:
            section = [f"## {PARTS[part]}", "", *run(part, home, pathlib.Path(folder))]
            print("\n".join(section), flush=True)
            lines += section
    if only == list(PARTS):
        report = ROOT / "docs/results" / f"{day}-bench.md"
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text("\n".join(lines).rstrip() + "\n")
        print(f"wrote {report.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
