"""Writes the data sets and reference values of src/train/testdata/ with scikit-learn.

    pip install -r tests/golden/numerics-requirements.txt
    python tests/golden/train.py

The sets are scikit-learn's bundled ones, as float32: what Gyre trains on. Folds are fixed here; predictions are
out-of-fold, written one character per row.
"""

import json
import pathlib

import numpy
import scipy
import sklearn
from sklearn import datasets
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, TimeSeriesSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src/train/testdata"
VERSIONS = {"numpy": numpy.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
SETS = {"iris": datasets.load_iris, "wine": datasets.load_wine, "breast_cancer": datasets.load_breast_cancer,
        "digits": datasets.load_digits}


def load(name):
    data = SETS[name]()
    return data.data.astype(numpy.float32), data.target, [str(column) for column in data.feature_names]


def write_csv(name):
    x, y, columns = load(name)
    lines = [",".join(column.replace(" (cm)", "").replace(" ", "_") for column in columns) + ",label"]
    for row, label in zip(x, y):
        lines.append(",".join(numpy.format_float_positional(value, trim="-") for value in row) + f",{label}")
    (FOLDER / f"{name}.csv").write_text("\n".join(lines) + "\n")


def text(numbers):
    return "".join(str(number) for number in numbers)


def folds(x, y, seed):
    splitter = StratifiedKFold(5, shuffle=True, random_state=seed)
    fold_of = numpy.zeros(len(y), int)
    for fold, (_, scored) in enumerate(splitter.split(x, y)):
        fold_of[scored] = fold
    return splitter, fold_of


def svm_cases(name):
    """Gyre's parameters and scikit-learn's labels for them on the same folds."""
    x, y, _ = load(name)
    x = x.astype(numpy.float64)
    splitter, fold_of = folds(x, y, 0)
    cases = []
    for params in [{}, {"C": 10.0, "gamma": 0.02}, {"kernel": "linear", "C": 0.1},
                   {"kernel": "poly", "degree": 3, "coef0": 1.0}, {"kernel": "sigmoid", "gamma": 0.01, "C": 2.0},
                   {"class_weight": "balanced", "gamma": "auto"}, {"standardize": False}]:
        options = {key: value for key, value in params.items() if key != "standardize"}
        model = SVC(**options)
        if params.get("standardize", True):
            model = make_pipeline(StandardScaler(), model)
        cases.append({"params": params, "labels": text(cross_val_predict(model, x, y, cv=splitter))})
    return {"folds": text(fold_of), "cases": cases}


def logistic_case(name):
    x, y, _ = load(name)
    x = x.astype(numpy.float64)
    splitter, fold_of = folds(x, y, 0)
    # As the peer comes, but for enough iterations to converge.
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=10000))
    correct = cross_val_predict(model, x, y, cv=splitter) == y
    exact = LogisticRegression(C=0.5, tol=1e-10, max_iter=100000).fit(StandardScaler().fit_transform(x), y)
    balanced = LogisticRegression(C=0.5, tol=1e-10, max_iter=100000, class_weight="balanced").fit(
        StandardScaler().fit_transform(x), y)
    return {"folds": text(fold_of),
            "fold_accuracy": [float(correct[fold_of == fold].mean()) for fold in range(5)],
            "C": 0.5, "weights": exact.coef_.ravel().tolist(), "intercepts": exact.intercept_.tolist(),
            "balanced_weights": balanced.coef_.ravel().tolist(), "balanced_intercepts": balanced.intercept_.tolist()}


def forest_case(name):
    """Accuracy over folds of ten cross-validations, each with its own folds and seed."""
    x, y, _ = load(name)
    repeats = []
    for seed in range(10):
        splitter, fold_of = folds(x, y, seed)
        model = RandomForestClassifier(n_estimators=100, random_state=seed)
        accuracy = float((cross_val_predict(model, x, y, cv=splitter) == y).mean())
        repeats.append({"folds": text(fold_of), "accuracy": accuracy})
    return repeats


def splitters():
    """What StratifiedKFold and TimeSeriesSplit do with awkward labels."""
    rng = numpy.random.default_rng(5)
    cases = []
    for count, labels in [(3, [0, 0, 1, 1, 1, 0, 0]), (5, rng.integers(0, 4, 53).tolist()),
                          (4, [2] * 9 + [0] * 6 + [1] * 5 + [2] * 2)]:
        fold_of = numpy.zeros(len(labels), int)
        for fold, (_, scored) in enumerate(StratifiedKFold(count).split(labels, labels)):
            fold_of[scored] = fold
        time = [[len(train), int(scored[0]), int(scored[-1])]
                for train, scored in TimeSeriesSplit(count).split(labels)]
        cases.append({"count": count, "labels": labels, "stratified": fold_of.tolist(), "time": time})
    return cases


def main():
    FOLDER.mkdir(exist_ok=True)
    for name in SETS:
        write_csv(name)
    golden = {"versions": VERSIONS, "splitters": splitters(),
              "svm": {name: svm_cases(name) for name in SETS},
              "logistic": {name: logistic_case(name) for name in SETS},
              "forest": {name: forest_case(name) for name in SETS}}
    (FOLDER / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
