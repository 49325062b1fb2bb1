"""Earthshine against closed forms, Lambert's phase law, and brute-force integrals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.world.earthshine import (
    EARTH_ALBEDO,
    EARTH_INFRARED_W_M2,
    EARTH_MEAN_RADIUS_KM,
    albedo_w_m2,
    earth_infrared_w_m2,
    earth_view_factor,
)
from sim.world.environment import SOLAR_CONSTANT_W_M2

UP = np.array([0.0, 0.0, 1.0])
unit = st.tuples(st.floats(-1.0, 1.0), st.floats(0.0, 2.0 * np.pi)).map(
    lambda place: np.array([*(np.sqrt(1.0 - place[0] ** 2) * np.array([np.cos(place[1]), np.sin(place[1])])), place[0]])
)


def _brute(ratio: float, normal: np.ndarray, sun: np.ndarray | None = None) -> float:
    """The same integral over 240 x 480 directions to the Earth's disc; over an evenly bright Earth without a Sun."""
    emission = (np.arange(240) + 0.5)[:, None] / 240
    around = 2.0 * np.pi * (np.arange(480) + 0.5) / 480
    off_sine = np.sqrt(1.0 - emission**2) / ratio
    off_cosine = np.sqrt(1.0 - off_sine**2)
    facing = off_sine * (np.cos(around) * normal[0] + np.sin(around) * normal[1]) - off_cosine * normal[2]
    lit = 1.0
    if sun is not None:
        angle = np.arccos(emission) - np.arcsin(off_sine)
        lit = np.sin(angle) * (np.cos(around) * sun[0] + np.sin(around) * sun[1]) + np.cos(angle) * sun[2]
    seen = np.maximum(facing, 0.0) / off_cosine * np.maximum(lit, 0.0) * emission
    return float(2.0 * seen.mean() / ratio**2)


def test_view_factor_limits() -> None:
    # Facing down, the squared sine of the Earth's angular radius; half of the sky for one on the ground's edge.
    assert earth_view_factor(EARTH_MEAN_RADIUS_KM * 1.1, 1.0) == pytest.approx(1.0 / 1.21)
    assert earth_view_factor(EARTH_MEAN_RADIUS_KM, np.array([1.0, 0.0, -1.0])) == pytest.approx([1.0, 0.5, 0.0])
    # A plate on its side: (arctan(1 / x) - x / H^2) / pi with x^2 = H^2 - 1 (Howell's catalogue, from memory).
    side = (np.arctan(1.0 / np.sqrt(0.21)) - np.sqrt(0.21) / 1.21) / np.pi
    assert earth_view_factor(EARTH_MEAN_RADIUS_KM * 1.1, 0.0) == pytest.approx(side)
    assert earth_infrared_w_m2(EARTH_MEAN_RADIUS_KM * 1.1, 1.0) == pytest.approx(EARTH_INFRARED_W_M2 / 1.21)


@given(st.floats(1.01, 8.0), st.floats(-1.0, 1.0))
@settings(max_examples=60, deadline=None)
def test_view_factor_of_a_tilted_plate(ratio: float, nadir_cosine: float) -> None:
    normal = np.array([np.sqrt(1.0 - nadir_cosine**2), 0.0, -nadir_cosine])
    ours = earth_view_factor(ratio * EARTH_MEAN_RADIUS_KM, nadir_cosine)
    assert 0.0 <= ours <= 1.0
    assert ours == pytest.approx(_brute(ratio, normal), abs=3e-5)


@given(st.floats(1.01, 8.0), unit, unit)
@settings(max_examples=60, deadline=None)
def test_albedo_on_any_plate(ratio: float, normal: np.ndarray, sun: np.ndarray) -> None:
    ours = albedo_w_m2(1.0 / EARTH_ALBEDO, ratio * EARTH_MEAN_RADIUS_KM * UP, sun, normal)
    noon = _brute(ratio, -UP, UP)
    assert ours == pytest.approx(_brute(ratio, normal, sun), abs=0.004 * noon)


def test_from_afar_it_is_a_lambert_sphere() -> None:
    # (2 / 3) (sin a + (pi - a) cos a) / pi / H^2 for phase angle a (Lambert's phase law, as PyAstronomy writes it).
    phase = np.linspace(0.0, np.pi, 19)
    sun = np.stack([np.sin(phase), np.zeros(19), np.cos(phase)], axis=-1)
    ours = albedo_w_m2(1361.0, 2000.0 * EARTH_MEAN_RADIUS_KM * UP, 1.5e8 * sun, -UP) * 2000.0**2
    law = EARTH_ALBEDO * 1361.0 * 2.0 / 3.0 * (np.sin(phase) + (np.pi - phase) * np.cos(phase)) / np.pi
    np.testing.assert_allclose(ours, law, atol=0.004 * law[0])


def test_the_earth_is_in_balance() -> None:
    """What a sphere takes up of the Sun's light on its disc leaves all over it: within 1 %."""
    taken_w_m2 = (1.0 - EARTH_ALBEDO) * SOLAR_CONSTANT_W_M2 / 4.0
    assert taken_w_m2 == pytest.approx(EARTH_INFRARED_W_M2, rel=0.01)


def test_noon_and_night() -> None:
    low = 1.0001 * EARTH_MEAN_RADIUS_KM * UP
    assert albedo_w_m2(1361.0, low, UP, -UP) == pytest.approx(EARTH_ALBEDO * 1361.0, rel=2e-3)
    high = 1.08 * EARTH_MEAN_RADIUS_KM * UP
    horizon = np.arccos(1.0 / 1.08)
    beyond = np.array([np.cos(horizon + 0.01), 0.0, -np.sin(horizon + 0.01)])
    assert albedo_w_m2(1361.0, high, beyond, -UP) == 0.0
    assert albedo_w_m2(1361.0, high, np.array([1.0, 0.0, -0.05]), -UP) > 0.0
    assert albedo_w_m2(1361.0, high, UP, UP) == 0.0


def test_satellites_do_not_touch_each_other() -> None:
    random = np.random.default_rng(5)
    position, normal = random.normal(size=(2, 40, 7, 3))
    position *= 7000.0 / np.sqrt((position**2).sum(-1))[..., None]
    normal /= np.sqrt((normal**2).sum(-1))[..., None]
    sun = random.normal(size=(7, 3))
    together = albedo_w_m2(1361.0, position, sun, normal)
    assert together.shape == (40, 7)
    assert (albedo_w_m2(1361.0, position[3], sun, normal[3]) == together[3]).all()
