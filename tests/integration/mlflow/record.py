"""Plays the corpus.

    record.py                    on MLflow's own server (this Python's environment); writes tests/golden/mlflow
    record.py --compare          on MLflow's own and on Gyre: the golden files are what MLflow answers, and Gyre answers like it
    record.py --url URL          on a server that runs; compares with the golden files, writes nothing
    record.py --url URL --scenes runs/log*   only those
"""
import argparse
import fnmatch
import importlib.metadata
import pathlib
import sys
import tempfile

from corpus import compare, golden, sender
from corpus.reference import Reference
from corpus.scenes import read_scenes

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2]))
from harness.server import Server  # noqa: E402


def play(url, pattern="*"):
    return {scene.name: sender.play(url, scene) for scene in read_scenes() if fnmatch.fnmatchcase(scene.name, pattern)}


def record():
    with tempfile.TemporaryDirectory(prefix="mlflow-reference-") as folder, Reference(folder) as server:
        return play(server.url)


def against(expected, answers, meant):
    """Differences that are not meant."""
    found = []
    for name, steps in answers.items():
        known = dict(expected.get(name, []))
        for label, answer in steps:
            found += compare.unmeant(f"{name}: {label}", known.get(label, {}), answer, meant)
    return found


def compare_live():
    """What is wrong, in words."""
    fresh, problems = record(), []
    for name, steps in fresh.items():
        known = dict(golden.read().get(name, []))
        problems += [f"{name}: {label}: tests/golden/mlflow has another answer than MLflow gives" for label, answer in steps
                     if known.get(label) != answer]
    meant = compare.Meant()
    with tempfile.TemporaryDirectory(prefix="gyre-corpus-") as folder, Server(pathlib.Path(folder) / "home") as server:
        problems += against(fresh, play(server.url), meant)
    problems += [f"differences.yaml: nothing needs '{title}'" for title in meant.unused()]
    return problems, sum(map(len, fresh.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--scenes", default="*")
    parser.add_argument("--compare", action="store_true")
    asked = parser.parse_args()
    if asked.compare:
        problems, answers = compare_live()
        print("\n".join(map(str, problems)))
        print(f"{answers} answers of MLflow {importlib.metadata.version('mlflow')} and of Gyre compared, {len(problems)} problems")
        sys.exit(1 if problems else 0)
    if not asked.url:
        answers = record()
        golden.write(answers)
        print(f"recorded {sum(map(len, answers.values()))} answers of {len(answers)} scenes")
        return
    answers = play(asked.url.rstrip("/"), asked.scenes)
    found = against(golden.read(), answers, compare.Meant())
    for one in found:
        print(one)
    print(f"{sum(map(len, answers.values()))} answers, {len(found)} fields differ, in {len({one.step for one in found})} answers")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
