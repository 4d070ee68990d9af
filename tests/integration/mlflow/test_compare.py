"""The comparison itself: what it takes for the same, what it lets pass, what it does not."""
import textwrap

import pytest

from corpus import compare, golden
from corpus.normal import Normaliser
from corpus.scenes import read_scenes

LIST = """
    fragments: ["Run with id=\\\\S+ not found", "at most \\\\d+ [a-z]+"]
    differences:
      - title: no detail
        reason: it is not read
        fields: [json.detail]
      - title: never 5xx
        reason: clients try again
        steps: ["file/scene: bad*"]
        mlflow: {status: 5xx}
        gyre: {status: "400", json.error_code: BAD}
"""


@pytest.fixture
def meant(tmp_path):
    (tmp_path / "list.yaml").write_text(textwrap.dedent(LIST))
    return compare.Meant(tmp_path / "list.yaml")


def fields(meant, mlflow, gyre, step="file/scene: step"):
    return [one.field for one in compare.unmeant(step, mlflow, gyre, meant)]


def test_every_field_counts(meant):
    mlflow = {"status": 200, "json": {"a": 1, "b": [{"c": "x"}, {"c": "y"}]}}
    assert fields(meant, mlflow, mlflow) == []
    assert fields(meant, mlflow, {"status": 201, "json": {"b": [{"c": "x"}, {"c": "z"}], "d": None}}) == [
        "status", "json.a", "json.b.1.c", "json.d"]
    assert fields(meant, mlflow, {"status": 200, "json": {"a": 1, "b": [{"c": "x"}]}}) == ["json.b"]
    assert fields(meant, {"json": {"a": 1}}, {"json": {"a": 1.0}}) == ["json.a"]
    assert fields(meant, {"json": {"a": 1}}, {"json": {"a": True}}) == ["json.a"]


def test_of_messages_the_parts_that_are_looked_for(meant):
    mlflow = {"json": {"message": "Run with id=5 not found. Ask again."}}
    assert fields(meant, mlflow, {"json": {"message": "Run with id=5 not found; list them with /runs/search"}}) == []
    assert fields(meant, mlflow, {"json": {"message": "Run with id=6 not found"}}) == ["json.message"]
    assert fields(meant, mlflow, {"json": {"message": "no run 5"}}) == ["json.message"]
    assert fields(meant, mlflow, {"json": {}}) == ["json.message"]


def test_what_is_meant_passes_where_it_is_meant(meant):
    bad = ({"status": 500}, {"status": 400, "json": {"error_code": "BAD"}})
    assert fields(meant, *bad, step="file/scene: bad one") == []
    assert fields(meant, *bad, step="file/scene: good one") == ["status", "json"]
    assert fields(meant, {"status": 500}, {"status": 400, "json": {"error_code": "OTHER"}}, step="file/scene: bad") == ["status", "json"]
    assert meant.unused() == ["no detail"]
    assert fields(meant, {"json": {"detail": "x"}}, {"json": {}}) == []
    assert meant.unused() == []


def test_the_same_id_is_the_same_symbol():
    normal, one, other = Normaliser("http://h:1"), "a" * 32, "b" * 32
    normal.know("r", one)
    normal.know("e", "17")
    found = normal.answer({"run_id": one, "uri": f"mlflow-artifacts:/17/{one}/artifacts", "others": [other, f"m-{other}"],
                       "experiment_id": "17", "step": 17, "next_page_token": "xyz", "run_name": "bold-fish-17"})
    assert found == {"run_id": "<r>", "uri": "mlflow-artifacts:/<e>/<r>/artifacts", "others": ["<id 1>", "m-<id 1>"],
                     "experiment_id": "<e>", "step": 17, "next_page_token": "<token>", "run_name": "<generated>"}


def test_sets_have_no_order_and_histories_do():
    normal = Normaliser("http://h:1")
    assert normal.of({"tags": [{"key": "b"}, {"key": "a"}]}) == {"tags": [{"key": "a"}, {"key": "b"}]}
    history = [{"key": "m", "value": 2}, {"key": "m", "value": 1}]
    assert normal.of({"metrics": history}) == {"metrics": history}


def test_every_scene_is_recorded():
    recorded = golden.read()
    assert {scene.name: [step.label for step in scene.steps] for scene in read_scenes()} == {
        name: [label for label, _ in steps] for name, steps in recorded.items()}
