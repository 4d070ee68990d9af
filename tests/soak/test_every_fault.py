"""The N-th write fails, for every N of a registration, a deployment and an upload, and for 400 of an ingest and a pipeline
(tests/harness/faults.py). Takes about a quarter of an hour."""
import errno
import os
import time

import pytest
from harness.faults import FOR_EVER, ONCE, Sweep


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("operation", ["register", "deploy", "upload", "serve"])
def test_every_call_of_an_operation_fails_once(tmp_path, capsys, operation):
    with Sweep(tmp_path, 1) as sweep:
        points = [(operation, first, times, code) for first in range(1, sweep.calls[operation] + 3)
                  for times in (ONCE, FOR_EVER) for code in (errno.ENOSPC, errno.EIO)]
        sweep.run_points(points)
    with capsys.disabled():
        print(f"\n{operation}: {dict(sweep.outcomes)}")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_four_hundred_calls_of_everything_fail(tmp_path, capsys):
    seed = int(os.environ.get("GYRE_SEED", time.time()))
    with capsys.disabled():
        print(f"\nfailing writes at 400 points, seed {seed}")
    with Sweep(tmp_path, seed) as sweep:
        sweep.run(400)
    with capsys.disabled():
        print(dict(sweep.outcomes))
