"""Gyre's answers to the corpus against what MLflow's own server answered (tests/golden/mlflow), field by field. After a change
of scenes, or for another version of MLflow: tests/integration/mlflow/run record."""
import pytest

from corpus import compare, golden, sender
from corpus.scenes import read_scenes
from harness.server import Server

SCENES = read_scenes()


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("corpus") / "home") as running:
        yield running.url


@pytest.fixture(scope="module")
def recorded():
    return golden.read()


@pytest.fixture(scope="module")
def meant():
    return compare.Meant()


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_scene_is_answered_as_mlflow_answers_it(url, recorded, meant, scene):
    expected, answers = recorded[scene.name], sender.play(url, scene)
    assert [label for label, _ in answers] == [label for label, _ in expected], "the scene was changed: record it again"
    found = [one for (label, mlflow), (_, gyre) in zip(expected, answers)
             for one in compare.unmeant(f"{scene.name}: {label}", mlflow, gyre, meant)]
    meant.scenes.add(scene.name)
    assert not found, "\n" + "\n".join(map(str, found))


def test_every_meant_difference_is_there(meant):
    """An entry of differences.yaml that no answer needs is to be removed."""
    if meant.scenes < {scene.name for scene in SCENES}:
        pytest.skip("only some scenes were played")
    assert not meant.unused()
