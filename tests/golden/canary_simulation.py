"""Prints the figures of docs/decisions/0008: which always-valid test should decide a canary.

    pip install -r tests/golden/numerics-requirements.txt
    python tests/golden/canary_simulation.py

About five minutes on one core. The tests are written anew here, from their papers, over many runs at once.
"""

import csv
import datetime
import itertools
import pathlib

import numpy as np
from scipy.special import gammainc, gammaln
from sklearn.ensemble import RandomForestClassifier

WEATHER = pathlib.Path(__file__).resolve().parents[2] / "examples/weather/weather.csv"
ALPHA = 0.05
FIRST_LOOK = 200
NEVER = 10**9


def bernstein(d, tightest_at=1000):
    n = np.arange(1, d.shape[1] + 1)
    total = np.cumsum(d, 1)
    before = np.concatenate([np.zeros((len(d), 1)), total[:, :-1]], 1) / n
    variance = np.cumsum(((d - before) / 2) ** 2, 1)
    log_inverse = 2 * np.log(2 / ALPHA)
    rho = 0.01 * tightest_at / (log_inverse + np.log1p(log_inverse))

    def evidence(s):
        shape, rate = variance + rho, s + variance + rho
        weight = rho * np.log(rho) - gammaln(rho) - np.log(gammainc(rho, rho))
        tail = np.log(np.maximum(gammainc(shape, rate), 1e-300))
        return weight + s + variance + gammaln(shape) + tail - shape * np.log(rate)

    threshold = np.log(2 / ALPHA)
    return evidence(np.maximum(total / 2, 0)) > threshold, evidence(np.maximum(-total / 2, 0)) > threshold


def normal_evidence(s, n, tightest_at):
    log_inverse = -2 * np.log(ALPHA)
    rho = (log_inverse + np.log1p(log_inverse)) / tightest_at
    spread = n * rho + 1
    return rho * s**2 / (2 * spread) - 0.5 * np.log(spread)


def asymptotic(d, tightest_at=1000):
    n = np.arange(1, d.shape[1] + 1)
    total = np.cumsum(d, 1)
    variance = np.maximum(np.cumsum(d * d, 1) / n - (total / n) ** 2, 1e-12)
    sure = normal_evidence(total / np.sqrt(variance), n, tightest_at) > np.log(1 / ALPHA)
    return sure & (total > 0), sure & (total < 0)


def betting(d):
    sides = []
    for sign in (1, -1):
        shared = np.full(d.shape, -np.inf)
        for stake in np.geomspace(0.005, 0.95, 16):
            shared = np.logaddexp(shared, np.cumsum(np.log1p(stake * sign * d), 1) - np.log(16))
        sides.append(shared > np.log(2 / ALPHA))
    return sides


PAIRED = {"Bernstein": bernstein, "asymptotic": asymptotic, "betting": betting}


def two_arms(loss, by_candidate, tightest_at=1000, minimum=100):
    def arm(chosen):
        n = np.cumsum(chosen, 1)
        mean = np.cumsum(loss * chosen, 1) / np.maximum(n, 1)
        return n, mean, np.cumsum(loss**2 * chosen, 1) / np.maximum(n, 1) - mean**2

    (n1, mean1, var1), (n0, mean0, var0) = arm(by_candidate), arm(~by_candidate)
    n = n1 + n0
    variance = np.maximum((var1 / np.maximum(n1, 1) + var0 / np.maximum(n0, 1)) * n, 1e-12)
    s = (mean1 - mean0) * n / np.sqrt(variance)
    sure = (np.minimum(n1, n0) >= minimum) & (normal_evidence(s, n, tightest_at) > np.log(1 / ALPHA))
    return sure & (s > 0), sure & (s < 0)


def weighted_bets(loss, by_candidate, share):
    n = np.arange(1, loss.shape[1] + 1)
    before = np.concatenate([np.zeros((len(loss), 1)), np.cumsum(loss, 1)[:, :-1]], 1) / n
    return betting((loss - before) * np.where(by_candidate, 1 / share, -1 / (1 - share)) * min(share, 1 - share))


def report(name, verdicts):
    def first(sure):
        sure = sure.copy()
        sure[:, : FIRST_LOOK - 1] = False
        return np.where(sure.any(1), sure.argmax(1) + 1, NEVER)

    worse, better = map(first, verdicts)
    print(
        f"  {name:14} rolled back {np.mean(worse < better):.3f} (by 1,500: {np.mean(worse <= 1500):.3f}, median "
        f"{np.median(worse):.0f})  promoted {np.mean(better < worse):.3f}"
    )


def draw_weather(random, runs, n):
    """Chances of rain with mean 0.07 whose own Brier score is 0.045, and whether it rained."""
    spread = 0.07 * 0.93 / (0.07 - 0.07**2 - 0.045) - 1
    chance = random.beta(0.07 * spread, 0.93 * spread, (runs, n))
    return chance, random.random((runs, n)) < chance


def noisy(random, chance):
    odds = np.clip(chance, 1e-6, 1 - 1e-6)
    return 1 / (1 + np.exp(-np.log(odds / (1 - odds)) - 0.8 * random.standard_normal(chance.shape)))


def made_up_pairs(random):
    chance, rain = draw_weather(random, 1000, 3000)
    base_rate = np.clip(0.07 + 0.02 * random.standard_normal(chance.shape), 0.01, 0.3)
    shuffled = (base_rate - rain) ** 2 - (chance - rain) ** 2
    chance, rain = draw_weather(random, 1000, 5000)
    equal = (noisy(random, chance) - rain) ** 2 - (noisy(random, chance) - rain) ** 2
    rare = np.where(random.random((1000, 5000)) < 0.01, 0.8, -0.8 * 0.01 / 0.99)
    for title, d in {"shuffled labels": shuffled, "equal": equal, "rare large losses": rare}.items():
        print(f"{title}: mean {d.mean():.4f}, deviation {d.std():.3f}")
        for name, test in PAIRED.items():
            report(name, test(d))


def made_up_arms(random):
    for share in (0.05, 0.2, 0.5):
        by_candidate = random.random((600, 8000)) < share
        for title, candidate in {"equal": 0.02, "worse": 0.07}.items():
            errors = random.random(by_candidate.shape) < np.where(by_candidate, candidate, 0.02)
            print(f"two arms, share {share}, errors 0.02 against {candidate} ({title})")
            report("two-arm", two_arms(errors.astype(float), by_candidate))
            report("weighted bets", weighted_bets(errors.astype(float), by_candidate, share))


def read_weather():
    columns = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]
    stations = {}
    for row in csv.DictReader(WEATHER.open()):
        stations.setdefault(row["origin"], []).append((datetime.datetime.fromisoformat(row["time_hour"][:19]), row))
    rows = []
    for station in stations.values():
        station.sort(key=lambda pair: pair[0])
        for (now, row), (then, following) in itertools.pairwise(station):
            if (then - now).total_seconds() == 3600:
                values = [np.nan if row[c] in ("NA", "") else float(row[c]) for c in columns]
                rows.append((now, values + [now.hour], float(following["precip"]) > 0))
    rows.sort(key=lambda row: row[0])
    features = np.array([row[1] for row in rows])
    features = np.where(np.isnan(features), np.nanmedian(features, axis=0), features)
    return np.array([row[0] for row in rows]), features, np.array([row[2] for row in rows])


def forest(seed, features, rain):
    return RandomForestClassifier(100, min_samples_leaf=5, random_state=seed).fit(features, rain)


def real_pairs(random):
    times, features, rain = read_weather()
    live = times >= datetime.datetime(2013, 10, 1)
    history = np.flatnonzero(~live)
    days = np.array([times[i].timetuple().tm_yday for i in history])
    losses = []
    for seed in range(12):
        half = history[np.isin(days, random.permutation(np.unique(days))[:136])]
        chance = forest(seed, features[half], rain[half]).predict_proba(features[live])[:, 1]
        losses.append((chance - rain[live]) ** 2)
    pairs = itertools.permutations(losses, 2)
    equal = np.stack([(a - b)[s : s + 3000] for a, b in pairs for s in (0, 1500, 3000)])
    champion = forest(0, features[history], rain[history]).predict_proba(features[live])[:, 1]
    shuffled = forest(1, features[history], random.permutation(rain[history])).predict_proba(features[live])[:, 1]
    d = (shuffled - rain[live]) ** 2 - (champion - rain[live]) ** 2
    worse = np.stack([d[s : s + 3000] for s in np.linspace(0, len(d) - 3001, 60).astype(int)])
    for title, differences in {"real weather, equal": equal, "real weather, shuffled labels": worse}.items():
        print(f"{title}: {len(differences)} canaries of 3,000 rows")
        for name, test in PAIRED.items():
            report(name, test(differences))


def main():
    random = np.random.default_rng(1)
    made_up_pairs(random)
    made_up_arms(random)
    real_pairs(random)


main()
