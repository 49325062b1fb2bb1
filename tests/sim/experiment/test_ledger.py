"""From journal records to latency and ledger, on a flight written by hand."""

from dataclasses import replace
from typing import Any

import pytest

from groundstation.messages import OrderRefused, ProductArchived
from onboard import commands, events
from onboard.commands import JobKind
from onboard.mission_time import NS_PER_S
from onboard.payload.models import load_card
from sim.data import sample_path
from sim.experiment.flight_log import FlightLog
from sim.experiment.latency import latency_table, parts_ns
from sim.experiment.summary import RunFacts, summarise
from sim.facts import BatteryWorn, EnergyAccounted, FrameExposed, HeatAccounted, OperatorOrdered, SlotSent, UplinkSent
from sim.resolve import resolve, scenario_path

NAMES = ("ember-1", "ember-2", "ember-3")
SAT = NAMES[0]
FACTS = RunFacts("0" * 64, 1, 2.0, 0, ())


def exposed(frame_id: int) -> FrameExposed:
    return FrameExposed(SAT, frame_id, "", "synthetic", 6000, 2500, 419.0, (), ())


def frame_life(log: FlightLog, frame_id: int, *, product_id: int, archived_s: float | None = None) -> None:
    """Exposed at 10 s, job from 12 s to 15 s, first byte at 100 s."""
    at = [round(second * NS_PER_S) for second in (10, 12, 15, 100)]
    log.record(at[0], "world", (), (exposed(frame_id),))
    log.record(at[1], SAT, (), (commands.StartJob(frame_id, JobKind.INFERENCE, frame_id, 1, 0),))
    done = commands.FrameProcessed(frame_id, product_id, 60 if product_id >= 0 else 0, ())
    log.record(at[2], SAT, (events.JobFinished(frame_id),), (done,))
    if product_id >= 0:
        sent = commands.Transmit((bytes(1115),), 60, 55, 1000, 0, 0)
        log.record(at[3], SAT, (), (commands.ProductSent(product_id), sent))
    if archived_s is not None:
        archived = ProductArchived(SAT, product_id, frame_id, 60)
        log.record(round(archived_s * NS_PER_S), "centre", (), (archived,))


def accounts(name: str, spent: tuple[tuple[str, float], ...]) -> tuple[object, ...]:
    energy = EnergyAccounted(name, sum(joules for _, joules in spent), 0.0, 0.0, 0.0, 0.0, spent)
    heat = HeatAccounted(name, 0.0, 0.0, 0.0, (("computer", 290.0),), (("computer", 300.0),))
    return energy, heat, BatteryWorn(name, 0.0, 0.0, 0.0)


def flown(*, archived_s: float | None = 101.5) -> FlightLog:
    log = FlightLog(NAMES)
    frame_life(log, 1, product_id=1, archived_s=archived_s)
    frame_life(log, 2, product_id=-1)
    log.record(0, "world", (), (exposed(3),))
    log.record(0, "world", (), (SlotSent(SAT, "Troll", 5000, 1115, 0, 1, (1115,)), UplinkSent(SAT, "Troll", 20, False)))
    for name in NAMES:
        log.record(0, name, (events.HousekeepingSampled(0.8, 300.0, True),), ())
        spent = (("computer", 1.0), ("instrument", 0.0), ("radio", 0.0), ("bus", 2.0), ("heater", 0.0))
        log.record(0, "world", (), accounts(name, spent))
    log.record(40 * NS_PER_S, SAT, (), (commands.ModeEntered("hot"),))
    return log


def summary(log: FlightLog, facts: RunFacts = FACTS) -> dict[str, Any]:
    scenario = resolve(scenario_path("wildfire-watch"))
    return summarise(scenario, load_card(sample_path("models", "wildfire-swir")), log, {}, facts)


def test_latency_parts_sum_to_the_whole_to_the_nanosecond() -> None:
    frame = flown().frames[SAT, 1]
    parts = parts_ns(frame)
    assert parts is not None
    assert parts == {
        "queue": 2 * NS_PER_S,
        "compute": 3 * NS_PER_S,
        "contact_wait": 85 * NS_PER_S,
        "transmit": NS_PER_S * 3 // 2,
        "retransmit": 0,
    }
    assert frame.archived_ns is not None
    assert sum(parts.values()) == frame.archived_ns - frame.exposed_ns


def test_what_was_never_delivered_counts_as_infinite() -> None:
    table = latency_table(flown(archived_s=None))
    assert table["capture_to_alert"] == {"n": 1, "undelivered": 1, "p50": None, "p90": None, "p99": None}
    assert latency_table(flown())["capture_to_alert"]["p50"] == pytest.approx(91.5)  # type: ignore[index]


def test_frames_that_held_nothing_are_completed_and_waiting_ones_deferred() -> None:
    told = summary(flown())
    assert told["frames"] == {
        "exposed": 3,
        "completed": 2,
        "deferred": 1,
        "dropped": 0,
        "pending": 0,
        "coverage": pytest.approx(2 / 3),
    }
    assert told["status"] == "degraded"
    assert told["reasons"] == ["1 of 3 frames deferred"]


def test_only_completed_frames_are_in_the_numerator() -> None:
    told = summary(flown())
    assert told["bytes"]["captured"] == 2 * 6000
    assert told["bytes"]["lossless"] == 2 * 2500
    assert told["savings"]["vs_captured"] == pytest.approx(12_000 / 1115)


def test_what_is_pending_weighs_as_if_it_had_been_sent() -> None:
    told = summary(flown(archived_s=None))
    assert told["bytes"]["pending"] == 60
    assert told["bytes"]["captured"] == 6000
    assert told["savings"]["vs_captured"] == pytest.approx(6000 / (1115 + 60))


def test_bytes_add_up() -> None:
    table = summary(flown())["bytes"]
    down = table["downlink"]
    assert down["total"] == down["payload"] + down["headers"] + down["fill"] + down["retransmit"] == 1115
    assert down["idle"] == 5000 - 1115
    assert table["products"] == table["delivered"] + table["pending"] + table["dropped"]
    assert table["uplink"] == 20


def test_no_bytes_spent_gives_no_ratio_but_a_reason() -> None:
    log = FlightLog(NAMES)
    for name in NAMES:
        log.record(0, name, (events.HousekeepingSampled(0.8, 300.0, True),), ())
        log.record(0, "world", (), accounts(name, ()))
    savings = summary(log)["savings"]
    assert savings["vs_captured"] is None
    assert "no product bytes" in savings["reason"]


def test_time_in_each_mode_covers_the_run() -> None:
    modes = summary(flown())["satellites"][SAT]["mode_s"]
    assert modes == {"nominal": 40.0, "hot": 5660.0}


def test_orders_that_could_have_no_effect_are_told_whoever_refused_them() -> None:
    log = flown()
    log.record(5, "centre", (), (OrderRefused(SAT, "RotateKey", 2, "the link is clear"),))
    log.record(
        6, "world", (), (OperatorOrdered(SAT, "CaptureOver", 0, "never in view"), OperatorOrdered(SAT, "Reset", 1))
    )
    told = summary(log, replace(FACTS, commands={"completed": 3, "refused": 1}))
    assert told["commands"] == {"completed": 3, "refused": 1 + 2}
    assert told["orders_refused"] == [
        {"satellite": SAT, "wish": "RotateKey", "reason": "the link is clear"},
        {"satellite": SAT, "wish": "CaptureOver", "reason": "never in view"},
    ]
    assert "2 orders were refused" in told["reasons"]
