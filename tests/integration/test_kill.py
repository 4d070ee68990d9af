"""kill -9 at a hundred random moments. Other numbers: GYRE_SEED=N GYRE_KILLS=N; a thousand: make soak."""
import json
import os
import time

import pytest
from harness.kills import PHASES, Kills


@pytest.mark.timeout(900)
def test_nothing_acknowledged_is_lost_and_nothing_half_is_seen(tmp_path, capsys):
    seed = int(os.environ.get("GYRE_SEED", time.time()))
    number = int(os.environ.get("GYRE_KILLS", 100))
    with capsys.disabled():
        print(f"\nkill -9 at {number} moments, seed {seed}")
    kills = Kills(tmp_path, seed)
    kills.run(number)
    with capsys.disabled():
        print(json.dumps(kills.report()))
    if number >= 4 * len(PHASES):  # each phase was aimed at often enough to be hit
        missed = set(PHASES) - set(kills.hits)
        assert not missed, f"no kill hit {missed}: {dict(kills.hits)}"
