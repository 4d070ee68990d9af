"""What goes wrong in the world: bytes that rot, files that are nonsense, bodies without end, clients that dawdle, and
being told to stop. The error is clear, nothing is half there, the server goes on."""
import json
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from harness.population import register
from harness.scenario import DATA
from harness.server import Server, gyre

JSON = {"Content-Type": "application/json"}
IRIS = {"f0": 5.1, "f1": 3.5, "f2": 1.4, "f3": 0.2}
LISTS = ("models", "endpoints", "datasets", "projects", "experiments", "canaries", "alarms", "windows", "cycles")


@pytest.fixture
def iris(server):
    register(server, "iris", "forest.onnx")
    server.cli("deploy", "iris/1", "--endpoint", "iris")
    return server


def everything(server):
    """What the API lists, without the counters of the process."""
    lists = {name: server.get(f"/api/v1/{name}")[name] for name in LISTS}
    for endpoint in lists["endpoints"]:
        endpoint.pop("figures", None)
    lists["versions"] = [server.get(f"/api/v1/models/{model['name']}/versions") for model in lists["models"]]
    lists["audit"] = server.get("/api/v1/audit?limit=1000")["events"]
    return lists


def answers(server, endpoint="iris", row=None):
    answer = server.request("POST", f"/endpoints/{endpoint}/predict", json=row or IRIS)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictions"][0]


def raw(server):
    """A socket that may send what no client would."""
    where = urlsplit(server.url)
    return socket.create_connection((where.hostname, where.port), timeout=20)


def blob_file(server, digest):
    return next(path for path in (server.home / "blobs").rglob("*") if path.is_file() and digest in str(path).replace("/", ""))


def flip_a_byte(path):
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


# What rots on the disk.

def test_a_flipped_bit_of_a_blob_is_found_when_it_is_read_and_named(iris):
    digest = iris.get("/api/v1/models/iris/versions/1")["files"]["model.onnx"]["digest"]
    flip_a_byte(blob_file(iris, digest))
    for path in ("/api/v1/models/iris/versions/1/files/model.onnx", f"/api/v1/blobs/{digest}/content"):
        answer = iris.request("GET", path)
        assert answer.status_code == 500
        assert answer.json()["error_code"] == "CORRUPT"
        assert digest in answer.json()["message"]
    assert answers(iris)["label"] == "setosa"  # the model in memory was verified when it was loaded


def test_a_rotten_model_is_not_deployed_and_what_serves_goes_on(iris):
    register(iris, "iris", "svc.onnx")
    digest = iris.get("/api/v1/models/iris/versions/2")["files"]["model.onnx"]["digest"]
    flip_a_byte(blob_file(iris, digest))
    before = everything(iris)
    answer = iris.request("PUT", "/api/v1/endpoints/iris", json={"version": "iris/2"})
    assert answer.status_code >= 400 and digest in answer.json()["message"], answer.text
    assert everything(iris) == before
    assert iris.request("POST", "/endpoints/iris/predict", json=IRIS).json()["model_version"] == "iris/1"


def test_a_server_with_a_rotten_model_starts_and_serves_the_others(iris):
    register(iris, "other", "svc.onnx")
    iris.cli("deploy", "other/1", "--endpoint", "other")
    flip_a_byte(blob_file(iris, iris.get("/api/v1/models/other/versions/1")["files"]["model.onnx"]["digest"]))
    iris.restart()
    assert answers(iris)["label"] == "setosa"
    other = iris.get("/api/v1/endpoints/other")
    assert other["serving"] is False
    refused = iris.request("POST", "/endpoints/other/predict", json=IRIS)
    assert refused.status_code in (404, 503) and "other" in refused.json()["message"], refused.text


def test_a_rotten_dataset_fails_the_step_that_reads_it(server):
    run = server.cli("data", "ingest", DATA / "small.csv")
    digest = run["steps"][0]["outputs"]["data"]["files"]["data.parquet"]["sha256"]
    flip_a_byte(blob_file(server, digest))
    checks = server.home.parent / "checks.yaml"
    checks.write_text("expectations:\n  - {rows: {min: 1}}\n")
    done = gyre("data", "validate", "small", checks, "--server", server.url, "--json", check=False)
    assert done.returncode == 1
    assert digest in json.loads(done.stdout)["error"]["message"]
    assert server.get("/api/v1/datasets/small")["rows"] == 3


# What is sent and is nonsense.

@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"\x08\x07" * 50, (DATA / "broken.onnx").read_bytes(),
                                     (DATA / "forest.onnx").read_bytes()[:-200], (DATA / "forest.onnx").read_bytes()[200:],
                                     (DATA / "external.onnx").read_bytes(), (DATA / "loops.onnx").read_bytes()])
def test_a_broken_model_is_refused_and_leaves_nothing(iris, content):
    before = everything(iris)
    answer = iris.request("POST", "/api/v1/models/broken/versions", data=content,
                          headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code in (400, 415, 422), answer.text
    assert len(answer.json()["message"]) > 10
    assert everything(iris) == before
    assert answers(iris)["label"] == "setosa"


def test_flipped_bytes_of_a_model_never_hurt_the_server(iris):
    """Each is refused, or still a model that answers or fails in words."""
    good = (DATA / "forest.onnx").read_bytes()
    for at in range(0, len(good), 211):
        content = bytearray(good)
        content[at] ^= 0xFF
        answer = iris.request("POST", "/api/v1/models/flipped/versions", data=bytes(content),
                              headers={"Content-Type": "application/octet-stream"})
        assert answer.status_code < 500, f"byte {at}: {answer.text}"
        assert iris.process.poll() is None
    versions = iris.request("GET", "/api/v1/models/flipped/versions").json().get("versions", [])
    for version in versions[:4]:
        deployed = iris.request("PUT", "/api/v1/endpoints/flipped", json={"version": version["ref"]})
        assert deployed.status_code in (200, 400, 415, 422), deployed.text
    assert answers(iris)["label"] == "setosa"


@pytest.mark.parametrize("body, status, names", [
    (b'[{"f0": 5.1, "f1": 3.5, "f2": 1.4, "f3": 0.2}, {"f0": NaN, "f1": 3.5, "f2": 1.4, "f3": 0.2}]', 400, ["row 1", "f0"]),
    (b'{"f0": Infinity, "f1": 3.5, "f2": 1.4, "f3": 0.2}', 400, ["row 0", "f0"]),
    (b'{"f0": 5.1, "f1": -Infinity, "f2": 1.4, "f3": 0.2}', 400, ["row 0", "f1"]),
    (b'{"f0": 1e400, "f1": 3.5, "f2": 1.4, "f3": 0.2}', 422, ["row 0", "f0"]),
    (b'{"f0": 5.1, "f1": 3.5, "f2": 1.4, "f3": 0.2, "f4": 1}', 422, ["row 0", "f4"]),
    (b'{"f0": "5.1", "f1": 3.5, "f2": 1.4, "f3": 0.2}', 422, ["row 0", "f0"]),
    (b'{"f0": [5.1], "f1": 3.5, "f2": 1.4, "f3": 0.2}', 422, ["row 0", "f0"]),
    (b'{"f0": 5.1, "f1": 3.5, "f2": 1.4}', 422, ["row 0", "f3"]),
    (b"[" * 100_000, 400, []),
    (b'{"f0": ' + b"9" * 100_000 + b"}", 422, ["f0"]),
    (b'{"' + b"x" * 100_000 + b'": 1}', 422, ["row 0"]),
    (b"\xff\xfe\x00", 400, []),
])
def test_a_row_the_model_cannot_take_is_refused_by_name_and_counts_nothing(iris, body, status, names):
    before = everything(iris)
    answer = iris.request("POST", "/endpoints/iris/predict", data=body, headers=JSON)
    assert answer.status_code == status, answer.text[:1000]
    assert len(answer.content) < 10_000
    for name in names:
        assert name in answer.json()["message"]
    assert everything(iris) == before
    assert iris.get("/api/v1/endpoints/iris")["figures"]["predictions"] == 0


# What is too much.

def test_bodies_over_the_limit_are_turned_away_before_they_are_read(iris):
    before = iris.rss_mb()
    for _ in range(5):
        with raw(iris) as client:
            client.sendall(b"POST /endpoints/iris/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           b"Content-Length: 10000000000\r\n\r\n" + b"[" * 1000)
            assert client.recv(1000).startswith(b"HTTP/1.1 413 ")
    assert iris.rss_mb() - before < 8
    assert answers(iris)["label"] == "setosa"


def test_a_chunked_body_without_end_is_refused_and_cut_off(iris):
    before = iris.rss_mb()
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with raw(iris) as client:
        client.sendall(b"POST /endpoints/iris/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                       b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(400):  # 25 MB, over the limit
            client.sendall(chunk)
        assert client.recv(4000).startswith(b"HTTP/1.1 413 ")
        deadline = time.monotonic() + 30
        with pytest.raises(OSError):
            while time.monotonic() < deadline:
                client.sendall(chunk)
    assert iris.rss_mb() - before < 32
    assert answers(iris)["label"] == "setosa"


def test_rows_by_the_ten_thousand_are_answered_or_refused_within_bounds(iris):
    row = json.dumps(IRIS)
    answer = iris.request("POST", "/endpoints/iris/predict", data=f"[{','.join([row] * 10_000)}]", headers=JSON)
    assert len(answer.json()["predictions"]) == 10_000
    answer = iris.request("POST", "/endpoints/iris/predict", data=f"[{','.join([row] * 10_001)}]", headers=JSON)
    assert answer.status_code == 413 and "10000" in answer.json()["message"]


def test_an_upload_goes_to_the_disk_and_not_to_memory(server):
    before = server.rss_mb()
    peak = [before]
    done = threading.Event()

    def watch():
        while not done.wait(0.01):
            peak[0] = max(peak[0], server.rss_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    answer = server.request("POST", "/api/v1/blobs", data=(os.urandom(1 << 20) for _ in range(100)))
    done.set()
    watcher.join()
    assert answer.status_code == 201 and answer.json()["size"] == 100 << 20
    assert peak[0] - before < 24, f"{peak[0] - before:.0f} MB for an upload of 100 MB"


def test_a_header_without_end_is_refused(server):
    with raw(server) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 200_000)
        assert client.recv(1000).startswith(b"HTTP/1.1 431 ")
    assert server.request("GET", "/healthz").ok


# Clients that are slow, or go.

def test_an_upload_that_stops_half_way_leaves_nothing(server):
    before = everything(server)
    files = {path for path in server.home.rglob("*") if path.is_file() and path.suffix not in (".db", ".db-wal", ".db-shm")}
    with raw(server) as client:
        client.sendall(b"POST /api/v1/blobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n"
                       b"Content-Length: 50000000\r\n\r\n" + os.urandom(5_000_000))
        time.sleep(0.2)
    deadline = time.monotonic() + 10
    while True:
        left = {path for path in server.home.rglob("*") if path.is_file()} - files
        left = {path for path in left if ".db" not in path.name}
        if not left:
            break
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)
    assert everything(server) == before


def test_a_client_that_reads_slowly_holds_up_nobody(iris):
    big = os.urandom(30_000_000)
    digest = iris.request("POST", "/api/v1/blobs", data=big).json()["sha256"]
    before = iris.rss_mb()
    with ThreadPoolExecutor(8) as pool:
        slow = []
        for _ in range(20):
            client = raw(iris)
            client.sendall(f"GET /api/v1/blobs/{digest}/content HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            slow.append(client)
        time.sleep(0.3)
        started = time.monotonic()
        labels = list(pool.map(lambda _: answers(iris)["label"], range(200)))
        assert time.monotonic() - started < 10
        assert set(labels) == {"setosa"}
        assert iris.rss_mb() - before < 32
        for client in slow[1:]:
            client.close()
    content = b""
    while len(content) < len(big):
        part = slow[0].recv(1 << 20)
        assert part, f"cut off after {len(content)} bytes"
        content = content + part if content else part.split(b"\r\n\r\n", 1)[1]
    slow[0].close()
    assert content == big


def test_a_request_sent_byte_by_byte_is_answered(iris):
    with raw(iris) as client:
        body = json.dumps(IRIS).encode()
        request = b"POST /endpoints/iris/predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        for byte in request:
            client.sendall(bytes([byte]))
        assert client.recv(4000).startswith(b"HTTP/1.1 200 ")


def test_clients_that_go_in_the_middle_are_no_trouble(iris):
    for _ in range(50):
        with raw(iris) as client:
            client.sendall(b"POST /endpoints/iris/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"f0\":")
    assert answers(iris)["label"] == "setosa"
    assert iris.process.poll() is None


# Being told to stop.

def test_sigterm_ends_in_time_with_every_accepted_request_answered(iris):
    stop, answered, broken, told = threading.Event(), [], [], []
    body = json.dumps([IRIS] * 1000)

    def lost(began, error):
        """A request that came with or after the signal may be refused; one before it may not."""
        if not told or began < told[0] - 0.1:
            broken.append(repr(error))

    def ask():
        session = requests.Session()
        while not stop.is_set():
            began = time.monotonic()
            try:
                answered.append(session.post(f"{iris.url}/endpoints/iris/predict", data=body, headers=JSON, timeout=20).status_code)
            except requests.exceptions.RequestException as error:
                return lost(began, error)

    clients = [threading.Thread(target=ask) for _ in range(8)]
    for client in clients:
        client.start()
    time.sleep(0.5)
    told.append(time.monotonic())
    started = time.monotonic()
    iris.stop(patience=10)
    assert time.monotonic() - started < 10
    stop.set()
    for client in clients:
        client.join()
    assert not broken
    assert len(answered) > 20 and set(answered) <= {200, 503}, set(answered)


def test_sigterm_answers_a_request_that_is_being_worked_on(server):
    server.cli("run", "--project", DATA / "sky", "--until", "ingest")
    run = server.request("POST", "/api/v1/projects/sky/pipelines/sky/runs", json={"force": True}).json()["id"]
    answer = []
    waiter = threading.Thread(target=lambda: answer.append(
        server.request("GET", f"/api/v1/pipeline-runs/{run}?wait_seconds=30")))
    waiter.start()
    time.sleep(0.2)
    started = time.monotonic()
    server.stop(patience=10)
    waiter.join()
    assert time.monotonic() - started < 10
    assert answer[0].status_code in (200, 503), answer[0].text
    server.start()  # what was unfinished goes on
    ended = server.wait_for(f"/api/v1/pipeline-runs/{run}", lambda found: found["finished_at"])
    assert ended["state"] == "succeeded", ended


def test_predictions_answered_before_sigterm_are_labelled_after_it(iris):
    prediction = answers(iris)["prediction_id"]
    iris.restart()
    receipt = iris.request("POST", "/endpoints/iris/labels", json=[{"prediction_id": prediction, "label": "setosa"}]).json()
    assert receipt == {"accepted": 1, "duplicate": 0, "unknown": []}


def test_a_second_server_on_the_home_ends_with_3_and_names_the_first(server):
    done = gyre("server", "--home", server.home, "--port", "0", check=False)
    assert done.returncode == 3
    assert str(server.process.pid) in done.stderr and str(server.home) in done.stderr, done.stderr
    assert server.request("GET", "/readyz").ok


def test_a_port_that_is_taken_ends_with_3_and_names_it(server, tmp_path):
    port = str(urlsplit(server.url).port)
    done = gyre("server", "--home", tmp_path / "other", "--port", port, check=False)
    assert done.returncode == 3
    assert port in done.stderr, done.stderr


def test_a_home_of_a_killed_server_is_free_again(server):
    server.kill()
    with Server(server.home) as again:
        assert again.get("/api/v1/audit/verify")["intact"]
