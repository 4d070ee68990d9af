"""Experiments and runs as programs use them."""
import math
import time

import mlflow
import numpy
import pandas
import pytest
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException


def experiment():
    return mlflow.get_experiment(mlflow.tracking.fluent._get_experiment_id()).experiment_id


def test_a_run_comes_back_as_it_was_logged(client):
    with mlflow.start_run(run_name="first", description="what it is", tags={"team": "red"}) as run:
        mlflow.log_param("depth", 5)
        mlflow.log_params({"rate": 0.1, "empty": "", "text": "grün ✓"})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"acc": 0.5, "nan": math.nan, "inf": math.inf}, step=3)
        mlflow.set_tag("note", "yes")
    found = client.get_run(run.info.run_id)
    assert found.info.run_name == "first" and found.info.status == "FINISHED" and found.info.end_time >= found.info.start_time
    assert found.data.params == {"depth": "5", "rate": "0.1", "empty": "", "text": "grün ✓"}
    assert found.data.metrics["loss"] == 0.2 and found.data.metrics["acc"] == 0.5 and math.isnan(found.data.metrics["nan"])
    assert found.data.tags["team"] == "red" and found.data.tags["note"] == "yes"
    assert found.data.tags["mlflow.note.content"] == "what it is"
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.value) for point in history] == [(step, 1 / (step + 1)) for step in range(5)]


def test_a_failed_run_is_failed(client):
    with pytest.raises(ZeroDivisionError):
        with mlflow.start_run() as run:
            1 / 0
    assert client.get_run(run.info.run_id).info.status == "FAILED"


def test_nested_runs(client):
    with mlflow.start_run() as parent:
        with mlflow.start_run(nested=True) as child:
            mlflow.log_metric("x", 1)
            with mlflow.start_run(nested=True) as grandchild:
                mlflow.log_metric("x", 2)
    assert client.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    assert client.get_parent_run(grandchild.info.run_id).info.run_id == child.info.run_id
    children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert list(children.run_id) == [child.info.run_id]


def test_a_run_is_gone_on_with(client):
    with mlflow.start_run() as run:
        mlflow.log_metric("x", 1, step=0)
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_metric("x", 2, step=1)
    assert len(client.get_metric_history(run.info.run_id, "x")) == 2


def test_async_logging(client):
    with mlflow.start_run() as run:
        pending = [mlflow.log_metric("m", step, step=step, synchronous=False) for step in range(300)]
        pending += [mlflow.log_params({f"p{i}": i for i in range(120)}, synchronous=False)]
        pending += [mlflow.set_tag("t", "x", synchronous=False)]
        mlflow.flush_async_logging()
        for one in pending:
            one.wait()
    assert [point.step for point in client.get_metric_history(run.info.run_id, "m")] == list(range(300))
    found = client.get_run(run.info.run_id)
    assert len(found.data.params) == 120 and found.data.tags["t"] == "x" and found.data.metrics["m"] == 299


def test_system_metrics(client):
    mlflow.set_system_metrics_sampling_interval(0.1)
    mlflow.set_system_metrics_samples_before_logging(1)
    try:
        with mlflow.start_run(log_system_metrics=True) as run:
            time.sleep(1.5)
    finally:
        mlflow.set_system_metrics_sampling_interval(None)
        mlflow.set_system_metrics_samples_before_logging(None)
    metrics = client.get_run(run.info.run_id).data.metrics
    assert "system/cpu_utilization_percentage" in metrics and "system/system_memory_usage_megabytes" in metrics


def test_a_long_history_in_pages(client):
    with mlflow.start_run() as run:
        for begin in range(0, 30_000, 1000):
            client.log_batch(run.info.run_id, metrics=[Metric("m", step * 0.5, step, step) for step in range(begin, begin + 1000)])
    history = client.get_metric_history(run.info.run_id, "m")
    assert [point.step for point in history] == list(range(30_000)) and history[29_999].value == 29_999 * 0.5


def test_a_batch_and_its_retry(client):
    with mlflow.start_run() as run:
        batch = dict(metrics=[Metric("m", 1.5, 10, step) for step in range(50)], params=[Param("p", "x")], tags=[RunTag("t", "y")])
        for _ in range(3):
            client.log_batch(run.info.run_id, **batch)
    assert len(client.get_metric_history(run.info.run_id, "m")) == 50
    with pytest.raises(MlflowException, match="Changing param values is not allowed"):
        client.log_param(run.info.run_id, "p", "other")


def test_dataset_inputs(client):
    table = pandas.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
    data = mlflow.data.from_pandas(table, source="here.csv", name="small", targets="y")
    array = mlflow.data.from_numpy(numpy.arange(6.0).reshape(2, 3), name="numbers")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training")
        mlflow.log_input(array, context="testing", tags={"part": "1"})
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    found = {one.dataset.name: one for one in inputs}
    assert set(found) == {"small", "numbers"} and found["small"].dataset.digest == data.digest
    assert {tag.key: tag.value for tag in found["numbers"].tags} == {"mlflow.data.context": "testing", "part": "1"}
    assert mlflow.search_runs(filter_string="dataset.name = 'small'").run_id.tolist() == [run.info.run_id]
    assert found["small"].dataset.schema and found["small"].dataset.profile


def test_search_with_filters_order_and_pages(client):
    for number in range(25):
        with mlflow.start_run(run_name=f"run-{number:02}"):
            mlflow.log_metric("acc", number / 10)
            mlflow.log_param("kind", "even" if number % 2 == 0 else "odd")
    table = mlflow.search_runs(filter_string="metrics.acc >= 1 AND params.kind = 'even'", order_by=["metrics.acc DESC"])
    assert table["tags.mlflow.runName"].tolist() == [f"run-{number}" for number in range(24, 9, -2)]
    seen, token = [], None
    while True:
        page = client.search_runs([experiment()], order_by=["metrics.acc ASC"], max_results=4, page_token=token)
        seen += [run.data.metrics["acc"] for run in page]
        token = page.token
        if not token:
            break
    assert seen == [number / 10 for number in range(25)]


def test_experiments_live_and_die(client, name):
    made = client.create_experiment(name, tags={"a": "b"})
    assert client.get_experiment_by_name(name).experiment_id == made
    client.rename_experiment(made, f"{name}-2")
    client.set_experiment_tag(made, "c", "d")
    client.delete_experiment_tag(made, "a")
    assert client.get_experiment(made).tags == {"c": "d"}
    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert [one.experiment_id for one in client.search_experiments(ViewType.DELETED_ONLY, filter_string=f"name = '{name}-2'")] == [made]
    client.restore_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "active"
    assert client.get_experiment_by_name("nobody has this name") is None


def test_runs_are_deleted_and_restored(client):
    with mlflow.start_run() as run:
        mlflow.log_metric("x", 1)
    client.delete_run(run.info.run_id)
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    assert len(mlflow.search_runs()) == 0
    with pytest.raises(MlflowException, match="active"):
        client.log_metric(run.info.run_id, "x", 2)
    client.restore_run(run.info.run_id)
    assert mlflow.search_runs().run_id.tolist() == [run.info.run_id]
