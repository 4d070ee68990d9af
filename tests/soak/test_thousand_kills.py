"""kill -9 at a thousand random moments on one home (tests/harness/kills.py). Takes about half an hour."""
import json
import os
import time

import pytest
from harness.kills import PHASES, Kills


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
def test_a_thousand_kills(tmp_path, capsys):
    seed = int(os.environ.get("GYRE_SEED", time.time()))
    with capsys.disabled():
        print(f"\nkill -9 at 1000 moments, seed {seed}")
    kills = Kills(tmp_path, seed)
    kills.run(int(os.environ.get("GYRE_KILLS", 1000)))
    with capsys.disabled():
        print(json.dumps(kills.report(), indent=2))
    assert not set(PHASES) - set(kills.hits)
