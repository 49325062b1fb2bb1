"""The pass report, from records written by hand on the contacts of a sample scenario."""

from typing import Any

import numpy as np
import pytest

from groundstation.messages import FramesTaken, ReceptionCounts
from onboard import commands, events
from onboard.mission_time import to_ns, to_s
from sim.commands.common import tables
from sim.commands.pass_tables import channel_table, flown_table, reception_table
from sim.experiment.link_margin import pass_margin_db
from sim.experiment.pass_report import FlownPass, flown_passes, pass_report
from sim.experiment.passes import Pass, passes_of
from sim.facts import SlotSent, UplinkSent
from sim.planning import orbits_of, sites_of
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario
from sim.world.slots import slots

ACM = ("satellite.0.radio=x-band-acm", "station.0.antenna=dish-5m", "station.1.antenna=dish-3.7m")
FRAME = 1115


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return resolve(scenario_path("wildfire-watch"), settings=ACM)


@pytest.fixture(scope="module")
def planned(scenario: Scenario) -> tuple[Pass, ...]:
    return passes_of(scenario, orbits_of(scenario))


def slot_records(one: Pass, slot: int, frames: int, lost: int, repeated: int) -> list[Any]:
    """A grant, what was sent for it, and what the world says of that."""
    now_ns = to_ns(float(one.start_s[slot]))
    granted = int(one.rate_bps[slot]) // 8
    channels = (frames * FRAME - FRAME, 0, 0, 0, FRAME, 0, 0, 0)
    sent = commands.Transmit((), 100, frames * FRAME - FRAME - 100 - repeated, 0, repeated, FRAME)
    fact = SlotSent(one.satellite, one.station, granted, frames * FRAME, lost, frames - lost, channels)
    return [
        (now_ns, one.satellite, (events.TransmitGranted(granted),), (sent,)),
        (now_ns, "world", (sent,), (fact, UplinkSent(one.satellite, one.station, 50, bool(lost)))),
    ]


def taken(one: Pass, at_s: float, **counts: int) -> Any:
    """What the mission centre says of frames, perhaps when the contact is over."""
    return (to_ns(at_s), "centre", (), (FramesTaken(one.station, one.satellite, ReceptionCounts(**counts)),))


@pytest.fixture(scope="module")
def flown(scenario: Scenario, planned: tuple[Pass, ...]) -> list[FlownPass]:
    first, second = planned[0], planned[2]
    records = [
        *slot_records(first, 0, 10, 0, 0),
        *slot_records(first, 5, 20, 3, 2000),
        *slot_records(second, 1, 2, 0, 0),
        (to_ns(first.start_s[9]), "Troll", (), ()),
        taken(first, to_s(first.contact.los_ns) + 0.1, frames_accepted=27, gaps=1),
        taken(second, float(second.start_s[1]) + 0.5, frames_accepted=2, frames_forged=4),
        taken(first, to_s(first.contact.los_ns) + 60.0, segments_repeated=3),
    ]
    return flown_passes(scenario, records)


def test_what_was_carried_is_told_by_contact(flown: list[FlownPass], scenario: Scenario) -> None:
    report = pass_report(scenario, flown)
    row = report["passes"][0]
    one = flown[0].planned
    rates = one.rate_bps[[0, 5]]
    assert row["granted_s"] == pytest.approx(2.0)
    assert row["granted_bytes"] == sum(int(rate) // 8 for rate in rates)
    assert row["sent_bytes"] == 30 * FRAME == sum(row["bytes"].values()) - row["bytes"]["idle"]
    assert row["used_s"] == pytest.approx(8 * FRAME * (10 / rates[0] + 20 / rates[1]), abs=6e-4)
    assert row["bytes"]["retransmit"] == 2000
    assert row["bytes"]["idle"] == row["granted_bytes"] - row["sent_bytes"]
    assert row["frames"] == {"sent": 30, "lost": 3}
    assert row["uplink"] == {"bytes": 100, "sent": 2, "lost": 1}
    assert row["planned_s"] == pytest.approx(one.duration_s, abs=1e-3)
    assert row["planned_bytes"] == one.volume_bytes
    assert [other["sent_bytes"] for other in report["passes"][1:3]] == [0, 2 * FRAME]


def test_what_came_of_frames_is_told_by_contact(flown: list[FlownPass], scenario: Scenario) -> None:
    report = pass_report(scenario, flown)
    first, _, second = ({name: n for name, n in row["received"].items() if n} for row in report["passes"][:3])
    assert first == {"frames_accepted": 27, "gaps": 1, "segments_repeated": 3}
    assert second == {"frames_accepted": 2, "frames_forged": 4}
    shown = [column.header for column in reception_table(report).columns]
    assert shown[3:] == ["frames accepted", "frames forged", "gaps", "segments repeated"]


def test_the_total_adds_up(flown: list[FlownPass], scenario: Scenario) -> None:
    report = pass_report(scenario, flown)
    total, rows = report["total"], report["passes"]
    for key in ("planned_bytes", "granted_bytes", "sent_bytes"):
        assert total[key] == sum(row[key] for row in rows)
    for table in ("bytes", "channel_bytes", "frames", "received", "uplink"):
        assert total[table] == {key: sum(row[table][key] for row in rows) for key in total[table]}


def test_bytes_by_channel_are_all_that_was_sent(flown: list[FlownPass], scenario: Scenario) -> None:
    row = pass_report(scenario, flown)["passes"][0]
    assert sum(row["channel_bytes"].values()) == row["sent_bytes"]
    assert row["channel_bytes"]["housekeeping"] == 2 * FRAME


def test_margin_is_what_the_error_rate_was_made_from(scenario: Scenario, planned: tuple[Pass, ...]) -> None:
    orbits, sites = orbits_of(scenario), sites_of(scenario)
    of_acm = next(one for one in planned if one.contact.satellite == 0)
    radio = scenario.satellite[0].radio
    assert radio.downlink is not None
    margin_db = pass_margin_db(of_acm, scenario, orbits, sites)
    assert margin_db is not None
    linked = of_acm.rate_bps > 0
    assert linked.any()
    assert np.isnan(margin_db[~linked]).all()
    # The rung in use is borne with the radio's margin in hand; the one above would not be, but for the hysteresis.
    assert margin_db[linked].min() >= radio.downlink.margin_db
    grants = slots(of_acm.contact, scenario, orbits, sites)
    errors = np.array([grant.down_error_rate for grant in grants])
    decades = -np.log10(errors[linked])
    assert decades == pytest.approx(np.minimum(7.0 + 14.0 * margin_db[linked], 300.0))


def test_a_radio_without_a_budget_has_no_margin(flown: list[FlownPass], scenario: Scenario) -> None:
    rows = pass_report(scenario, flown)["passes"]
    assert {row["satellite"]: row["margin_db"] is None for row in rows} == {
        "ember-1": False,
        "ember-2": True,
        "ember-3": True,
    }


def test_tables_have_a_line_for_each_contact_and_one_for_all(flown: list[FlownPass], scenario: Scenario) -> None:
    report = pass_report(scenario, flown)
    for table in (flown_table(report), channel_table(report), reception_table(report)):
        assert table.row_count == len(report["passes"]) + 1
        with tables.capture() as printed:
            tables.print(table)
        assert "…" not in printed.get()
    assert to_s(flown[0].planned.contact.aos_ns) == pytest.approx(flown[0].planned.start_s[0])
