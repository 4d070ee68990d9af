"""Many at once lose nothing, and neither does kill -9."""
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
import pytest
import requests
from mlflow.entities import Metric

from harness.server import Server

LOGGER = Path(__file__).with_name("logger.py")


def logger(uri, run, key, count, size):
    return subprocess.Popen([sys.executable, LOGGER, uri, run, key, str(count), str(size)], stdout=subprocess.PIPE, text=True)


def steps(client, run, key):
    return [point.step for point in client.get_metric_history(run, key)]


def test_many_threads_log_to_one_run(client):
    with mlflow.start_run() as run:
        pass

    def work(thread):
        for step in range(50):
            client.log_metric(run.info.run_id, f"m{thread % 4}", thread, timestamp=thread + 1, step=step)
            client.log_param(run.info.run_id, f"p{thread}-{step}", step)
            client.set_tag(run.info.run_id, "last", str(step))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    found = client.get_run(run.info.run_id)
    assert len(found.data.params) == 16 * 50
    for key in range(4):
        points = {(point.step, point.value) for point in client.get_metric_history(run.info.run_id, f"m{key}")}
        assert points == {(step, float(thread)) for thread in range(16) if thread % 4 == key for step in range(50)}


def test_many_threads_make_runs(client):
    experiment = mlflow.tracking.fluent._get_experiment_id()

    def work(number):
        run = client.create_run(experiment, run_name=f"r{number}")
        client.log_metric(run.info.run_id, "n", number)
        client.set_terminated(run.info.run_id)
        return run.info.run_id

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(work, range(200)))
    found = client.search_runs([experiment], max_results=1000)
    assert {run.info.run_id for run in found} == set(made) and sorted(run.data.metrics["n"] for run in found) == list(range(200))
    assert {run.info.status for run in found} == {"FINISHED"}


def test_many_processes_log(client, uri):
    experiment = mlflow.tracking.fluent._get_experiment_id()
    runs = [client.create_run(experiment).info.run_id for _ in range(3)]
    processes = [logger(uri, run, f"k{number}", 2000, 500) for run in runs for number in range(2)]
    processes += [logger(uri, runs[0], "single", 200, 1)]
    assert [process.wait(120) for process in processes] == [0] * len(processes)
    for run in runs:
        for number in range(2):
            assert steps(client, run, f"k{number}") == list(range(2000))
    assert steps(client, runs[0], "single") == list(range(200))


def test_two_clients_make_the_same_experiment(uri, name):
    made, barrier = [], threading.Barrier(8)

    def work():
        barrier.wait()
        mlflow.set_tracking_uri(uri)
        made.append(mlflow.set_experiment(name).experiment_id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8 and len(set(made)) == 1


class Writer(threading.Thread):
    """Logs points of its own key until the server is gone, and remembers what was acknowledged."""

    def __init__(self, url, run, key, size):
        super().__init__(daemon=True)
        self.url, self.run_id, self.key, self.size, self.acknowledged = url, run, key, size, []
        self.start()

    def run(self):
        session, step = requests.Session(), 0
        while True:
            points = [{"key": self.key, "value": one, "timestamp": one + 1, "step": one} for one in range(step, step + self.size)]
            try:
                answer = session.post(f"{self.url}/api/2.0/mlflow/runs/log-batch", json={"run_id": self.run_id, "metrics": points},
                                      timeout=10)
            except requests.RequestException:
                return
            assert answer.status_code == 200, answer.text
            self.acknowledged += range(step, step + self.size)
            step += self.size


@pytest.mark.parametrize("seed", range(5))
def test_kill_loses_no_acknowledged_metric(tmp_path, seed):
    draw = random.Random(seed)
    server = Server(tmp_path / "home").start()
    run = server.request("POST", "/api/2.0/mlflow/runs/create", json={"experiment_id": "0", "start_time": 1}).json()["run"]
    run_id = run["info"]["run_id"]
    writers = [Writer(server.url, run_id, f"k{number}", size) for number, size in enumerate((1, 1, 10, 1000))]
    time.sleep(draw.uniform(0.2, 1.5))
    server.kill()
    for writer in writers:
        writer.join(15)
    with server:
        client = mlflow.MlflowClient(server.url)
        for writer in writers:
            found = steps(client, run_id, writer.key)
            assert writer.acknowledged and found[:len(writer.acknowledged)] == writer.acknowledged
            # What was under way is there whole or not at all.
            assert len(found) % writer.size == 0 and found == list(range(len(found)))
        latest = client.get_run(run_id).data.metrics
        assert all(latest[writer.key] >= writer.acknowledged[-1] for writer in writers)
        point = Metric(writers[0].key, 0.0, 1, 0)
        client.log_batch(run_id, metrics=[point])  # a retry of what was acknowledged before the kill
        assert steps(client, run_id, writers[0].key).count(0) == 1
