"""The scenario that all later figures are compared on, cut to its first passes, as one process and as many."""

from pathlib import Path

import pytest

from sim.resolve import scenario_path
from sim.run import RunResult
from tests.system.small_mission import fly

SHORT = "duration_s=900"
"""Until two satellites are in contact; frames over Africa and Europe are exposed before."""


@pytest.mark.parametrize("strategy", ["detections", "lossless"])
def test_one_process_or_many(tmp_path: Path, strategy: str) -> None:
    here, many = (flown(tmp_path / name, strategy, processes=name == "many") for name in ("here", "many"))
    assert (here.summary["processes"], many.summary["processes"]) == (1, 7)
    for key in ("digest", "frames", "bytes", "score", "latency_s", "satellites", "alerts"):
        assert here.summary[key] == many.summary[key]
    assert here.summary["frames"]["exposed"] > 0


def flown(out: Path, strategy: str, *, processes: bool) -> RunResult:
    return fly(scenario_path("wildfire-watch"), out, SHORT, f"strategy={strategy}", processes=processes)
