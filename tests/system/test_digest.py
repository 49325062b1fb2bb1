"""The digest: the same for one process or many, for any pace and any observer; another for another seed or strategy."""

import json
from pathlib import Path

import pytest

from sim.observers import TruthProbe
from sim.pace import RealTime
from sim.run import RunResult
from tests.system.small_mission import fly

STRATEGIES = ("detections", "lossless", "raw")


@pytest.fixture(scope="module")
def first(mission: Path) -> dict[str, RunResult]:
    """One run a strategy, in this process."""
    out = mission.parent
    return {strategy: fly(mission, out / f"first-{strategy}", f"strategy={strategy}") for strategy in STRATEGIES}


def ledger(result: RunResult) -> dict[str, object]:
    """All of the summary but how it was flown."""
    return {key: value for key, value in result.summary.items() if key not in ("processes", "wall_s")}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_one_process_or_many(mission: Path, first: dict[str, RunResult], strategy: str, tmp_path: Path) -> None:
    pids: dict[str, int] = {}
    many = fly(mission, tmp_path / "many", f"strategy={strategy}", processes=True, on_launch=pids.update)
    assert list(pids) == ["lark-1", "lark-2", "Punta Arenas", "North/2", "centre"]
    assert many.summary["processes"] == 1 + len(pids)
    assert first[strategy].summary["processes"] == 1
    assert ledger(many) == ledger(first[strategy])


def test_strategies_differ(first: dict[str, RunResult]) -> None:
    assert len({result.summary["digest"] for result in first.values()}) == len(STRATEGIES)


def test_seeds_differ_and_repeat(mission: Path, first: dict[str, RunResult], tmp_path: Path) -> None:
    digests = {
        seed: [fly(mission, tmp_path / f"{seed}-{time}", f"seed={seed}").summary["digest"] for time in "ab"]
        for seed in (2, 3)
    }
    assert all(one == again for one, again in digests.values())
    assert len({first["detections"].summary["digest"], *(one for one, _ in digests.values())}) == 3


def test_observer_and_pace_change_nothing(mission: Path, first: dict[str, RunResult], tmp_path: Path) -> None:
    probe = tmp_path / "truth.jsonl"
    watched = fly(mission, tmp_path / "watched", observers=[TruthProbe(probe)], pace=RealTime(400.0))
    assert ledger(watched) == ledger(first["detections"])
    rows = [json.loads(line) for line in probe.read_text("utf-8").splitlines()]
    assert {row["satellite"] for row in rows} == {"lark-1", "lark-2"}
    assert rows[-1]["met_s"] == watched.summary["virtual_s"]
    assert watched.summary["wall_s"] >= watched.summary["virtual_s"] / 400.0


def test_a_folder_of_an_earlier_run_is_used_again(mission: Path, first: dict[str, RunResult], tmp_path: Path) -> None:
    out = tmp_path / "out"
    fly(mission, out, "seed=2")
    again = fly(mission, out)
    assert ledger(again) == ledger(first["detections"])
    assert json.loads((out / "summary.json").read_text("utf-8")) == again.summary
