"""A server whose disk fails when it is told to; the other side is tests/faults/faults.c.

Every point is one operation during which one call (or every call from one on) that makes, fills, syncs or renames a file
of the home fails. The operation must end with a success that is true or with an error that says something; the server
must live, work again as soon as the disk does, and hold every invariant after kill -9 and a start.
"""
import collections
import errno
import json
import mmap
import os
import random
import re
import struct
import threading
from pathlib import Path

from .invariants import Invariants
from .server import BINARY, ROOT, Server
from .workload import Interrupted, Ledger, Refused, RunFailed, Workload, random_row

LIBRARY = Path(os.environ.get("GYRE_FAULTS_LIBRARY", ROOT / "build/release/tests/libgyre_faults.so"))
FOR_EVER = 1 << 62
ONCE = 1
HEALS_AFTER = 0.7  # seconds
OPERATIONS = ["ingest", "register", "deploy", "upload", "serve", "pipeline"]


class Disk:
    """Steers the failures of a server that was started with `env`."""

    def __init__(self, file, home, library=LIBRARY):
        assert library.exists(), f"{library} is not built: cmake --build --preset release --target gyre_faults"
        home.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(4096))
        with open(file, "r+b") as opened:
            self.memory = mmap.mmap(opened.fileno(), 4096)
        self.env = {"LD_PRELOAD": str(library), "GYRE_FAULTS": str(file), "GYRE_FAULTS_UNDER": str(home)}

    def fail(self, first, times, code):
        """The call numbered `first` from now on, and the `times` - 1 after it."""
        self.memory[0:40] = struct.pack("<5Q", 0, times, code, 0, 0)
        self.memory[0:8] = struct.pack("<Q", first)

    def heal(self):
        self.memory[0:8] = struct.pack("<Q", 0)

    def count(self):
        """Counts calls from now on."""
        self.fail(0, 0, 0)

    @property
    def calls(self):
        return struct.unpack("<Q", self.memory[24:32])[0]

    @property
    def failed(self):
        return struct.unpack("<Q", self.memory[32:40])[0]

    @property
    def last(self):
        return self.memory[40:].split(b"\0")[0].decode(errors="replace")


class Sweep:
    def __init__(self, folder, seed, binary=BINARY, library=LIBRARY):
        self.home = folder / "home"
        self.disk = Disk(folder / "faults", self.home, library)
        self.server = Server(self.home, env=self.disk.env, binary=binary)
        self.ledger, self.draw, self.seed = Ledger(), random.Random(seed), seed
        self.variant = 0
        self.calls = {}  # operation -> counted calls when nothing fails
        self.outcomes = collections.Counter()

    def __enter__(self):
        self.start()
        self.variant += 1
        self.do("pipeline")
        self.do("register")
        self.do("deploy")
        for operation in OPERATIONS:
            self.variant += 1
            self.disk.count()
            self.do(operation)
            self.calls[operation] = self.disk.calls
        return self

    def __exit__(self, *unused):
        if self.server.process.poll() is None:
            self.server.kill()

    def start(self):
        self.server.start()
        self.unlogged = []  # predictions that this server answered and could not log
        self.work = Workload(self.server.url, self.ledger, patience=20)

    def newest(self, model):
        return max((ref for ref in self.ledger.versions if ref.startswith(model)), key=lambda ref: int(ref.split("/")[1]))

    def do(self, operation):
        work = self.work
        if operation == "deploy":
            # A version that was not proven yet, so that a probe is part of it.
            return work.deploy(self.newest("outside/"))
        return {"ingest": lambda: work.ingest(self.variant),
                "register": lambda: work.register(self.variant, self.newest("flow/")),
                "upload": lambda: work.upload(self.variant),
                "serve": self.serve,
                "pipeline": lambda: work.pipeline(self.variant)}[operation]()

    def serve(self):
        """Rows are answered whatever the disk does; those that could not be logged are counted."""
        draw, client = random.Random(self.variant), self.work.client
        for _ in range(3):
            answer = self.work.predict([random_row(draw) for _ in range(3)])
            ids = [prediction["prediction_id"] for prediction in answer["predictions"]]
            receipt = client.json("POST", "/endpoints/main/labels", json=[{"prediction_id": one, "label": "yes"} for one in ids])
            for one in set(ids) - set(receipt["unknown"]):
                self.ledger.add("labels", one, True)
            self.unlogged += receipt["unknown"]
            assert len(self.unlogged) <= self.dropped(), f"{self.unlogged} are unknown, {self.dropped()} were counted"
            self.ledger.predictions = [known for known in self.ledger.predictions if known[1] not in self.unlogged]

    def dropped(self):
        text = self.work.client.call("GET", "/metrics").content.decode()
        found = re.search(r'gyre_prediction_log_dropped_total\{endpoint="main"\} (\d+)', text)
        return int(found.group(1)) if found else 0

    def points(self, number):
        """(operation, first call that fails, how many fail, with what): spread evenly over the calls of all operations."""
        for i in range(number):
            operation = OPERATIONS[i % len(OPERATIONS)]
            rounds = max(1, number // len(OPERATIONS))
            share = (i // len(OPERATIONS) + self.draw.random()) / rounds
            first = 1 + int(share * self.calls[operation]) % max(1, self.calls[operation])
            yield operation, first, self.draw.choice([ONCE, FOR_EVER]), self.draw.choice([errno.ENOSPC, errno.EIO])

    def run(self, number):
        self.run_points(self.points(number))

    def run_points(self, points):
        """Raises AssertionError that tells the seed and the point at which something did not hold."""
        for i, point in enumerate(points):
            operation, first, times, code = point
            told = f"{operation}, {'call' if times == ONCE else 'every call from'} {first} fails with {errno.errorcode[code]}"
            try:
                self.point(*point, restart_first=i % 2 == 0)
            except (AssertionError, Interrupted) as error:
                raise AssertionError(f"seed {self.seed}, point {i}: {told}; what failed last: {self.disk.last}; "
                                     f"home {self.home}: {error}\nlog: {self.server.log_tail()}") from error

    def point(self, operation, first, times, code, restart_first):
        self.variant += 1
        if operation == "deploy":
            self.do("register")
        self.disk.fail(first, times, code)
        # A run that was accepted waits until its record can be written, so a disk is not full for ever.
        healing = threading.Timer(HEALS_AFTER, self.disk.heal)
        healing.start()
        outcome = self.attempt(operation)
        healing.cancel()
        healing.join()
        self.disk.heal()
        self.outcomes[f"{operation}: {outcome}" if self.disk.failed else "nothing failed"] += 1
        assert self.server.process.poll() is None, f"the server died with code {self.server.process.poll()}"
        if not restart_first:
            self.do(operation)
        self.server.kill()
        self.start()
        Invariants(self.server, self.ledger, self.draw, runs_may_fail=True).check()
        if restart_first:
            self.do(operation)

    def attempt(self, operation):
        try:
            self.do(operation)
            return "done"
        except Refused as refused:
            answer = json.loads(refused.answer.content)
            assert answer["error_code"] and len(answer["message"]) > 10, f"says nothing: {answer}"
            assert refused.answer.status in (500, 503, 507), f"a failing disk is not the caller's mistake: {refused}"
            return "refused"
        except RunFailed as failed:
            assert len(failed.record["error"]["message"]) > 10, f"says nothing: {failed.record['error']}"
            return "run failed"
