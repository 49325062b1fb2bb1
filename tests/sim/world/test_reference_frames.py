"""Frames against Vallado's worked examples and skyfield."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.data import sample_path
from sim.world.elements import parse_tle_text
from sim.world.ephemeris import Ephemeris
from sim.world.frames import (
    days_since_j2000,
    dot,
    east_north_up,
    geodetic,
    geodetic_to_ecef,
    gmst_rad,
    ground_track_heading_deg,
    states_to_ecef,
    teme_to_ecef,
)
from sim.world.orbit import Orbits


def test_sidereal_time() -> None:
    # Vallado 2013, example 3-5: 1992-08-20 12:14 UT1.
    angle_deg = np.degrees(gmst_rad(datetime(1992, 8, 20, 12, 14, tzinfo=UTC), 0.0))
    np.testing.assert_allclose(angle_deg, 152.578787810, atol=1e-6)


def test_geodetic_coordinates() -> None:
    # Vallado 2013, example 3-3.
    latitude_deg, longitude_deg, altitude_km = geodetic(np.array([6524.834, 6862.875, 6448.296]))
    assert latitude_deg == pytest.approx(34.352496, abs=2e-6)
    assert longitude_deg == pytest.approx(46.4464, abs=1e-4)
    assert altitude_km == pytest.approx(5085.22, abs=5e-3)


@given(st.floats(-90.0, 90.0), st.floats(-179.99, 179.99), st.floats(-0.4, 50_000.0))
def test_geodetic_is_the_inverse(latitude_deg: float, longitude_deg: float, altitude_km: float) -> None:
    ecef = geodetic_to_ecef(latitude_deg, longitude_deg, altitude_km)
    again = geodetic_to_ecef(*geodetic(ecef))
    np.testing.assert_allclose(again, ecef, atol=1e-6)


def test_teme_to_earth_fixed() -> None:
    # AIAA 2006-6753, appendix C (Vallado 2013, example 3-15): TEME to PEF at 2004-04-06 07:51:28.386009 UTC,
    # with UT1 - UTC = -0.4399619 s added to the instant.
    teme = np.array([[5094.18016210, 6127.64465950, 6380.34453270]])
    pef_km = [[-1033.4750313, 7901.3055856, 6380.3445327]]
    epoch = datetime(2004, 4, 6, 7, 51, 27, 946047, tzinfo=UTC)
    np.testing.assert_allclose(teme_to_ecef(teme, gmst_rad(epoch, 0.0)), pef_km, atol=1e-3)


def test_headings() -> None:
    east_of_equator = np.array([[7000.0, 0.0, 0.0], [7000.0, 0.0, 0.0], [7000.0, 0.0, 0.0]])
    velocity = np.array([[0.0, 0.0, 7.0], [0.0, 7.0, 0.0], [0.0, -5.0, -5.0]])
    np.testing.assert_allclose(ground_track_heading_deg(east_of_equator, velocity), [0.0, 90.0, 225.0], atol=1e-9)


def test_earth_fixed_velocity() -> None:
    # AIAA 2006-6753, appendix C (Vallado 2013, example 3-15): PEF velocity; polar motion and length of day aside.
    position = np.array([[5094.18016210, 6127.64465950, 6380.34453270]])
    velocity = np.array([[-4.746131487, 0.785818041, 5.531931288]])
    epoch = datetime(2004, 4, 6, 7, 51, 27, 946047, tzinfo=UTC)
    _, fixed = states_to_ecef(position, velocity, gmst_rad(epoch, 0.0))
    np.testing.assert_allclose(fixed, [[-3.225636520, -2.872451450, 5.531924446]], atol=1e-5)


@given(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0))
def test_the_horizon_is_a_right_handed_frame(latitude_deg: float, longitude_deg: float) -> None:
    east, north, up = east_north_up(latitude_deg, longitude_deg)
    np.testing.assert_allclose(np.cross(east, north), up, atol=1e-14)
    for axis in (east, north, up):
        assert dot(axis, axis) == pytest.approx(1.0, abs=1e-14)
    ground = geodetic_to_ecef(latitude_deg, longitude_deg, 0.0)
    higher = geodetic_to_ecef(latitude_deg, longitude_deg, 1.0)
    np.testing.assert_allclose(higher - ground, up, atol=1e-10)


def test_days_count_from_j2000() -> None:
    assert days_since_j2000(datetime(2000, 1, 2, tzinfo=UTC), [43200.0, 129600.0]).tolist() == [1.0, 2.0]


def test_the_whole_chain_against_skyfield() -> None:
    """From elements to geodetic coordinates: skyfield 1.55 with its own Earth orientation, UT1 included."""
    skyfield = pytest.importorskip("skyfield.api")
    path = sample_path("orbits", "flock-4x-22.tle")
    elements = parse_tle_text(path.read_text(), path)[0]
    t_s = np.arange(0.0, 86400.0, 311.0)
    ephemeris = Ephemeris(Orbits([elements], datetime(2022, 7, 17, tzinfo=UTC)), 0.0, 86400.0)
    latitude_deg, longitude_deg, altitude_km = (row[0] for row in geodetic(ephemeris.positions_ecef(t_s)))
    satellite = skyfield.EarthSatellite(elements.line1, elements.line2)
    places = skyfield.wgs84.geographic_position_of(
        satellite.at(skyfield.load.timescale(builtin=True).utc(2022, 7, 17, 0, 0, t_s))
    )
    # Polar motion and UT1 - UTC are neglected here: 0.5 km on the ground at most.
    theirs = geodetic_to_ecef(places.latitude.degrees, places.longitude.degrees, 0.0)
    assert np.abs(geodetic_to_ecef(latitude_deg, longitude_deg, 0.0) - theirs).max() < 0.5
    np.testing.assert_allclose(altitude_km, places.elevation.km, atol=0.01)
