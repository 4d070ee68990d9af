"""log_model and load_model."""
import mlflow
import numpy
import onnxruntime
import pytest
from mlflow.models import infer_signature
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression


@pytest.fixture(scope="module")
def data():
    features, label = load_iris(return_X_y=True, as_frame=True)
    return features.astype("float32"), label


@pytest.fixture(scope="module")
def model(data):
    return LogisticRegression(max_iter=500).fit(*data)


class Doubler(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        with open(context.artifacts["factor"]) as file:
            self.factor = int(file.read())

    def predict(self, context, model_input, params=None):
        return model_input * self.factor


def test_sklearn(client, data, model):
    features, _ = data
    with mlflow.start_run() as run:
        mlflow.log_metric("acc", 0.9)
        mlflow.log_param("c", 1)
        logged = mlflow.sklearn.log_model(model, name="clf", signature=infer_signature(features, model.predict(features)),
                                          input_example=features.head(2))
    for address in (logged.model_uri, f"models:/{logged.model_id}", f"runs:/{run.info.run_id}/clf"):
        assert numpy.array_equal(mlflow.sklearn.load_model(address).predict(features), model.predict(features)), address
    assert numpy.array_equal(mlflow.pyfunc.load_model(logged.model_uri).predict(features), model.predict(features))
    found = client.get_logged_model(logged.model_id)
    assert found.name == "clf" and found.status == "READY" and found.source_run_id == run.info.run_id
    assert found.params == {"c": "1"} and [(metric.key, metric.value) for metric in found.metrics] == [("acc", 0.9)]
    assert [one.model_id for one in client.get_run(run.info.run_id).outputs.model_outputs] == [logged.model_id]
    assert mlflow.models.get_model_info(logged.model_uri).signature is not None
    listed = {file.path for file in client.list_logged_model_artifacts(logged.model_id)}
    assert "MLmodel" in listed


def test_onnx(data, model, tmp_path):
    features, _ = data
    graph = to_onnx(model, features.to_numpy()[:1], options={"zipmap": False})
    with mlflow.start_run():
        logged = mlflow.onnx.log_model(graph, name="graph", pip_requirements=[],
                                       signature=infer_signature(features.to_numpy(), model.predict(features)))
    loaded = mlflow.onnx.load_model(logged.model_uri)
    assert loaded.SerializeToString() == graph.SerializeToString()
    session = onnxruntime.InferenceSession(loaded.SerializeToString())
    assert numpy.array_equal(session.run(None, {"X": features.to_numpy()})[0], model.predict(features))


def test_pyfunc_with_artifacts(tmp_path):
    (tmp_path / "factor.txt").write_text("2")
    with mlflow.start_run():
        logged = mlflow.pyfunc.log_model(name="doubler", python_model=Doubler(), pip_requirements=[],
                                         artifacts={"factor": str(tmp_path / "factor.txt")})
    assert numpy.array_equal(mlflow.pyfunc.load_model(logged.model_uri).predict(numpy.arange(4)), [0, 2, 4, 6])


def test_registered_with_the_log(client, data, model, name):
    features, _ = data
    with mlflow.start_run() as run:
        logged = mlflow.sklearn.log_model(model, name="clf", registered_model_name=name, pip_requirements=[])
        mlflow.sklearn.log_model(model, name="clf", registered_model_name=name, pip_requirements=[])
    assert int(logged.registered_model_version) == 1
    client.set_registered_model_alias(name, "champion", "1")
    for address in (f"models:/{name}/1", f"models:/{name}@champion", f"models:/{name}/latest"):
        assert numpy.array_equal(mlflow.sklearn.load_model(address).predict(features), model.predict(features)), address
    version = client.get_model_version(name, "1")
    assert version.run_id == run.info.run_id and version.status == "READY" and version.aliases == ["champion"]
    assert version.source == f"models:/{logged.model_id}"


def test_a_model_without_a_run(client, data, model):
    logged = mlflow.sklearn.log_model(model, name="alone", pip_requirements=[])
    assert numpy.array_equal(mlflow.sklearn.load_model(logged.model_uri).predict(data[0]), model.predict(data[0]))


def test_search_of_logged_models(model):
    with mlflow.start_run():
        first = mlflow.sklearn.log_model(model, name="first", pip_requirements=[])
        second = mlflow.sklearn.log_model(model, name="second", pip_requirements=[])
        mlflow.log_metric("acc", 0.5, model_id=first.model_id)
        mlflow.log_metric("acc", 0.75, model_id=second.model_id)
    found = mlflow.search_logged_models(filter_string="metrics.acc > 0.6", output_format="list")
    assert [one.model_id for one in found] == [second.model_id]
    ordered = mlflow.search_logged_models(order_by=[{"field_name": "metrics.acc", "ascending": False}], output_format="list")
    assert [one.name for one in ordered] == ["second", "first"]
