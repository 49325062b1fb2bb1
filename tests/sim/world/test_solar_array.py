"""Incidence of every mount, and what cells make of the light."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.attitude import sun_in_body, unit
from sim.world.solar_array import Mount, aged, cell_power_w, incidence, towards

angles = st.floats(-np.pi, np.pi)


def test_cell_power() -> None:
    # By hand: 1361 W/m2 x 0.1 m2 x 30 % = 40.83 W; 40 K above the reference, 0.3 % a kelvin costs 12 %.
    power_w = cell_power_w(np.array([1361.0, 680.5, 0.0, 1361.0]), 0.03, [300.0, 300.0, 300.0, 340.0], -0.003, 300.0)
    np.testing.assert_allclose(power_w, [40.83, 20.415, 0.0, 40.83 * 0.88])
    assert cell_power_w(1361.0, 0.03, 900.0, -0.003, 300.0) == 0.0


def test_ageing_compounds() -> None:
    # SMAD, section 11.4.1: 2.75 % a year over 5 years leave 87 %.
    assert aged(0.0275, 5.0) == pytest.approx(0.87, abs=0.001)


def test_fixed_panels_see_one_side() -> None:
    cosine = np.array([1.0, 0.5, -0.5, 0.0])
    np.testing.assert_allclose(incidence(Mount.FIXED, cosine), [1.0, 0.5, 0.0, 0.0])
    np.testing.assert_allclose(incidence(Mount.TWO_AXES, cosine), 1.0)


@given(angles, angles)
def test_one_axis_is_the_best_that_any_turn_about_it_gives(azimuth: float, elevation: float) -> None:
    sun = np.array([np.cos(elevation) * np.cos(azimuth), np.sin(elevation), np.cos(elevation) * np.sin(azimuth)])
    turns = np.linspace(0.0, 2.0 * np.pi, 2001)
    normals = np.stack([np.cos(turns), np.zeros_like(turns), np.sin(turns)])
    best = float((normals.T @ sun).max())
    axis = np.array([[0.0], [1.0], [0.0]])
    ours = float(incidence(Mount.ONE_AXIS, towards(axis, sun[:, None]))[0])
    assert ours == pytest.approx(best, abs=1e-5)


def test_sun_in_the_axes_of_a_nadir_pointing_body() -> None:
    # Over the equator at noon, moving east: the Sun overhead; a quarter orbit on it stands behind, then below.
    sun = np.array([1.0, 0.0, 0.0])
    positions = np.array([[7000.0, 0.0, 0.0], [0.0, 7000.0, 0.0], [-7000.0, 0.0, 0.0]])
    velocities = np.array([[0.0, 7.5, 0.0], [-7.5, 0.0, 0.0], [0.0, -7.5, 0.0]])
    np.testing.assert_allclose(sun_in_body(positions, velocities, sun), [[0, 0, -1], [-1, 0, 0], [0, 0, 1]], atol=1e-12)
    # The Sun over the north pole stands to port of an eastward satellite: against the body's y, as the orbit's normal.
    north = sun_in_body(positions, velocities, np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(north, [[0, -1, 0]] * 3, atol=1e-12)
    assert unit((3.0, 0.0, 4.0)).tolist() == [0.6, 0.0, 0.8]
