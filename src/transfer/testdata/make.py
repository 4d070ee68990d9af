"""Writes the two small sources of the tests with a real MLflow (3.18, pip install mlflow==3.18.0):

    python make.py mlruns FOLDER     # an mlruns folder of the file store
    python make.py sqlite FILE       # an SQLite file, its artifacts beside it in mlruns/

Ids are MLflow's own, so each call gives others; the tests name things by name. The metadata says that all of it was at
/srv/mlflow, as if it had been moved since.
"""
import os
import shutil
import sqlite3
import sys
from pathlib import Path

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
import mlflow  # noqa: E402
from mlflow.entities import LoggedModelInput, LoggedModelOutput, Metric, Param, RunInputs, RunTag  # noqa: E402
from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: E402


def fill(client, uri):
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    client.set_experiment_tag("0", "kept", "yes")
    rain = client.create_experiment("rain", tags={"team": "weather"})
    gone = client.create_experiment("gone")
    parent = client.create_run(rain, start_time=1_700_000_000_000, run_name="parent")
    points = [Metric("loss", 1.0 / (step + 1), 1_700_000_000_000 + step, step) for step in range(30)]
    points += [Metric("odd/näme", value, 1_700_000_001_000, step)
               for step, value in enumerate([float("nan"), float("inf"), float("-inf"), -1.5e-300])]
    client.log_batch(parent.info.run_id, metrics=points,
                     params=[Param("depth", "3"), Param("text", "two\nlines: 'quoted' #x"), Param("empty", "")],
                     tags=[RunTag("mlflow.note.content", "a *note*"), RunTag("number", "0123")])
    dataset = Dataset(name="weather", digest="abc123", source_type="local", source='{"uri": "weather.csv"}',
                      schema='{"a": 1}', profile='{"rows": 5}')
    client.log_inputs(parent.info.run_id,
                      datasets=[DatasetInput(dataset, tags=[InputTag("mlflow.data.context", "training")])])
    client.log_text(parent.info.run_id, "hello", "notes/hello world.txt")
    client.log_text(parent.info.run_id, "", "empty.txt")
    model = client.create_logged_model(rain, name="forest", source_run_id=parent.info.run_id, tags={"kind": "trees"},
                                       params={"trees": "10"}, model_type="sklearn")
    client.log_outputs(parent.info.run_id, models=[LoggedModelOutput(model.model_id, step=2)])
    client.log_metric(parent.info.run_id, "auc", 0.75, step=1, timestamp=1_700_000_002_000, model_id=model.model_id,
                      dataset_name="weather", dataset_digest="abc123")
    text = Path(f"/tmp/MLmodel.{os.getpid()}")
    text.mkdir(exist_ok=True)
    (text / "MLmodel").write_text("flavors: {}\n")
    client.log_model_artifacts(model.model_id, str(text))
    shutil.rmtree(text)
    client.finalize_logged_model(model.model_id, "READY")
    client.set_terminated(parent.info.run_id, "FINISHED", end_time=1_700_000_100_000)
    child = client.create_run(rain, start_time=1_700_000_010_000, run_name="089",
                              tags={"mlflow.parentRunId": parent.info.run_id})
    client.log_inputs(child.info.run_id, models=[LoggedModelInput(model.model_id)])
    client.set_terminated(child.info.run_id, "FAILED", end_time=1_700_000_020_000)
    lost = client.create_run(rain, start_time=1_700_000_030_000, run_name="deleted-run")
    client.log_param(lost.info.run_id, "p", "v")
    client.delete_run(lost.info.run_id)
    client.create_run(gone, start_time=1_700_000_040_000, run_name="in-gone")
    client.delete_experiment(gone)

    client.create_registered_model("forest", tags={"owner": "me"}, description="of trees")
    source = client.get_run(parent.info.run_id).info.artifact_uri
    for number in range(1, 4):
        client.create_model_version("forest", f"{source}/notes", parent.info.run_id, tags={"n": str(number)},
                                    description=f"version {number}")
    client.create_model_version("forest", f"models:/{model.model_id}", model_id=model.model_id)
    client.delete_model_version("forest", "2")
    client.transition_model_version_stage("forest", "1", "Production")
    client.set_registered_model_alias("forest", "champion", 3)
    client.create_registered_model("bare")
    if uri.startswith("sqlite"):
        mlflow.genai.register_prompt(name="greeting", template="Hello {{name}}", commit_message="first")


def main(kind, where):
    where = Path(where).absolute()
    if kind == "mlruns":
        os.chdir(where.parent)
        shutil.rmtree(where, ignore_errors=True)
        fill(mlflow.MlflowClient(where.as_uri(), where.as_uri()), where.as_uri())
        for meta in where.rglob("meta.yaml"):
            meta.write_text(meta.read_text().replace(str(where.parent), "/srv/mlflow"))
        return
    where.unlink(missing_ok=True)
    os.chdir(where.parent)
    uri = f"sqlite:///{where}"
    fill(mlflow.MlflowClient(uri, uri), uri)
    database = sqlite3.connect(where)
    for table, column in (("experiments", "artifact_location"), ("runs", "artifact_uri"), ("model_versions", "source"),
                          ("model_versions", "storage_location"), ("logged_models", "artifact_location")):
        database.execute(f"UPDATE {table} SET {column} = replace({column}, ?, '/srv/mlflow')", (str(where.parent),))
    database.commit()
    database.execute("PRAGMA journal_mode=DELETE")
    database.execute("PRAGMA page_size=512")
    database.execute("VACUUM")
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
