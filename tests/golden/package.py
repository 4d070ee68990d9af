"""Writes fitted scikit-learn models in the form of model/trained.h with scikit-learn's answers: src/package/testdata/.

    pip install -r tests/golden/onnx-requirements.txt
    python tests/golden/package.py

The exported graph of each must answer as scikit-learn does. The probabilities of support vector machines are the
exception: they are computed here by the formula in model/trained.h from scikit-learn's own decision values, because
libsvm's iteration stops short of its limit.
"""

import json
import pathlib

import numpy
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src/package/testdata"
VERSIONS = {m.__name__: m.__version__ for m in (numpy, sklearn)}
ORIGINS = ["EWR", "JFK", "LGA"]
TRAINED, ASKED = 300, 40


def rows():
    """Columns with gaps, and a category in the middle that takes an unseen value among the rows asked."""
    generator = numpy.random.default_rng(11)
    n = TRAINED + ASKED
    temp = generator.normal(15, 8, n).astype(numpy.float32)
    humid = generator.uniform(20, 100, n).astype(numpy.float32)
    pressure = generator.normal(1013, 7, n).astype(numpy.float32)
    origin = generator.choice(ORIGINS, n).astype(object)
    score = humid / 20 - temp / 10 + (origin == "JFK") - (pressure - 1013) / 7 + generator.normal(0, 0.7, n)
    temp[generator.uniform(size=n) < 0.1] = numpy.nan
    origin[TRAINED + 3], origin[TRAINED + 4] = "SFO", ""
    return temp, origin, humid, pressure, score


def encode(temp, origin, humid, pressure, scaled):
    """The encoded matrix in float32, and the encodings that make it."""
    columns, encodings = [], []
    for name, values in (("temp", temp), ("origin", origin), ("humid", humid), ("pressure", pressure)):
        if name == "origin":
            columns += [(values == o).astype(numpy.float32) for o in ORIGINS]
            encodings.append({"column": name, "kind": "category", "categories": ORIGINS})
            continue
        known = values[:TRAINED][~numpy.isnan(values[:TRAINED])]
        fill = numpy.median(known).astype(numpy.float32)
        shift = known.mean().astype(numpy.float32) if scaled else numpy.float32(0)
        scale = (1 / known.std()).astype(numpy.float32) if scaled else numpy.float32(1)
        columns.append((numpy.where(numpy.isnan(values), fill, values) - shift) * scale)
        encodings.append({"column": name, "kind": "number", "fill": float(fill), "shift": float(shift), "scale": float(scale)})
    return numpy.stack(columns, axis=1).astype(numpy.float32), encodings


def float32_below(value):
    """The largest float32 that is not above: it splits float32 inputs as the double does."""
    rounded = numpy.float32(value)
    return float(rounded if rounded <= value else numpy.nextafter(rounded, numpy.float32(-numpy.inf)))


def forest(model):
    leaf_values, trees = [], []
    for estimator in model.estimators_:
        tree = estimator.tree_
        made = {key: [] for key in ("feature", "threshold", "left", "right", "leaf", "cover")}
        for i in range(tree.node_count):
            is_leaf = tree.children_left[i] < 0
            made["feature"].append(-1 if is_leaf else int(tree.feature[i]))
            made["threshold"].append(0.0 if is_leaf else float32_below(tree.threshold[i]))
            made["left"].append(int(tree.children_left[i]))
            made["right"].append(int(tree.children_right[i]))
            made["leaf"].append(len(leaf_values) // model.n_classes_ if is_leaf else -1)
            made["cover"].append(float(tree.weighted_n_node_samples[i]))
            if is_leaf:
                leaf_values += (tree.value[i, 0] / len(model.estimators_)).tolist()
        trees.append(made)
    return {"kind": "trees", "leaf_values": leaf_values, "trees": trees}


def linear(model):
    return {"kind": "linear", "features": int(model.n_features_in_), "weights": model.coef_.ravel().tolist(),
            "intercepts": model.intercept_.tolist()}


def kernel_matrix(model, x):
    vectors = model.support_vectors_
    products = x @ vectors.T
    if model.kernel == "linear":
        return products
    if model.kernel == "poly":
        return (model._gamma * products + model.coef0) ** model.degree
    if model.kernel == "sigmoid":
        return numpy.tanh(model._gamma * products + model.coef0)
    return numpy.exp(-model._gamma * ((x[:, None] - vectors[None]) ** 2).sum(axis=2))


def decisions(model, x):
    """libsvm's own: positive for the first class of each pair."""
    kernel, starts, k = kernel_matrix(model, x), numpy.cumsum([0, *model._n_support]), len(model.classes_)
    found = []
    for i in range(k):
        for j in range(i + 1, k):
            a, b = slice(starts[i], starts[i + 1]), slice(starts[j], starts[j + 1])
            found.append(kernel[:, a] @ model._dual_coef_[j - 1, a] + kernel[:, b] @ model._dual_coef_[i, b])
    found = numpy.stack(found, axis=1) + model._intercept_
    expected = model.decision_function(x)
    assert numpy.allclose(found, -expected[:, None] if k == 2 else expected, atol=1e-9)
    return found


def svm(model):
    return {"kind": "svm", "kernel": model.kernel, "gamma": float(model._gamma), "coef0": float(model.coef0),
            "degree": int(model.degree), "features": int(model.n_features_in_),
            "support_vectors": model.support_vectors_.ravel().tolist(), "vectors_per_class": model._n_support.tolist(),
            "dual_coefficients": model._dual_coef_.ravel().tolist(), "rho": (-model._intercept_).tolist(),
            "sigmoid_a": model.probA_.tolist(), "sigmoid_b": model.probB_.tolist()}


def couple(model, x):
    t = decisions(model, x) * model.probA_ + model.probB_
    inverse, pair, k = numpy.ones((len(x), len(model.classes_))), 0, len(model.classes_)
    for i in range(k):
        for j in range(i + 1, k):
            inverse[:, i] += numpy.exp(t[:, pair])
            inverse[:, j] += numpy.exp(-t[:, pair])
            pair += 1
    shares = 1 / inverse
    return shares / shares.sum(axis=1, keepdims=True)


def write(name, kind, classes, make):
    temp, origin, humid, pressure, score = rows()
    x, encodings = encode(temp, origin, humid, pressure, scaled=kind != "trees" and not name.startswith("unscaled"))
    names = [f"class{i}" for i in range(classes)]
    y = numpy.array(names)[numpy.digitize(score, numpy.quantile(score, numpy.linspace(0, 1, classes + 1)[1:-1]))]
    if kind == "svm":
        x = x.astype(numpy.float64)
    model = make().fit(x[:TRAINED], y[:TRAINED])
    asked = slice(TRAINED, None)
    probabilities = couple(model, x[asked]) if kind == "svm" else model.predict_proba(x[asked])
    classifier = {"trees": forest, "linear": linear, "svm": svm}[kind](model)
    content = {
        "versions": VERSIONS,
        "trained": {"encodings": encodings, "classes": names, "classifier": classifier},
        "features": {"temp": [None if numpy.isnan(v) else float(v) for v in temp[asked]], "origin": list(origin[asked]),
                     "humid": humid[asked].astype(float).tolist(), "pressure": pressure[asked].astype(float).tolist()},
        "labels": model.predict(x[asked]).tolist(),
        "probabilities": probabilities.tolist(),
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(content, allow_nan=False) + "\n")


if __name__ == "__main__":
    for classes in (2, 4):
        write(f"forest{classes}", "trees", classes,
              lambda: RandomForestClassifier(6, max_depth=5, random_state=0))
        write(f"linear{classes}", "linear", classes, lambda: LogisticRegression(max_iter=2000))
        for kernel in ("linear", "poly", "rbf", "sigmoid"):
            write(f"svm_{kernel}{classes}", "svm", classes,
                  lambda kernel=kernel: SVC(kernel=kernel, C=2, coef0=0.5, probability=True, decision_function_shape="ovo",
                                           random_state=0))
    write("unscaled_linear2", "linear", 2, lambda: LogisticRegression(max_iter=20000))
