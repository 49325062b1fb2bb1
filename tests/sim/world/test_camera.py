"""Cameras: cote's cadence, footprints at nadir and off it, sample distances, and what pointing costs."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.errors import InputError
from onboard.mission_time import to_ns, to_s
from sim.data import sample_path
from sim.equipment.instrument import Instrument
from sim.equipment.records import read_record
from sim.planning import orbits_of
from sim.resolve import resolve, scenario_path
from sim.scenario import Pointing, Satellite, Scenario
from sim.scenes.land import LandMask
from sim.world.camera import Exposure, Viewpoint, footprint_deg, frame_times_s, pixel_rad, plan_exposures
from sim.world.elements import parse_tle_text
from sim.world.environment import sun_zenith_deg
from sim.world.ephemeris import Ephemeris
from sim.world.frames import EARTH_RADIUS_KM, east_north_up, geodetic, geodetic_to_ecef
from sim.world.orbit import Orbits
from sim.world.view import camera_axes, ground_track, meet_ground

DURATION_NS = to_ns(5700)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return resolve(scenario_path("wildfire-watch"))


def pointed(satellite: Satellite, roll_deg: float = 0.0, pitch_deg: float = 0.0) -> Satellite:
    return satellite.model_copy(update={"pointing": Pointing(roll_deg=roll_deg, pitch_deg=pitch_deg)})


def exposures_of(scenario: Scenario, *satellites: Satellite) -> tuple[Exposure, ...]:
    flown = scenario.model_copy(update={"satellite": satellites})
    return plan_exposures(flown.satellite, orbits_of(flown), LandMask.load(), DURATION_NS)


def test_frames_come_as_cote_counts_them() -> None:
    # Denby and Lucia, ASPLOS 2020, its example built and run: 1,785 frames in 3,000 s, 1.680 s apart, a sample
    # distance of 2.997 m at the start, and 36.309 Gbit captured by 2,506 s.
    path = sample_path("orbits", "flock-4x-22.tle")
    epoch = datetime(2022, 7, 17, 22, 10, tzinfo=UTC)
    ephemeris = Ephemeris(Orbits(parse_tle_text(path.read_text(), path), epoch), 0.0, 3000.0)
    pixel = 1.1e-6 / 0.2
    taken_s = frame_times_s(ephemeris, 0, 4096, pixel, 3000.0)
    assert len(taken_s) == pytest.approx(1785, abs=1)
    assert np.diff(taken_s).mean() == pytest.approx(1.680, abs=0.002)
    assert 1000.0 * pixel * geodetic(ephemeris.positions_ecef(0.0))[2][0, 0] == pytest.approx(2.997, abs=5e-4)
    assert (taken_s <= 2506.0).sum() * 24_319_041 / 1e9 == pytest.approx(36.309, abs=0.025)


def test_a_pixels_angle() -> None:
    assert pixel_rad(read_record(Instrument, sample_path("instruments", "swir-imager.toml"))) == pytest.approx(
        20.0 / 550e3
    )
    assert pixel_rad(read_record(Instrument, sample_path("instruments", "x-band-sar.toml"))) is None


def test_nadir_exposures_are_below_the_satellite(scenario: Scenario) -> None:
    exposures = exposures_of(scenario, *scenario.satellite)
    assert exposures
    ephemeris = Ephemeris(orbits_of(scenario), 0.0, 5700.0)
    for one in exposures[::7]:
        below = geodetic(ground_track(ephemeris.ecef.positions(one.satellite, np.array(to_s(one.at_ns)))))
        assert (one.latitude_deg, one.longitude_deg) == pytest.approx((float(below[0]), float(below[1])), abs=1e-9)
        altitude_km = float(geodetic(np.array(one.viewpoint.eye_km))[2])
        assert one.gsd_m == pytest.approx(20.0 * altitude_km / 550.0, rel=1e-9)
        assert one.sun_zenith_deg <= 70.0
    numbers = [one.frame_id for one in exposures if one.satellite == 1]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_rolled_camera_sees_another_scene_under_another_sun(scenario: Scenario) -> None:
    straight, rolled = (
        {one.at_ns: one for one in exposures_of(scenario, pointed(scenario.satellite[0], roll_deg))}
        for roll_deg in (0.0, 30.0)
    )
    for at_ns in straight.keys() & rolled.keys():
        one = rolled[at_ns]
        zenith = sun_zenith_deg(one.latitude_deg, one.longitude_deg, scenario.start_utc, to_s(at_ns))[0]
        assert one.sun_zenith_deg == pytest.approx(float(zenith))
        # 550 km x tan 30 degrees, and a little more on a round Earth.
        apart = geodetic_to_ecef(one.latitude_deg, one.longitude_deg, 0.0) - geodetic_to_ecef(
            straight[at_ns].latitude_deg, straight[at_ns].longitude_deg, 0.0
        )
        assert 310.0 < np.linalg.norm(apart) < 350.0
        # Range 1.19 times the altitude; incidence 33 degrees.
        assert one.gsd_m / straight[at_ns].gsd_m == pytest.approx(1.18 / np.sqrt(np.cos(np.radians(32.9))), rel=0.02)


def test_a_camera_that_looks_past_the_earth_is_the_users_error(scenario: Scenario) -> None:
    high = scenario.satellite[0].orbit.model_copy(update={"altitude_km": 20_000.0})
    lost = pointed(scenario.satellite[0], roll_deg=40.0).model_copy(update={"orbit": high})
    with pytest.raises(InputError, match=r"wildfire-watch: satellite\[0\].pointing: .* past the Earth"):
        exposures_of(scenario, lost)


def exposure(
    roll_deg: float, pitch_deg: float = 0.0, course_deg: float = 0.0, pixel: float | None = 20.0 / 550e3
) -> Exposure:
    """A satellite over the equator at 30 degrees east, 550 km up."""
    eye = geodetic_to_ecef(0.0, 30.0, 550.0)
    sight = meet_ground(eye, camera_axes(eye, course_deg, roll_deg, pitch_deg).boresight)
    latitude_deg, longitude_deg, _ = geodetic(sight.point_km)
    gsd_m = 1.0 if pixel is None else 1000.0 * pixel * sight.range_km / np.sqrt(np.cos(np.radians(sight.incidence_deg)))
    x, y, z = (float(part) for part in eye)
    return Exposure(
        0,
        1,
        0,
        float(latitude_deg),
        float(longitude_deg),
        course_deg,
        0.0,
        float(gsd_m),
        Viewpoint((x, y, z), roll_deg, pitch_deg, pixel),
    )


def corners(one: Exposure, width_px: int = 1024, height_px: int = 1024, gsd_m: float | None = None) -> np.ndarray:
    return np.reshape(footprint_deg(one, width_px, height_px, gsd_m or one.gsd_m), (4, 2))


@pytest.mark.parametrize("roll_deg", [-35.0, 0.0, 20.0, 50.0])
def test_the_middle_of_an_edge_lies_where_a_circle_says(roll_deg: float) -> None:
    """Northbound over the equator the rows' plane cuts the ellipsoid in a circle: angles add up exactly."""
    one = exposure(roll_deg)
    half_rad = np.arctan(512.0 * one.viewpoint.pixel_rad)  # type: ignore[operator]
    eye = np.array(one.viewpoint.eye_km)
    radius = 1.0 + 550.0 / EARTH_RADIUS_KM
    for side, edge in ((-1.0, (0, 3)), (1.0, (1, 2))):
        nadir_angle = np.radians(roll_deg) + side * half_rad
        away = np.arcsin(radius * np.sin(nadir_angle)) - nadir_angle
        upper, lower = corners(one)[list(edge)]
        assert upper[0] == pytest.approx(-lower[0], abs=1e-9)
        # The edge's middle ray itself, and the corners, which lie a little farther from the nadir for their height.
        axes = camera_axes(eye, 0.0, roll_deg)
        ray = axes.boresight + side * 512.0 * one.viewpoint.pixel_rad * axes.right  # type: ignore[operator]
        assert geodetic(meet_ground(eye, ray).point_km)[1] == pytest.approx(30.0 + np.degrees(away), abs=1e-9)
        assert upper[1] == pytest.approx(30.0 + np.degrees(away), abs=0.01)


@given(st.floats(-40.0, 40.0), st.floats(-40.0, 40.0), st.floats(0.0, 360.0))
def test_corners_keep_their_order(roll_deg: float, pitch_deg: float, course_deg: float) -> None:
    """(0, 0), (0, width), (height, width), (height, 0): clockwise as the camera sees them from above."""
    one = exposure(roll_deg, pitch_deg, course_deg)
    centre = geodetic_to_ecef(one.latitude_deg, one.longitude_deg, 0.0)
    east, north, _ = east_north_up(one.latitude_deg, one.longitude_deg)
    places = geodetic_to_ecef(*corners(one).T, 0.0) - centre
    x, y = places @ east, places @ north
    for k in range(4):
        following = (k + 1) % 4
        assert x[k] * y[following] - y[k] * x[following] < 0.0
    up_the_columns = places[0] + places[1] - places[2] - places[3]
    ahead = np.cos(np.radians(course_deg)) * north + np.sin(np.radians(course_deg)) * east
    assert up_the_columns @ ahead > 0.0


def test_a_nadir_footprint_is_as_large_as_its_pixels() -> None:
    places = geodetic_to_ecef(*corners(exposure(0.0)).T, 0.0)
    for first, second in ((0, 1), (1, 2), (2, 3), (3, 0)):
        assert np.linalg.norm(places[first] - places[second]) == pytest.approx(20.48, rel=1e-4)


def test_off_nadir_the_area_is_that_of_the_sample_distance() -> None:
    one = exposure(35.0, 10.0)
    places = geodetic_to_ecef(*corners(one, 256, 256).T, 0.0)
    area_km2 = 0.5 * np.linalg.norm(np.cross(places[2] - places[0], places[3] - places[1]))
    assert area_km2 == pytest.approx((0.256 * one.gsd_m) ** 2, rel=0.005)


def test_a_picture_with_a_sample_distance_of_its_own_keeps_it() -> None:
    places = geodetic_to_ecef(*corners(exposure(0.0), gsd_m=10.0).T, 0.0)
    assert np.linalg.norm(places[0] - places[1]) == pytest.approx(10.24, rel=1e-4)


def test_a_radars_frame_lies_level_at_its_scene() -> None:
    one = exposure(35.0, course_deg=90.0, pixel=None)
    places = geodetic_to_ecef(*corners(one).T, 0.0)
    for first, second in ((0, 1), (1, 2), (2, 3), (3, 0)):
        assert np.linalg.norm(places[first] - places[second]) == pytest.approx(1.024, rel=1e-5)
    # Eastbound, so that starboard is south: the scene lies there, and its rows run there.
    assert one.latitude_deg < -3.0
    assert corners(one)[1, 0] < corners(one)[0, 0]
