"""Writes src/tracking/testdata/search.json: what MLflow's own SQL store finds for a table of searches.

    pip install mlflow==3.18.0
    python tests/golden/search.py

Things are named by what they were called here, since MLflow makes their ids. An expectation is a list of names in order,
or the error's message up to where it lists a set (whose order changes from run to run).
"""

import json
import math
import pathlib
import tempfile

import mlflow
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelStatus, Metric, Param, RunTag, ViewType
from mlflow.entities import ExperimentTag, LoggedModelParameter, LoggedModelTag
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

FILE = pathlib.Path(__file__).resolve().parents[2] / "src/tracking/testdata/search.json"


def run(name, start, **rest):
    return {"name": name, "start_time": start, **rest}


RUNS = [
    run("r00", 1000, metrics={"acc": 0.5, "loss": 2}, params={"lr": "0.1", "model": "svm"}, tags={"team": "red"}),
    run("r01", 1000, metrics={"acc": 0.9}, params={"lr": "0.01", "model": "Forest"}, tags={"team": "Red", "a b": "x"}),
    run("r02", 2000, metrics={"acc": "NaN", "loss": 1}, params={"lr": "0.1", "model": "forest"}, tags={"team": "blue"}),
    run("r03", 3000, metrics={"acc": "Infinity"}, params={"model": "svm"}, tags={"team": "blue_1"}),
    run("r04", 4000, metrics={"acc": "-Infinity", "loss": 0}, params={"lr": ""}, tags={"team": "100%"}),
    run("r05", 5000, metrics={"loss": -1.5}, params={"lr": "0.1"}, tags={}),
    run("r06", 6000, metrics={"acc": 0.9, "loss": 2, "dir/x-1": 7}, tags={"team": "red", "mlflow.user": "ada"}),
    run("r07", 7000, status="FINISHED", end_time=9000, params={"model": "SVM", "näme": "größe"}, user="ada"),
    run("r08", 8000, status="FAILED", end_time=8500, tags={"team": "it's", "quoted": 'say "hi"'}, user="bob"),
    run("r09", 9000, metrics={"acc": 0.7}, deleted=True, tags={"team": "red"}),
    run("r10", 1500, experiment=1, metrics={"acc": 0.8, "loss": 3}, params={"lr": "1"}, tags={"team": "red"}),
    run("r11", 2500, experiment=1, metrics={"acc": 0.6}, status="KILLED", end_time=2600),
    run("r12", 9500, datasets=[["train", "d1", "training"], ["test", "d2", "eval"]]),
    run("r13", 9600, datasets=[["train", "d9", None]], metrics={"acc": 0.9}, tags={"path": "c:\\x", "n": "5"}),
    run("r14", 9700, metrics={"acc": -0.25, "loss": 1e-9}, params={"long": "x" * 300 + "end", "lr": "1e-3"}),
]

FILTERS = [
    "", "metrics.acc > 0.6", "metric.acc >= 0.9", "metrics.acc = 0.9", "metrics.acc != 0.9", "metrics.acc < 0.6",
    "metrics.acc <= 0.5", "metrics.`acc` > -1e3", 'metrics."acc" > .5', "metrics.acc > 5.", "metrics.loss = -1.5",
    "metrics.acc > 1e400", "metrics.acc < 1e308", "metrics.loss < 1E-5", "metrics.`dir/x-1` = 7", "metrics.nothing > 0",
    "metrics.acc > 0 AND metrics.loss > 1", "metrics.acc > 0 and metrics.acc < 0.8", "metrics.acc >0.5AND metrics.loss<3",
    "params.lr = '0.1'", 'params.lr = "0.1"', "params.lr != '0.1'", "params.lr = ''", "param.lr LIKE '0.%'",
    "parameter.model LIKE 'svm'", "parameters.model ILIKE 'SVM'", "params.model LIKE '%or%'", "params.model like 'F_rest'",
    "params.model ILIKE 'f%'", "params.lr IS NULL", "params.lr is not null", "params.`näme` = 'größe'", "params.näme LIKE '%ß%'",
    "params.long LIKE '%end'", "params.long LIKE 'xxx%'", "params.long = '" + "x" * 300 + "end'", "params.`no`pe` = '1'",
    "tags.team = 'red'", "tag.team != 'red'", "tags.team ILIKE 'RED'", "tags.team LIKE 'blue_1'", "tags.team LIKE 'blue%'",
    "tags.team LIKE '100%'", "tags.team = '100%'", "tags.`a b` = 'x'", "tags.'a b' = 'x'", "tags.mlflow.user = 'ada'",
    "tags.`mlflow.user` = 'ada'", "tags.team = \"it's\"", "tags.team = 'it''s'", "tags.quoted = 'say \"hi\"'",
    "tags.path = 'c:\\x'", "tags.team IS NULL", "tags.team IS NOT NULL", "tags.n = '5'",
    "tags.team = 'red' AND params.model = 'svm'", "`tags`.team = 'red'", "tags.mlflow.runName LIKE 'r1%'",
    "status = 'FINISHED'", "attributes.status != 'RUNNING'", "attr.status LIKE 'F%'", "attribute.status ILIKE 'fin%'",
    "run.status = 'KILLED'", "run_name = 'r03'", "`run name` = 'r03'", "attributes.`Run name` LIKE 'r0%'",
    "\"Run Name\" != 'r00'", "user_id = 'ada'", "start_time > 8000", "start_time >= 8000", "start_time = 1000",
    "start_time != 1000", "start_time < 1500.5", "created <= 2000", "attributes.Created = 3000", "end_time > 0",
    "end_time != 9000", "end_time < 8600", "start_time > 99999999999999999", "start_time > -1",
    "artifact_uri LIKE '%artifacts'", "artifact_uri = 'x'", "run_id IN ('a', 'b')", "run_id NOT IN ('a')", "run_id != 'x'",
    "datasets.name = 'train'", "dataset.digest = 'd2'", "datasets.context = 'training'", "dataset.context LIKE '%al%'",
    "datasets.name != 'train'", "dataset.name IN ('train', 'other')", "datasets.digest NOT IN ('d1')",
    "datasets.name = 'train' AND datasets.digest = 'd2'", "dataset.name ILIKE 'TR%'",
    "AND metrics.acc > 0.6", "metrics.acc > 0.6 AND", "metrics.acc > 0.6 AND AND loss_is = 1", "metrics.acc > 0 metrics.loss > 1",
    "\n metrics.acc\t>\n0.6 ", "tags.team\n=\n'red'",
    # Errors.
    "   ", "status", "status =", "= 'x'", "metrics.acc > 'x'", "metrics.acc > nan", "metrics.acc LIKE 'x'",
    "metrics.acc IS NULL", "params.lr = 0.1", "params.lr = x", "params.lr = `x`", "params.lr > 'x'", "params.lr IN ('x')",
    "tags.team < 'x'", "tags.team = red", "tags.team RLIKE 'x'", "tags.team = null", "foo.bar = 'x'", "Tags.team = 'x'",
    "foo = 'x'", "attributes.foo = 'x'", "status IN ('a')", "status > 'a'", "status IS NULL", "status <> 'a'",
    "start_time = 'x'", "start_time LIKE 5", "run_id IN ()", "run_id IN (1, 2)", "run_id IN 'a'", "run_id IN (a)",
    "datasets.foo = 'x'", "datasets.name > 'x'", "datasets.name = 5", "datasets.name IS NULL", "metrics.acc > 1;",
    "metrics.acc > 1; metrics.acc > 2", "metrics.acc > 1 -- x", "'x' = status", "5 < metrics.acc", "params.a-b = 'x'",
    "status = 'x", "metrics.acc BETWEEN 1 AND 2", "metrics.acc > 1, metrics.loss > 2", "tags.team = 'red' AND",
]

ORDERS = [
    [], ["metrics.acc"], ["metrics.acc DESC"], ["metrics.acc ASC", "metrics.loss desc"], ["metric.`loss`"],
    ["metrics.loss DESC", "start_time ASC"], ["params.lr"], ["params.lr DESC"], ["tags.team"], ["tag.team DESC"],
    ["attributes.start_time ASC"], ["start_time"], ["created DESC"], ["end_time"], ["end_time DESC"], ["status", "end_time"],
    ["run_name DESC"], ["attribute.run_name"], ["user_id", "start_time"], ["params.model", "metrics.acc DESC"],
    ["metrics.`dir/x-1` DESC"], ['tags."a b"'], ["metrics.nothing"], ["start_time DESC", "metrics.acc"],
    # Errors.
    ["metrics.acc foo"], ["metrics.acc DESC x"], [""], ["foo"], ["foo.bar"], ["metrics.a,metrics.b"], ["tags.a-b"],
    ["-start_time"], ["'metrics.acc'"], ["Run name"], ["lifecycle_stage"], ["metrics.acc;"],
]

EXPERIMENTS = [
    {"name": "Alpha", "tags": {"team": "red", "k": "v"}}, {"name": "beta", "tags": {"team": "blue"}},
    {"name": "alphabet", "tags": {}}, {"name": "gamma 2", "tags": {"team": "RED"}}, {"name": "gone", "tags": {"team": "red"}, "deleted": True},
]
EXPERIMENT_FILTERS = [
    "", "name = 'beta'", "name LIKE 'Alpha%'", "name ILIKE 'alpha%'", "name != 'beta'", "attribute.name = 'Alpha'",
    "attributes.name ILIKE '%A'", "tags.team = 'red'", "tag.team != 'red'", "tags.team ILIKE 'red'", "tags.team IS NULL",
    "tags.k IS NOT NULL", "tags.team = 'red' AND name LIKE 'A%'", "creation_time > 0", "last_update_time < 1",
    "experiment_id = '1'", "experiment_id IN ('1', '3')", "experiment_id NOT IN ('1')", "experiment_id != '2'",
    "experiment_id = 'x'", "experiment_id LIKE '1'", "creation_time > 1.5", "creation_time LIKE 5", "creation_time = 'x'",
    "name > 'a'", "name IN ('a')", "name IS NULL", "foo = 'x'", "run.name = 'x'", "metrics.a > 1", "tags.team > 'x'",
    "tags.team = 5", "name = beta", "name = 'a' OR",
]
EXPERIMENT_ORDERS = [["name"], ["name DESC"], ["experiment_id"], ["attribute.experiment_id DESC"], ["foo"], ["tags.team"],
                     ["name foo"], ["metrics.x"], ["name", "name"]]

MODELS = [
    {"name": "m0", "params": {"depth": "3"}, "tags": {"t": "x"}, "metrics": [["f1", 0.5, None], ["f1", 0.7, "train"]], "type": "tree"},
    {"name": "m1", "params": {"depth": "10"}, "tags": {"t": "y"}, "metrics": [["f1", 0.9, "train"]], "status": "READY"},
    {"name": "M1", "params": {}, "tags": {}, "metrics": [["f1", 0.8, "test"], ["auc", 0.3, None]], "status": "FAILED", "type": "net"},
    {"name": "m3", "params": {"depth": "3"}, "tags": {"t": "x"}, "metrics": [["auc", 0.6, None]], "deleted": True},
    {"name": "m4", "params": {"depth": "it"}, "tags": {"a-b": "z"}, "metrics": []},
]
MODEL_FILTERS = [
    "", "name = 'm1'", "name ILIKE 'm1'", "name LIKE 'm%'", "name IN ('m0', 'm4')", "name NOT IN ('m0')", "name in ('m0')",
    "metrics.f1 > 0.6", "metrics.f1 != 0.9", "metrics.auc <= 0.3", "params.depth = '3'", "params.depth != '3'",
    "params.depth = 3", "tags.t = 'x'", "tags.t LIKE '%y'", "tags.`a-b` = 'z'", "attributes.name = 'm0'", "model_type = 'tree'",
    "model_type != 'tree'", "status = 'READY'", "status != 'READY'", "status IN ('PENDING', 'FAILED')",
    "creation_time > 0", "creation_timestamp > 0", "attributes.creation_timestamp_ms > 0",
    "metrics.f1 > 0.6 AND tags.t = 'x'", "source_run_id = 'x'", "source_run_id != 'x'", "params.depth IN ('3', '10')",
    "name > 'a'", "metrics.f1 LIKE 'x'", "status LIKE 'R%'", "status = 'x'", "tag.t = 'x'", "foo.bar = 'x'",
    "params.depth IS NULL",
]
MODEL_ORDERS = [
    [["name", True, None]], [["name", False, None]], [["metrics.f1", True, None]], [["metrics.f1", False, "train"]],
    [["model_type", True, None]], [["status", False, None], ["name", True, None]], [["creation_time", True, None]],
    [["metrics.auc", False, None]], [["foo", True, None]], [["params.depth", True, None]],
]


def message(error):
    """Up to where a set begins."""
    return error.message.split("{")[0].split("one of")[0].strip()


def ask(find):
    try:
        return {"found": find()}
    except MlflowException as error:
        return {"error": message(error)}
    except Exception as error:
        return {"failure": type(error).__name__}


def add_run(store, experiments, spec):
    info = store.create_run(experiments[spec.get("experiment", 0)], spec.get("user", "eve"), spec["start_time"], [], spec["name"]).info
    metrics = [Metric(k, float(v), 1, 0) for k, v in spec.get("metrics", {}).items()]
    params = [Param(k, v) for k, v in spec.get("params", {}).items()]
    tags = [RunTag(k, v) for k, v in spec.get("tags", {}).items()]
    store.log_batch(info.run_id, metrics, params, tags)
    inputs = [
        DatasetInput(Dataset(name, digest, "local", "here"), [InputTag("mlflow.data.context", context)] if context else [])
        for name, digest, context in spec.get("datasets", [])
    ]
    if inputs:
        store.log_inputs(info.run_id, inputs)
    if "status" in spec:
        store.update_run_info(info.run_id, {"RUNNING": 1, "FINISHED": 3, "FAILED": 4, "KILLED": 5}[spec["status"]], spec["end_time"], None)
    if spec.get("deleted"):
        store.delete_run(info.run_id)


def add_model(store, experiment, run_id, spec):
    model = store.create_logged_model(
        experiment, spec["name"], None, [LoggedModelTag(k, v) for k, v in spec["tags"].items()],
        [LoggedModelParameter(k, v) for k, v in spec["params"].items()], spec.get("type"))
    for step, (key, value, dataset) in enumerate(spec["metrics"]):
        store.log_batch(run_id, [Metric(key, value, 1, step, model.model_id, dataset and "d", dataset)], [], [])
    if "status" in spec:
        store.finalize_logged_model(model.model_id, LoggedModelStatus(spec["status"]))
    if spec.get("deleted"):
        store.delete_logged_model(model.model_id)


def search_runs(store, experiments):
    def names(filter_string="", order_by=(), view=ViewType.ACTIVE_ONLY, only=experiments):
        found = store.search_runs(only, filter_string, view, 100, list(order_by))
        return [run.info.run_name for run in found]

    # Runs that started together are ordered by their ids, which MLflow makes: a set for those.
    filters = [{"filter": f, **ask(lambda: sorted(names(f)))} for f in FILTERS]
    orders = [{"order_by": o, **ask(lambda: names("", [*o, "run_name"] if "run_name" not in str(o) else o))} for o in ORDERS]
    views = {view: sorted(names(view=ViewType.from_string(view))) for view in ["active_only", "deleted_only", "all"]}
    return {"filters": filters, "orders": orders, "views": views, "second": sorted(names(only=experiments[1:]))}


def search_experiments(store):
    def names(filter_string="", order_by=(), view=ViewType.ACTIVE_ONLY):
        return [e.name for e in store.search_experiments(view, 100, filter_string, list(order_by))]

    return {
        "filters": [{"filter": f, **ask(lambda: sorted(names(f)))} for f in EXPERIMENT_FILTERS],
        "orders": [{"order_by": o, **ask(lambda: names("", o))} for o in EXPERIMENT_ORDERS],
    }


def search_models(store, experiment):
    def names(filter_string=None, order_by=None, datasets=None):
        return [m.name for m in store.search_logged_models([experiment], filter_string, datasets, 100, order_by)]

    def keys(order):
        return [{"field_name": f, "ascending": a, **({"dataset_digest": d} if d else {})} for f, a, d in order]

    tail = [["creation_time", True, None]]
    return {
        "filters": [{"filter": f, **ask(lambda: sorted(names(f)))} for f in MODEL_FILTERS],
        "orders": [{"order_by": o, **ask(lambda: names(None, keys(o) + keys(tail)))} for o in MODEL_ORDERS],
        "on_train": sorted(names(datasets=[{"dataset_name": "d", "dataset_digest": "train"}])),
        "f1_on_train": sorted(names("metrics.f1 < 0.8", None, [{"dataset_name": "d", "dataset_digest": "train"}])),
    }


def main():
    with tempfile.TemporaryDirectory() as folder:
        store = SqlAlchemyStore(f"sqlite:///{folder}/m.db", f"{folder}/artifacts")
        experiments = [store.create_experiment(e["name"], None, [ExperimentTag(k, v) for k, v in e["tags"].items()]) for e in EXPERIMENTS]
        for spec in RUNS:
            add_run(store, experiments, spec)
        first = store.create_run(experiments[2], "eve", 1, [], "of models").info.run_id
        for spec in MODELS:
            add_model(store, experiments[2], first, spec)
        for experiment, spec in zip(experiments, EXPERIMENTS):
            if spec.get("deleted"):
                store.delete_experiment(experiment)
        result = {
            "version": mlflow.__version__, "runs": RUNS, "experiments": EXPERIMENTS, "models": MODELS,
            "run_searches": search_runs(store, experiments[:2]),
            "experiment_searches": search_experiments(store), "model_searches": search_models(store, experiments[2]),
        }
    FILE.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    assert math.isnan(float("NaN"))
    main()
