"""Every kind of the fault catalogue strikes a small mission, and its effect shows; accounts close under all of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from groundstation.archive import Archive
from groundstation.centre import ACKED_NOT_ARCHIVED
from groundstation.messages import CentreBooted, ClockCorrelated, FramesReceived, ProductArchived, ProductsMissing
from onboard import commands, events
from onboard.model_library import DAMAGED
from sim.facts import AcceleratorFailed, EnergyAccounted, FrameExposed, SlotSent, UnitsSwitched
from sim.faults.catalogue import CATALOGUE
from tests.system.troubled import Flight, S, fault, flown

Check = Callable[[Flight, Flight], None]
LARK, PUNTA = {"satellite": "lark-1"}, {"station": "Punta Arenas"}
UNTIL = {"until_s": 250}


@pytest.fixture(scope="module")
def well(mission: Path) -> Flight:
    """The mission when nothing breaks. lark-1 is in contact from 51 s until 189 s, and from 310 s on."""
    return flown(mission, mission.parent / "well", ())


def energy(flight: Flight) -> EnergyAccounted:
    return next(fact for _, fact in flight.told(EnergyAccounted) if fact.satellite == "lark-1")


def lists(flight: Flight, from_s: float, until_s: float) -> list[tuple[commands.FrameProcessed, int]]:
    found = flight.told(commands.FrameProcessed, "lark-1")
    return [(one, now_ns) for now_ns, one in found if from_s * S <= now_ns < until_s * S]


def contact_s(flight: Flight) -> set[int]:
    return {now_ns // S for now_ns, sent in flight.told(SlotSent) if sent.satellite == "lark-1"}


def camera_stuck(flight: Flight, well: Flight) -> None:
    """Flight software finds frames that are all the same, and switches the camera off and on: that helps."""
    boxes = [one.detections for one, _ in lists(flight, 55, 120)]
    assert len(boxes) >= 3
    assert len(set(boxes)) == 1
    assert len({one.detections for one, _ in lists(well, 55, 120)}) == len(boxes)
    assert lists(flight, 125, 400)[0][0].detections == lists(well, 125, 400)[0][0].detections
    assert flight.summary["score"]["wildfire"]["recall"] < well.summary["score"]["wildfire"]["recall"]


def camera_blind(flight: Flight, _well: Flight) -> None:
    assert not any(one.detections for one, _ in lists(flight, 55, 95))
    assert any(one.detections for one, _ in lists(flight, 100, 400))
    dark = [fact for now_ns, fact in flight.told(FrameExposed) if fact.satellite == "lark-1" and 50 < now_ns / S < 95]
    assert all(fact.lossless_bytes < 200 for fact in dark)


def model_corrupt(flight: Flight, well: Flight) -> None:
    ((now_ns, set_aside),) = flight.told(commands.FrameSetAside, "lark-1")
    assert set_aside.reason == DAMAGED
    assert 50 * S < now_ns < 65 * S
    assert len(lists(flight, 65, 400)) == len(lists(well, 65, 400))


def accelerator_failed(flight: Flight, _well: Flight) -> None:
    assert [fact.accelerator for _, fact in flight.told(AcceleratorFailed)] == [1]
    assert not lists(flight, 55, 400)


def software_hung(flight: Flight, well: Flight) -> None:
    assert not lists(flight, 55, 249)
    assert len(lists(flight, 250, 400)) > len(lists(well, 250, 400))


def heater_stuck_on(flight: Flight, well: Flight) -> None:
    assert dict(energy(flight).spent_j)["heater"] > dict(energy(well).spent_j)["heater"] + 500
    assert flight.witness.temperature_k[0] > well.witness.temperature_k[0] + 0.1


def heater_stuck_off(flight: Flight, well: Flight) -> None:
    assert dict(energy(flight).spent_j)["heater"] < dict(energy(well).spent_j)["heater"] - 500
    assert flight.witness.temperature_k[0] < well.witness.temperature_k[0] - 0.1


def array_string_lost(flight: Flight, well: Flight) -> None:
    lost = [sample.array_power_w for now_ns, sample in samples(flight) if 60 * S < now_ns < 250 * S]
    whole = [sample.array_power_w for now_ns, sample in samples(well) if 60 * S < now_ns < 250 * S]
    assert np.allclose(lost, 0.5 * np.array(whole), atol=1.0)
    assert samples(flight)[-1][1].array_power_w == pytest.approx(samples(well)[-1][1].array_power_w, abs=1.0)


def cell_lost(flight: Flight, well: Flight) -> None:
    assert energy(flight).lost_j > energy(well).lost_j + 10_000
    assert flight.witness.battery_j[0] < 0.6 * well.witness.battery_j[0]


def latch_up(flight: Flight, _well: Flight) -> None:
    switched = [(now_ns // S, fact.switched_off, fact.switched_on) for now_ns, fact in flight.told(UnitsSwitched)]
    assert switched[0] == (53, ("instrument",), ())
    tripped = [now_ns // S for now_ns, sample in samples(flight) if sample.overcurrent == ("instrument",)]
    assert [now_ns // S for now_ns, _ in flight.told(commands.PowerCycle)] == tripped == [60]
    assert flight.summary["satellites"]["lark-1"]["exposures_missed"] == 1


def radio_out(flight: Flight, well: Flight) -> None:
    assert not contact_s(flight) & set(range(50, 250))
    assert contact_s(flight) == contact_s(well) - set(range(50, 250))


def station_out(flight: Flight, _well: Flight) -> None:
    heard_s = [now_ns // S for now_ns, sent in flight.told(SlotSent) if sent.station == "Punta Arenas"]
    assert any(second < 50 or second >= 250 for second in heard_s)
    assert not any(50 <= second < 250 for second in heard_s)


def pass_cut_short(flight: Flight, well: Flight) -> None:
    lost = contact_s(well) - contact_s(flight)
    assert 55 <= len(lost) <= 61
    assert max(lost) == max(second for second in contact_s(well) if second < 200)


def rain_fade(flight: Flight, well: Flight) -> None:
    assert lost_frames(flight) > lost_frames(well) == 0


def loss_burst(flight: Flight, _well: Flight) -> None:
    sent = [fact for now_ns, fact in flight.told(SlotSent) if fact.satellite == "lark-1" and 50 <= now_ns // S < 250]
    lost, arrived = sum(fact.lost_frames for fact in sent), sum(fact.delivered_frames for fact in sent)
    assert 0.3 < lost / (lost + arrived) < 0.7
    assert lost_frames(flight) == lost


def clock_drift(flight: Flight, _well: Flight) -> None:
    offsets_s = [told.offset_ns / S for _, told in flight.told(ClockCorrelated) if told.spacecraft == "lark-1"]
    assert offsets_s == pytest.approx([-2.4], abs=1.0)
    assert flight.summary["satellites"]["lark-1"]["clock_offset_s"] == offsets_s[-1]


def clock_jump(flight: Flight, _well: Flight) -> None:
    ((now_ns, told),) = flight.told(ClockCorrelated)
    assert told.offset_ns == pytest.approx(10 * S, abs=1.6 * S)
    assert now_ns < 60 * S
    frames = dict(flight.given(events.FrameCaptured, "lark-1"))
    assert all(captured.frame.exposed_ns == now_ns for now_ns, captured in frames.items())
    with_clock = Archive(flight.directory / "archive.sqlite", read_only=True)
    late = [one for one in with_clock.products() if one.spacecraft == "lark-1" and one.archived_ns > 60 * S]
    with_clock.close()
    assert {one.clock_offset_ns for one in late} == {told.offset_ns}


def process_killed(flight: Flight, _well: Flight) -> None:
    ((now_ns, booted),) = flight.told(commands.Booted, "lark-1")
    assert (now_ns, booted.boot_count) == (70 * S, 2)
    refused = [now // S for now, _ in flight.told(commands.FrameRefused, "lark-1")]
    assert refused == [60]


def disk_full(flight: Flight, _well: Flight) -> None:
    dropped = [now_ns for now_ns, _ in flight.told(commands.ProductDropped, "lark-1")]
    assert dropped
    assert 50 * S <= min(dropped) < max(dropped) < 251 * S


def memory_short(flight: Flight, well: Flight) -> None:
    refused = [one.reason for _, one in flight.told(commands.FrameRefused, "lark-1")]
    assert refused[0] == "mass memory full"
    assert len(lists(flight, 250, 400)) == len(lists(well, 250, 400))


def command_late(flight: Flight, well: Flight) -> None:
    first, first_well = (one.told(commands.ProductAcknowledged, "lark-1") for one in (flight, well))
    late = [now_ns for now_ns, _ in first if now_ns > 51 * S]
    early = [now_ns for now_ns, _ in first_well if now_ns > 51 * S]
    assert late[0] - early[0] > 9 * S


def command_duplicated(flight: Flight, well: Flight) -> None:
    twice = [one.data for _, one in flight.given(events.TelecommandReceived, "lark-1")]
    assert len(twice) - len(set(twice)) >= 5
    assert flight.told(commands.ProductAcknowledged) == well.told(commands.ProductAcknowledged)


def false_acknowledgement(flight: Flight, well: Flight) -> None:
    missing = [product_id for _, told in flight.told(ProductsMissing) for product_id in told.product_ids]
    assert missing
    assert flight.summary["acked_not_archived"] == {"products": len(missing), "found": len(missing)}
    assert any("acknowledged and not archived" in reason for reason in flight.summary["reasons"])
    archived = {one.product_id for _, one in flight.told(ProductArchived) if one.spacecraft == "lark-1"}
    assert not archived & set(missing)
    archive = Archive(flight.directory / "archive.sqlite", read_only=True)
    assert {one.product_id for one in archive.lost_products() if one.reason == ACKED_NOT_ARCHIVED} == set(missing)
    archive.close()
    assert not well.told(ProductsMissing)


def samples(flight: Flight) -> list[tuple[int, events.HousekeepingSampled]]:
    return flight.given(events.HousekeepingSampled, "lark-1")


def lost_frames(flight: Flight) -> int:
    return sum(sent.lost_frames for _, sent in flight.told(SlotSent))


COLD = ("satellite.0.bus.heater.0.on_below_k=400.0", "satellite.0.bus.heater.0.off_above_k=401.0")
LITTLE_MEMORY = (f"satellite.0.bus.limits.mass_memory_bytes={2 * 6144}", "satellite.0.bus.limits.retained_bytes=0")
CASES: dict[str, tuple[Check, dict[str, object], tuple[str, ...]]] = {
    "camera_stuck": (camera_stuck, {**LARK, **UNTIL}, ()),
    "camera_blind": (camera_blind, {**LARK, "until_s": 95}, ()),
    "model_corrupt": (model_corrupt, {**LARK, "n_bytes": 3}, ()),
    "accelerator_failed": (accelerator_failed, LARK, ()),
    "software_hung": (software_hung, {**LARK, **UNTIL}, ()),
    "heater_stuck_on": (heater_stuck_on, {**LARK, **UNTIL}, ()),
    "heater_stuck_off": (heater_stuck_off, {**LARK, **UNTIL}, COLD),
    "array_string_lost": (array_string_lost, {**LARK, **UNTIL, "lost_share": 0.5}, ()),
    "cell_lost": (cell_lost, {**LARK, "lost_share": 0.5}, ()),
    "latch_up": (latch_up, {**LARK, "at_s": 53, "unit": "instrument"}, ()),
    "radio_out": (radio_out, {**LARK, **UNTIL}, ()),
    "station_out": (station_out, {**PUNTA, **UNTIL}, ()),
    "pass_cut_short": (pass_cut_short, {**LARK, "lost_s": 60}, ()),
    "rain_fade": (rain_fade, {**PUNTA, **UNTIL}, ()),
    "loss_burst": (loss_burst, {**LARK, **UNTIL}, ()),
    "clock_drift": (clock_drift, {**LARK, "until_s": 390, "drift_ppm": -9000}, ()),
    "clock_jump": (clock_jump, LARK, ()),
    "process_killed": (process_killed, {**LARK, "boot_s": 20}, ()),
    "disk_full": (disk_full, {**LARK, **UNTIL}, ()),
    "memory_short": (memory_short, {**LARK, **UNTIL, "lost_share": 0.6}, LITTLE_MEMORY),
    "command_late": (command_late, {**LARK, **UNTIL, "delay_s": 10}, ()),
    "command_duplicated": (command_duplicated, {**LARK, **UNTIL}, ()),
    "false_acknowledgement": (false_acknowledgement, {**PUNTA, **UNTIL}, ()),
}
"""For each kind what must show, its keys, and what else the mission needs for it to show."""
ENDED_ON_BOARD = {"camera_stuck": 120, "latch_up": 60}
"""When flight software ends it."""


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_kind_strikes_and_shows(kind: str, mission: Path, well: Flight, tmp_path: Path) -> None:
    """Flown under the checkers: energy, delivery, bounds, contacts and jobs."""
    check, keys, settings = CASES[kind]
    flight = flown(mission, tmp_path / "run", [fault(kind, **{"at_s": 50, **keys})], *settings)
    compared = flown(mission, tmp_path / "well", (), *settings) if settings else well
    check(flight, compared)
    target = str(keys.get("satellite", keys.get("station")))
    end_s = ENDED_ON_BOARD.get(kind, keys.get("until_s"))
    lasted = [(end_s, kind, target, False)] if CATALOGUE[kind].lasts else []
    assert flight.faults == [(keys.get("at_s", 50), kind, target, True), *lasted]
    assert flight.summary["faults"] == {kind: 1}


def test_every_computer_on_the_ground_may_die(mission: Path, well: Flight, tmp_path: Path) -> None:
    """Nothing acknowledged is lost, and nothing is archived twice: the checkers see to that."""
    faults = [fault("process_killed", at_s, station=name) for at_s, name in ((52, "centre"), (90, "Punta Arenas"))]
    flight = flown(mission, tmp_path / "run", faults)
    ((now_ns, _),) = flight.told(CentreBooted)
    assert now_ns == 82 * S
    assert not [now for now, _ in flight.told(ProductArchived) if 52 * S <= now < 82 * S]
    assert flight.given(FramesReceived, "Punta Arenas")
    assert not [now for now, _ in flight.told(ProductArchived) if 91 * S <= now < 119 * S]
    assert flight.summary["bytes"]["delivered"] == well.summary["bytes"]["delivered"]


def test_a_full_archive_acknowledges_nothing_until_there_is_room(mission: Path, well: Flight, tmp_path: Path) -> None:
    flight = flown(mission, tmp_path / "run", [fault("disk_full", 45, station="centre", until_s=130)])
    assert not [now for now, _ in flight.told(ProductArchived) if 45 * S <= now < 130 * S]
    assert not [now for now, _ in flight.told(commands.ProductAcknowledged) if 47 * S <= now < 130 * S]
    assert flight.summary["bytes"]["delivered"] == well.summary["bytes"]["delivered"]


TEN = (
    fault("clock_jump", 31, satellite="lark-1", offset_s=-4),
    fault("loss_burst", 40, satellite="lark-2", until_s=300),
    fault("process_killed", 60, satellite="lark-2", boot_s=11),
    fault("model_corrupt", 75, satellite="lark-1"),
    fault("process_killed", 80, station="centre", boot_s=7),
    fault("camera_stuck", 100, satellite="lark-1", until_s=180),
    fault("software_hung", 110, satellite="lark-2", until_s=200),
    fault("process_killed", 300, station="North/2", boot_s=5),
    fault("disk_full", 310, satellite="lark-1", until_s=360),
    fault("command_duplicated", 320, satellite="lark-2"),
)


def test_ten_faults_together_give_one_digest_in_one_process_and_in_many(mission: Path, tmp_path: Path) -> None:
    here = flown(mission, tmp_path / "here", TEN)
    there = flown(mission, tmp_path / "there", TEN, processes=True)
    assert here.summary["digest"] == there.summary["digest"]
    assert sum(here.summary["faults"].values()) == 10


def test_drawn_faults_follow_the_seed_and_are_told(mission: Path, tmp_path: Path) -> None:
    first, again, other = (
        flown(mission, tmp_path / name, (), "faults.drawn=6", f"seed={seed}")
        for name, seed in (("first", 3), ("again", 3), ("other", 4))
    )
    assert first.faults == again.faults != other.faults
    assert first.summary["digest"] == again.summary["digest"]
    assert (first.directory / "scenario.toml").read_text("utf-8").count("[[fault]]") == 6
