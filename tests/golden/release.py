"""Writes the reference values of src/release/testdata/ with numpy and scipy, straight from the definition.

    pip install -r tests/golden/numerics-requirements.txt
    python tests/golden/release.py
"""

import json
import pathlib

import numpy
import scipy
from scipy.optimize import brentq
from scipy.special import logsumexp

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src/release/testdata"


def log_wealth(xs, fractions, mean):
    logs = [numpy.log1p(f * xs).sum() - f * len(xs) * mean for f in fractions]
    return logsumexp(logs) - numpy.log(len(fractions))


def bound(xs, most_stake, most, alpha):
    """The largest mean against which the shared wealth is still 2 / alpha."""
    fractions = most_stake * numpy.geomspace(0.005, 0.95, 16)
    excess = lambda mean: log_wealth(xs, fractions, mean) - numpy.log(2 / alpha)
    return -most if excess(-most) < 0 else brentq(excess, -most, most, xtol=1e-14)


def case(seed, n, lowest, highest, alpha, skew):
    random = numpy.random.default_rng(seed)
    xs = numpy.round(lowest + (highest - lowest) * random.beta(skew, 3, size=n), 4)
    most = max(-lowest, highest)
    lower = max(lowest, bound(xs, -1 / lowest, most, alpha))
    upper = min(highest, -bound(-xs, 1 / highest, most, alpha))
    return {"lowest": lowest, "highest": highest, "alpha": alpha, "xs": xs.tolist(), "lower": lower, "upper": upper}


def main():
    cases = [
        case(1, 1, -1, 1, 0.05, 3),
        case(2, 40, -1, 1, 0.05, 3),
        case(3, 300, -1, 1, 0.05, 2),
        case(4, 300, -2, 0.5, 0.01, 2.4),
        case(5, 200, -0.1, 3, 0.2, 0.5),
    ]
    FOLDER.mkdir(exist_ok=True)
    content = {"cases": cases, "versions": {"numpy": numpy.__version__, "scipy": scipy.__version__}}
    (FOLDER / "sequential_mean.json").write_text(json.dumps(content, allow_nan=False) + "\n")


main()
