"""Finds a gradient boosting model with scikit-learn and leaves it as model.onnx, with what it measured in metrics.json.

Gyre starts this in a folder with the table under inputs/train/ and the step's `with` in params.json.
"""
import json
import platform

import pandas
import sklearn
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline


def search(table, params):
    """The features as the model takes them, and scikit-learn's search, done."""
    # Values arrive at the endpoint as float32, so the model learns from such.
    features = table.drop(columns=[params["label"], *params["exclude"]]).astype("float32")
    # The graph takes each column under its name, as the endpoint does; skl2onnx makes one input of each.
    columns = ColumnTransformer([("columns", "passthrough", list(features.columns))])
    pipeline = Pipeline([("columns", columns), ("model", GradientBoostingClassifier(random_state=params["seed"]))])
    folds = StratifiedKFold(params["folds"], shuffle=True, random_state=params["seed"])
    space = {"model__n_estimators": [50, 100], "model__max_depth": [2, 3]}
    return features, GridSearchCV(pipeline, space, cv=folds, scoring="neg_log_loss").fit(features, table[params["label"]])


def main():
    with open("params.json") as file:
        params = json.load(file)
    table = pandas.read_parquet("inputs/train/data.parquet")
    features, found = search(table, params)

    inputs = [(name, FloatTensorType([None, 1])) for name in features.columns]
    graph = to_onnx(found.best_estimator_, initial_types=inputs, options={"zipmap": False},
                    target_opset={"": 17, "ai.onnx.ml": 3})
    with open("model.onnx", "wb") as file:
        file.write(graph.SerializeToString())
    with open("metrics.json", "w") as file:
        json.dump({"rows": len(table), "cv_log_loss": -found.best_score_,
                   "cv_log_loss_std": float(found.cv_results_["std_test_score"][found.best_index_]),
                   "params": found.best_params_,
                   "environment": {"python": platform.python_version(), "scikit-learn": sklearn.__version__}}, file)


if __name__ == "__main__":
    main()
