"""Radiation in whole runs: without it nothing changes, with it everything still adds up, in one process or many."""

from collections import Counter
from pathlib import Path

import pytest

from onboard import events
from onboard.errors import InputError
from sim.facts import BitsStruck
from sim.journal import read_records
from sim.run import RunResult
from sim.run_directory import JOURNAL
from tests.system.small_mission import fly

HARSH = (
    "radiation.environment=true",
    "radiation.upsets_per_bit_day=1e-3",
    "radiation.weight_upsets_per_day=4000",
    "radiation.work_upsets_per_day=4000",
    "radiation.memory_upsets_per_day=4000",
    "radiation.transmit_upsets_per_day=9000",
)
GUARDED = ("radiation.scrubbing_s=30", "radiation.plausibility=true", "radiation.ecc=true", "radiation.voting=tmr")


def happened(result: RunResult) -> Counter[str]:
    return Counter(
        answer.unit if isinstance(answer, BitsStruck) else type(answer).__name__
        for *_, answers in read_records(result.directory / JOURNAL)
        for answer in answers
    )


@pytest.fixture(scope="module")
def clean(mission: Path) -> RunResult:
    return fly(mission, mission.parent / "clean")


def test_struck_runs_end_in_one_digest_in_one_process_and_in_many(mission: Path, tmp_path: Path) -> None:
    one = fly(mission, tmp_path / "one", *HARSH, *GUARDED)
    many = fly(mission, tmp_path / "many", *HARSH, *GUARDED, processes=True)
    assert one.summary["digest"] == many.summary["digest"]
    told = happened(one)
    for unit in ("weights", "work", "memory", "outbox", "transmit"):
        assert told[unit], unit
    assert told["WeightsReloaded"]
    assert told["BitsStruck"] == 0


def test_a_table_of_nothing_changes_nothing_but_the_header(mission: Path, clean: RunResult, tmp_path: Path) -> None:
    quiet = fly(mission, tmp_path / "quiet", "radiation.environment=false")
    told = [list(read_records(one.directory / JOURNAL)) for one in (clean, quiet)]
    assert told[0] == told[1]
    assert quiet.summary["score"] == clean.summary["score"]


def test_unguarded_weights_cost_recall_and_scrubbing_restores_it(
    mission: Path, clean: RunResult, tmp_path: Path
) -> None:
    strikes = "radiation.weight_upsets_per_day=9000"
    bare = fly(mission, tmp_path / "bare", strikes)
    scrubbed = fly(mission, tmp_path / "scrubbed", strikes, "radiation.scrubbing_s=5")
    recall = [one.summary["score"]["wildfire"]["recall"] for one in (bare, scrubbed, clean)]
    assert recall[0] < 0.85 < recall[1] <= recall[2] == 1.0
    spent = scrubbed.summary["satellites"]["lark-1"]["computer_j"]
    assert spent["scrubbing"] > 0.0
    assert "scrubbing" not in bare.summary["satellites"]["lark-1"]["computer_j"]


def test_frames_struck_on_the_radio_are_refused_and_sent_again(mission: Path, clean: RunResult, tmp_path: Path) -> None:
    struck = fly(mission, tmp_path / "struck", "radiation.transmit_upsets_per_day=9000")
    assert happened(struck)["transmit"] > 5
    assert struck.summary["score"]["wildfire"]["recall"] == clean.summary["score"]["wildfire"]["recall"]
    assert struck.summary["bytes"]["downlink"]["retransmit"] > clean.summary["bytes"]["downlink"]["retransmit"]


def test_housekeeping_counts_what_memory_could_not_correct(mission: Path, tmp_path: Path) -> None:
    result = fly(mission, tmp_path / "ecc", "radiation.memory_upsets_per_day=10000", "radiation.ecc=true")
    counted = [
        event.memory_errors
        for _, node, granted, _ in read_records(result.directory / JOURNAL)
        for event in granted
        if isinstance(event, events.HousekeepingSampled) and node == "lark-1"
    ]
    struck = [
        event
        for _, node, granted, _ in read_records(result.directory / JOURNAL)
        for event in granted
        if isinstance(event, events.MemoryStruck) and node == "lark-1" and event.bits == 2
    ]
    assert counted == sorted(counted)
    assert counted[-1] == len(struck) > 0
    assert result.summary["score"]["wildfire"]["recall"] > 0.9


def test_bad_radiation_is_told_in_a_line(mission: Path, tmp_path: Path) -> None:
    for setting, told in (
        ("radiation.voting=tmrr", "radiation.voting"),
        ("radiation.voting=diverse", "second_model"),
        ("radiation.second_model=no-such-model", "no-such-model"),
        ("radiation.scrubbing=60", "scrubbing_s"),
    ):
        with pytest.raises(InputError, match=told):
            fly(mission, tmp_path / "bad", setting)


def test_copies_are_charged(mission: Path, clean: RunResult, tmp_path: Path) -> None:
    voting = fly(mission, tmp_path / "tmr", "radiation.voting=tmr")
    spent = [one.summary["satellites"]["lark-1"]["computer_j"]["inference"] for one in (clean, voting)]
    assert spent[1] == pytest.approx(3 * spent[0], rel=1e-3)
    assert voting.summary["score"] == clean.summary["score"]


def test_latch_ups_are_faults_that_the_spacecraft_ends_by_itself(mission: Path, tmp_path: Path) -> None:
    result = fly(mission, tmp_path / "latched", "radiation.latch_ups_per_day=2000")
    told = happened(result)
    assert told["FaultInjected"] > 3
    assert told["PowerCycle"] > 0
    assert told["FaultCleared"] <= told["FaultInjected"]
