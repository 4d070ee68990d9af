"""Writes the reference values of src/stats/testdata/ with scipy and scikit-learn.

    pip install -r tests/golden/numerics-requirements.txt
    python tests/golden/stats.py
"""

import json
import pathlib
import warnings

import numpy
import scipy
import scipy.special
import scipy.stats
import sklearn
from sklearn import metrics

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src/stats/testdata"
VERSIONS = {"numpy": numpy.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}


def write(name, content):
    content["versions"] = VERSIONS
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / name).write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")


def plain(value):
    value = float(value)
    return value if numpy.isfinite(value) else None


def special():
    xs = [-37.5, -12.3, -5.0, -1.7, -0.3, 0.0, 1e-9, 0.8, 2.5, 6.0, 9.9, 30.0]
    ps = [1e-300, 1e-30, 1e-9, 1e-3, 0.0249, 0.07, 0.075, 0.3, 0.5, 0.77, 0.925, 0.999, 1 - 1e-12]
    shapes = [0.05, 0.5, 1.0, 2.5, 7.0, 30.0, 250.0, 4000.0, 1e5]
    gamma = []
    for a in shapes:
        for factor in [0.01, 0.3, 0.9, 0.999, 1.0, 1.001, 1.1, 2.0, 5.0]:
            x = a * factor
            gamma.append([a, x, float(scipy.special.gammainc(a, x)), float(scipy.special.gammaincc(a, x))])
    chi2 = [[k, x, float(scipy.stats.chi2.sf(x, k))]
            for k in [1, 2, 3, 9, 40, 255] for x in [0.001, 0.5, 3.84, 20.0, 90.0, 400.0]]
    smirnov = [[n, d, float(scipy.special.smirnov(n, d))]
               for n in [1, 2, 7, 50, 141, 1000, 20000] for d in [0.001, 0.01, 0.03, 0.08, 0.2, 0.5, 0.9]]
    kolmogorov = [[n, d, float(scipy.stats.kstwo.sf(d, n))]
                  for n in [1, 2, 3, 10, 60, 139, 140, 141, 500, 3000, 17000, 99999, 200000]
                  for d in [0.0004, 0.001, 0.003, 0.006, 0.01, 0.02, 0.04, 0.06, 0.1, 0.13, 0.17, 0.25, 0.4, 0.49, 0.6,
                            0.8, 0.99]]
    write("special.json", {
        "normal": [[x, float(scipy.stats.norm.cdf(x)), float(scipy.stats.norm.sf(x))] for x in xs],
        "normal_quantile": [[p, float(scipy.stats.norm.ppf(p))] for p in ps],
        "gamma": gamma, "chi_squared": chi2, "smirnov": smirnov, "kolmogorov": kolmogorov})


def sample(seed, n, kind):
    rng = numpy.random.default_rng(seed)
    if kind == "normal":
        return numpy.round(rng.normal(0, 1, n), 3)
    if kind == "shifted":
        return numpy.round(rng.normal(0.25, 1.2, n), 3)
    if kind == "few":
        return rng.integers(0, 7, n).astype(float)
    return numpy.round(rng.exponential(1, n), 2)


def evidently_psi(reference, current):
    """Evidently 0.7.21's rule, from its description (distinct values, Sturges, zero fill)."""
    if len(numpy.unique(reference)) > 20:
        edges = numpy.histogram_bin_edges(numpy.concatenate([reference, current]), bins="sturges")
        shares = [numpy.histogram(side, edges)[0] / len(side) for side in (reference, current)]
    else:
        keys = numpy.unique(numpy.concatenate([reference, current]))
        shares = [numpy.array([numpy.mean(side == key) for key in keys]) for side in (reference, current)]
    for share in shares:
        smallest = share[share > 0].min()
        share[share == 0] = smallest / 1e6 if smallest <= 1e-4 else 1e-4
    r, c = shares
    return float(((r - c) * numpy.log(r / c)).sum()), len(r)


def drift():
    cases = []
    for seed, (n1, n2, kind1, kind2) in enumerate([
            (5, 5, "normal", "normal"), (40, 40, "normal", "shifted"), (300, 300, "normal", "normal"),
            (7, 12, "normal", "shifted"), (200, 130, "normal", "shifted"), (401, 97, "few", "few"),
            (500, 499, "skewed", "skewed"), (250, 60, "normal", "skewed"), (1, 9, "normal", "normal"),
            (600, 350, "few", "shifted")]):
        reference, current = numpy.sort(sample(seed, n1, kind1)), sample(100 + seed, n2, kind2)
        exact = scipy.stats.ks_2samp(reference, current, method="exact")
        rough = scipy.stats.ks_2samp(reference, current, method="asymp")
        psi, bins = evidently_psi(reference, current)
        cases.append({"reference": reference.tolist(), "current": current.tolist(), "d": float(exact.statistic),
                      "exact": float(exact.pvalue), "asymptotic": float(rough.pvalue), "psi": psi, "bins": bins})
    tables = []
    for reference, current in [([50, 30, 20], [10, 8, 2]), ([5, 0, 7], [3, 4, 9]), ([1000, 2000], [520, 990]),
                               ([12], [7]), ([3, 4, 5, 6, 7], [30, 41, 50, 62, 60]), ([90, 10, 0], [80, 20, 0])]:
        r, c = numpy.array(reference, float), numpy.array(current, float)
        keep = (r + c) > 0
        with numpy.errstate(divide="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = scipy.stats.chisquare(c[keep], r[keep] * c.sum() / r.sum())
        if keep.sum() > 1:
            both = scipy.stats.chi2_contingency(numpy.array([r[keep], c[keep]]), correction=False)
            statistic, p = float(both.statistic), float(both.pvalue)
        else:
            statistic, p = 0.0, 1.0
        tables.append({"reference": reference, "current": current, "fit": plain(fit.statistic),
                       "fit_p": 1.0 if keep.sum() == 1 else float(fit.pvalue), "homogeneity": statistic,
                       "homogeneity_p": p})
    write("drift.json", {"samples": cases, "tables": tables})


def report(truth, predicted, probability, positive):
    """The metrics under Gyre's names."""
    classes = probability.shape[1]
    labels = list(range(classes))
    values = {"accuracy": metrics.accuracy_score(truth, predicted),
              "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted)}
    for suffix, options in [("", {"pos_label": positive, "average": "binary"} if classes == 2 else {"average": "macro"}),
                            ("_macro", {"average": "macro"}), ("_weighted", {"average": "weighted"})]:
        options["zero_division"] = 0
        values["precision" + suffix] = metrics.precision_score(truth, predicted, **options)
        values["recall" + suffix] = metrics.recall_score(truth, predicted, **options)
        values["f1" + suffix] = metrics.f1_score(truth, predicted, **options)
    if classes == 2:
        score, hit = probability[:, positive], (truth == positive).astype(int)
        values["roc_auc"] = metrics.roc_auc_score(hit, score)
        values["pr_auc"] = metrics.average_precision_score(hit, score)
        precision, recall, _ = metrics.precision_recall_curve(hit, score)
        values["trapezoid"] = metrics.auc(recall, precision)
    else:
        values["roc_auc"] = metrics.roc_auc_score(truth, probability, multi_class="ovr", labels=labels)
        hot = (truth[:, None] == numpy.array(labels)[None, :]).astype(int)
        values["pr_auc"] = metrics.average_precision_score(hot, probability, average="macro")
    values["log_loss"] = metrics.log_loss(truth, probability, labels=labels)
    values["brier"] = metrics.brier_score_loss(truth, probability, labels=labels)
    return {name: plain(value) for name, value in values.items()}


def predictions(seed, rows, classes, *, ties=False, missing_truth=None, missing_prediction=None, sure=False, single=None):
    rng = numpy.random.default_rng(seed)
    truth = rng.integers(0, classes, rows)
    if missing_truth is not None:
        truth[truth == missing_truth] = (missing_truth + 1) % classes
    if single is not None:
        truth[:] = single
    score = rng.normal(0, 1, (rows, classes)) + 1.2 * (truth[:, None] == numpy.arange(classes))
    probability = numpy.exp(score) / numpy.exp(score).sum(1, keepdims=True)
    if ties:
        probability[:, :-1] = numpy.round(probability[:, :-1] * 4) / (4 * classes)
        probability[:, -1] = 1 - probability[:, :-1].sum(1)
    if sure:
        probability = (probability == probability.max(1, keepdims=True)).astype(float)
    ranked = probability.copy()
    if missing_prediction is not None:
        ranked[:, missing_prediction] = -1
    predicted = ranked.argmax(1)
    positive = 1 if classes == 2 else classes - 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = report(truth, predicted, probability, positive)
    return {"classes": classes, "positive": positive, "truth": truth.tolist(), "predicted": predicted.tolist(),
            "probability": probability.ravel().tolist(), "metrics": values,
            "confusion": metrics.confusion_matrix(truth, predicted, labels=range(classes)).tolist()}


def classification():
    write("metrics.json", {"cases": [
        predictions(1, 120, 2), predictions(2, 90, 3), predictions(3, 80, 2, ties=True),
        predictions(4, 100, 4, ties=True), predictions(5, 40, 2, sure=True), predictions(6, 60, 3, sure=True),
        predictions(7, 70, 3, missing_truth=1), predictions(8, 70, 3, missing_prediction=2),
        predictions(9, 30, 2, single=0), predictions(10, 30, 2, single=1),
        predictions(11, 50, 4, missing_truth=0, missing_prediction=0), predictions(12, 1, 2)]})


if __name__ == "__main__":
    special()
    drift()
    classification()
