"""Where the time of real runs goes: parts that sum to the whole, and what an oracle would have needed."""

from pathlib import Path

import pytest

from sim.experiment.latency import PARTS, parts_ns
from sim.run import RunResult
from tests.system.small_mission import fly

CLEAN_EXCESS_S = 2.0
"""Beyond the oracle and the time that a frame's work takes: a slot begins every second, and lasts one."""


def check_parts(run: RunResult) -> list[dict[str, int]]:
    """Every result that is on the ground has all parts, and they are its latency to the nanosecond."""
    split = []
    for frame in run.log.frames.values():
        if frame.archived_ns is None:
            continue
        parts = parts_ns(frame)
        assert parts is not None
        assert tuple(parts) == PARTS
        assert min(parts.values()) >= 0
        assert sum(parts.values()) == frame.archived_ns - frame.exposed_ns
        split.append(parts)
    return split


@pytest.mark.parametrize("strategy", ["detections", "lossless"])
def test_on_a_clean_link_nothing_is_sent_again(mission: Path, tmp_path: Path, strategy: str) -> None:
    run = fly(mission, tmp_path / "run", f"strategy={strategy}")
    split = check_parts(run)
    assert len(split) > 3
    assert not any(parts["retransmit"] for parts in split)


def test_detections_are_as_early_as_an_oracle_but_for_their_work_and_two_seconds(mission: Path, tmp_path: Path) -> None:
    latency = fly(mission, tmp_path / "run").summary["latency_s"]
    # What is made after the last contact is nobody's fault.
    assert latency["excess_over_oracle"]["n"] > 3
    assert latency["excess_over_oracle"]["undelivered"] == 0
    for percent in ("p50", "p90"):
        assert 0.0 <= latency["excess_over_oracle"][percent] <= latency["compute"]["p50"] + CLEAN_EXCESS_S


def test_on_a_lossy_link_what_was_lost_is_told_apart(mission: Path, tmp_path: Path) -> None:
    run = fly(mission, tmp_path / "run", "strategy=lossless", "link.frame_loss=0.2")
    split = check_parts(run)
    assert any(parts["retransmit"] for parts in split)
    assert run.summary["bytes"]["downlink"]["retransmit"] > 0
