"""A model registered through MLflow is served by Gyre."""
import mlflow
import numpy
import onnxruntime
import pandas
import pytest
from mlflow.models import infer_signature
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

FEATURES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]


@pytest.fixture(scope="module")
def data():
    features, label = load_iris(return_X_y=True, as_frame=True)
    return features.astype("float32"), label


def ask(server, endpoint, rows):
    answer = server.request("POST", f"/endpoints/{endpoint}/predict", json=rows)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"]


def test_an_onnx_classifier(gyre_server, client, data, name):
    features, label = data
    model = RandomForestClassifier(n_estimators=20, random_state=1).fit(features.to_numpy(), label)
    graph = to_onnx(model, features.to_numpy()[:1], options={"zipmap": False})
    table = features.assign(species=label)
    with mlflow.start_run():
        mlflow.log_input(mlflow.data.from_pandas(table, name="iris", targets="species"), context="training")
        mlflow.onnx.log_model(graph, name="graph", registered_model_name=name, pip_requirements=[],
                              signature=infer_signature(features, model.predict(features.to_numpy())))
    assert client.get_model_version(name, "1").status == "READY"
    gyre_server.cli("deploy", f"{name}/1", "--endpoint", name)
    told = ask(gyre_server, name, features[::10].to_dict("records"))
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    labels, probabilities = session.run(None, {"X": features.to_numpy()[::10]})
    assert [str(one["label"]) for one in told] == [str(one) for one in labels]
    assert numpy.allclose([one["probability"] for one in told], probabilities.max(axis=1), atol=1e-6)


def test_an_onnx_regressor_with_one_matrix(gyre_server, data, name):
    from sklearn.linear_model import LinearRegression
    features, _ = data
    model = LinearRegression().fit(features.to_numpy()[:, :3], features.to_numpy()[:, 3])
    graph = to_onnx(model, features.to_numpy()[:1, :3])
    named = features[FEATURES[:3]]
    with mlflow.start_run():
        mlflow.onnx.log_model(graph, name="graph", registered_model_name=name, pip_requirements=[],
                              signature=infer_signature(named, pandas.DataFrame({"y": [1.0]})))
    gyre_server.cli("deploy", f"{name}/1", "--endpoint", name)
    told = ask(gyre_server, name, named[:20].to_dict("records"))
    expected = onnxruntime.InferenceSession(graph.SerializeToString()).run(None, {"X": named.to_numpy()[:20]})[0].ravel()
    assert numpy.allclose([one["value"] for one in told], expected, atol=1e-5)
