"""Runs every *.http file here under every world of tests/worlds (see tests/harness/scenario.py for the form)."""
import os
from pathlib import Path

import pytest
import yaml

from harness.scenario import Runner, parse
from harness.server import BINARY, Server

WORLDS = Path(__file__).resolve().parents[1] / "worlds"


def pytest_addoption(parser):
    parser.addoption("--worlds", default="embedded,restart", help="which of tests/worlds, separated by commas")


def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".http":
        return ScenarioFile.from_parent(parent, path=file_path)


class ScenarioFile(pytest.File):
    def collect(self):
        for world in self.config.getoption("--worlds").split(","):
            yield Scenario.from_parent(self, name=world)


class Scenario(pytest.Item):
    def runtest(self):
        world = yaml.safe_load((WORLDS / f"{self.name}.yaml").read_text()) or {}
        folder = self.config._tmp_path_factory.mktemp(self.path.stem)
        root = Path(__file__).resolve().parents[2]
        env = {key: value.format(root=root) for key, value in world.get("env", {}).items()}
        binary = Path(world["binary"].format(root=root)) if "binary" in world else BINARY
        with Server(folder / "home", world.get("flags", ()), {**os.environ, **env}, binary) as server:
            runner = Runner(server, server.restart if world.get("restart_after_change") else None)
            for step in parse(self.path.read_text()):
                runner.run(step)
                assert server.process.poll() is None, f"the server died after: {step.title}\n{server.log_tail()}"
            server.stop()

    def repr_failure(self, excinfo):
        if excinfo.errisinstance(AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, 0, f"{self.path.stem} [{self.name}]"
