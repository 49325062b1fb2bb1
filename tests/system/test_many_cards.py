"""Several accelerators on a satellite, one of which fails, and a computer that sleeps: results, accounts and digest."""

from pathlib import Path
from typing import Any

import pytest

from onboard import commands, events
from sim.facts import AcceleratorFailed, ComputerSwitched, JobMoved
from sim.journal import read_records
from sim.run import RunResult
from sim.run_directory import JOURNAL
from tests.system.small_mission import fly

# A frame a second takes 2 s of inference on one card: only several together keep up.
BUSY = (
    *(f"satellite.{index}.instrument.interval_s=1" for index in (0, 1)),
    *(f"satellite.{index}.device.power_modes.15W.throughput_gmac_s=2.048e-4" for index in (0, 1)),
    "duration_s=120",
)
CARDS = (
    *BUSY,
    *(f"satellite.{index}.device.accelerators=3" for index in (0, 1)),
    "satellite.0.device.failed=[{ accelerator = 1, at_s = 30.5 }]",
)


def records(result: RunResult) -> list[tuple[int, str, object]]:
    return [
        (now_ns, node, message)
        for now_ns, node, granted, answers in read_records(result.directory / JOURNAL)
        for message in (*granted, *answers)
    ]


def ledger(result: RunResult) -> dict[str, Any]:
    return {key: value for key, value in result.summary.items() if key not in ("processes", "wall_s")}


@pytest.fixture(scope="module")
def flown(mission: Path) -> RunResult:
    return fly(mission, mission.parent / "cards", *CARDS)


def test_one_process_or_many(mission: Path, flown: RunResult, tmp_path: Path) -> None:
    assert ledger(fly(mission, tmp_path / "many", *CARDS, processes=True)) == ledger(flown)


def test_a_failed_cards_job_is_taken_over_and_none_is_lost(flown: RunResult) -> None:
    told = records(flown)
    assert [(now_ns, fact.accelerator) for now_ns, _, fact in told if isinstance(fact, AcceleratorFailed)] == [
        (30_500_000_000, 1)
    ]
    moved = [fact for _, _, fact in told if isinstance(fact, JobMoved)]
    assert [(fact.satellite, fact.from_accelerator) for fact in moved] == [("lark-1", 1)]
    for name in ("lark-1", "lark-2"):
        started = [
            message.job_id for _, node, message in told if node == name and isinstance(message, commands.StartJob)
        ]
        ended = [
            message.job_id for _, node, message in told if node == name and isinstance(message, events.JobFinished)
        ]
        assert len(set(ended)) == len(ended)
        assert set(started) - set(ended) <= set(started[-3:]), "only what still ran at the end"
    assert flown.summary["satellites"]["lark-1"]["jobs_moved"] == 1


def test_more_cards_do_more(mission: Path, flown: RunResult, tmp_path: Path) -> None:
    single = fly(mission, tmp_path / "single", *BUSY)
    done = [sum(isinstance(message, events.JobFinished) for _, _, message in records(run)) for run in (single, flown)]
    assert done[1] > 1.8 * done[0], "three cards and, for most of the time, two"


def test_the_computers_energy_is_told_by_step(flown: RunResult) -> None:
    for satellite in flown.summary["satellites"].values():
        steps = satellite["computer_j"]
        assert steps.keys() == {"idle", "calibration", "location", "inference", "storage"}
        assert sum(steps.values()) == pytest.approx(satellite["energy_j"]["computer"], rel=1e-6)


def test_a_sleeping_computer_starts_up_for_every_frame(mission: Path, tmp_path: Path) -> None:
    awake = fly(mission, tmp_path / "awake")
    rested = fly(
        mission, tmp_path / "rested", "satellite.0.device.sleep_after_s=2", "satellite.0.instrument.interval_s=80"
    )
    switches = [fact.state for _, _, fact in records(rested) if isinstance(fact, ComputerSwitched)]
    assert switches[:3] == ["starting", "on", "off"]
    assert rested.summary["satellites"]["lark-1"]["computer_j"]["start_up"] > 0
    spent = [run.summary["satellites"]["lark-1"]["energy_j"]["computer"] for run in (rested, awake)]
    assert spent[0] < spent[1]


def test_eclipse_has_a_power_mode_of_its_own(mission: Path, tmp_path: Path) -> None:
    settings = ("satellite.0.device.eclipse_power_mode=10W", "duration_s=5700")
    result = fly(mission, tmp_path / "eclipse", *settings, "satellite.0.instrument.interval_s=300")
    modes = [
        fact.power_mode for _, _, fact in records(result) if isinstance(fact, ComputerSwitched) and fact.state == "on"
    ]
    assert set(modes) == {"10W", "15W"}
