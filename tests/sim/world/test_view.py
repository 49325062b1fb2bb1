"""Views of the ground against a textbook's example, plane geometry, and an independent search."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.frames import EARTH_RADIUS_KM, dot, east_north_up, geodetic, geodetic_to_ecef
from sim.world.view import (
    camera_axes,
    corner_rays,
    ground_track,
    meet_ground,
    sample_distance_m,
)

NORTHWARD_DEG = 0.0
# Over the equator and northbound, a roll to starboard looks along the equator, whose section is a circle: what the
# sphere of a textbook says is exact there.
OVER_EQUATOR = geodetic_to_ecef(0.0, 0.0, 700.0)


def test_firesat() -> None:
    # Wertz and Larson, Space Mission Analysis and Design, 3rd edition, table 9-15: from 700 km at 57.9 degrees off
    # nadir the incidence is 70 degrees, 12.1 degrees of Earth away and 1,578 km far; pixels of 0.00245 degrees are
    # 30 m at nadir, and there 68 m across the line of sight and 199.6 m along it.
    nadir_angle_deg = np.degrees(np.arcsin(np.sin(np.radians(70.0)) * EARTH_RADIUS_KM / (EARTH_RADIUS_KM + 700.0)))
    assert nadir_angle_deg == pytest.approx(57.9, abs=0.05)
    axes = camera_axes(OVER_EQUATOR, NORTHWARD_DEG, roll_deg=nadir_angle_deg)
    sight = meet_ground(OVER_EQUATOR, axes.boresight)
    latitude_deg, longitude_deg, altitude_km = geodetic(sight.point_km)
    assert longitude_deg == pytest.approx(12.1, abs=0.05)
    assert latitude_deg == pytest.approx(0.0, abs=1e-9)
    assert altitude_km == pytest.approx(0.0, abs=1e-6)
    assert sight.range_km == pytest.approx(1578.0, rel=0.005)  # theirs is from angles rounded to a tenth
    assert sight.incidence_deg == pytest.approx(70.0, abs=1e-6)
    across_m, along_m = sample_distance_m(np.radians(0.00245), sight.range_km, sight.incidence_deg)
    assert across_m == pytest.approx(68.0, rel=0.01)
    assert along_m == pytest.approx(199.6, rel=0.01)
    straight = meet_ground(OVER_EQUATOR, camera_axes(OVER_EQUATOR, NORTHWARD_DEG).boresight)
    assert sample_distance_m(np.radians(0.00245), straight.range_km, straight.incidence_deg)[0] == pytest.approx(
        30.0, rel=0.01
    )


@given(st.floats(200.0, 2000.0), st.floats(-45.0, 45.0))
def test_along_the_equator_the_law_of_sines_holds(altitude_km: float, roll_deg: float) -> None:
    eye = geodetic_to_ecef(0.0, 20.0, altitude_km)
    sight = meet_ground(eye, camera_axes(eye, NORTHWARD_DEG, roll_deg).boresight)
    radius_km = EARTH_RADIUS_KM + altitude_km
    sine = radius_km / EARTH_RADIUS_KM * np.sin(np.radians(roll_deg))
    if abs(sine) >= 1.0:
        assert np.isnan(sight.range_km)
        return
    incidence = np.arcsin(sine)
    away = incidence - np.radians(roll_deg)
    range_km = np.sqrt(radius_km**2 + EARTH_RADIUS_KM**2 - 2.0 * radius_km * EARTH_RADIUS_KM * np.cos(away))
    _, longitude_deg, _ = geodetic(sight.point_km)
    assert longitude_deg - 20.0 == pytest.approx(np.degrees(away), abs=1e-6)
    assert sight.range_km == pytest.approx(range_km, abs=1e-5)
    assert sight.incidence_deg == pytest.approx(abs(np.degrees(incidence)), abs=1e-5)


angles = st.floats(-40.0, 40.0)
latitudes, longitudes, courses = st.floats(-89.0, 89.0), st.floats(-180.0, 180.0), st.floats(0.0, 360.0)


@given(
    st.floats(-90.0, 90.0), st.floats(-180.0, 180.0), st.floats(160.0, 36_000.0), st.floats(0.0, 360.0), angles, angles
)
def test_a_ray_meets_the_ellipsoid_first_where_it_enters_it(
    latitude_deg: float, longitude_deg: float, altitude_km: float, course_deg: float, roll_deg: float, pitch_deg: float
) -> None:
    eye = geodetic_to_ecef(latitude_deg, longitude_deg, altitude_km)
    ray = camera_axes(eye, course_deg, roll_deg, pitch_deg).boresight
    sight = meet_ground(eye, ray)
    reach_km = np.linspace(0.0, 60_000.0, 4001)
    heights_km = geodetic(eye + reach_km[:, None] * ray)[2]
    if np.isnan(sight.range_km):
        assert heights_km.min() > -1.0
        return
    assert geodetic(sight.point_km)[2] == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(sight.point_km, eye + sight.range_km * ray, atol=1e-6)
    assert (heights_km[reach_km < sight.range_km - 0.01] > 0.0).all()


@given(latitudes, longitudes, courses, angles, angles)
def test_axes_are_right_handed_and_look_where_told(
    latitude_deg: float, longitude_deg: float, course_deg: float, roll_deg: float, pitch_deg: float
) -> None:
    eye = geodetic_to_ecef(latitude_deg, longitude_deg, 500.0)
    axes = camera_axes(eye, course_deg, roll_deg, pitch_deg)
    np.testing.assert_allclose(np.cross(axes.boresight, axes.ahead), axes.right, atol=1e-12)
    east, north, up = east_north_up(latitude_deg, longitude_deg)
    course, pitch, roll = np.radians([course_deg, pitch_deg, roll_deg])
    level = np.cos(course) * north + np.sin(course) * east
    starboard = np.cos(course) * east - np.sin(course) * north
    assert dot(axes.boresight, level) == pytest.approx(np.sin(pitch), abs=1e-9)
    assert dot(axes.boresight, starboard) == pytest.approx(np.cos(pitch) * np.sin(roll), abs=1e-9)
    assert -dot(axes.boresight, up) == pytest.approx(np.cos(pitch) * np.cos(roll), abs=1e-9)


def test_nadir_is_the_subsatellite_point() -> None:
    eye = geodetic_to_ecef([51.0, -85.0], [10.0, 179.0], [550.0, 36_000.0])
    sight = meet_ground(eye, camera_axes(eye, [30.0, 200.0]).boresight)
    np.testing.assert_allclose(sight.point_km, ground_track(eye), atol=1e-7)
    np.testing.assert_allclose(sight.range_km, [550.0, 36_000.0], atol=1e-7)
    np.testing.assert_allclose(sight.incidence_deg, 0.0, atol=1e-4)


def test_past_the_limb_there_is_nothing() -> None:
    # The limb from 700 km: asin(6378.137 / 7078.137) = 64.3 degrees.
    for roll_deg, is_met in ((64.2, True), (64.4, False), (120.0, False)):
        sight = meet_ground(OVER_EQUATOR, camera_axes(OVER_EQUATOR, NORTHWARD_DEG, roll_deg).boresight)
        assert np.isfinite(sight.range_km) == is_met
        assert np.isfinite(sight.point_km).all() == is_met


def test_corner_rays_go_round_from_the_first_pixel() -> None:
    rays = corner_rays(camera_axes(OVER_EQUATOR, NORTHWARD_DEG), 0.01, 0.02)
    latitude_deg, longitude_deg, _ = geodetic(meet_ground(OVER_EQUATOR, rays).point_km)
    assert np.sign(latitude_deg).tolist() == [1.0, 1.0, -1.0, -1.0]
    assert np.sign(longitude_deg).tolist() == [-1.0, 1.0, 1.0, -1.0]
    # 700 km x 0.01 and 0.02 on a radius of 6,378 km, and of 6,336 km along the meridian.
    np.testing.assert_allclose(np.abs(longitude_deg), np.degrees(7.0 / 6378.137), rtol=2e-4)
    np.testing.assert_allclose(np.abs(latitude_deg), np.degrees(14.0 / 6335.439), rtol=2e-4)
