"""Gyre's metrics against scikit-learn on the same predictions, its drift tests against scipy on the same samples.

    cmake --build --preset release --target stats_tool
    pip install -r tests/peers/requirements.txt
    python tests/peers/stats_parity.py [build/release/tests/stats_tool]

Prints the largest difference of each figure over all cases; exits 1 if one is above 1e-9, of the value where that is
greater than 1. PSI is in neither package: it is held to a few lines of numpy.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import warnings

import numpy
import scipy
import scipy.stats
import sklearn

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from peers.source import load_file  # noqa: E402

reference = load_file(ROOT / "tests/golden/stats.py")  # as the values committed for the unit tests were made

BOUND = 1e-9


def prediction_cases():
    """Two to six classes; ties, sure predictions, classes that never occur, float32 scores, a rare positive class."""
    for seed in range(1000, 1020):
        classes = 2 + seed % 5
        yield reference.predictions(seed, 50 + 37 * (seed % 11), classes, ties=seed % 3 == 0)
    for seed in range(1020, 1024):
        yield reference.predictions(seed, 200, 3, missing_truth=seed % 3, missing_prediction=(seed + 1) % 3)
        yield reference.predictions(seed, 100, 2, sure=True)
    rng = numpy.random.default_rng(7)
    truth = (rng.random(20000) < 0.03).astype(int)
    score = (1 / (1 + numpy.exp(-rng.normal(4 * truth - 3, 1.5)))).astype(numpy.float32).astype(float)
    probability = numpy.column_stack([1 - score, score])
    predicted = (score > 0.5).astype(int)
    yield {"classes": 2, "positive": 1, "truth": truth.tolist(), "predicted": predicted.tolist(),
           "probability": probability.ravel().tolist(), "metrics": reference.report(truth, predicted, probability, 1)}


def sample_cases():
    kinds = ["normal", "shifted", "few", "skewed"]
    for seed, (n1, n2) in enumerate([(8, 8), (60, 45), (500, 500), (700, 301), (2000, 1999), (4000, 250), (9000, 900)]):
        for kind in range(4):
            yield (numpy.sort(reference.sample(2000 + seed, n1, kinds[kind])),
                   reference.sample(3000 + seed, n2, kinds[(kind + seed) % 4]))


def table_cases():
    rng = numpy.random.default_rng(11)
    for categories in [2, 3, 7, 30]:
        for rows in [50, 5000]:
            share = rng.dirichlet(numpy.ones(categories) * 3)
            yield rng.multinomial(rows, share) + 1, rng.multinomial(rows // 3, share) + rng.integers(0, 3, categories)


def psi(shares):
    for share in shares:
        smallest = share[share > 0].min()
        share[share == 0] = smallest / 1e6 if smallest <= 1e-4 else 1e-4
    r, c = shares
    return float(((r - c) * numpy.log(r / c)).sum())


def psi_quantiles(ascending, current, bins=10):
    """At most 20 distinct values: a bin each. Else bins up to each k/10 quantile of the reference (the smallest value
    with that share at or below it), the outer ones open."""
    if len(numpy.unique(ascending)) <= 20:
        keys = numpy.unique(numpy.concatenate([ascending, current]))
        return psi([numpy.array([numpy.mean(side == key) for key in keys]) for side in (ascending, current)])
    edges = numpy.unique([ascending[-(-k * len(ascending) // bins) - 1] for k in range(1, bins)])
    edges = edges[edges < ascending[-1]]
    return psi([numpy.bincount(numpy.searchsorted(edges, side, side="left"), minlength=len(edges) + 1) / len(side)
                for side in (ascending, current)])


def expected_of_samples(ascending, current):
    exact = scipy.stats.ks_2samp(ascending, current, method="exact")
    return {"ks statistic": exact.statistic, "ks p, exact": exact.pvalue,
            "ks p, asymptotic": scipy.stats.ks_2samp(ascending, current, method="asymp").pvalue,
            "psi, equal width": reference.evidently_psi(ascending, current)[0],
            "psi, quantiles": psi_quantiles(ascending, current)}


def expected_of_tables(r, c):
    fit = scipy.stats.chisquare(c, r * c.sum() / r.sum())
    both = scipy.stats.chi2_contingency(numpy.array([r, c]), correction=False)
    return {"chi-squared, fit": fit.statistic, "chi-squared p, fit": fit.pvalue,
            "chi-squared, homogeneity": both.statistic, "chi-squared p, homogeneity": both.pvalue,
            "psi, categories": psi([r / r.sum(), c / c.sum()])}


def counted(values):
    return {f"c{i}": int(value) for i, value in enumerate(values)}


class Differences:
    def __init__(self):
        self.largest, self.cases = {}, {}

    def add(self, figure, ours, theirs):
        if theirs is None or not numpy.isfinite(theirs):
            difference = 0.0 if ours is None else numpy.inf
        else:
            difference = numpy.inf if ours is None else abs(ours - theirs) / max(1.0, abs(theirs))
        self.largest[figure] = max(difference, self.largest.get(figure, 0.0))
        self.cases[figure] = self.cases.get(figure, 0) + 1

    def show(self):
        print(f"{'figure':28}{'cases':>7}{'largest difference':>21}")
        for figure, difference in self.largest.items():
            print(f"{figure:28}{self.cases[figure]:7}{difference:21.1e}{'' if difference <= BOUND else '  TOO MUCH'}")
        return all(difference <= BOUND for difference in self.largest.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", nargs="?", default=str(ROOT / "build/release/tests/stats_tool"))
    tool = parser.parse_args().tool
    print(f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, numpy {numpy.__version__}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        predictions, samples, tables = list(prediction_cases()), list(sample_cases()), list(table_cases())
    asked = {"predictions": [{key: case[key] for key in case if key not in ("metrics", "confusion")} for case in predictions],
             "samples": [{"reference": r.tolist(), "current": c.tolist()} for r, c in samples],
             "tables": [{"reference": counted(r), "current": counted(c)} for r, c in tables]}
    done = subprocess.run([tool], input=json.dumps(asked), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{tool}: {done.stderr}")
    answers = json.loads(done.stdout)

    differences = Differences()
    for case, ours in zip(predictions, answers["predictions"], strict=True):
        for name, value in case["metrics"].items():
            if name != "trapezoid":
                differences.add(name, ours[name], value)
    for case, ours in zip(samples, answers["samples"], strict=True):
        found = {"ks statistic": ours["exact"]["statistic"], "ks p, exact": ours["exact"]["p_value"],
                 "ks p, asymptotic": ours["asymptotic"]["p_value"], "psi, equal width": ours["psi"]["statistic"],
                 "psi, quantiles": ours["psi_quantiles"]["statistic"]}
        for name, value in expected_of_samples(*case).items():
            differences.add(name, found[name], value)
    for case, ours in zip(tables, answers["tables"], strict=True):
        found = {"chi-squared, fit": ours["fit"]["statistic"], "chi-squared p, fit": ours["fit"]["p_value"],
                 "chi-squared, homogeneity": ours["homogeneity"]["statistic"],
                 "chi-squared p, homogeneity": ours["homogeneity"]["p_value"],
                 "psi, categories": ours["psi"]["statistic"]}
        for name, value in expected_of_tables(*case).items():
            differences.add(name, found[name], value)
    sys.exit(0 if differences.show() else 1)


if __name__ == "__main__":
    main()
