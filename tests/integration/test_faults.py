"""The N-th write fails: with a full disk or an I/O error, once or for a while. More points: make soak."""
import os
import time

import pytest
from harness.faults import OPERATIONS, Sweep


@pytest.mark.timeout(600)
def test_a_failing_disk_gives_errors_but_neither_crashes_nor_lies(tmp_path, capsys):
    seed = int(os.environ.get("GYRE_SEED", time.time()))
    number = int(os.environ.get("GYRE_FAULT_POINTS", 42))
    with capsys.disabled():
        print(f"\nfailing writes at {number} points, seed {seed}")
    with Sweep(tmp_path, seed) as sweep:
        sweep.run(number)
    with capsys.disabled():
        print(dict(sweep.outcomes))
    failed = sum(count for outcome, count in sweep.outcomes.items() if outcome != "nothing failed")
    assert failed >= number // 2, f"too few points failed anything: {sweep.outcomes}"
    for operation in OPERATIONS:
        assert any(outcome.startswith(operation) for outcome in sweep.outcomes), f"{operation} never met a failure"
