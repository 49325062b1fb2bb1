"""The battery's account closes whatever happens, and its limits hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.battery import Batteries, battery_step

joules = st.floats(0.0, 1e6)
shares = st.floats(0.5, 1.0)
rates_per_h, tapers = st.floats(0.01, 20.0), st.floats(0.0, 0.99)


@given(
    st.floats(1.0, 1e6),
    joules,
    joules,
    st.floats(0.0, 1.0),
    shares,
    shares,
    st.floats(0.01, 20.0),
    st.floats(0.0, 0.99),
)
def test_account_closes_and_charge_stays_within(
    capacity_j: float,
    generated_j: float,
    load_j: float,
    charge: float,
    charging: float,
    discharging: float,
    c_per_h: float,
    taper_from: float,
) -> None:
    batteries = Batteries(capacity_j, 0.1 * capacity_j, charging, discharging, c_per_h, c_per_h, taper_from)
    energy_j = charge * capacity_j
    step = battery_step(batteries, energy_j, generated_j, load_j, 10.0)
    served_j = load_j - step.unserved_j
    # Exact but for the rounding of a handful of additions.
    tolerance_j = 16 * np.finfo(float).eps * (capacity_j + generated_j + load_j)
    lost_j = step.heat_j + step.curtailed_j
    assert abs(generated_j - (step.energy_j - energy_j) - served_j - lost_j) <= tolerance_j
    assert 0.0 <= step.energy_j <= capacity_j + tolerance_j
    assert step.energy_j >= min(energy_j, 0.1 * capacity_j) - tolerance_j
    assert step.heat_j >= -tolerance_j
    assert step.curtailed_j >= 0.0
    assert 0.0 <= step.unserved_j <= load_j
    assert abs(step.energy_j - energy_j) <= c_per_h * capacity_j * 10.0 / 3600.0 + tolerance_j


def test_cases_side_by_side() -> None:
    # By hand. Charging at 90 %, a nearly full battery, a full one, discharging at 80 %, one near its floor.
    batteries = Batteries(100.0, 10.0, 0.9, 0.8)
    step = battery_step(
        batteries,
        np.array([50.0, 98.0, 100.0, 50.0, 13.0]),
        np.array([20.0, 20.0, 20.0, 0.0, 0.0]),
        np.array([10.0, 10.0, 10.0, 8.0, 8.0]),
        10.0,
    )
    np.testing.assert_allclose(step.energy_j, [59.0, 100.0, 100.0, 40.0, 10.0])
    np.testing.assert_allclose(step.heat_j, [1.0, 2.0 / 9.0, 0.0, 2.0, 0.6])
    np.testing.assert_allclose(step.curtailed_j, [0.0, 10.0 - 20.0 / 9.0, 10.0, 0.0, 0.0])
    np.testing.assert_allclose(step.unserved_j, [0.0, 0.0, 0.0, 0.0, 5.6])


def test_a_load_that_can_be_served_leaves_nothing_unserved() -> None:
    # A brown-out is told by unserved > 0: rounding must not make one.
    rng = np.random.default_rng(3)
    load_j = rng.uniform(0.0, 100.0, 10_000)
    step = battery_step(Batteries(1e6, 1e5, 0.97, 0.96), 5e5, rng.uniform(0.0, 100.0, 10_000), load_j, 10.0)
    assert not step.unserved_j.any()
    assert not step.curtailed_j.any()


def test_charging_tapers_exponentially_once_full_voltage_is_reached() -> None:
    # From 95 %, with C/2 and the last tenth at constant voltage, what is missing decays with 0.1 / 0.5 h = 720 s,
    # however long the steps are.
    for dt_s in (1.0, 60.0):
        energy_j = np.array(0.95e6)
        batteries = Batteries(1e6, charge_c_per_h=0.5, taper_from=0.9)
        for _ in range(round(720.0 / dt_s)):
            energy_j = battery_step(batteries, energy_j, 1e6, 0.0, dt_s).energy_j
        assert 1e6 - float(energy_j) == pytest.approx(0.05e6 * np.exp(-1.0), rel=1e-9)


def test_no_charge_below_freezing() -> None:
    batteries = Batteries(100.0, min_charge_temperature_k=273.15)
    step = battery_step(batteries, 50.0, 20.0, 10.0, 10.0, np.array([273.14, 273.15]))
    np.testing.assert_allclose(step.energy_j, [50.0, 60.0])
    np.testing.assert_allclose(step.curtailed_j, [10.0, 0.0])
    # Discharging is allowed.
    assert battery_step(batteries, 50.0, 0.0, 10.0, 10.0, 250.0).energy_j == 40.0


def test_paseos_charge() -> None:
    # PASEOS 0.2.1, run: 400 kJ at 90 %, 40 W in sunlight, loads 30 W sunlit and 12 W in eclipse, 95 minutes
    # at 10 s, minimum 0.873 and end 0.934. Its eclipse share (0.344) is put in the middle here; within 0.02.
    sunlit = np.ones(570, dtype=bool)
    sunlit[160:356] = False
    energy_j, charge = np.array(0.9 * 400e3), []
    for lit in sunlit:
        energy_j = battery_step(Batteries(400e3), energy_j, 400.0 * lit, 300.0 if lit else 120.0, 10.0).energy_j
        charge.append(float(energy_j) / 400e3)
    assert min(charge) == pytest.approx(0.873, abs=0.02)
    assert charge[-1] == pytest.approx(0.934, abs=0.02)
