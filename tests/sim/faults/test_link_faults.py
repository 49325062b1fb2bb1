"""What faults make of a slot: silence, rain by the link budget, interference, telecommands late and twice."""

import pytest

from sim.faults.active import ActiveFaults
from sim.faults.link import LinkFaults
from sim.faults.settings import Fault
from sim.planning import FlightPlan, plan
from sim.resolve import resolve
from sim.scenario import Scenario
from sim.world.slots import Slot, slots
from tests.system.small_mission import write_small_mission

S = 10**9


@pytest.fixture(scope="module")
def budgeted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenario, FlightPlan]:
    """lark-1's radio has a link budget with adaptive rates, lark-2's has rates alone."""
    path = write_small_mission(tmp_path_factory.mktemp("mission"))
    settings = ("satellite.0.radio=ka-band-acm", "station.0.antenna=dish-5m", "station.1.antenna=dish-5m")
    scenario = resolve(path, settings=settings)
    return scenario, plan(scenario)


def slot_of(scenario: Scenario, flight_plan: FlightPlan, satellite: int) -> Slot:
    contact = next(one for one in flight_plan.contacts if one.satellite == satellite)
    return slots(contact, scenario, flight_plan.orbits, flight_plan.sites)[20]


def test_rain_costs_decibels_where_there_is_a_budget(budgeted: tuple[Scenario, FlightPlan]) -> None:
    scenario, flight_plan = budgeted
    slot = slot_of(scenario, flight_plan, 0)
    station = scenario.station[slot.contact.station].name
    active = ActiveFaults()
    links = LinkFaults(scenario, flight_plan, active)
    assert links.worsened(slot) == slot
    bits = []
    for fade_db in (1, 8, 30):
        fade = Fault(kind="rain_fade", at_s=1, station=station, fade_db=fade_db)
        active.begin(fade)
        wet = links.worsened(slot)
        bits.append(wet.down_bytes * (1 - wet.down_error_rate))
        active.end(fade)
    assert slot.down_bytes * (1 - slot.down_error_rate) >= bits[0] >= bits[1] > bits[2]
    assert links.worsened(slot) == slot


def test_a_radio_without_a_budget_loses_frames(budgeted: tuple[Scenario, FlightPlan]) -> None:
    scenario, flight_plan = budgeted
    slot = slot_of(scenario, flight_plan, 1)
    station = scenario.station[slot.contact.station].name
    active = ActiveFaults()
    active.begin(Fault(kind="rain_fade", at_s=1, station=station, frame_loss=0.5))
    active.begin(Fault(kind="loss_burst", at_s=1, satellite="lark-2", frame_loss=0.5))
    wet = LinkFaults(scenario, flight_plan, active).worsened(slot)
    assert (wet.down_error_rate, wet.up_error_rate, wet.down_bytes) == (0.75, 0.75, slot.down_bytes)


def test_a_pass_between_two_faults_is_heard(budgeted: tuple[Scenario, FlightPlan]) -> None:
    scenario, flight_plan = budgeted
    slot = slot_of(scenario, flight_plan, 1)
    active = ActiveFaults()
    links = LinkFaults(scenario, flight_plan, active)
    out = Fault(kind="station_out", at_s=1, station=scenario.station[slot.contact.station].name)
    active.begin(out)
    assert links.is_silent(slot)
    assert active.end(out)
    assert not active.end(out)
    assert not links.is_silent(slot)
    links.cut(slot.start_ns, 1, Fault(kind="pass_cut_short", at_s=1, satellite="lark-2", lost_s=3600))
    assert links.is_silent(slot)


def test_telecommands_come_late_and_twice(budgeted: tuple[Scenario, FlightPlan]) -> None:
    active = ActiveFaults()
    links = LinkFaults(*budgeted, active)
    assert links.arrivals_ns("lark-1", S) == (S,)
    active.begin(Fault(kind="command_late", at_s=1, satellite="lark-1", delay_s=5))
    active.begin(Fault(kind="command_late", at_s=1, satellite="lark-1", delay_s=2))
    assert links.arrivals_ns("lark-1", S) == (6 * S,)
    active.begin(Fault(kind="command_duplicated", at_s=1, satellite="lark-1", delay_s=1))
    assert links.arrivals_ns("lark-1", S) == (6 * S, 7 * S)
    assert links.arrivals_ns("lark-2", S) == (S,)
