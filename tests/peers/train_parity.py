"""Gyre's trainers against scikit-learn: quality on its bundled sets, and single-thread speed.

    cmake --build --preset release --target train_tool
    pip install -r tests/golden/numerics-requirements.txt
    python tests/peers/train_parity.py [--skip-speed] [build/release/tests/train_tool]

Quality: ten repetitions of stratified five-fold cross-validation, the same folds and preprocessing for both. "Within
noise" means that the 95% interval of the paired difference over the ten repetitions includes 0 or lies in Gyre's favour;
exits 1 if it does not for any row.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy  # noqa: E402
import scipy.stats  # noqa: E402
import sklearn  # noqa: E402
from sklearn.calibration import CalibratedClassifierCV  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.metrics import log_loss  # noqa: E402
from sklearn.model_selection import GridSearchCV, StratifiedKFold  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.svm import SVC  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "src/train/testdata"
SETS = ["iris", "wine", "breast_cancer", "digits"]
REPEATS = 10


def load(path):
    table = numpy.loadtxt(path, delimiter=",", skiprows=1, dtype=numpy.float64)
    return table[:, :-1].astype(numpy.float32).astype(numpy.float64), table[:, -1].astype(int)


def run_tool(tool, path, jobs):
    request = json.dumps({"data": str(path), "jobs": jobs})
    done = subprocess.run([tool], input=request, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{tool}: {done.stderr}")
    return json.loads(done.stdout)["jobs"]


def fold_numbers(x, y, seed):
    fold_of = numpy.zeros(len(y), int)
    for fold, (_, scored) in enumerate(StratifiedKFold(5, shuffle=True, random_state=seed).split(x, y)):
        fold_of[scored] = fold
    return fold_of


def peers(seed):
    """scikit-learn's counterpart of each algorithm. SVC(probability=True) is deprecated in favour of this calibration,
    which holds out rows for the sigmoid and trains the SVM on all, as Gyre does."""
    calibrated = CalibratedClassifierCV(SVC(), ensemble=False,
                                        cv=StratifiedKFold(5, shuffle=True, random_state=seed))
    return {"svm": (make_pipeline(StandardScaler(), SVC()), make_pipeline(StandardScaler(), calibrated)),
            "random_forest": (RandomForestClassifier(random_state=seed),) * 2,
            "logistic_regression": (make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),) * 2}


def peer_scores(algorithm, x, y, fold_of, seed):
    for_labels, for_probability = peers(seed)[algorithm]
    labels, probability = numpy.zeros(len(y), int), numpy.zeros((len(y), y.max() + 1))
    for fold in range(5):
        train, scored = fold_of != fold, fold_of == fold
        labels[scored] = for_labels.fit(x[train], y[train]).predict(x[scored])
        if for_probability is not for_labels:
            for_probability.fit(x[train], y[train])
        probability[scored] = for_probability.predict_proba(x[scored])
    return (labels == y).mean(), -log_loss(y, probability)


def quality(tool):
    failed = False
    print(f"{'set':14}{'algorithm':21}{'metric':10}{'gyre':>9}{'sklearn':>9}{'difference, 95%':>28}")
    for name in SETS:
        path = DATA / f"{name}.csv"
        x, y = load(path)
        folds = [fold_numbers(x, y, seed) for seed in range(REPEATS)]
        algorithms = list(peers(0))
        answers = run_tool(tool, path, [{"algorithm": algorithm, "params": {}, "seed": 0,
                                         "folds": [fold_of.tolist() for fold_of in folds]} for algorithm in algorithms])
        for algorithm, answer in zip(algorithms, answers):
            ours = [((numpy.array(one["labels"]) == y).mean(), -log_loss(y, summing_to_one(one["probability"])))
                    for one in answer]
            theirs = [peer_scores(algorithm, x, y, fold_of, seed) for seed, fold_of in enumerate(folds)]
            for i, metric in enumerate(["accuracy", "-log loss"]):
                failed |= not row(name, algorithm, metric, numpy.array([score[i] for score in ours]),
                                  numpy.array([score[i] for score in theirs]))
    return not failed


def summing_to_one(probability):
    """Gyre's probabilities are float32; scikit-learn warns if they miss 1 by more than a double's rounding."""
    probability = numpy.array(probability)
    return probability / probability.sum(1, keepdims=True)


def row(name, algorithm, metric, ours, theirs):
    difference = ours - theirs
    margin = scipy.stats.t.ppf(0.975, REPEATS - 1) * difference.std(ddof=1) / REPEATS ** 0.5
    low, high = difference.mean() - margin, difference.mean() + margin
    # Equal to the last digits in all repetitions is no difference, however narrow the interval.
    within = high >= -1e-4 * abs(theirs.mean())
    print(f"{name:14}{algorithm:21}{metric:10}{ours.mean():9.4f}{theirs.mean():9.4f}"
          f"{difference.mean():+11.5f} [{low:+.5f}, {high:+.5f}]{'' if within else '  WORSE'}", flush=True)
    return within


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def large_set(folder):
    """17,000 rows x 15 features with ties, like hourly weather: rain in a tenth of the rows."""
    rng = numpy.random.default_rng(1)
    x = numpy.round(rng.normal(0, 1, (17000, 15)) * 10, 1).astype(numpy.float32)
    odds = 0.12 * x[:, 0] + 0.05 * x[:, 1] - 0.002 * x[:, 2] * x[:, 3] + 0.06 * numpy.abs(x[:, 4]) - 3.3
    y = (rng.random(17000) < 1 / (1 + numpy.exp(-odds))).astype(int)
    path = folder / "large.csv"
    numpy.savetxt(path, numpy.column_stack([x, y]), delimiter=",", fmt=["%.1f"] * 15 + ["%d"],
                  header=",".join([f"x{i}" for i in range(15)] + ["label"]), comments="")
    return path


def speed(tool):
    print(f"\n{'work, one thread':52}{'gyre s':>9}{'sklearn s':>11}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder:
        path = large_set(pathlib.Path(folder))
        x, y = load(path)
        x32 = x.astype(numpy.float32)
        for params in [{}, {"max_depth": 8}]:
            # One assignment of rows to folds gives two trainings; the second holds all rows but one.
            fold_of = numpy.full(len(y), -1)
            fold_of[0], fold_of[1] = 0, 1
            ours = run_tool(tool, path, [{"algorithm": "random_forest", "params": params,
                                          "folds": [fold_of.tolist()]}])[0][0]["seconds"] / 2
            theirs = timed(lambda: RandomForestClassifier(random_state=0, **params).fit(x32, y))
            print_speed(f"forest 17,000 x 15, 100 trees, {params}", ours, theirs)
        space = {"max_depth": [4, 6, 8, 10], "min_samples_leaf": [1, 20]}
        search_speed(tool, path, x32, y, "random_forest", space, RandomForestClassifier(random_state=0), "")
    for name in ["breast_cancer", "digits"]:
        path = DATA / f"{name}.csv"
        x, y = load(path)
        space = {"C": [0.1, 1, 10, 100], "gamma": [0.001, 0.01, 0.1]}
        search_speed(tool, path, x, y, "svm", space, make_pipeline(StandardScaler(), SVC()), "svc__")
        search_speed(tool, path, x.astype(numpy.float32), y, "random_forest", {"max_depth": [5, None], "max_features": [0.2, 0.5]},
                     RandomForestClassifier(random_state=0), "")


def search_speed(tool, path, x, y, algorithm, space, estimator, prefix):
    answer = run_tool(tool, path, [{"search": {"algorithm": algorithm, "folds": 5,
                                               "search": {"kind": "grid", "space": space}}}])[0]
    peer = GridSearchCV(estimator, {prefix + key: values for key, values in space.items()},
                        cv=StratifiedKFold(5, shuffle=True, random_state=0))
    theirs = timed(lambda: peer.fit(x, y))
    print_speed(f"grid of {len(answer['trials'])}, 5 folds, {algorithm}, {path.stem}", answer["seconds"], theirs)


def print_speed(work, ours, theirs):
    print(f"{work:52}{ours:9.3f}{theirs:11.3f}{theirs / ours:8.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", nargs="?", default=str(ROOT / "build/release/tests/train_tool"))
    parser.add_argument("--skip-speed", action="store_true")
    parser.add_argument("--skip-quality", action="store_true")
    options = parser.parse_args()
    print(f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
    good = options.skip_quality or quality(options.tool)
    if not options.skip_speed:
        speed(options.tool)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
