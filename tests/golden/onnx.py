"""Writes small scikit-learn models as ONNX files with the answers of onnxruntime's Python package: src/onnx/testdata/.

    pip install -r tests/golden/onnx-requirements.txt
    python tests/golden/onnx.py

Each NAME.onnx has a NAME.json: the inputs by name (null is NaN), the outputs as onnxruntime gives them, and, where
scikit-learn itself reads the same rows, its labels and probabilities.
"""

import json
import math
import pathlib
import sys

# This folder's own name would shadow the onnx package.
sys.path = [p for p in sys.path if pathlib.Path(p or ".").resolve() != pathlib.Path(__file__).resolve().parent]

import numpy
import onnx
import onnxruntime
import skl2onnx
import sklearn
from onnx import TensorProto, helper, numpy_helper
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src/onnx/testdata"
VERSIONS = {m.__name__: m.__version__ for m in (numpy, onnx, onnxruntime, skl2onnx, sklearn)}
OPSETS = {"": 17, "ai.onnx.ml": 1}


def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, numpy.ndarray):
        return plain(value.tolist())
    if isinstance(value, numpy.generic):
        return plain(value.item())
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def write(name, model, inputs, sklearn_answers=None):
    FOLDER.mkdir(parents=True, exist_ok=True)
    # skl2onnx makes up a name, and orders these by a seeded hash.
    model.graph.name = name
    opsets = sorted(model.opset_import, key=lambda opset: opset.domain)
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    blob = model.SerializeToString(deterministic=True)
    session = onnxruntime.InferenceSession(blob, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    answers = dict(zip(names, session.run(names, inputs)))
    (FOLDER / f"{name}.onnx").write_bytes(blob)
    content = {"versions": VERSIONS, "inputs": plain(inputs), "outputs": plain(answers)}
    if sklearn_answers:
        content["sklearn"] = plain(sklearn_answers)
    (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")


def convert(model, types, **options):
    return skl2onnx.convert_sklearn(model, initial_types=types, target_opset=OPSETS, options={id(model): options})


def iris():
    x, y = load_iris(return_X_y=True)
    x = x.astype(numpy.float32)
    names = load_iris().target_names
    rows = x[::12]
    for zipmap in (True, False):
        suffix = "zipmap" if zipmap else "plain"
        for labels, kind in ((y, "int"), (names[y], "text")):
            model = LogisticRegression(max_iter=500).fit(x, labels)
            converted = convert(model, [("measures", FloatTensorType([None, 4]))], zipmap=zipmap)
            write(f"logistic_{kind}_{suffix}", converted, {"measures": rows},
                  {"labels": model.predict(rows), "probabilities": model.predict_proba(rows)})
    forest = RandomForestClassifier(8, max_depth=4, random_state=0).fit(x, names[y])
    write("forest", convert(forest, [("measures", FloatTensorType([None, 4]))], zipmap=False), {"measures": rows},
          {"labels": forest.predict(rows), "probabilities": forest.predict_proba(rows)})
    svm = SVC(probability=True, random_state=0).fit(x, names[y])
    write("svc", convert(svm, [("measures", FloatTensorType([None, 4]))], zipmap=False), {"measures": rows},
          {"labels": svm.predict(rows)})
    regressor = RandomForestRegressor(4, max_depth=3, random_state=0).fit(x[:, :3], x[:, 3])
    write("regression", convert(regressor, [("measures", FloatTensorType([None, 3]))]), {"measures": rows[:, :3]},
          {"values": regressor.predict(rows[:, :3])})


def table():
    """Named columns: two numbers with gaps, one integer, one category, two classes."""
    generator = numpy.random.default_rng(7)
    n = 400
    temp = generator.normal(15, 8, n).astype(numpy.float32)
    humid = generator.uniform(20, 100, n).astype(numpy.float32)
    hour = generator.integers(0, 24, n)
    origin = generator.choice(["EWR", "JFK", "LGA"], n)
    score = humid / 20 - temp / 10 + (origin == "JFK") + (hour > 12) * 0.5
    label = numpy.where(score + generator.normal(0, 1, n) > 2.5, "rain", "dry")
    temp[generator.uniform(size=n) < 0.1] = numpy.nan
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = ColumnTransformer([("numbers", numbers, [0, 1]), ("hour", "passthrough", [2]),
                                 ("origin", OneHotEncoder(handle_unknown="ignore"), [3])])
    frame = numpy.empty((n, 4), dtype=object)
    frame[:, 0], frame[:, 1], frame[:, 2], frame[:, 3] = temp, humid, hour, origin
    model = make_pipeline(columns, LogisticRegression(max_iter=500)).fit(frame, label)
    types = [("temp", FloatTensorType([None, 1])), ("humid", FloatTensorType([None, 1])),
             ("hour", Int64TensorType([None, 1])), ("origin", StringTensorType([None, 1]))]
    converted = skl2onnx.convert_sklearn(model, initial_types=types, target_opset=OPSETS,
                                         options={id(model.steps[-1][1]): {"zipmap": False}})
    rows = frame[:30].copy()
    rows[3, 3] = "SFO"
    inputs = {"temp": rows[:, [0]].astype(numpy.float32), "humid": rows[:, [1]].astype(numpy.float32),
              "hour": rows[:, [2]].astype(numpy.int64), "origin": rows[:, [3]].astype(str)}
    write("pipeline", converted, inputs,
          {"labels": model.predict(rows), "probabilities": model.predict_proba(rows)})


def save(name, graph):
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="golden")
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def tensor(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def oddities():
    """Graphs that are valid but hostile or unusual; they have no expected answers."""
    # Allocates the cube of its input.
    save("allocates", helper.make_graph(
        [helper.make_node("Concat", ["n", "n", "n"], ["shape"], axis=0),
         helper.make_node("ConstantOfShape", ["shape"], ["large"], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [1.0])),
         helper.make_node("ReduceSum", ["large"], ["sum"], keepdims=0)], "allocates",
        [tensor("n", TensorProto.INT64, [1])], [tensor("sum", TensorProto.FLOAT, [])]))
    # Counts to its input in a loop.
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Add", ["total", "one"], ["next"])], "body",
        [tensor("i", TensorProto.INT64, []), tensor("go", TensorProto.BOOL, []), tensor("total", TensorProto.INT64, [])],
        [tensor("go_on", TensorProto.BOOL, []), tensor("next", TensorProto.INT64, [])])
    save("loops", helper.make_graph(
        [helper.make_node("Loop", ["n", "", "zero"], ["count"], body=body)], "loops",
        [tensor("n", TensorProto.INT64, [])], [tensor("count", TensorProto.INT64, [])],
        [helper.make_tensor("one", TensorProto.INT64, [], [1]), helper.make_tensor("zero", TensorProto.INT64, [], [0])]))
    # Keeps its weights in another file.
    weights = numpy_helper.from_array(numpy.array([1.0, 2.0], numpy.float32), "weights")
    onnx.external_data_helper.set_external_data(weights, location="weights.bin")
    weights.ClearField("raw_data")
    save("external", helper.make_graph(
        [helper.make_node("Add", ["x", "weights"], ["y"])], "external",
        [tensor("x", TensorProto.FLOAT, [None, 2])], [tensor("y", TensorProto.FLOAT, [None, 2])], [weights]))
    # Every type that is read and written, through one graph.
    kinds = {"float": TensorProto.FLOAT, "double": TensorProto.DOUBLE, "int32": TensorProto.INT32,
             "int64": TensorProto.INT64, "string": TensorProto.STRING, "bool": TensorProto.BOOL}
    save("types", helper.make_graph(
        [helper.make_node("Identity", [f"{k}_in"], [f"{k}_out"]) for k in kinds], "types",
        [tensor(f"{k}_in", v, [None, 2]) for k, v in kinds.items()],
        [tensor(f"{k}_out", v, [None, 2]) for k, v in kinds.items()]))


if __name__ == "__main__":
    iris()
    table()
    oddities()
