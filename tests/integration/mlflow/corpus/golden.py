"""What MLflow's server answered, kept in tests/golden/mlflow: one file a file of scenes, one line an answer."""
import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "golden/mlflow"


def write(answers, folder=FOLDER):
    """{scene name: [(label, answer)]}"""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    files = {}
    for name, steps in answers.items():
        file, _, title = name.partition("/")
        files.setdefault(file, []).append((title, steps))
    for file, scenes in files.items():
        parts = []
        for title, steps in scenes:
            lines = [f"    {json.dumps([label, answer], ensure_ascii=False, sort_keys=True)}" for label, answer in steps]
            parts.append(f"  {json.dumps(title)}: [\n" + ",\n".join(lines) + "\n  ]")
        (folder / f"{file}.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")


def read(folder=FOLDER):
    answers = {}
    for file in sorted(folder.glob("*.json")):
        for title, steps in json.loads(file.read_text()).items():
            answers[f"{file.stem}/{title}"] = [(label, answer) for label, answer in steps]
    return answers
