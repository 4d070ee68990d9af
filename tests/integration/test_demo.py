"""`gyre demo`: the weather example through the whole loop, as outside checks use it. The runs share one home, so that what
the first one did is known to the later ones; they run in the order in which they stand here."""
import json
import re
import shutil

import pytest

from harness.server import ROOT, Server, gyre

PIPELINE = ["ingest", "validate", "transform", "periods", "history", "split", "train", "test", "package", "register", "deploy"]
STAGES = [*PIPELINE, "monitor", "loop"]
ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")


class Example:
    """A home and a copy of the example to change."""

    def __init__(self, folder):
        self.home, self.project = folder / "home", folder / "weather"
        shutil.copytree(ROOT / "examples/weather", self.project)
        self.reports = {}

    def demo(self, *flags, code=0):
        done = gyre("demo", "--home", self.home, "--port", "0", "--project", self.project, "--once", "--json", *flags, check=False)
        assert done.returncode == code, f"exit code {done.returncode}: {done.stdout[-2000:]} {done.stderr[-2000:]}"
        return json.loads(done.stdout)

    def first(self):
        if "first" not in self.reports:
            self.reports["first"] = self.demo()
        return self.reports["first"]


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    return Example(tmp_path_factory.mktemp("demo"))


def cached(report):
    return {stage["name"]: stage["cached"] for stage in report["stages"]}


def touch(path, start):
    """Changes one byte of a table: the last digit of the temperature (the sixth value) in the row that begins so."""
    lines = path.read_text().splitlines(keepends=True)
    number = next(number for number, line in enumerate(lines) if line.startswith(start))
    values = lines[number].split(",")
    values[5] = values[5][:-1] + ("1" if values[5][-1] != "1" else "2")
    lines[number] = ",".join(values)
    path.write_text("".join(lines))


def check_shape(report):
    assert ID.fullmatch(report["dataset"]["id"]) and report["dataset"]["rows"] == 26115
    assert [stage["name"] for stage in report["stages"]] == STAGES
    assert all(set(stage) == {"name", "seconds", "cached"} and stage["seconds"] >= 0 for stage in report["stages"])
    assert {"accuracy", "brier", "pr_auc", "roc_auc"} <= set(report["metrics"])
    assert "brier" in report["baseline"]["metrics"]
    assert set(report["champion"]) == {"before", "after"}
    for figure in report["drift"]:
        assert {"feature", "test", "score", "drifted"} <= set(figure)
    assert report["endpoint"] == "rain"
    verdict = report["verdict"]
    assert verdict["decision"] in ("promote", "rollback", "hold")
    assert {"n", "champion", "candidate", "interval"} <= set(verdict) and len(verdict["interval"]) == 2


def check_ids_resolve(example, report):
    with Server(example.home) as server:
        dataset = server.get(f"/api/v1/datasets/{report['dataset']['id']}")
        assert dataset["id"] == report["dataset"]["id"] and dataset["rows"] == report["dataset"]["rows"]
        assert report["runs"]
        for run in report["runs"]:
            assert server.get(f"/api/v1/pipeline-runs/{run}")["state"] == "succeeded"
            assert server.get(f"/api/v1/runs/{run}")["status"] == "FINISHED"
        assert report["alarms"]
        for alarm in report["alarms"]:
            assert server.get(f"/api/v1/alarms/{alarm}")["endpoint"] == report["endpoint"]
        endpoint = server.get(f"/api/v1/endpoints/{report['endpoint']}")
        assert endpoint["champion"] == report["champion"]["after"] and endpoint["serving"]
        canary = server.get(f"/api/v1/canaries/{report['verdict']['canary']}")
        for key in ("decision", "n", "champion", "candidate", "interval"):
            assert canary["verdict"][key] == report["verdict"][key]
        for version in report["champion"].values():
            name, number = version.split("/")
            assert server.get(f"/api/v1/models/{name}/versions/{number}")["ref"] == version
        assert server.get("/api/v1/audit/verify")["intact"]
        example_row = server.get("/endpoints/rain/openapi.json")["paths"]["/endpoints/rain/predict"]["post"]["requestBody"]
        row = example_row["content"]["application/json"]["example"]
        answer = server.request("POST", "/endpoints/rain/predict", json=row)
        assert answer.status_code == 200, answer.text


def test_the_loop_closes_by_itself(example):
    report = example.first()
    check_shape(report)
    assert not any(cached(report).values())
    assert report["metrics"]["brier"] < report["baseline"]["metrics"]["brier"]
    assert report["metrics"]["pr_auc"] > report["baseline"]["metrics"]["pr_auc"]
    assert any(figure["drifted"] for figure in report["drift"])
    assert len(report["runs"]) >= 2, "the loop trained nothing"
    verdict = report["verdict"]
    assert verdict["n"] >= 500
    low, high = verdict["interval"]
    assert low <= verdict["candidate"] - verdict["champion"] <= high
    promoted = report["champion"]["after"] != report["champion"]["before"]
    assert promoted == (verdict["decision"] == "promote")


def test_every_id_it_prints_resolves(example):
    check_ids_resolve(example, example.first())


def test_a_second_run_has_nothing_to_do(example):
    first = example.first()
    report = example.demo()
    check_shape(report)
    assert all(cached(report).values()), report["stages"]
    assert sum(stage["seconds"] for stage in report["stages"]) < 1
    for key in ("dataset", "metrics", "baseline", "champion", "drift", "alarms", "verdict", "endpoint"):
        assert report[key] == first[key], key
    check_ids_resolve(example, report)


def test_for_people_it_says_where_to_go_on(example):
    done = gyre("demo", "--home", example.home, "--port", "0", "--project", example.project, "--once", check=False)
    assert done.returncode == 0, done.stderr
    for text in (r"http://127\.0\.0\.1:\d+/", r"curl -s http://\S+/endpoints/rain/predict", r"Model card +http://\S+/files/card\.md"):
        assert re.search(text, done.stdout), done.stdout
    assert not re.search(r"\x1b\[", done.stdout), "colours where there is no terminal"


def test_a_byte_of_the_later_months_re_runs_what_descends_from_it(example):
    """The temperature of an hour in December: the history, and so the model, is what it was."""
    touch(example.project / "weather.csv", "JFK,2013,12,24,12,")
    report = example.demo()
    check_shape(report)
    ran = [name for name, was in cached(report).items() if not was]
    assert ran == ["ingest", "validate", "transform", "periods", "monitor", "loop"]
    assert report["dataset"]["id"] != example.first()["dataset"]["id"]
    assert report["metrics"] == example.first()["metrics"]
    check_ids_resolve(example, report)


def test_a_byte_of_the_history_re_runs_what_the_model_is_made_of(example):
    weather = example.project / "weather.csv"
    before = weather.read_bytes()
    touch(weather, "JFK,2013,3,24,12,")
    run = gyre("run", "rain", "--project", example.project, "--until", "split", "--home", example.home, "--json")
    weather.write_bytes(before)
    steps = {step["name"]: step for step in run["steps"]}
    assert run["state"] == "succeeded"
    for name in ("ingest", "validate", "transform", "periods", "history", "split"):
        assert not steps[name]["cached"], name
    assert steps["ingest"]["changed"] == ["files.weather.csv"]
    assert steps["split"]["changed"] == ["inputs.data"]


def test_a_comment_in_the_sql_re_runs_one_step(example):
    sql = example.project / "features.sql"
    sql.write_text(sql.read_text() + "-- looked at again\n")
    run = gyre("run", "rain", "--project", example.project, "--until", "train", "--home", example.home, "--json")
    ran = [step["name"] for step in run["steps"] if step["state"] == "succeeded" and not step["cached"]]
    assert ran == ["transform"]


def test_a_bad_candidate_is_rolled_back(example):
    report = example.demo("--bad-candidate")
    check_shape(report)
    assert report["verdict"]["decision"] == "rollback"
    assert report["champion"]["after"] == report["champion"]["before"]
    low, _ = report["verdict"]["interval"]
    assert low > 0, "not surely worse, and yet rolled back"
    assert report["verdict"]["candidate"] > report["verdict"]["champion"]
    check_ids_resolve(example, report)


def test_a_gate_that_says_no_ends_with_1_and_says_why(example):
    spec = example.project / "gyre.yaml"
    text = spec.read_text()
    spec.write_text(re.sub(r"brier: \{max: [0-9.]+\}", "brier: {max: 0.0001}", text))
    report = example.demo(code=1)
    assert cached(report)["train"] and not cached(report)["test"]
    spec.write_text(text)


def test_wrong_usage_ends_with_2(tmp_path):
    assert gyre("demo", "--hmoe", tmp_path, check=False).returncode == 2
    (tmp_path / "gyre.yaml").write_text("project: [\n")
    done = gyre("demo", "--home", tmp_path / "home", "--port", "0", "--project", tmp_path, "--once", check=False)
    assert done.returncode == 2 and "gyre.yaml" in done.stderr, done.stderr
