"""The plant: loads pro-rated inside ticks, and an account that closes for any bus and load."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.mission_time import NS_PER_S, to_ns
from sim.planning import orbits_of
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario
from sim.world.plant import USES, Plant

SCENARIO = resolve(scenario_path("wildfire-watch"))
ORBITS = orbits_of(SCENARIO)


def plant(scenario: Scenario = SCENARIO, *, tick_s: float = 10.0, until_s: float = 600.0) -> Plant:
    return Plant(scenario.satellite, ORBITS, tick_s, to_ns(until_s))


def run(one: Plant) -> Plant:
    while one.next_tick_ns is not None:
        one.step()
    return one


def spent_j(one: Plant, use: str) -> float:
    return float(one.demanded_j[0, USES.index(use)])


@pytest.mark.parametrize(("start_s", "end_s"), [(3.0, 4.5), (8.0, 31.0), (0.0, 10.0), (599.0, 700.0)])
def test_a_load_is_charged_for_the_time_it_ran(start_s: float, end_s: float) -> None:
    idle = run(plant())
    loaded = plant()
    loaded.draw(0, "radio", to_ns(start_s), to_ns(end_s), 12.0)
    run(loaded)
    seconds = min(end_s, 600.0) - start_s
    assert spent_j(loaded, "radio") - spent_j(idle, "radio") == pytest.approx(12.0 * seconds)


draws = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(USES), st.floats(0, 590), st.floats(0, 300), st.floats(0, 4000)),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(draws, st.sampled_from([0.7, 10.0, 59.0]), st.floats(0.05, 1.0))
def test_joules_in_are_stored_spent_or_lost(
    loads: list[tuple[int, str, float, float, float]], tick_s: float, charge: float
) -> None:
    buses = [
        satellite.model_copy(
            update={
                "bus": satellite.bus.model_copy(
                    update={"battery": satellite.bus.battery.model_copy(update={"initial_state_of_charge": charge})}
                )
            }
        )
        for satellite in SCENARIO.satellite
    ]
    one = plant(SCENARIO.model_copy(update={"satellite": tuple(buses)}), tick_s=tick_s)
    for satellite, use, start_s, duration_s, power_w in loads:
        one.draw(satellite, use, to_ns(start_s), to_ns(start_s + duration_s), power_w)
    run(one)
    served_j = one.demanded_j.sum(axis=1) - one.unserved_j
    throughput_j = one.generated_j + one.demanded_j.sum(axis=1)
    np.testing.assert_allclose((one.generated_j - one.stored_j - served_j - one.lost_j) / throughput_j, 0, atol=1e-9)
    assert (one.battery_energy_j >= 0).all()
    assert (one.battery_energy_j <= one.capacity_j * (1 + 1e-12)).all()
    assert np.isfinite(one.temperature_k).all()


def test_halving_the_tick_changes_little() -> None:
    coarse, fine = run(plant(until_s=5700.0)), run(plant(tick_s=5.0, until_s=5700.0))
    np.testing.assert_allclose(coarse.state_of_charge, fine.state_of_charge, atol=1e-3)
    np.testing.assert_allclose(coarse.temperature_k, fine.temperature_k, atol=0.05)


def test_the_last_tick_ends_with_the_run() -> None:
    one = run(plant(until_s=25.0))
    assert one.ticks_ns.tolist() == [0, 10 * NS_PER_S, 20 * NS_PER_S, 25 * NS_PER_S]
