"""Five minutes (GYRE_SOAK_SECONDS) of predictions and labels while two versions are swapped under them."""
import json
import os
import random
import statistics
import threading
import time

import pytest
from harness.server import Server
from harness.workload import Client, Ledger, Workload, random_row

SECONDS = int(os.environ.get("GYRE_SOAK_SECONDS", 300))
CALLERS = 3
PAUSE = 0.005      # of a caller between two requests
SWAP_EVERY = 1.0
RSS_MAY_GROW = 10  # MiB from the middle fifth to the last: before that SQLite fills its caches (4 MiB per connection)


class Caller(threading.Thread):
    """Predicts rows and labels every second answer; anything but 200 ends it with an error."""

    def __init__(self, url, seed, stop, deployed):
        super().__init__(daemon=True)
        self.client, self.draw, self.stop, self.deployed = Client(url), random.Random(seed), stop, deployed
        self.predictions = self.labels = 0
        self.error = None

    def run(self):
        try:
            while not self.stop.is_set():
                self.once()
                time.sleep(PAUSE)
        except Exception as error:
            self.error = error

    def once(self):
        allowed = set(self.deployed)  # before the request: what is deployed now or becomes so while it is answered
        rows = [random_row(self.draw) for _ in range(self.draw.randint(1, 8))]
        answer = self.client.json("POST", "/endpoints/main/predict", json=rows)
        allowed |= set(self.deployed)
        assert answer["model_version"] in allowed, f"{answer['model_version']} answered, deployed were {allowed}"
        assert len(answer["predictions"]) == len(rows)
        self.predictions += len(rows)
        if self.draw.random() < 0.5:
            labels = [{"prediction_id": one["prediction_id"], "label": self.draw.choice(["yes", "no"])}
                      for one in answer["predictions"]]
            receipt = self.client.json("POST", "/endpoints/main/labels", json=labels)
            assert receipt == {"accepted": len(labels), "duplicate": 0, "unknown": []}
            self.labels += len(labels)


def swap_until(moment, client, versions, deployed):
    """Deploys one and the other; `deployed` holds both only while a deployment is not answered."""
    swaps = 0
    while time.monotonic() < moment:
        new = versions[swaps % 2]
        old = deployed[0]
        deployed[:] = [old, new]
        client.json("PUT", "/api/v1/endpoints/main", json={"version": new})
        deployed[:] = [new]
        swaps += 1
        time.sleep(SWAP_EVERY)
    return swaps


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 300)
def test_no_request_fails_and_memory_stays(tmp_path, capsys):
    with Server(tmp_path / "home", ["--log-level", "warning"]) as server:
        work = Workload(server.url, Ledger())
        for variant in (1, 2):
            work.pipeline(variant)
        deployed, stop = ["flow/2"], threading.Event()
        callers = [Caller(server.url, seed, stop, deployed) for seed in range(CALLERS)]
        rss = []
        watch = threading.Thread(target=lambda: [rss.append(server.rss_mb()) or time.sleep(1) for _ in range(SECONDS)], daemon=True)
        for thread in [*callers, watch]:
            thread.start()
        swaps = swap_until(time.monotonic() + SECONDS, Client(server.url), ["flow/1", "flow/2"], deployed)
        stop.set()
        for thread in [*callers, watch]:
            thread.join(30)
        errors = [caller.error for caller in callers if caller.error]
        assert not errors, errors
        endpoint = Client(server.url).json("GET", "/api/v1/endpoints/main")
        sent = sum(caller.labels for caller in callers)
        assert endpoint["labels"] == sent, f"{sent} labels were accepted, {endpoint['labels']} are kept"
        fifth = max(1, len(rss) // 5)
        middle, last = statistics.median(rss[2 * fifth:3 * fifth]), statistics.median(rss[-fifth:])
        with capsys.disabled():
            print("\n" + json.dumps({"seconds": SECONDS, "predictions": sum(caller.predictions for caller in callers),
                                     "labels": sent, "swaps": swaps, "rss in the middle fifth, MiB": round(middle, 1),
                                     "rss in the last fifth, MiB": round(last, 1), "largest rss, MiB": round(max(rss), 1)}))
        assert swaps > SECONDS * 0.5
        assert last - middle < RSS_MAY_GROW, f"memory grew from {middle:.1f} to {last:.1f} MiB: {[round(one) for one in rss]}"
        server.stop()
