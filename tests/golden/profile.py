"""The table and the profile that src/data/profile_test.cc compares with: src/data/testdata/profile.{csv,json}.

    pip install -r tests/golden/data-requirements.txt
    python tests/golden/profile.py
"""

import json
import pathlib

import numpy as np
import pandas as pd

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "src/data/testdata"
QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]


def make_table():
    random = np.random.default_rng(20131001)
    rows = 997
    table = pd.DataFrame(
        {
            "normal": random.normal(1e6, 0.25, rows),
            "skewed": np.exp(random.normal(0, 4, rows)),
            "rounded": random.normal(0, 1, rows).round(1),
            "count": random.poisson(3, rows),
            "large": random.integers(-(2**53), 2**53, rows),
            "one_value": pd.array([None] * (rows - 1) + [7], dtype="Int64"),
            "word": random.choice(["a", "b", "é", "zz", "a b"], rows, p=[0.4, 0.3, 0.2, 0.06, 0.04]),
            "flag": random.random(rows) < 0.3,
        }
    )
    for column in ("normal", "rounded", "word"):
        table.loc[random.random(rows) < 0.1, column] = None
    table["rounded"] = table["rounded"] + 0.0  # no negative zeros
    return table


def plain(value):
    return value.item() if hasattr(value, "item") else value


def top_values(values):
    counts = values.value_counts()

    def rank(entry):
        value, count = entry
        return -count, value.encode() if isinstance(value, str) else value

    return [{"value": plain(value), "count": int(count)} for value, count in sorted(counts.items(), key=rank)[:10]]


def profile(column):
    values = column.dropna()
    facts = {
        "name": column.name,
        "count": int(values.size),
        "nulls": int(column.isna().sum()),
        "distinct": int(values.nunique()),
        "min": plain(values.min()),
        "max": plain(values.max()),
        "top": top_values(values),
    }
    if column.name != "word":
        numbers = values.astype(float)
        facts["mean"] = numbers.mean()
        facts["stddev"] = numbers.std() if numbers.size > 1 else None
    if column.name not in ("word", "flag"):
        facts["quantiles"] = [float(np.quantile(values.astype(float), q)) for q in QUANTILES]
    return facts


if __name__ == "__main__":
    table = make_table()
    table.to_csv(FOLDER / "profile.csv", index=False, lineterminator="\n")
    expected = [profile(table[name]) for name in table.columns]
    (FOLDER / "profile.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
