"""Gases and rain against the validation examples of ITU-R Study Group 3 (CG-3M3J-13-ValEx-Rev5), copied from there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.propagation import (
    gas_loss_db,
    noise_behind_rain_k,
    rain_coefficients,
    rain_height_km,
    rain_loss_db,
)

# elevation deg, GHz, water vapour kg/m2, station km, loss dB: sheet P.676-12 A_gas, its approximation of annex 2
GASES = (
    (31.07699124, 14.25, 33.72946527, 0.031382984, 0.226874038),
    (40.232036, 14.25, 39.05128132, 0.046122988, 0.200804837),
    (46.35969261, 14.25, 43.41046058, 0.0, 0.194697008),
    (22.27833468, 14.25, 49.51318435, 0.0, 0.41148401),
    (20.14335809, 14.25, 25.92566906, 2.539861878, 0.222223506),
    (31.07699124, 29.0, 33.72946527, 0.031382984, 0.837659939),
    (46.35969261, 29.0, 37.95559991, 0.0, 0.665977674),
    (22.27833468, 29.0, 49.51318435, 0.0, 1.627537069),
    (85.80459566, 29.0, 62.58469725, 0.051251456, 0.778114483),
)
# GHz, elevation deg, loss dB in the reference atmosphere: P.676-12 annex 1, the ray traced layer by layer (itur 0.4.0)
RAY_TRACED = (
    (0.435, 5.0, 0.2187),
    (2.25, 5.0, 0.386),
    (8.2, 5.0, 0.4979),
    (8.2, 10.0, 0.2609),
    (8.2, 90.0, 0.0460),
    (20.2, 5.0, 3.0096),
    (26.5, 5.0, 2.9131),
    (26.5, 10.0, 1.5039),
    (26.5, 90.0, 0.2639),
    (32.0, 90.0, 0.2427),
)
# GHz, elevation deg, tilt deg, mm/h, k, alpha, dB/km: sheet P.838-3
RAINS = (
    (14.25, 31.07699124, 0.0, 26.48052, 0.03975488, 1.12418043, 1.58130839),
    (14.25, 52.67898486, 0.0, 78.2994993, 0.04053522, 1.10944215, 5.11503463),
    (29.0, 46.35969261, 0.0, 27.13586832, 0.21978097, 0.9484851, 5.03135479),
    (14.25, 85.80459566, 90.0, 99.13558978, 0.04133039, 1.09499629, 6.34064598),
    (29.0, 20.14335809, 90.0, 42.91007183, 0.21298877, 0.92265917, 6.83364556),
)
# latitude, station km, GHz, elevation deg, tilt deg, mm/h, slant path km, loss dB, both at 0.01 %: sheet P.618-13
SLANTS = (
    (51.5, 0.031382984, 14.25, 31.07699124, 0.0, 26.48052, 4.690817392, 6.798072267),
    (41.9, 0.046122988, 14.25, 40.232036, 0.0, 33.936232, 4.646913874, 8.223265009),
    (33.94, 0.0, 14.25, 46.35969261, 0.0, 27.13586832, 3.542006965, 5.941806096),
    (51.5, 0.031382984, 29.0, 31.07699124, 0.0, 26.48052, 4.690817392, 23.44444523),
    (22.9, 0.0, 14.25, 22.27833468, 0.0, 50.639304, 10.96995451, 18.94410356),
    (25.78, 0.00861728, 29.0, 52.67898486, 0.0, 78.2994993, 5.735098894, 58.47438336),
    (28.717, 0.209383699, 14.25, 48.24117054, 90.0, 63.61888808, 6.768266217, 14.87213733),
    (3.133, 0.051251456, 14.25, 85.80459566, 90.0, 99.15117186, 4.91990658, 21.61057916),
    (9.05, 2.539861878, 29.0, 20.14335809, 90.0, 42.91007183, 6.516372436, 35.97037673),
)
# latitude, km: sheet P.839-4
RAIN_HEIGHTS = ((3.133, 4.95797440), (41.9, 3.04749333), (51.5, 2.45273333), (22.9, 4.52800000))

elevations_deg = st.floats(5.0, 90.0)
frequencies_ghz = st.floats(0.1, 50.0)


@pytest.mark.parametrize(("elevation_deg", "ghz", "vapour_kg_m2", "altitude_km", "loss_db"), GASES)
def test_gases_in_the_validation_examples(
    elevation_deg: float, ghz: float, vapour_kg_m2: float, altitude_km: float, loss_db: float
) -> None:
    assert gas_loss_db(elevation_deg, ghz, altitude_km, vapour_kg_m2) == pytest.approx(loss_db, rel=0.06)


@pytest.mark.parametrize(("ghz", "elevation_deg", "loss_db"), RAY_TRACED)
def test_gases_along_traced_rays(ghz: float, elevation_deg: float, loss_db: float) -> None:
    assert gas_loss_db(elevation_deg, ghz) == pytest.approx(loss_db, rel=0.025)


@pytest.mark.parametrize(("ghz", "elevation_deg", "tilt_deg", "rate", "k", "alpha", "loss_db_km"), RAINS)
def test_specific_loss_of_rain(
    ghz: float, elevation_deg: float, tilt_deg: float, rate: float, k: float, alpha: float, loss_db_km: float
) -> None:
    ours_k, ours_alpha = rain_coefficients(ghz, elevation_deg, tilt_deg)
    assert (float(ours_k), float(ours_alpha)) == pytest.approx((k, alpha), rel=1e-6)
    assert ours_k * rate**ours_alpha == pytest.approx(loss_db_km, rel=1e-6)


@pytest.mark.parametrize(
    ("latitude_deg", "altitude_km", "ghz", "elevation_deg", "tilt_deg", "rate", "slant_km", "loss_db"), SLANTS
)
def test_rain_on_slant_paths(
    latitude_deg: float,
    altitude_km: float,
    ghz: float,
    elevation_deg: float,
    tilt_deg: float,
    rate: float,
    slant_km: float,
    loss_db: float,
) -> None:
    # The examples have the straight slant path of elevations from 5 degrees up; ours is curved, 0.1 % shorter.
    height_km = altitude_km + slant_km * np.sin(np.radians(elevation_deg))
    ours_db = rain_loss_db(rate, ghz, elevation_deg, latitude_deg, altitude_km, height_km=height_km, tilt_deg=tilt_deg)
    assert ours_db == pytest.approx(loss_db, rel=0.005)


@pytest.mark.parametrize(("latitude_deg", "height_km"), RAIN_HEIGHTS)
def test_rain_heights_follow_the_map(latitude_deg: float, height_km: float) -> None:
    # The map is averaged over longitudes, which scatter by up to 0.9 km.
    assert rain_height_km(latitude_deg) == pytest.approx(height_km, abs=0.9)


@given(st.floats(0.0, 89.0), st.floats(0.1, 1.0), frequencies_ghz)
def test_lower_is_lossier_through_gases(elevation_deg: float, higher_deg: float, ghz: float) -> None:
    lower_db, higher_db = gas_loss_db(np.array([elevation_deg, elevation_deg + higher_deg]), ghz)
    assert lower_db > higher_db > 0.0


@given(elevations_deg, frequencies_ghz, st.floats(-70.0, 70.0), st.floats(0.0, 100.0), st.floats(0.1, 50.0))
def test_more_rain_is_lossier(elevation_deg: float, ghz: float, latitude_deg: float, rate: float, more: float) -> None:
    drier_db, wetter_db = rain_loss_db(np.array([rate, rate + more]), ghz, elevation_deg, latitude_deg)
    assert 0.0 <= drier_db <= wetter_db
    assert np.isfinite(wetter_db)


def test_no_rain_costs_nothing_and_rain_below_1_ghz_neither() -> None:
    assert rain_loss_db(0.0, 26.5, 10.0, 45.0) == 0.0
    assert rain_loss_db(100.0, 0.435, 10.0, 45.0) == 0.0
    # Where P.838-3 begins there is no step of any size.
    assert rain_loss_db(100.0, 1.0, 10.0, 0.0) < 0.3


@given(st.floats(5.0, 270.0), st.floats(0.0, 60.0))
def test_rain_warms_a_cold_sky_up_to_its_own_temperature(sky_k: float, rain_db: float) -> None:
    assert sky_k <= noise_behind_rain_k(sky_k, rain_db) <= 275.0
