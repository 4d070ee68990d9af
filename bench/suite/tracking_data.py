"""What is searched and read: RUNS runs with a metric and a param, and one history of POINTS points. Through the API for Gyre;
straight into MLflow's database, which would take hours through its own."""
import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor

from .tracking_client import Connection

RUNS, POINTS, BATCH, WRITERS = 100_000, 1_000_000, 1000, 16
START = 1_700_000_000_000


def accuracy(number):
    """Of run `number`: spread over 0 to 1, no two the same."""
    return number * 7919 % RUNS / RUNS


def points(first, key="m"):
    return [{"key": key, "value": (first + i) * 0.5, "timestamp": START + first + i, "step": first + i} for i in range(BATCH)]


def make_run(connection, experiment, number):
    run = connection.post("runs/create", {"experiment_id": experiment, "start_time": START + number, "run_name": f"run-{number}"})
    return run["run"]["info"]["run_id"]


def write_runs(port, experiment):
    def write(part):
        with Connection(port) as mine:
            for number in range(part, RUNS, WRITERS):
                mine.post("runs/log-batch", {
                    "run_id": make_run(mine, experiment, number), "params": [{"key": "p", "value": str(number % 10)}],
                    "metrics": [{"key": "acc", "value": accuracy(number), "timestamp": START, "step": 0}]})

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))


def write_history(port):
    with Connection(port) as connection:
        run = make_run(connection, "0", 0)
        for first in range(0, POINTS, BATCH):
            connection.post("runs/log-batch", {"run_id": run, "metrics": points(first)})
        return run


def fill_by_api(port):
    """(experiment of the runs, run of the history), and how many seconds each took."""
    with Connection(port) as connection:
        experiment = connection.post("experiments/create", {"name": "many"})["experiment_id"]
    begin = time.perf_counter()
    write_runs(port, experiment)
    runs_took, begin = time.perf_counter() - begin, time.perf_counter()
    return experiment, write_history(port), runs_took, time.perf_counter() - begin


def fill_database(path):
    """The same in MLflow's SQLite file, whose schema is there."""
    run = f"{RUNS:032x}"
    with sqlite3.connect(path) as database:
        database.execute("INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)"
                         " VALUES (1000, 'many', 'mlflow-artifacts:/1000', 'active', ?, ?)", (START, START))
        database.executemany(
            "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, source_version,"
            " lifecycle_stage, artifact_uri, experiment_id) VALUES (?, ?, 'UNKNOWN', '', '', '', 'RUNNING', ?, '', 'active', ?, ?)",
            ((f"{number:032x}", f"run-{number}", START + number, f"mlflow-artifacts:/1000/{number:032x}/artifacts", 1000 if number < RUNS else 0)
             for number in range(RUNS + 1)))
        database.executemany("INSERT INTO tags VALUES ('mlflow.runName', ?, ?)", ((f"run-{n}", f"{n:032x}") for n in range(RUNS)))
        database.executemany("INSERT INTO params VALUES ('p', ?, ?)", ((str(n % 10), f"{n:032x}") for n in range(RUNS)))
        database.executemany("INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ('acc', ?, ?, ?, 0, 0)",
                             ((accuracy(n), START, f"{n:032x}") for n in range(RUNS)))
        database.executemany("INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES ('acc', ?, ?, 0, 0, ?)",
                             ((accuracy(n), START, f"{n:032x}") for n in range(RUNS)))
        database.executemany("INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ('m', ?, ?, ?, ?, 0)",
                             ((n * 0.5, START + n, run, n) for n in range(POINTS)))
        database.execute("INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES ('m', ?, ?, ?, 0, ?)",
                         (POINTS * 0.5, START + POINTS, POINTS, run))
        database.execute("ANALYZE")
    return "1000", run


def batch_body(run, first):
    return json.dumps({"run_id": run, "metrics": points(first, "b")}).encode()
