"""Rates along an orbit, held against the sources that they are made from."""

import numpy as np
import pytest

from sim.radiation import environment as env

AP8_PROTON_DOSE_RAD = {20: 452.9, 30: 1192.2, 40: 1292.6, 50: 868.3, 70: 603.3, 100: 550.1}
"""Of trapped protons in five years at 550 km behind 10 mm of aluminium by inclination: SPENVIS, AP-8 MIN, as published
in github.com/pfandzelter/leo-edge-failure-models, compute-failure/cleaned."""


def orbit_mean(shape: str, altitude_km: float, inclination_deg: float) -> float:
    track = env.circular_track(inclination_deg)
    if shape == "protons":
        return float(env.proton_shape(*track, altitude_km, 2023.0).mean())
    return float(env.relative_rate(*track, altitude_km, 2023.0).mean())


def test_the_anomaly_is_as_wide_as_the_trapped_protons_dose_by_inclination() -> None:
    means = np.array([orbit_mean("protons", 550.0, inclination) for inclination in AP8_PROTON_DOSE_RAD])
    dose = np.array(list(AP8_PROTON_DOSE_RAD.values()))
    scale = means @ dose / (means @ means)
    assert scale * means == pytest.approx(dose, rel=0.05)
    assert scale * orbit_mean("protons", 550.0, 0.0) < 10.0, "AP-8 has nothing over the equator"


def test_the_anchor_is_alsat_1() -> None:
    assert orbit_mean("all", 686.0, 98.2) == pytest.approx(1.0, rel=1e-6)
    assert env.SRAM_UPSETS_PER_BIT_DAY == 4.04e-7  # Bentoutou 2011


def test_events_fall_three_to_two_to_one_on_anomaly_poles_and_rest() -> None:
    """doi 10.12126/see.2019.02.002, of latch-ups."""
    latitude, longitude = env.circular_track(98.2)
    cosmic = env.cosmic_shape(latitude, longitude, 686.0)
    polar = np.abs(env.geomagnetic_latitude_deg(latitude, longitude)) > 55.0
    share = (1.0 - env.SAA_SHARE) * cosmic[polar].sum() / cosmic.sum()
    assert (env.SAA_SHARE, share) == pytest.approx((1 / 2, 1 / 3), abs=0.01)


@pytest.mark.parametrize(("geomagnetic_deg", "cutoff_gv"), [(0.0, 14.70), (50.0, 2.21), (64.0, 0.19), (90.0, 0.0)])
def test_the_cutoff_falls_towards_the_poles(geomagnetic_deg: float, cutoff_gv: float) -> None:
    """Ogliore et al. 2001: 15.062 cos^4 - 0.363, worked out by hand at the Earth's surface."""
    assert env.cutoff_rigidity_gv(geomagnetic_deg, 0.0) == pytest.approx(cutoff_gv, abs=0.01)


def test_the_dipole_has_its_pole_and_its_equator() -> None:
    at_pole = env.geomagnetic_latitude_deg(env.POLE_LATITUDE_DEG, env.POLE_LONGITUDE_DEG)
    assert at_pole == pytest.approx(90.0, abs=1e-4)
    assert env.geomagnetic_latitude_deg(0.0, env.POLE_LONGITUDE_DEG + 90.0) == pytest.approx(0.0, abs=1e-9)


def test_bits_upset_far_faster_in_the_anomaly_than_beside_it() -> None:
    inside, equator, pacific = env.relative_rate([-30.0, 0.0, -30.0], [-53.0, 100.0, 160.0], 550.0, 2026.0)
    assert inside > 20.0 * equator
    assert inside > 20.0 * pacific
    assert env.is_in_saa([-30.0, 0.0], [-53.0, 100.0], 2026.0).tolist() == [True, False]
    assert env.is_in_saa(-30.0, 307.0, 2026.0), "longitudes count round the Earth"


def test_higher_is_worse_and_low_inclinations_miss_the_poles() -> None:
    assert orbit_mean("all", 400.0, 51.6) < orbit_mean("all", 550.0, 97.6) < orbit_mean("all", 800.0, 98.6)
