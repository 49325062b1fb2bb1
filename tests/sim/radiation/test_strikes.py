"""Strikes are drawn before the start: by rate, by place, and so that no cause shifts another."""

from collections import Counter

import numpy as np
import pytest

from sim.planning import orbits_of
from sim.radiation.environment import is_in_saa
from sim.radiation.settings import Radiation
from sim.radiation.strikes import MEMORY, WEIGHTS, LatchUp, Strike, latch_ups_on, strikes_on
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario
from sim.world.frames import geodetic

BITS = 8 * 579_792


@pytest.fixture(scope="module")
def day() -> Scenario:
    scenario = resolve(scenario_path("wildfire-watch"))
    return scenario.model_copy(update={"satellite": scenario.satellite[:1], "duration_s": 86400.0})


def struck(day: Scenario, **radiation: object) -> tuple[Strike, ...]:
    scenario = day.model_copy(update={"radiation": Radiation(**radiation)})  # type: ignore[arg-type]
    return strikes_on(scenario, orbits_of(scenario), BITS)


def test_without_radiation_nothing_strikes(day: Scenario) -> None:
    assert strikes_on(day, orbits_of(day), BITS) == ()
    assert latch_ups_on(day, orbits_of(day)) == ()
    assert struck(day) == ()


def test_a_rate_given_outright_is_kept(day: Scenario) -> None:
    counts = [len(struck(day, weight_upsets_per_day=100.0, draw=draw)) for draw in range(20)]
    assert np.mean(counts) == pytest.approx(100.0, abs=4 * 10 / np.sqrt(20))


def test_the_same_seed_strikes_alike_and_another_draw_otherwise(day: Scenario) -> None:
    once = struck(day, weight_upsets_per_day=100.0)
    assert once == struck(day, weight_upsets_per_day=100.0)
    assert once != struck(day, weight_upsets_per_day=100.0, draw=1)
    assert [one.at_ns for one in once] == sorted(one.at_ns for one in once)


def test_a_new_cause_shifts_no_other(day: Scenario) -> None:
    alone = struck(day, weight_upsets_per_day=50.0)
    beside = struck(day, weight_upsets_per_day=50.0, memory_upsets_per_day=50.0, voting="tmr")
    assert [one for one in beside if one.unit == WEIGHTS and one.copy == 0] == list(alone)
    copies = Counter(one.copy for one in beside if one.unit == WEIGHTS)
    assert sorted(copies) == [0, 1, 2], "every copy in memory is struck at the rate of one"


def test_in_the_environment_strikes_cluster_in_the_anomaly(day: Scenario) -> None:
    orbits = orbits_of(day)

    def share(*, environment: bool) -> float:
        strikes = struck(
            day,
            environment=environment,
            weight_upsets_per_day=2000.0,
            work_upsets_per_day=0.0,
            memory_upsets_per_day=0.0,
            outbox_upsets_per_day=0.0,
            transmit_upsets_per_day=0.0,
        )
        at_s = np.array([one.at_ns for one in strikes]) * 1e-9
        latitude, longitude, _ = geodetic(orbits.positions_ecef(at_s)[0])
        return float(is_in_saa(latitude, longitude, 2026.4).mean())

    assert share(environment=False) < 0.1
    assert 0.22 < share(environment=True) < 0.36  # half at 686 km, and the anomaly wanes with the fourth power


def test_the_environment_strikes_by_bits(day: Scenario) -> None:
    """4.04e-7 a bit-day in Alsat-1's orbit (686 km), about 0.7 of it at 550 km, of 4.6 million bits: 1.3 a day."""
    counts = [
        Counter(one.unit for one in struck(day, environment=True, draw=draw, memory_upsets_per_day=1000.0))
        for draw in range(30)
    ]
    assert np.mean([count[WEIGHTS] for count in counts]) == pytest.approx(1.3, abs=0.6)
    assert set().union(*counts) == {"weights", "work", "memory", "outbox", "transmit"}


def test_few_upsets_of_memory_strike_two_bits(day: Scenario) -> None:
    bits = Counter(one.bits for one in struck(day, memory_upsets_per_day=10_000.0) if one.unit == MEMORY)
    assert bits[2] / bits.total() == pytest.approx(0.014, abs=0.005)  # Bentoutou 2011


def test_latch_ups_name_units(day: Scenario) -> None:
    scenario = day.model_copy(update={"radiation": Radiation(latch_ups_per_day=60.0)})
    latched = latch_ups_on(scenario, orbits_of(scenario))
    assert {one.unit for one in latched} == {"computer", "instrument", "radio"}
    assert all(isinstance(one, LatchUp) and 0 <= one.at_ns < 86400 * 10**9 for one in latched)
    assert len(latched) == pytest.approx(60, abs=25)
