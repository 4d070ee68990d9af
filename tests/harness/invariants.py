"""What must hold of a home after its server was killed and started again (tests/harness/kills.py)."""
import hashlib
import json
import os
import sqlite3
import time
from pathlib import Path

from .workload import Client

DURABLE_AFTER = 0.100  # seconds from a prediction's answer, docs/formats/inference.md
OLD_ONES = 5           # of those checked before, how many are looked at again


def processes_in(folder):
    """[(pid, command line)] of processes whose working directory lies in the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if Path(os.readlink(entry / "cwd").removesuffix(" (deleted)")).is_relative_to(folder):
                found.append((int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")))
        except OSError:
            pass  # it ended meanwhile
    return [(pid, command) for pid, command in found if command]  # a zombie has none


def no_orphans(folder, patience=1.0):
    """Nothing that the server started outlives it."""
    deadline = time.monotonic() + patience
    while orphans := processes_in(folder):
        assert time.monotonic() < deadline, f"still running although the server is dead: {orphans}"
        time.sleep(0.005)


class Invariants:
    """`draw` chooses which of the things that were checked before are checked again; `everything` looks at all. Where the
    disk failed, `runs_may_fail`."""

    def __init__(self, server, ledger, draw, runs_may_fail=False):
        self.runs_may_fail = runs_may_fail
        self.server, self.ledger, self.draw, self.client = server, ledger, draw, Client(server.url)
        self.lost = 0  # predictions that a kill took, all of them younger than DURABLE_AFTER

    def check(self, killed_at=None, everything=False):
        """Raises AssertionError with what does not hold."""
        chosen = {kind: self.choose(kind, everything) for kind in ("datasets", "versions", "labels", "blobs")}
        self.client.call("GET", "/readyz")
        self.runs_end()
        self.blobs(chosen["blobs"])
        self.datasets(chosen["datasets"])
        self.models(chosen["versions"])
        self.endpoints()
        self.canaries()
        self.predictions(killed_at)
        self.labels(chosen["labels"])
        self.audit()
        self.leftovers()
        if everything:
            self.database()

    def choose(self, kind, everything):
        known = list(getattr(self.ledger, kind))
        fresh, self.ledger.fresh[kind] = self.ledger.fresh[kind], []
        return known if everything else fresh + self.draw.sample(known, min(OLD_ONES, len(known)))

    def runs_end(self):
        """A run that was accepted is there; one that was under way goes on by itself."""
        for run in self.ledger.runs[-3:]:
            self.ended(run)
        for listed in self.client.json("GET", "/api/v1/pipeline-runs?limit=5")["runs"]:
            self.ended(listed["id"])

    def ended(self, run):
        record = self.client.json("GET", f"/api/v1/pipeline-runs/{run}?wait_seconds=30")
        if record["state"] == "failed" and self.runs_may_fail:
            assert record["error"]["message"], f"run {run} failed without a reason"
            return
        assert record["state"] == "succeeded", f"run {run} after a restart: {json.dumps(record)[:3000]}"
        states = {step["name"]: step["state"] for step in record["steps"]}
        assert set(states.values()) == {"succeeded"}, f"run {run} succeeded with steps {states}"
        self.tracked(record)

    def tracked(self, record):
        """The tracked run ended as the pipeline run did, and each trial is there once."""
        tracked = self.client.json("GET", f"/api/v1/runs/{record['id']}")
        assert tracked["status"] == "FINISHED", f"run {record['id']} is {record['state']}, but tracked as {tracked['status']}"
        if record["pipeline"] != "flow" or self.runs_may_fail:
            return  # trials that could not be written are missing, and the log says so
        runs = self.client.json("GET", f"/api/v1/experiments/{tracked['experiment']}/runs?limit=100")["runs"]
        trials = [run for run in runs if run["tags"].get("mlflow.parentRunId") == record["id"]]
        searched = not next(step for step in record["steps"] if step["name"] == "train")["cached"]
        assert sorted(run["name"] for run in trials) == (["train-0", "train-1"] if searched else []), f"run {record['id']}, trials {trials}"
        assert all(run["status"] == "FINISHED" for run in trials), f"trials that did not end: {trials}"

    def blob(self, sha256):
        content = self.client.call("GET", f"/api/v1/blobs/{sha256}/content").content
        assert hashlib.sha256(content).hexdigest() == sha256, f"blob {sha256} has other bytes"

    def blobs(self, chosen):
        for sha256 in chosen:
            self.blob(sha256)

    def datasets(self, chosen):
        listed = self.client.json("GET", "/api/v1/datasets")["datasets"]
        names = {dataset["name"] for dataset in listed}
        for version in (self.ledger.datasets[one] for one in chosen):
            assert version["dataset"] in names, f"{version['ref']} is not listed"
            self.dataset(version["id"], version)
        for dataset in listed:  # acknowledged or not: what is listed is whole
            numbers = [version["number"] for version in
                       self.client.json("GET", f"/api/v1/datasets/{dataset['name']}/versions?limit=3")["versions"]]
            assert numbers[0] == dataset["latest"]["number"], f"{dataset} but versions {numbers}"
            assert numbers == list(range(numbers[0], numbers[0] - len(numbers), -1)), f"{dataset['name']} has {numbers}"
            self.dataset(dataset["latest"]["id"])

    def dataset(self, version_id, expected=None):
        version = self.client.json("GET", f"/api/v1/datasets/{version_id}")
        assert expected is None or version == expected, f"answered {expected}, now {version}"
        named = json.dumps({"content": version["content"], "dataset": version["dataset"],
                            "format": "gyre-dataset-version-1"}, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(named.encode()).hexdigest() == version["id"], f"{version['ref']} has another content"
        assert len(version["profile"]) == len(version["schema"]), f"{version['ref']} has no whole profile"
        self.blob(version["file"]["sha256"])
        for parent in version["parents"]:
            self.client.json("GET", f"/api/v1/datasets/{parent}")

    def models(self, chosen):
        for ref in chosen:
            found = self.version_files(ref)
            assert found == self.ledger.versions[ref], f"{ref} had {self.ledger.versions[ref]}, now {found}"
        for model in self.client.json("GET", "/api/v1/models")["models"]:
            assert "champion" in model["aliases"], f"{model['name']} lost its champion: {model}"
            for number in {model["latest_version"], *model["aliases"].values()}:
                self.version_files(f"{model['name']}/{number}")

    def version_files(self, ref):
        path = f"/api/v1/models/{ref.replace('/', '/versions/')}"
        digests = {name: file["digest"] for name, file in self.client.json("GET", path)["files"].items()}
        for name, digest in digests.items():
            content = self.client.call("GET", f"{path}/files/{name}").content
            assert hashlib.sha256(content).hexdigest() == digest, f"{ref} has another {name}"
        lines = "".join(f"{digest} {name}\n" for name, digest in sorted(digests.items()))
        bundle = self.client.json("GET", path)["bundle_digest"]
        assert hashlib.sha256(lines.encode()).hexdigest() == bundle, f"the bundle of {ref} is another"
        return digests

    def endpoints(self):
        listed = {endpoint["name"]: endpoint for endpoint in self.client.json("GET", "/api/v1/endpoints")["endpoints"]}
        for name, allowed in self.ledger.champions.items():
            if name not in listed:
                assert allowed is None and not self.ledger.versions, f"endpoint {name} is gone; there are {list(listed)}"
                continue
            champion = listed[name]["champion"]
            assert not allowed or champion in allowed, f"{name} serves {champion}, acknowledged was {allowed}"
            self.ledger.champions[name] = {champion}
        for name, endpoint in listed.items():
            assert endpoint["serving"], f"{name} does not serve: {endpoint}"
            self.golden(name, endpoint["champion"])

    def golden(self, endpoint, ref):
        """The endpoint answers the golden rows of its champion."""
        if ref.startswith("outside/") and ref not in self.ledger.golden_of:
            return  # registered without an answer: from which graph is not known
        source = self.ledger.golden_of.get(ref, ref)
        golden = self.client.json("GET", f"/api/v1/models/{source.replace('/', '/versions/')}/files/golden.json")
        names = list(golden["features"])
        rows = [{name: value for name, value in zip(names, values) if value is not None}
                for values in zip(*(golden["features"][name] for name in names))]
        answer = self.client.json("POST", f"/endpoints/{endpoint}/predict", json=rows)
        assert len(answer["predictions"]) == len(rows)
        for prediction, label, probabilities in zip(answer["predictions"], golden["labels"], golden["probabilities"]):
            if prediction.get("model_version", answer["model_version"]) != ref:
                continue  # a canary's candidate answered
            told = f"{endpoint} answers {prediction}, golden of {ref} is {label}, {probabilities}"
            assert prediction["label"] == label and abs(prediction["probability"] - probabilities[-1]) <= 1e-4, told

    def canaries(self):
        if self.ledger.canary:
            canary_id, states = self.ledger.canary
            state = self.client.json("GET", f"/api/v1/canaries/{canary_id}")["state"]
            assert state in states | {"aborted"}, f"canary {canary_id} is {state}, acknowledged was {states}"

    def predictions(self, killed_at):
        """Each id answered early enough takes a label. Of the later ones those that were lost are counted."""
        pending, self.ledger.predictions = self.ledger.predictions, []
        limit = float("inf") if killed_at is None else killed_at - DURABLE_AFTER
        receipt = self.send_labels([one for _, one in pending])
        lost = set(receipt["unknown"])
        late = [round(killed_at - moment, 3) for moment, one in pending if one in lost and moment <= limit]
        assert not late, f"predictions answered {late} s before the kill are not in the log"
        self.lost += len(lost)
        for _, one in pending:
            if one not in lost:
                self.ledger.labels[one] = True

    def labels(self, chosen):
        receipt = self.send_labels(chosen)
        assert receipt["accepted"] == 0 and not receipt["unknown"], f"labels that were accepted are lost: {receipt}"

    def send_labels(self, ids, endpoint="main"):
        total = {"accepted": 0, "duplicate": 0, "unknown": []}
        for at in range(0, len(ids), 10_000):
            receipt = self.client.json("POST", f"/endpoints/{endpoint}/labels",
                                       json=[{"prediction_id": one, "label": "yes"} for one in ids[at:at + 10_000]])
            total = {key: total[key] + receipt[key] for key in total}
        return total

    def audit(self):
        verdict = self.client.json("GET", "/api/v1/audit/verify")
        assert verdict["intact"], f"the audit trail is broken: {verdict}"
        assert verdict["records"] >= self.ledger.audit_records, f"{self.ledger.audit_records} records became {verdict}"
        self.ledger.audit_records = verdict["records"]

    def leftovers(self):
        """Nothing is under way, so no file of something under way is there."""
        deadline = time.monotonic() + 1  # what an answer was made with goes when the answer has gone
        while left := self.temporary_files():
            assert time.monotonic() < deadline, f"left over: {left}"
            time.sleep(0.01)

    def temporary_files(self):
        home = self.server.home
        left = [path for folder in ("work", "blobs/tmp") for path in (home / folder).rglob("*") if not path.is_dir()]
        left += [path for path in (home / "work").glob("*/*") if path.is_dir()]
        left += [path for path in (home / "inference").rglob("*") if path.suffix not in ("", ".parquet", ".index", ".seg")]
        left += list((home / "inference").glob("*/_segments/*.parquet"))
        return [str(path.relative_to(home)) for path in left]

    def database(self):
        with sqlite3.connect(f"file:{self.server.home / 'meta.db'}?mode=ro", uri=True) as database:
            problems = database.execute("PRAGMA integrity_check").fetchall()
            assert problems == [("ok",)], f"meta.db: {problems}"
            assert not database.execute("PRAGMA foreign_key_check").fetchall(), "meta.db: a foreign key leads nowhere"
