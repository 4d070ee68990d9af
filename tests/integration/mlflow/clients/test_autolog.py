"""What autologging writes without being asked."""
import mlflow
import numpy
import pytest
import xgboost
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV


@pytest.fixture
def data():
    return load_iris(return_X_y=True, as_frame=True)


@pytest.fixture(autouse=True)
def quiet():
    yield
    mlflow.sklearn.autolog(disable=True)
    mlflow.xgboost.autolog(disable=True)


def only_run():
    runs = mlflow.search_runs(filter_string="tags.mlflow.parentRunId IS NULL", output_format="list")
    assert len(runs) == 1 and runs[0].info.status == "FINISHED"
    return runs[0]


def test_scikit_learn(client, data):
    mlflow.sklearn.autolog()
    features, label = data
    model = RandomForestClassifier(n_estimators=10, random_state=1).fit(features, label)
    run = only_run()
    assert run.data.params["n_estimators"] == "10" and run.data.metrics["training_accuracy_score"] > 0.9
    assert run.data.tags["estimator_name"] == "RandomForestClassifier"
    assert [one.dataset.name for one in run.inputs.dataset_inputs] == ["dataset"]
    logged = client.get_logged_model(run.outputs.model_outputs[0].model_id)
    assert logged.status == "READY" and logged.params["n_estimators"] == "10"
    assert any(metric.key == "training_accuracy_score" for metric in logged.metrics)
    loaded = mlflow.sklearn.load_model(f"models:/{logged.model_id}")
    assert numpy.array_equal(loaded.predict(features), model.predict(features))
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"estimator.html", "training_confusion_matrix.png"} <= names


def test_a_grid_search_has_runs_of_its_candidates(data):
    mlflow.sklearn.autolog(max_tuning_runs=4)
    GridSearchCV(RandomForestClassifier(random_state=1), {"n_estimators": [2, 3], "max_depth": [1, 2]}, cv=2).fit(*data)
    run = only_run()
    children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{run.info.run_id}'", order_by=["metrics.mean_test_score DESC"])
    assert len(children) == 4 and children["metrics.mean_test_score"].is_monotonic_decreasing
    assert run.data.params["best_n_estimators"] in ("2", "3")


def test_xgboost(client, data):
    mlflow.xgboost.autolog()
    features, label = data
    matrix = xgboost.DMatrix(features, label)
    booster = xgboost.train({"objective": "multi:softprob", "num_class": 3, "max_depth": 2}, matrix, num_boost_round=15,
                            evals=[(matrix, "train")], verbose_eval=False)
    run = only_run()
    history = client.get_metric_history(run.info.run_id, "train-mlogloss")
    assert len(history) == 15 and history[-1].value < history[0].value
    assert run.data.params["num_boost_round"] == "15"
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert "feature_importance_weight.json" in names
    loaded = mlflow.xgboost.load_model(f"models:/{run.outputs.model_outputs[0].model_id}")
    assert numpy.allclose(loaded.predict(matrix), booster.predict(matrix))
