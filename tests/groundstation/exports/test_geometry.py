"""Outlines become valid GeoJSON anywhere on the globe, judged by shapely."""

from math import cos, pi, radians, sin

import numpy as np
import pytest
import shapely
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from groundstation.exports.geometry import bounds, footprint, hull, pixel_m, point, polygon
from onboard.payload.products import DetectionList, locate
from tests.groundstation.lists_for_tests import GSD_M, a_list

EARTH_KM2 = 4 * pi * 6371.0088**2


def frame(latitude_deg: float, longitude_deg: float, side_km: float, heading_deg: float) -> DetectionList:
    """A square frame around a place, turned."""
    corners = []
    for quarter in range(4):
        bearing, away = radians(heading_deg + 45 + 90 * quarter), side_km / 2**0.5 / 6371.0
        lat, lon = radians(latitude_deg), radians(longitude_deg)
        up = np.array([cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)])
        east = np.array([-sin(lon), cos(lon), 0.0])
        north = np.cross(up, east)
        x, y, z = cos(away) * up + sin(away) * (cos(bearing) * north + sin(bearing) * east)
        corners += [float(np.degrees(np.arctan2(z, np.hypot(x, y)))), float(np.degrees(np.arctan2(y, x)))]
    return a_list(1, 0.0, (0, 0, 1, 1), footprint_deg=tuple(corners))


def area_km2(shape: shapely.Geometry) -> float:
    """Area on the sphere, by Lambert's cylinder: longitude and the sine of latitude."""
    flat = shapely.transform(
        shapely.segmentize(shape, 0.25),
        lambda at: np.column_stack([np.radians(at[:, 0]), np.sin(np.radians(at[:, 1]))]),
    )
    return float(flat.area) * EARTH_KM2 / (4 * pi)


places = st.tuples(
    st.one_of(st.floats(-90, 90), st.sampled_from([90.0, -90.0, 89.7, -89.7])),
    st.one_of(st.floats(-180, 180), st.sampled_from([180.0, -180.0, 179.9, -179.9])),
)


@settings(max_examples=300, deadline=None)
@given(places, st.floats(5, 300), st.floats(0, 90))
@example((89.703125, 0.0), 62.0, 16.0)  # a side that passes the pole at two kilometres
def test_a_footprint_is_valid_and_holds_its_frame_wherever_it_lies(
    place: tuple[float, float], side_km: float, heading_deg: float
) -> None:
    found = frame(*place, side_km, heading_deg)
    written = polygon(footprint(found))
    shape = shapely.geometry.shape(written)
    assert shape.is_valid, shapely.is_valid_reason(shape)
    parts = list(getattr(shape, "geoms", [shape]))
    assert all(part.exterior.is_ccw for part in parts), "RFC 7946 section 3.1.6"
    west, south, east, north = shape.bounds
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90
    assert area_km2(shape) == pytest.approx(side_km**2, rel=0.02)
    side = np.linspace(20, 980, 7)
    x, y = (grid.ravel() for grid in np.meshgrid(side, side))
    latitudes, longitudes = locate(found, x, y)
    near = shape.buffer(1e-5)
    assert shapely.contains_xy(near, longitudes, latitudes).all()
    turned = (longitudes + 180.0 + 90.0) % 360.0 - 180.0
    assume(abs(place[0]) < 85)
    assert not shapely.contains_xy(shape, turned, latitudes).any()


@settings(max_examples=100, deadline=None)
@given(places, st.floats(5, 300), st.floats(0, 90))
def test_bounds_hold_the_frame(place: tuple[float, float], side_km: float, heading_deg: float) -> None:
    found = frame(*place, side_km, heading_deg)
    west, south, east, north = bounds(polygon(footprint(found)))
    x, y = np.array([100, 500, 900, 500]), np.array([500, 100, 500, 900])
    latitudes, longitudes = locate(found, x, y)
    assert ((south <= latitudes) & (latitudes <= north)).all()
    inside = (
        (west <= longitudes) & (longitudes <= east) if west <= east else (west <= longitudes) | (longitudes <= east)
    )
    assert inside.all()


def test_an_outline_across_the_antimeridian_is_cut_in_two() -> None:
    """The example of RFC 7946, section 3.1.9, as an area."""
    written = polygon([(170.0, 40.0), (-170.0, 40.0), (-170.0, 50.0), (170.0, 50.0)])
    assert written["type"] == "MultiPolygon"
    east_side, west_side = (
        shapely.geometry.shape({"type": "Polygon", "coordinates": part}) for part in written["coordinates"]
    )
    assert east_side.equals(shapely.box(170, 40, 180, 50))
    assert west_side.equals(shapely.box(-180, 40, -170, 50))
    assert bounds(written) == [170.0, 40.0, -170.0, 50.0]


def test_an_outline_that_touches_the_antimeridian_is_whole() -> None:
    for ring in ([(179.0, 0.0), (180.0, 0.0), (180.0, 1.0)], [(-180.0, 0.0), (-179.0, 0.0), (-180.0, 1.0)]):
        assert polygon(ring)["type"] == "Polygon"


@pytest.mark.parametrize("pole_deg", [90.0, -90.0])
@pytest.mark.parametrize("eastward", [1, -1])
def test_an_outline_around_a_pole_reaches_it(pole_deg: float, eastward: int) -> None:
    lat = 80.0 if pole_deg > 0 else -80.0
    written = polygon([(float(lon), lat) for lon in (-150, -60, 30, 120)][::eastward])
    shape = shapely.geometry.shape(written)
    assert shape.equals(shapely.box(-180, min(lat, pole_deg), 180, max(lat, pole_deg)))
    assert shape.exterior.is_ccw


def test_a_hull_is_what_shapely_draws_far_from_poles() -> None:
    rng = np.random.default_rng(5)
    cloud = [(20.0 + float(x), 10.0 + float(y)) for x, y in rng.normal(0.0, 0.01, (60, 2))]
    ours = shapely.geometry.shape(polygon(hull(cloud, (20.0, 10.0))))
    theirs = shapely.MultiPoint(cloud).convex_hull
    assert ours.symmetric_difference(theirs).area < 1e-3 * theirs.area


def test_a_hull_holds_its_points_across_the_antimeridian_and_at_a_pole() -> None:
    cloud = [(179.99, 0.0), (-179.99, 0.0), (-179.99, 0.02), (179.99, 0.02), (180.0, 0.01)]
    assert shapely.geometry.shape(polygon(hull(cloud, (180.0, 0.01)))).area == pytest.approx(0.02 * 0.02)
    ring = [(float(lon), 89.9) for lon in range(-180, 180, 30)]
    shape = shapely.geometry.shape(polygon(hull([*ring, (7.0, 89.99)], (0.0, 90.0))))
    assert shape.equals_exact(shapely.box(-180, 89.9, 180, 90), 1e-3) or shape.area == pytest.approx(36.0, rel=0.01)


@pytest.mark.parametrize("ring", [[(1.0, 2.0)] * 4, [(1.0, 2.0), (3.0, 2.0)], [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)]])
def test_an_outline_without_an_area_is_a_point(ring: list[tuple[float, float]]) -> None:
    written = polygon(ring)
    assert written == point(ring[0][1], ring[0][0])
    assert bounds(written) == [*ring[0], *ring[0]]


def test_a_pixel_is_as_wide_as_its_footprint_says() -> None:
    assert pixel_m(a_list(1, 0.0, (0, 0, 1, 1), at=(60.0, 20.0))) == pytest.approx(GSD_M, rel=0.01)
