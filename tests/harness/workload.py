"""Work for a server that may die at any moment: what is asked of it, and what it has acknowledged.

Everything follows from a variant number: the same variant is the same rows, so that work done again must give the same
content.
"""
import hashlib
import http.client
import importlib.util
import json
import random
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

_golden = Path(__file__).resolve().parents[1] / "golden" / "table_digest.py"
_spec = importlib.util.spec_from_file_location("table_digest", _golden)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
table_digest = _module.table_digest

STEPS = ["ingest", "command", "transform", "split", "train", "test", "package", "register", "deploy"]
PROJECT = """
project: soak
pipelines:
  flow:
    steps:
      - {name: ingest, uses: ingest, with: {file: rows.csv, dataset: rows}}
      - {name: command, run: sh step.sh, code: [step.sh], inputs: {rows: ingest.data}, outputs: {facts: facts.json}}
      - {name: transform, uses: transform, inputs: {rows: ingest.data}, after: [command],
         with: {sql: "SELECT *, a + b AS c FROM rows", dataset: wide}}
      - {name: split, uses: split, inputs: {data: transform.data},
         with: {time: at, shares: [{train: 0.75}, {test: 0.25}], dataset: parts}}
      - {name: train, uses: train, inputs: {train: split.train},
         with: {label: y, exclude: [at], algorithm: logistic_regression, search: {kind: grid, space: {C: [0.1, 1.0]}},
                folds: 2, scoring: neg_brier, seed: 7}}
      - {name: test, uses: test, inputs: {model: train.model, test: split.test}, with: {thresholds: {accuracy: {min: 0.5}}}}
      - {name: package, uses: package, inputs: {model: train.model, train: split.train, test: split.test, report: test.report},
         with: {model: flow}}
      - {name: register, uses: register, inputs: {bundle: package.bundle}, with: {model: flow}}
      - {name: deploy, uses: deploy, inputs: {version: register.version}, with: {endpoint: main}}
"""
# A command with a child of its own, which must not outlive the server either.
SCRIPT = """sleep 60 &
sleep 0.05
kill $!
echo '{"lines": 1}' > facts.json
"""
START = datetime(2013, 1, 1, tzinfo=timezone.utc)


class Interrupted(Exception):
    """The server died while it was asked; what it was asked may have happened or not."""


def table(variant, rows=240):
    """(columns for table_digest, the CSV of them)"""
    draw = random.Random(variant)
    columns = [("at", "timestamp", []), ("a", "number", []), ("b", "number", []), ("kind", "text", []), ("y", "text", [])]
    lines = ["at,a,b,kind,y"]
    for i in range(rows):
        a, b, kind = round(draw.gauss(0, 1), 4), round(draw.gauss(0, 1), 4), draw.choice("uvw")
        y = "yes" if a + b + (kind == "u") + draw.gauss(0, 0.3) > 0 else "no"
        row = (START + timedelta(hours=i), a, b, kind, y)
        for (_, _, values), value in zip(columns, row):
            values.append(value)
        lines.append(f"{row[0]:%Y-%m-%dT%H:%M:%SZ},{a},{b},{kind},{y}")
    return columns, ("\n".join(lines) + "\n").encode()


def with_metadata(onnx, value):
    """The same graph as other bytes: one more entry of ModelProto.metadata_props (field 14)."""
    text = str(value).encode()
    entry = b"\x0a\x04soak\x12" + bytes([len(text)]) + text
    return onnx + b"\x72" + bytes([len(entry)]) + entry


class Ledger:
    """What was acknowledged. `champions` are the versions that an endpoint may have: more than one while an answer about it
    was not received, None while it may be any."""

    def __init__(self):
        self.lock = threading.Lock()
        self.blobs = {}        # sha256 -> bytes
        self.datasets = {}     # id -> the version as answered
        self.versions = {}     # ref -> {file: sha256}
        self.golden_of = {}    # ref -> ref of the version whose golden rows it must answer
        self.runs = []         # ids of pipeline runs
        self.champions = {}    # endpoint -> set of refs
        self.canary = None     # (id, states it may have)
        self.predictions = []  # (moment of the answer, id) not yet looked for
        self.labels = {}       # ids whose label was accepted
        self.audit_records = 0
        self.fresh = {"datasets": [], "versions": [], "labels": [], "blobs": []}  # since the last check

    def add(self, kind, key, value):
        with self.lock:
            if key not in getattr(self, kind):
                self.fresh[kind].append(key)
            getattr(self, kind)[key] = value

    def may_serve(self, endpoint, ref):
        with self.lock:
            if self.champions.get(endpoint):
                self.champions[endpoint] = self.champions[endpoint] | {ref}

    def serves(self, endpoint, ref):
        with self.lock:
            self.champions[endpoint] = {ref}


class Refused(AssertionError):
    """An answer with another status than the expected one."""

    def __init__(self, asked, answer):
        super().__init__(f"{asked}: {answer.status} {answer.content[:2000].decode(errors='replace')}")
        self.answer = answer


class RunFailed(AssertionError):
    def __init__(self, record):
        super().__init__(f"run {record['id']} {record['state']}: {json.dumps(record)[:3000]}")
        self.record = record


class Answer:
    def __init__(self, status, content):
        self.status, self.content = status, content

    def json(self):
        return json.loads(self.content)


class Client:
    """Requests on one connection. A connection that breaks is `Interrupted`; any answer but the expected one fails.
    (`requests` would take most of a core for what is asked here.)"""

    def __init__(self, url, timeout=60):
        self.connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=timeout)

    def ask(self, method, path, data=None, json_body=None):
        headers = {}
        if json_body is not None:
            data, headers = json.dumps(json_body).encode(), {"Content-Type": "application/json"}
        try:
            self.connection.request(method, path, data, headers)
            response = self.connection.getresponse()
            return Answer(response.status, response.read())
        except (http.client.HTTPException, OSError) as error:
            self.connection.close()
            raise Interrupted(f"{method} {path}: {error!r}") from None

    def call(self, method, path, expect=200, data=None, json=None):
        answer = self.ask(method, path, data, json)
        if answer.status != expect:
            raise Refused(f"{method} {path}", answer)
        return answer

    def json(self, method, path, expect=200, data=None, json=None):
        return self.call(method, path, expect, data, json).json()


class Workload:
    """Operations of the public API. Each remembers in the ledger what was answered; `phase` says what is going on."""

    def __init__(self, url, ledger, patience=60):
        self.client, self.ledger, self.phase, self.patience = Client(url), ledger, "idle", patience

    def put_blob(self, data):
        sha256 = self.client.json("POST", "/api/v1/blobs", 201, data=data)["sha256"]
        assert sha256 == hashlib.sha256(data).hexdigest()
        self.ledger.add("blobs", sha256, data)
        return sha256

    def wait(self, run):
        """The run's record once it has ended."""
        with self.ledger.lock:
            self.ledger.runs.append(run)
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            record = self.client.json("GET", f"/api/v1/pipeline-runs/{run}?wait_seconds=10")
            if record["finished_at"]:
                return record
        raise AssertionError(f"run {run} does not end: {json.dumps(record)[:3000]}")

    def remember_run(self, record):
        """Everything that the outputs of a finished run name is there."""
        if record["state"] != "succeeded":
            raise RunFailed(record)
        for step in record["steps"]:
            for output in step["outputs"].values():
                facts = output["facts"]
                if "dataset_version" in facts:
                    version = self.client.json("GET", f"/api/v1/datasets/{facts['dataset_version']}")
                    self.ledger.add("datasets", version["id"], version)
                if output["kind"] == "value" and "ref" in facts:
                    self.remember_version(facts["ref"])

    def remember_version(self, ref, golden_of=None):
        version = self.client.json("GET", f"/api/v1/models/{ref.replace('/', '/versions/')}")
        self.ledger.add("versions", ref, {name: file["digest"] for name, file in version["files"].items()})
        self.ledger.golden_of[ref] = golden_of or ref
        return version

    def upload(self, variant):
        self.phase = "upload"
        return self.put_blob(random.Random(variant).randbytes(2_000_000))

    def ingest(self, variant):
        self.phase = "ingest"
        columns, csv = table(variant)
        file = self.put_blob(csv)
        body = {"with": {"file": "rows.csv", "dataset": "single"}, "files": {"rows.csv": file}}
        record = self.wait(self.client.json("POST", "/api/v1/steps/ingest/runs", 201, json=body)["id"])
        self.remember_run(record)
        output = record["steps"][-1]["outputs"]["data"]
        assert output["facts"]["content"] == table_digest(columns), "the content digest is not that of the rows sent"
        return output["facts"]["dataset_version"]

    def pipeline(self, variant, force=False):
        """The digests of what each step left, except where the run's own id is part of it."""
        self.phase = "project"
        columns, csv = table(variant)
        files = {"gyre.yaml": self.put_blob(PROJECT.encode()), "step.sh": self.put_blob(SCRIPT.encode()),
                 "rows.csv": self.put_blob(csv)}
        snapshot = self.client.json("POST", "/api/v1/projects", 201, json={"files": files})["id"]
        self.phase = "pipeline"
        with self.ledger.lock:
            self.ledger.champions["main"] = None  # what it deploys has no number yet
        record = self.wait(self.client.json("POST", "/api/v1/projects/soak/pipelines/flow/runs", 201,
                                            json={"snapshot": snapshot, "force": force})["id"])
        self.remember_run(record)
        self.ledger.serves("main", record["steps"][-2]["outputs"]["version"]["facts"]["ref"])
        return contents(record)

    def register(self, variant, base):
        """A graph from outside: that of a version here with other metadata."""
        self.phase = "register"
        onnx = self.client.call("GET", f"/api/v1/models/{base.replace('/', '/versions/')}/files/model.onnx").content
        sent = with_metadata(onnx, variant)
        version = self.client.json("POST", "/api/v1/models/outside/versions", 201, data=sent)
        assert version["files"]["model.onnx"]["digest"] == hashlib.sha256(sent).hexdigest()
        self.remember_version(version["ref"], base)
        return version["ref"]

    def deploy(self, ref, endpoint="main"):
        self.phase = "deploy"
        self.ledger.may_serve(endpoint, ref)
        answer = self.client.json("PUT", f"/api/v1/endpoints/{endpoint}", json={"version": ref})
        assert answer["champion"] == ref
        self.ledger.serves(endpoint, ref)
        return ref

    def canary(self, candidate, endpoint="main"):
        """Begins one and ends it by hand, so that the candidate becomes champion."""
        self.phase = "canary"
        champion = self.client.json("GET", f"/api/v1/endpoints/{endpoint}")["champion"]
        if champion == candidate:
            return candidate
        self.ledger.may_serve(endpoint, candidate)
        begun = self.client.json("POST", f"/api/v1/endpoints/{endpoint}/canaries", 201,
                                 json={"version": candidate, "plan": {"share": 0.5}})
        self.ledger.canary = (begun["id"], {"running", "promoted"})
        ended = self.client.json("POST", f"/api/v1/canaries/{begun['id']}/end",
                                 json={"decision": "promote", "reason": "the soak says so"})
        self.ledger.canary = (begun["id"], {ended["state"]})
        self.ledger.serves(endpoint, candidate)
        return candidate

    def end_canaries(self, endpoint="main"):
        """One whose end was interrupted stands in the way of the next."""
        canary = self.client.json("GET", f"/api/v1/endpoints/{endpoint}")["canary"]
        if canary:
            self.client.json("POST", f"/api/v1/canaries/{canary['id']}/end", json={"decision": "promote", "reason": "again"})

    def predict(self, rows, endpoint="main"):
        answer = self.client.json("POST", f"/endpoints/{endpoint}/predict", json=rows)
        ids = [prediction["prediction_id"] for prediction in answer["predictions"]]
        now = time.monotonic()
        with self.ledger.lock:
            self.ledger.predictions += [(now, prediction_id) for prediction_id in ids]
        return answer

    def label(self, ids, endpoint="main"):
        receipt = self.client.json("POST", f"/endpoints/{endpoint}/labels",
                                   json=[{"prediction_id": one, "label": "yes"} for one in ids])
        assert not receipt["unknown"], f"rows that were answered are unknown: {receipt}"
        assert receipt["accepted"] == len(ids), f"labels sent for the first time: {receipt}"
        for one in ids:
            self.ledger.add("labels", one, True)

    def serve(self, draw, rounds=8):
        self.phase = "serve"
        for _ in range(rounds):
            answer = self.predict([random_row(draw) for _ in range(3)])
            self.label([prediction["prediction_id"] for prediction in answer["predictions"]])


def contents(record):
    """step.output -> digest, of what must not depend on when and how often it was made"""
    free = {"ingest", "command", "transform", "split", "train", "test"}
    return {f"{step['name']}.{name}": output["files"] for step in record["steps"] if step["name"] in free
            for name, output in step["outputs"].items()}


def random_row(draw):
    a, b = draw.gauss(0, 1), draw.gauss(0, 1)
    return {"a": a, "b": b, "kind": draw.choice("uvw"), "c": a + b}


class Traffic(threading.Thread):
    """Predictions and labels beside everything else, until the server dies or `stop`."""

    def __init__(self, url, ledger, seed, pause=0.01):
        super().__init__(name="traffic", daemon=True)
        self.workload, self.draw, self.pause = Workload(url, ledger), random.Random(seed), pause
        self.ended, self.error, self.requests = threading.Event(), None, 0

    def run(self):
        try:
            unlabelled = []
            while not self.ended.is_set():
                answer = self.workload.predict([random_row(self.draw) for _ in range(self.draw.randint(1, 3))])
                self.requests += 1
                unlabelled += [prediction["prediction_id"] for prediction in answer["predictions"]]
                if len(unlabelled) >= 10:
                    self.workload.label(unlabelled)
                    unlabelled = []
                self.ended.wait(self.pause)
        except Exception as error:  # looked at by whoever joins
            self.error = error

    def stop(self):
        self.ended.set()
        self.join(70)
