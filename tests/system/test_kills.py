"""Processes killed in flight and started again; the long version is `python -m tests.soak.kills`."""

from pathlib import Path

import pytest

from tests.soak.kills import soak
from tests.soak.outcome import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_acknowledged_is_lost_when_a_process_is_killed(target: str, tmp_path: Path) -> None:
    outcome = soak(5, target, 1, tmp_path)
    assert outcome.failures == []
    assert outcome.counts["kills"] >= 5
    assert outcome.counts["products_acknowledged"] > 20
    assert outcome.counts["telecommands_ended"] > 5
