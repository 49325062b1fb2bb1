"""Processes killed in flight and started again, or struck and resumed; at length: `python -m tests.soak.kills`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.kills import soak
from tests.soak.outcome import TARGETS
from tests.system.small_mission import ROOT


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_acknowledged_is_lost_when_a_process_is_killed(target: str, tmp_path: Path) -> None:
    outcome = soak(5, target, 1, tmp_path)
    assert outcome.failures == []
    assert outcome.counts["kills"] >= 5
    assert outcome.counts["products_acknowledged"] > 20
    assert outcome.counts["telecommands_ended"] > 5


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes by proc(5), and limits files of others")
@pytest.mark.parametrize(
    ("how", "target", "strikes"),
    [("kill", "executive", 4), ("stop", "centre", 1), ("full-disk", "satellite", 1), ("slow-disk", "executive", 1)],
)
def test_whatever_strikes_it_a_run_ends_as_if_left_alone(how: str, target: str, strikes: int) -> None:
    """In a process of its own, which forks its flights."""
    kind = [] if how == "kill" else [f"--{how}"]
    command = [sys.executable, "-m", "tests.soak.kills", "--kills", str(strikes), "--target", target, *kind]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300.0)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["failures"] == []
    assert told["strikes"] == strikes
    assert told["products_archived"] > 20
    assert told["resumed"] >= (strikes if how in ("kill", "full-disk") else 0)
