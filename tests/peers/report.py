"""Runs the comparisons of this folder and writes docs/results/<date>-peers.md with what they printed (tests/peers/run)."""
import datetime
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from peers.machine import describe  # noqa: E402

HERE = "tests/peers"
COMPARISONS = [
    ("Models as good as scikit-learn's", [f"{HERE}/train_parity.py", "--skip-speed"],
     """Ten repetitions of stratified five-fold cross-validation on scikit-learn's bundled sets, the same folds and
preprocessing for both. The 95% interval of the paired difference must include 0 or lie in Gyre's favour."""),
    ("Metrics and drift tests", [f"{HERE}/stats_parity.py"],
     """The same predictions to scikit-learn, the same samples to scipy (PSI: to numpy). Differences are absolute, of the
value where that is greater than 1; above 1e-9 is a failure. NaN on one side has to be NaN on the other."""),
    ("Served models", [f"{HERE}/served_parity.py"],
     """`examples/sklearn` (a scikit-learn program as the train step), three algorithms on three classes, and
`examples/weather` (categories, missing values), each run to its endpoint. Rows that the endpoint refuses by its signature
are scored by the test step but not asked for. Gyre's own models are tested in double before packaging, so metrics of
probabilities may differ by 1e-5 from those of the packaged float32 graph; everything else is exact or 1e-9."""),
    ("MLflow's client and server", ["tests/integration/mlflow/run"],
     """The corpus of requests to MLflow's own server and to Gyre, compared field by field; the stock client against Gyre; every
public method of `MlflowClient`. Versions: `tests/integration/mlflow/requirements.txt`."""),
]


def run(command):
    """What it prints, shown as it comes, and whether it found everything equal."""
    lines = []
    program = [sys.executable] if command[0].endswith(".py") else []
    with subprocess.Popen([*program, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, "PYTHONUNBUFFERED": "1"}) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip())
    return lines, process.returncode == 0


def main():
    parts, failed = [], []
    for title, command, text in COMPARISONS:
        print(f"== {title}", flush=True)
        start = time.monotonic()
        lines, good = run(command)
        if not good:
            failed.append(title)
        parts.append(f"## {title}\n\n{text}\n\n`{' '.join(command)}`: {'all as it should be' if good else 'FAILED'}, "
                     f"{time.monotonic() - start:.0f} s\n\n```\n" + "\n".join(lines) + "\n```\n")
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    report = ROOT / "docs/results" / f"{day}-peers.md"
    report.parent.mkdir(parents=True, exist_ok=True)
    outcome = f"FAILED: {'; '.join(failed)}." if failed else "Everything agrees."
    report.write_text(f"# Gyre beside the reference packages, {day}\n\n{outcome} Written by `make peers` "
                      f"(versions: `tests/peers/requirements.txt`).\n\n{describe()}\n\n" + "\n".join(parts))
    print(f"{outcome} {report.relative_to(ROOT)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
