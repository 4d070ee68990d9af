"""Models that Gyre serves against the packages that know the answer.

    cmake --build --preset release --target gyre
    pip install -r tests/peers/requirements.txt
    python tests/peers/served_parity.py

Runs examples/sklearn (a command with this Python trains), tests/peers/wine (Gyre's three algorithms, three classes) and
examples/weather (categories, missing values) up to their endpoints, then asks for predictions of all test rows and
compares: the answers over HTTP with Python's onnxruntime on the packaged file; the metrics of the test step with
scikit-learn's on those predictions; the scikit-learn model with scikit-learn itself, trained again here. Exits 1 if
anything differs by more than is allowed.
"""

import contextlib
import io
import json
import os
import pathlib
import shutil
import sys
import tempfile
import warnings

import numpy
import onnxruntime
import pandas
import sklearn

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from harness.server import Server  # noqa: E402
from peers.source import load_file  # noqa: E402

reference = load_file(ROOT / "tests/golden/stats.py")

BATCH = 500
BLOCK = 32  # rows that an executor gives ONNX Runtime at once
# The test step judges Gyre's own models in double and before packaging; what they serve is float32.
OF_LABELS = ("accuracy", "balanced_accuracy", "precision", "recall", "f1")
AS_SERVED, ROUNDED = 1e-9, 1e-5


class Served:
    """One pipeline's run and what it left."""

    def __init__(self, server, project, pipeline):
        self.server = server
        run = server.cli("run", pipeline, "--project", project)
        self.steps = {step["name"]: step for step in run["steps"]}
        self.report = self.outputs("test", "report")["facts"]
        self.label = self.report["columns"]["label"]
        version = self.outputs("register", "version")["facts"]
        self.endpoint = self.outputs("deploy", "endpoint")["facts"]["endpoint"]
        files = f"/api/v1/models/{version['model']}/versions/{version['version']}/files"
        self.onnx = server.request("GET", f"{files}/model.onnx").content
        self.signature = server.get(f"{files}/signature.json")

    def outputs(self, step, name):
        return self.steps[step]["outputs"][name]

    def table(self, step, name):
        digest = self.outputs(step, name)["files"]["data.parquet"]["sha256"]
        return pandas.read_parquet(io.BytesIO(self.server.request("GET", f"/api/v1/blobs/{digest}/content").content))

    def positive(self):
        return self.signature["classes"].index(self.signature["positive_class"])

    def accepted(self, table):
        """Rows without values that the endpoint refuses; the test step scores the others too."""
        fine = numpy.ones(len(table), bool)
        for one in self.signature["inputs"]:
            column = table[one["name"]]
            absent = column.isna().to_numpy()
            if not one.get("nullable", False):
                fine &= ~absent
            if "minimum" in one:
                fine &= absent | (column >= one["minimum"]).to_numpy()
            if "maximum" in one:
                fine &= absent | (column <= one["maximum"]).to_numpy()
        return fine

    def ask(self, table):
        """Labels and the probability told of each row."""
        names = [one["name"] for one in self.signature["inputs"]]
        rows = json.loads(table[names].to_json(orient="records", double_precision=15))
        labels, probability = [], []
        for at in range(0, len(rows), BATCH):
            response = self.server.request("POST", f"/endpoints/{self.endpoint}/predict", json=rows[at:at + BATCH])
            assert response.status_code == 200, response.text
            for one in response.json()["predictions"]:
                labels.append(one["label"])
                probability.append(one["probability"])
        return numpy.array(labels), numpy.array(probability)

    def run_onnx(self, table):
        """Labels and probabilities of the packaged file in Python. ONNX Runtime adds up trees in another order for other
        numbers of threads and rows, which moves a last digit: one thread and as many rows as Gyre gives it."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(self.onnx, options, providers=["CPUExecutionProvider"])
        wanted = [self.signature["outputs"]["label"], self.signature["outputs"]["probability"]]
        parts = [session.run(wanted, self.feeds(table.iloc[at:at + BLOCK])) for at in range(0, len(table), BLOCK)]
        return [numpy.concatenate(one) for one in zip(*parts)]

    def feeds(self, table):
        feeds = {}
        for one in self.signature["inputs"]:
            column = table[one["name"]]
            if one["type"] == "number":
                feeds[one["name"]] = column.to_numpy(numpy.float32).reshape(-1, 1)
            else:
                feeds[one["name"]] = column.fillna("").astype(str).to_numpy(object).reshape(-1, 1)
        return feeds


class Checks:
    def __init__(self):
        self.good = True

    def row(self, model, what, cases, difference, allowed):
        fine = difference <= allowed
        self.good &= bool(fine)
        print(f"{model:17}{what:50}{cases:7}{difference:12.1e}{allowed:10.0e}{'' if fine else '  TOO MUCH'}", flush=True)


def compare(checks, model):
    table = model.table("split", "test")
    classes = model.signature["classes"]
    index = {name: i for i, name in enumerate(classes)}
    asked = table[model.accepted(table)]
    labels, told = model.ask(asked)
    onnx_labels, onnx_probability = model.run_onnx(asked)
    checks.row(model.endpoint, "labels over HTTP, onnxruntime in Python", len(asked), (labels != onnx_labels).sum(), 0)
    of = [model.positive() if len(classes) == 2 else index[label] for label in labels]
    difference = numpy.abs(told.astype(numpy.float32) - onnx_probability[numpy.arange(len(asked)), of]).max()
    checks.row(model.endpoint, "probabilities over HTTP, onnxruntime in Python", len(asked), difference, 0)

    onnx_labels, onnx_probability = model.run_onnx(table)
    truth = table[model.label].astype(str).map(index).to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = reference.report(truth, numpy.array([index[label] for label in onnx_labels]),
                                    onnx_probability.astype(float), model.positive())
    expected.pop("trapezoid", None)
    own = model.steps["train"]["outputs"]["model"]["facts"] != {}
    for what, allowed, names in [
            ("metrics of labels, scikit-learn", AS_SERVED, [name for name in expected if name.startswith(OF_LABELS)]),
            ("metrics of probabilities, scikit-learn", ROUNDED if own else AS_SERVED,
             [name for name in expected if not name.startswith(OF_LABELS)])]:
        worst = max(abs(model.report["metrics"][name] - expected[name]) for name in names)
        checks.row(model.endpoint, what, len(names), worst, allowed)
    return asked, told


def compare_with_sklearn(checks, model, table, told):
    """Trains the example's model again, in this process."""
    train = load_file(ROOT / "examples/sklearn/train.py")
    params = {"label": "diagnosis", "exclude": ["sample"], "folds": 5, "seed": 7}
    features, found = train.search(model.table("split", "train"), params)
    estimator = found.best_estimator_
    expected = estimator.predict_proba(table[list(features.columns)].astype("float32"))
    positive = list(estimator.classes_).index(model.signature["positive_class"])
    checks.row(model.endpoint, "probabilities over HTTP, scikit-learn", len(table),
               numpy.abs(told - expected[:, positive]).max(), 1e-5)
    score = model.outputs("train", "metrics")["facts"]["cv_log_loss"]
    checks.row(model.endpoint, "score of the command's search, scikit-learn", 1, abs(score + found.best_score_), 1e-9)


@contextlib.contextmanager
def wine_project():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "tests/peers/wine/gyre.yaml", folder)
        shutil.copy(ROOT / "src/train/testdata/wine.csv", folder)
        yield folder


def main():
    print(f"onnxruntime {onnxruntime.__version__}, scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
    print(f"{'endpoint':17}{'what':50}{'cases':>7}{'difference':>12}{'allowed':>10}")
    checks = Checks()
    path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as home, Server(pathlib.Path(home) / "home", env={"PATH": path}) as server:
        sklearn_model = Served(server, ROOT / "examples/sklearn", "diagnosis")
        compare_with_sklearn(checks, sklearn_model, *compare(checks, sklearn_model))
        with wine_project() as folder:
            for pipeline in ["random_forest", "svm", "logistic_regression"]:
                compare(checks, Served(server, folder, pipeline))
        compare(checks, Served(server, ROOT / "examples/weather", "rain"))
    sys.exit(0 if checks.good else 1)


if __name__ == "__main__":
    main()
