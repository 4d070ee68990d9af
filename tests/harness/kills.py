"""kill -9 at seeded random moments: `python -m harness.kills --seed N --kills N`, from tests/.

One home lives through all of it. Each kill has a phase that it aims at and a share of the phase's usual time after which it
comes; both follow from the seed and the number of the kill alone, what they hit is measured. Then the server is started
again, everything that it ever acknowledged is looked for (invariants.py), and what was interrupted is asked again.
"""
import argparse
import collections
import json
import random
import signal
import tempfile
import threading
import time
from pathlib import Path

from .invariants import Invariants, no_orphans
from .server import BINARY, Server
from .workload import STEPS, Interrupted, Ledger, Traffic, Workload, contents

START_WITHIN = 2.0  # seconds from exec to listening
PHASES = ["upload", "ingest", "project", *(f"pipeline/{step}" for step in STEPS), "register", "deploy", "serve", "canary",
          "start", "stop"]
OPERATIONS = ["upload", "ingest", "pipeline", "register", "deploy", "serve", "canary"]
LOOK_AT_ALL = 100  # kills between two looks at everything


class Killer(threading.Thread):
    """Kills after `delay` seconds, counted from when the run has finished `steps` steps, or from now."""

    def __init__(self, server, delay, steps=0):
        super().__init__(name="killer", daemon=True)
        self.server, self.delay, self.steps, self.at = server, delay, steps, None
        self.log_from = server.log_path.stat().st_size
        self.start()

    def finished_steps(self):
        with open(self.server.log_path, "rb") as log:
            log.seek(self.log_from)
            return log.read().count(b'"pipeline_step_finished"')

    def run(self):
        while self.steps and self.finished_steps() < self.steps:
            time.sleep(0.001)
        time.sleep(self.delay)
        self.at = time.monotonic()
        self.server.process.kill()


class Kills:
    def __init__(self, folder, seed, binary=BINARY):
        self.seed, self.folder = seed, Path(folder)
        self.server = Server(self.folder / "home", binary=binary)
        self.ledger = Ledger()
        self.hits = collections.Counter()
        self.usual = {}  # phase -> seconds it takes
        self.variant = 0
        self.flow = self.outside = None  # newest versions of the two models
        self.slowest_start, self.lost = 0.0, 0

    # One operation each; they return what doing it again must give too.
    def do(self, operation, variant, draw, force=False):
        work = self.workload
        if operation == "upload":
            return work.upload(variant)
        if operation == "ingest":
            return work.ingest(variant)
        if operation == "pipeline":
            made = work.pipeline(variant, force)
            self.flow = max((ref for ref in self.ledger.versions if ref.startswith("flow/")), key=number_of)
            return made
        if operation == "register":
            self.outside = work.register(variant, self.flow)
            return None
        if operation == "deploy":
            return work.deploy(self.outside)
        if operation == "canary":
            work.end_canaries()
            return work.canary(self.flow if self.champion() != self.flow else self.outside)
        return work.serve(draw)

    def champion(self):
        return self.workload.client.json("GET", "/api/v1/endpoints/main")["champion"]

    def start(self):
        before = time.monotonic()
        self.server.start()
        took = time.monotonic() - before
        self.slowest_start = max(self.slowest_start, took)
        assert took < START_WITHIN, f"the server took {took:.2f} s to start"
        self.workload = Workload(self.server.url, self.ledger)

    def warm_up(self):
        """What the kills aim at: how long everything takes when nothing happens."""
        self.start()
        for _ in range(2):
            self.variant += 1
            for operation in ("ingest", "pipeline", "register", "upload", "deploy", "canary", "serve"):
                before = time.monotonic()
                self.do(operation, self.variant, random.Random(self.seed))
                self.usual[operation] = time.monotonic() - before
        self.usual["project"] = 0.05
        run = self.workload.client.json("GET", f"/api/v1/pipeline-runs/{self.ledger.runs[-1]}")
        for step in run["steps"]:
            self.usual[f"pipeline/{step['name']}"] = step["seconds"] + 0.01
        before = time.monotonic()
        self.server.stop()
        self.usual["stop"] = time.monotonic() - before
        before = time.monotonic()
        self.start()
        self.usual["start"] = time.monotonic() - before
        Invariants(self.server, self.ledger, random.Random(self.seed)).check(everything=True)

    def run(self, kills):
        """Raises AssertionError that tells the seed and the kill at which something did not hold."""
        try:
            self.kill_again_and_again(kills)
        finally:
            if self.server.process and self.server.process.poll() is None:
                self.server.kill()

    def kill_again_and_again(self, kills):
        self.warm_up()
        kill = 0
        while sum(self.hits.values()) < kills:
            kill += 1
            draw = random.Random(f"{self.seed}/{kill}")
            # Every phase once before any a second time.
            order = list(PHASES)
            random.Random(f"{self.seed}/{(kill - 1) // len(PHASES)}/order").shuffle(order)
            phase = order[(kill - 1) % len(PHASES)]
            try:
                self.one(phase, draw, everything=kill % LOOK_AT_ALL == 0)
            except (AssertionError, Interrupted) as error:
                raise AssertionError(f"seed {self.seed}, kill {kill}, aimed at {phase}, home {self.server.home}: {error}\n"
                                     f"log: {self.server.log_tail()}") from error
        Invariants(self.server, self.ledger, random.Random(self.seed)).check(everything=True)
        self.server.stop()

    def one(self, phase, draw, everything):
        self.variant += 1
        operation = "pipeline" if phase.startswith("pipeline/") or phase in ("project", "start") else phase
        killed_at, hit, done = self.work_until_killed(phase, operation, draw)
        self.hits[hit] += 1
        no_orphans(self.server.home)
        if phase == "start":
            self.kill_at_start(draw)
        self.start()
        invariants = Invariants(self.server, self.ledger, draw)
        invariants.check(killed_at, everything)
        self.lost += invariants.lost
        if operation in OPERATIONS:
            self.again(operation, done, draw)

    def work_until_killed(self, phase, operation, draw):
        """(moment of the kill, what it hit, what the operation had given: None if it was interrupted)"""
        traffic = Traffic(self.server.url, self.ledger, self.variant)
        traffic.start()
        done = None
        steps = STEPS.index(phase.removeprefix("pipeline/")) if phase.startswith("pipeline/") else 0
        usual = draw.choice(list(self.usual.values())) if phase == "start" else self.usual[phase]
        killer = Killer(self.server, draw.uniform(0, 1.1 if steps + 1 < len(STEPS) else 1.5) * usual, steps)
        try:
            if phase == "stop":
                self.workload.phase = "stop"
                self.server.process.send_signal(signal.SIGTERM)
                self.server.process.wait(15)
                killer.join()
            else:
                done = self.do(operation, self.variant, draw)
                while True:
                    self.workload.serve(draw, 1)
        except Interrupted:
            killer.join(5)
            assert killer.at is not None, f"the server went away by itself: {self.server.log_tail()}"
        traffic.stop()
        hit = self.workload.phase
        if hit == "pipeline":
            finished = killer.finished_steps()
            hit = f"pipeline/{STEPS[finished]}" if finished < len(STEPS) else "pipeline/end"
        self.server.kill()
        error = traffic.error
        if error and not isinstance(error, Interrupted):
            raise error
        return killer.at, hit, done

    def kill_at_start(self, draw):
        """Kills while the server mends what the last kill left."""
        self.server.spawn()
        time.sleep(draw.uniform(0, 1.2) * self.usual["start"])
        self.server.kill()
        self.hits["start"] += 1
        no_orphans(self.server.home)

    def again(self, operation, done, draw):
        """What was interrupted, or had been answered, is asked again and gives the same."""
        resumed = self.ledger.runs[-1] if operation == "pipeline" and self.ledger.runs else None
        if operation == "canary":
            self.workload.end_canaries()
        before = time.monotonic()
        made = self.do(operation, self.variant, draw, force=draw.random() < 0.25)
        self.learn(operation, time.monotonic() - before)
        if operation in ("upload", "ingest", "pipeline"):
            assert done is None or made == done, f"{operation} gave {done} at first and {made} again"
        if resumed and done is None and self.ledger.runs[-1] != resumed:
            record = self.workload.client.json("GET", f"/api/v1/pipeline-runs/{resumed}")
            if record["pipeline"] == "flow" and record["snapshot"] == self.last_snapshot():
                assert contents(record) == made, f"run {resumed}, which was resumed, made other outputs than {self.ledger.runs[-1]}"

    def learn(self, operation, took):
        """The machine may be slower now than it was."""
        if operation != "pipeline":
            self.usual[operation] = 0.7 * self.usual[operation] + 0.3 * took
            return
        for step in self.workload.client.json("GET", f"/api/v1/pipeline-runs/{self.ledger.runs[-1]}")["steps"]:
            if not step["cached"]:
                phase = f"pipeline/{step['name']}"
                self.usual[phase] = 0.7 * self.usual[phase] + 0.3 * (step["seconds"] + 0.01)

    def last_snapshot(self):
        return self.workload.client.json("GET", f"/api/v1/pipeline-runs/{self.ledger.runs[-1]}")["snapshot"]

    def report(self):
        home = self.server.home
        files = [path for path in home.rglob("*") if path.is_file()]
        return {"seed": self.seed, "kills": sum(self.hits.values()),
                "hits": {phase: self.hits[phase] for phase in sorted(self.hits)},
                "slowest start, s": round(self.slowest_start, 3),
                "predictions younger than 100 ms lost": self.lost,
                "acknowledged": {"dataset versions": len(self.ledger.datasets), "model versions": len(self.ledger.versions),
                                 "pipeline runs": len(self.ledger.runs), "labels": len(self.ledger.labels),
                                 "audit records": self.ledger.audit_records},
                "home, MiB": round(sum(path.stat().st_size for path in files) / 2**20, 1), "files": len(files)}


def number_of(ref):
    return int(ref.rpartition("/")[2])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--kills", type=int, default=100)
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    kills = Kills(tempfile.mkdtemp(prefix="gyre-kills-"), asked.seed)
    before = time.monotonic()
    kills.run(asked.kills)
    print(json.dumps({**kills.report(), "seconds": round(time.monotonic() - before)}, indent=2))


if __name__ == "__main__":
    main()
