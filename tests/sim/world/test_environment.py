"""Sun and shadow against published values."""

from datetime import UTC, datetime

import erfa
import numpy as np
import pytest

from sim.world.elements import CircularOrbit
from sim.world.environment import (
    ASTRONOMICAL_UNIT_KM,
    EARTH_FLATTENING,
    SUN_RADIUS_KM,
    beta_angle_deg,
    illuminated_fraction,
    solar_flux_w_m2,
    sun_position_au,
    sun_zenith_deg,
)
from sim.world.frames import EARTH_RADIUS_KM
from sim.world.orbit import Orbits


def test_sun_position() -> None:
    # Vallado 2013, example 5-1.
    sun_au = sun_position_au(datetime(2006, 4, 2, tzinfo=UTC), 0.0)
    np.testing.assert_allclose(sun_au, [[0.9771945, 0.1924424, 0.0834308]], atol=2e-6)


def test_seasons() -> None:
    # Perihelion 2026-01-03 17:16 at 0.98330 AU, June solstice 2026-06-21 08:24 (USNO): flux and declination.
    perihelion = sun_position_au(datetime(2026, 1, 3, 17, 16, tzinfo=UTC), 0.0)
    assert np.linalg.norm(perihelion) == pytest.approx(0.98330, abs=5e-5)
    assert solar_flux_w_m2(perihelion)[0] == pytest.approx(1361.0 / 0.98330**2, abs=0.2)
    solstice = sun_position_au(datetime(2026, 6, 21, 8, 24, tzinfo=UTC), 0.0)[0]
    assert np.degrees(np.arctan2(solstice[1], solstice[0])) == pytest.approx(90.0, abs=0.02)
    assert np.degrees(np.arcsin(solstice[2] / np.linalg.norm(solstice))) == pytest.approx(23.436, abs=0.02)


@pytest.mark.parametrize("year", range(2000, 2051, 5))
def test_sun_against_erfa(year: int) -> None:
    # The apparent Sun of ERFA (IAU SOFA, BSD licence): its Earth about the Sun (epv00), light time, aberration, then
    # bias, precession and nutation (pnm06a), and the equation of the equinoxes back to TEME.
    epoch = datetime(year, 1, 1, tzinfo=UTC)
    t_s = np.arange(0.0, 366.0, 3.7) * 86_400.0
    ours_au = sun_position_au(epoch, t_s)
    day = 2451545.0 + (epoch - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86_400.0
    terrestrial = (t_s + 68.0) / 86_400.0
    heliocentric, barycentric = erfa.epv00(day, terrestrial)
    distance_au = np.sqrt((heliocentric["p"] ** 2).sum(-1))
    natural = -heliocentric["p"] / distance_au[:, None]
    velocity_c = barycentric["v"] * (erfa.DAU / erfa.DAYSEC / erfa.CMPS)
    lorentz = np.sqrt(1.0 - (velocity_c**2).sum(-1))
    proper = erfa.ab(natural, velocity_c, distance_au, lorentz)
    true_of_date = np.einsum("nij,nj->ni", erfa.pnm06a(day, terrestrial), proper)
    equinoxes = erfa.ee06a(day, terrestrial)
    x, y, z = true_of_date.T
    cosine, sine = np.cos(equinoxes), np.sin(equinoxes)
    teme = np.stack([cosine * x - sine * y, sine * x + cosine * y, z], axis=-1)
    apart = np.sqrt(((ours_au / np.sqrt((ours_au**2).sum(-1))[:, None] - teme) ** 2).sum(-1))
    assert np.degrees(apart).max() < 0.02
    np.testing.assert_allclose(np.sqrt((ours_au**2).sum(-1)), distance_au, atol=1e-4)


def test_sun_over_the_ground() -> None:
    # At the June solstice the Sun stands over the tropic, at the longitude that the clock and the equation of
    # time (-1.9 min) give; the antipode has it underfoot.
    solstice = datetime(2026, 6, 21, 8, 24, tzinfo=UTC)
    longitude_deg = -15.0 * (8.4 - 12.0 - 1.9 / 60.0)
    assert sun_zenith_deg(23.436, longitude_deg, solstice, 0.0)[0] < 0.1
    assert sun_zenith_deg(-23.436, longitude_deg - 180.0, solstice, 0.0)[0] > 179.9
    both = sun_zenith_deg(np.array([90.0, -90.0]), np.array([0.0, 0.0]), solstice, [0.0, 0.0])
    np.testing.assert_allclose(both, [90.0 - 23.436, 90.0 + 23.436], atol=0.02)


def _behind_the_earth(distance_km: float, off_axis_km: np.ndarray) -> np.ndarray:
    position = np.zeros((len(off_axis_km), 3))
    position[:, 0], position[:, 1] = -distance_km, off_axis_km
    return illuminated_fraction(position, np.array([1.0, 0.0, 0.0]))


def test_shadow_cones() -> None:
    # Similar triangles give the radii of umbra and penumbra behind a sphere.
    distance_km = 7000.0 * np.cos(np.radians(20.0))
    slope_umbra = (SUN_RADIUS_KM - EARTH_RADIUS_KM) / ASTRONOMICAL_UNIT_KM
    slope_penumbra = (SUN_RADIUS_KM + EARTH_RADIUS_KM) / ASTRONOMICAL_UNIT_KM
    umbra_km = EARTH_RADIUS_KM / np.cos(np.arcsin(slope_umbra)) - distance_km * np.tan(np.arcsin(slope_umbra))
    penumbra_km = EARTH_RADIUS_KM / np.cos(np.arcsin(slope_penumbra)) + distance_km * np.tan(np.arcsin(slope_penumbra))
    edges_km = np.array([0.0, umbra_km - 0.01, umbra_km + 0.5, penumbra_km - 0.5, penumbra_km + 0.01])
    light = _behind_the_earth(distance_km, edges_km)
    assert light[0] == light[1] == 0.0
    assert 0.0 < light[2] < 0.01
    assert 0.99 < light[3] < 1.0
    assert light[4] == 1.0
    across = _behind_the_earth(distance_km, np.linspace(umbra_km, penumbra_km, 200))
    assert (np.diff(across) > 0.0).all()
    assert across[100] == pytest.approx(0.5, abs=0.01)


def test_the_shadow_of_an_oblate_earth() -> None:
    # Over a pole at the equinox the ellipsoid's shadow is that of its polar radius, 21.4 km less; in the plane of the
    # equator both are the same.
    off_axis_km = np.linspace(6300.0, 6420.0, 2401)
    over_pole, round_equator = np.zeros((2, len(off_axis_km), 3))
    over_pole[:, 0] = round_equator[:, 0] = -2600.0
    over_pole[:, 2] = round_equator[:, 1] = off_axis_km
    sun_au = np.array([1.0, 0.0, 0.0])
    half = [
        off_axis_km[np.searchsorted(illuminated_fraction(place, sun_au, flattening), 0.5)]
        for place in (over_pole, round_equator)
        for flattening in (EARTH_FLATTENING, 0.0)
    ]
    assert half[1] - half[0] == pytest.approx(21.38, abs=0.15)
    assert half[2] == half[3] == half[1]


def test_beta_angle() -> None:
    # Sun over the plane, in it, and 30 degrees under it.
    position, velocity = np.array([7000.0, 0.0, 0.0]), np.array([0.0, 7.5, 0.0])
    suns = np.array([[0.0, 0.0, 1.0], [0.3, -0.7, 0.0], [np.sqrt(0.75), 0.0, -0.5]])
    np.testing.assert_allclose(beta_angle_deg(position, velocity, suns), [90.0, 0.0, -30.0], atol=1e-9)
    # A dawn-dusk orbit at the June solstice: inclination 97.6 and declination 23.44 leave 59 to 60 degrees.
    epoch = datetime(2026, 6, 21, 8, 24, tzinfo=UTC)
    states = Orbits([CircularOrbit(550.0, 97.6, ltan_h=18.0)], epoch).states_teme(0.0)
    assert abs(beta_angle_deg(*states, sun_position_au(epoch, 0.0))[0, 0]) == pytest.approx(59.0, abs=0.6)


def test_day_side_is_lit() -> None:
    assert illuminated_fraction(np.array([7000.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])) == 1.0


def test_eclipse_share_of_the_paseos_orbit() -> None:
    # PASEOS 0.2.1, run: 95 minutes at 10 s from 2022-10-27T21:00Z, 0.342 to 0.347 in eclipse.
    epoch = datetime(2022, 10, 27, 21, tzinfo=UTC)
    orbits = Orbits([CircularOrbit(6921.0 - EARTH_RADIUS_KM, 97.6, raan_deg=0.0)], epoch)
    t_s = np.arange(0.0, 5700.0, 10.0)
    light = illuminated_fraction(orbits.positions_teme(t_s), sun_position_au(epoch, t_s))
    assert light.shape == (1, 570)
    assert 0.332 < 1.0 - light.mean() < 0.357
