"""The plant: loads pro-rated inside ticks, accounts that close for any bus and load, units that go off and return."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.mission_time import NS_PER_S, to_ns
from sim.data import sample_names
from sim.planning import orbits_of
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario
from sim.world.loads import UNITS, USES
from sim.world.plant import Plant

SCENARIO = resolve(scenario_path("wildfire-watch"))
ORBITS = orbits_of(SCENARIO)
ORBIT_S = 5700.0
LIKE_UNITS = st.sampled_from(USES[:3])


def plant(scenario: Scenario = SCENARIO, *, tick_s: float = 10.0, until_s: float = 600.0) -> Plant:
    return Plant(scenario.satellite, ORBITS, tick_s, to_ns(until_s))


@cache
def flying(bus: str) -> Scenario:
    return resolve(scenario_path("wildfire-watch"), equipment={"bus": bus})


def run(one: Plant) -> Plant:
    while one.next_tick_ns is not None:
        one.step()
    return one


def with_battery(changes: Mapping[str, Any], scenario: Scenario = SCENARIO) -> Scenario:
    """The scenario with its batteries changed."""
    changed = []
    for satellite in scenario.satellite:
        battery = satellite.bus.battery.model_copy(update=changes)
        changed.append(satellite.model_copy(update={"bus": satellite.bus.model_copy(update={"battery": battery})}))
    return scenario.model_copy(update={"satellite": tuple(changed)})


def spent_j(one: Plant, use: str) -> float:
    return float(one.spent_j[USES.index(use), 0])


@pytest.mark.parametrize(("start_s", "end_s"), [(3.0, 4.5), (8.0, 31.0), (0.0, 10.0), (599.0, 700.0)])
def test_a_load_is_charged_for_the_time_it_ran(start_s: float, end_s: float) -> None:
    idle = run(plant())
    loaded = plant()
    loaded.draw(0, "radio", to_ns(start_s), to_ns(end_s), 12.0)
    run(loaded)
    seconds = min(end_s, 600.0) - start_s
    assert spent_j(loaded, "radio") - spent_j(idle, "radio") == pytest.approx(12.0 * seconds)


draws = st.lists(
    st.tuples(st.integers(0, 2), LIKE_UNITS, st.floats(0, 590), st.floats(0, 300), st.floats(0, 4000)), max_size=8
)


@settings(max_examples=40, deadline=None)
@given(draws, st.sampled_from([2.0, 10.0, 59.0]), st.floats(0.1, 1.0), st.sampled_from(sample_names("buses")))
def test_joules_in_are_stored_spent_or_lost(
    loads: list[tuple[int, str, float, float, float]], tick_s: float, charge: float, bus: str
) -> None:
    scenario = flying(bus)
    one = plant(with_battery({"initial_state_of_charge": charge}, scenario), tick_s=tick_s)
    for satellite, use, start_s, duration_s, power_w in loads:
        one.draw(satellite, use, to_ns(start_s), to_ns(start_s + duration_s), power_w)
    run(one)
    spent = one.spent_j.sum(axis=0)
    gap_j = one.generated_j - one.stored_j - spent - one.lost_j
    throughput_j = one.generated_j + spent + one.unserved_j
    np.testing.assert_allclose(gap_j / throughput_j, 0, atol=1e-9)
    heat_gap_j = one.warmed_j - one.heat_stored_j - one.emitted_j
    np.testing.assert_allclose(heat_gap_j / (one.warmed_j + one.emitted_j), 0, atol=1e-9)
    assert (one.battery_energy_j >= 0).all()
    assert (one.battery_energy_j <= one.capacity_j * (1 + 1e-12)).all()
    assert np.isfinite(one.temperature_k).all()


def test_halving_the_tick_changes_little() -> None:
    """Over an orbit with two crossings of the shadow: half a percent of charge, half a kelvin of the lightest node.

    Most of it is the tick's single look at the Sun: the shadow's edge lies within a tick.
    """
    coarse, fine = run(plant(until_s=ORBIT_S)), run(plant(tick_s=5.0, until_s=ORBIT_S))
    np.testing.assert_allclose(coarse.state_of_charge, fine.state_of_charge, atol=2e-3)
    np.testing.assert_allclose(coarse.temperature_k, fine.temperature_k, atol=0.3)
    slow = run(plant(tick_s=60.0, until_s=ORBIT_S))
    np.testing.assert_allclose(slow.state_of_charge, fine.state_of_charge, atol=0.01)
    np.testing.assert_allclose(slow.temperature_k, fine.temperature_k, atol=2.0)


def test_the_last_tick_ends_with_the_run() -> None:
    one = run(plant(until_s=25.0))
    assert one.ticks_ns.tolist() == [0, 10 * NS_PER_S, 20 * NS_PER_S, 25 * NS_PER_S]


def test_a_satellite_does_not_depend_on_its_neighbours() -> None:
    together = run(plant(until_s=ORBIT_S))
    for index, satellite in enumerate(SCENARIO.satellite):
        single = SCENARIO.model_copy(update={"satellite": (satellite,)})
        alone = run(Plant(single.satellite, orbits_of(single), 10.0, to_ns(ORBIT_S)))
        assert alone.battery_energy_j[0] == together.battery_energy_j[index]
        assert alone.temperature_k[:, 0].tolist() == together.temperature_k[:, index].tolist()


def test_different_buses_fly_side_by_side() -> None:
    """A bus behaves alike beside one with other nodes, panels, heaters and loops."""
    names = ("6u-cubesat", "60kg-h100", "bupt-1-like")
    flown = [flying(name).satellite[0].bus for name in names]
    satellites = tuple(one.model_copy(update={"bus": bus}) for one, bus in zip(SCENARIO.satellite, flown, strict=True))
    mixed = run(plant(SCENARIO.model_copy(update={"satellite": satellites}), until_s=ORBIT_S))
    for index, satellite in enumerate(satellites):
        single = SCENARIO.model_copy(update={"satellite": (satellite,)})
        alone = run(Plant(single.satellite, orbits_of(single), 10.0, to_ns(ORBIT_S)))
        assert alone.state_of_charge[0] == pytest.approx(mixed.state_of_charge[index], abs=1e-12)
        rows = [row for row, _ in mixed.nodes_of(index)]
        np.testing.assert_allclose(alone.temperature_k[:, 0], mixed.temperature_k[rows, index], atol=1e-9)


def test_units_go_off_in_the_order_of_their_thresholds_and_come_back() -> None:
    one = plant(with_battery({"initial_state_of_charge": 0.3, "capacity_wh": 3.0}), until_s=2 * ORBIT_S)
    first_off: list[str] = []
    came_back = 0
    before = one.is_on
    while one.next_tick_ns is not None:
        one.step()
        first_off += [UNITS[row] for row in np.flatnonzero(before[:, 0] & ~one.is_on[:, 0])]
        came_back += int((~before[:, 0] & one.is_on[:, 0]).sum())
        before = one.is_on
    assert first_off[:3] == ["computer", "instrument", "radio"]
    assert came_back >= 3


def test_a_brown_out_switches_every_unit_off_and_is_accounted() -> None:
    one = plant(with_battery({"initial_state_of_charge": 0.9, "max_discharge_c": 0.01}))
    for satellite in range(3):
        one.draw(satellite, "computer", 0, to_ns(600), 500.0)
    one.step()
    assert not one.is_on.any()
    assert (one.unserved_j > 0).all()
    # The bus is served last of all to go without.
    demand_j = one._loads.demand_j(0, to_ns(10), np.ones_like(one.is_on))
    assert (one.spent_j[USES.index("computer")] < demand_j[USES.index("computer")]).all()


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_that_is_not_wanted_is_off_and_comes_back(unit: str) -> None:
    one = plant()
    one.switch(0, unit, is_on=False)
    assert [UNITS[row] for row in np.flatnonzero(~one.is_on[:, 0])] == [unit]
    assert one.is_on[:, 1].all()
    one.step()
    assert not one.is_on[UNITS.index(unit), 0]
    one.switch(0, unit, is_on=True)
    assert one.is_on.all()


def test_a_latched_unit_is_off_and_draws_until_it_is_cycled() -> None:
    calm, one = run(plant()), plant()
    one.trip(0, "instrument", overcurrent_w=7.0)
    for _ in range(2):
        one.step()
        assert not one.is_on[UNITS.index("instrument"), 0]
    one.cycle(0, "instrument")
    assert not one.overcurrent.any()
    assert not one.is_on[UNITS.index("instrument"), 0], "still off its supply"
    one.cycle(0, "instrument", is_over=True)
    assert one.is_on.all()
    run(one)
    assert spent_j(one, "instrument") - spent_j(calm, "instrument") == pytest.approx(2 * 10 * 7.0)


def test_what_has_no_supply_cannot_stay_latched() -> None:
    one = plant()
    one.switch(0, "radio", is_on=False)
    one.trip(0, "radio", overcurrent_w=5.0)
    assert not one.overcurrent.any()
    one.switch(0, "radio", is_on=True)
    one.trip(0, "radio", overcurrent_w=5.0)
    one.draw(0, "computer", 0, to_ns(600), 1e6)
    one.step()
    assert not one.is_on[:, 0].any()
    assert not one.overcurrent.any(), "the brown-out took it"


def test_heaters_and_array_are_told_apart_from_what_they_serve() -> None:
    one = plant(with_battery({"initial_state_of_charge": 0.5}))
    one.step()
    assert (one.array_power_w == one.generated_j / 10.0).all()
    assert (one.heater_power_w == 0.0).all(), "the battery is warm"
    one._energy.temperature_k[:] = 260.0
    one.step()
    assert (one.heater_power_w == SCENARIO.satellite[0].bus.heater[0].power_w).all()
