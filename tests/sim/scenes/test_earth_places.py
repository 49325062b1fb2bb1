"""Places, textures and objects of a seeded Earth: the same ground in whatever frame shows it."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from onboard.mission_time import to_ns
from onboard.payload.footprints import locate
from sim.planning import orbits_of
from sim.resolve import resolve, scenario_path
from sim.scenes.earth import lattice, scatter, solid
from sim.scenes.earth.places import EDGE_M, FACES, GroundPatch, face_of, from_face, ground_per_face_area, on_face
from sim.scenes.land import the_land
from sim.world.camera import footprint_deg, plan_exposures
from sim.world.frames import geodetic
from sim.world.view import camera_axes, meet_ground

TEXTURE = {"coarsest_m": 20_000.0, "finest_m": 40.0, "slope": 2.6}
EDGES = ((10.0, 45.01), (44.97, 3.0), (-35.3, 135.0), (35.26, 45.0))
"""Amid an edge of the cube, on another, and by two corners."""

latitudes, longitudes = st.floats(-89.9, 89.9), st.floats(-180.0, 179.9)


def patch_at(latitude_deg: float, longitude_deg: float, heading_deg: float = 190.0, side_px: int = 256) -> GroundPatch:
    return GroundPatch.of(latitude_deg, longitude_deg, heading_deg, 20.0, side_px, side_px)


def seen_in(
    other: GroundPatch, plane: NDArray[np.float32], patch: GroundPatch
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """What `other`, drawn as a plane, shows at the pixels of a patch, and where it shows anything."""
    rows, columns = np.mgrid[0 : patch.height_px, 0 : patch.width_px] + 0.5
    there = other.pixels_of(*patch.places_of(rows, columns))
    inside = np.logical_and.reduce([(axis > 2) & (axis < other.height_px - 2) for axis in there])
    at = [(axis - 0.5).astype(np.float32) for axis in there]
    return cv2.remap(plane, at[1], at[0], cv2.INTER_LINEAR), inside


@given(latitudes, longitudes)
def test_a_face_gives_back_what_it_was_given(latitude_deg: float, longitude_deg: float) -> None:
    face = int(face_of(latitude_deg, longitude_deg))
    latitude, longitude = from_face(face, *on_face(face, latitude_deg, longitude_deg))
    turned = (longitude - longitude_deg + 180.0) % 360.0 - 180.0
    assert abs(latitude - latitude_deg) < 1e-9
    assert abs(turned * np.cos(np.radians(latitude_deg))) < 1e-9


def test_faces_cover_the_sphere_once() -> None:
    axis = (np.arange(200) + 0.5) / 100.0 * EDGE_M - EDGE_M
    share = ground_per_face_area(axis[:, None], axis[None]).mean()
    # A sixth of the sphere over the square of a quarter turn.
    assert share == pytest.approx(4 * np.pi / FACES / (np.pi / 2) ** 2, rel=1e-4)


@settings(max_examples=40)
@given(latitudes, longitudes, st.floats(0.0, 360.0))
def test_pixels_lie_where_the_footprint_says(latitude_deg: float, longitude_deg: float, heading_deg: float) -> None:
    patch = patch_at(latitude_deg, longitude_deg, heading_deg, 1024)
    again = GroundPatch.under(patch.corners_deg, 20.0, 1024, 1024)
    rows, columns = np.meshgrid(np.linspace(0, 1024, 5), np.linspace(0, 1024, 5))
    told = locate(patch.corners_deg, 1024, 1024, columns, rows)
    for one in (patch, again):
        back = np.hypot(*(a - b for a, b in zip(one.pixels_of(*told), (rows, columns), strict=True)))
        assert back.max() < 1.5
    assert patch.area_km2 == pytest.approx(419.4, abs=0.1)


def test_an_oblique_frame_lies_where_its_rays_meet_the_ground() -> None:
    scenario = resolve(scenario_path("wildfire-watch"), settings=["satellite[0].pointing.roll_deg=30"])
    orbits = orbits_of(scenario)
    exposure = next(iter(plan_exposures(scenario.satellite[:1], orbits, the_land(), to_ns(3000))))
    view, side = exposure.viewpoint, 1024
    assert view.pixel_rad is not None
    patch = GroundPatch.under(footprint_deg(exposure, side, side, exposure.gsd_m), exposure.gsd_m, side, side)
    eye = np.array(view.eye_km)
    axes = camera_axes(eye, exposure.heading_deg, view.roll_deg, view.pitch_deg)
    for row, column in ((0, 512), (512, 0), (512, 1024), (300, 700)):
        ray = axes.boresight + view.pixel_rad * ((512 - row) * axes.ahead + (column - 512) * axes.right)
        latitude, longitude, _ = geodetic(meet_ground(eye, ray).point_km)
        found = patch.pixels_of(latitude, longitude)
        assert (float(found[0]), float(found[1])) == pytest.approx((row, column), abs=0.5)


def test_a_frame_points_where_it_heads() -> None:
    patch = patch_at(38.0, -6.0, 30.0)
    assert patch.up_deg == pytest.approx(30.0, abs=0.1)
    row, column = patch.pixels_of(38.0, -6.0)
    assert (float(row), float(column)) == pytest.approx((128.0, 128.0), abs=0.1)
    north, _ = patch.places_of(np.array([0.0, 256.0]), np.array([128.0, 128.0]))
    assert north[0] > north[1]


def test_parts_of_a_patch_are_the_same_ground() -> None:
    patch = patch_at(38.0, -6.0)
    place = patch.places_of(np.array([100.0]), np.array([60.0]))
    parts = ((patch.grown(8), (108, 68)), (patch.every(4), (25, 15)), (patch.window(40, 20, 90, 80), (60, 40)))
    for part, expected in parts:
        row, column = part.pixels_of(*place)
        assert (float(row[0]), float(column[0])) == pytest.approx(expected)


def test_overlapping_frames_have_one_texture() -> None:
    patch, other = patch_at(38.0, -6.0), patch_at(38.01, -6.01, 15.0)
    drawn = lattice.field(1, "x", patch, **TEXTURE)
    seen, shown = seen_in(other, lattice.field(1, "x", other, **TEXTURE), patch)
    assert shown.mean() > 0.3
    assert (seen - drawn)[shown].std() < 0.02 * drawn.std() + 0.02
    assert np.array_equal(drawn, lattice.field(1, "x", patch, **TEXTURE))
    assert abs(np.corrcoef(drawn.ravel(), lattice.field(2, "x", patch, **TEXTURE).ravel())[0, 1]) < 0.9


@pytest.mark.parametrize("place", EDGES)
def test_no_seam_where_faces_meet(place: tuple[float, float]) -> None:
    patch = patch_at(*place, 0.0)
    assert len(patch.charts) > 1
    drawn = lattice.field(1, "x", patch, **TEXTURE)
    steps = np.abs(np.diff(drawn, axis=1))
    assert steps.max() < 12 * steps.mean()
    for other in (patch_at(place[0], place[1] - 0.02, 7.0), patch_at(place[0] + 0.02, place[1], 7.0)):
        seen, shown = seen_in(other, lattice.field(1, "x", other, **TEXTURE), patch)
        assert (seen - drawn)[shown].std() < 0.03


def test_a_point_has_the_value_of_its_pixel() -> None:
    patch = patch_at(-20.0, 130.0)
    drawn = lattice.field(1, "x", patch, **TEXTURE)
    rows, columns = np.mgrid[10:250:20, 10:250:20]
    places = patch.places_of(rows + 0.5, columns + 0.5)
    values = lattice.values_at(1, "x", places[0].ravel(), places[1].ravel(), **TEXTURE)
    assert np.abs(values - drawn[rows, columns].ravel()).max() < 0.15


def test_textures_are_normal_over_the_earth() -> None:
    rng = np.random.default_rng(3)
    places = np.degrees(np.arcsin(rng.uniform(-1, 1, 8000))), rng.uniform(-180, 180, 8000)
    flat = lattice.values_at(1, "x", *places, coarsest_m=40_000.0, finest_m=1_000.0, slope=2.6)
    wide = solid.wide_values(1, "x", *places, coarsest_m=1e6, octaves=5, slope=3.0)
    for values in (flat, wide):
        assert abs(values.mean()) < 0.1
        assert values.std() == pytest.approx(1.0, abs=0.1)


def test_plots_are_rectangles_of_one_value() -> None:
    patch = patch_at(38.0, -6.0, 0.0, 400)
    drawn = lattice.plots(1, "plots", patch, length_m=800.0, width_m=400.0, turn_deg=0.0)
    # 8 km square in plots of 0.32 km², those cut by its border besides.
    assert 200 < len(np.unique(drawn)) < 330
    assert 0.0 <= drawn.min() <= drawn.max() < 1.0


@pytest.mark.parametrize("place", [(38.0, -6.0), *EDGES])
def test_overlapping_frames_have_the_same_objects(place: tuple[float, float]) -> None:
    patch, other = patch_at(*place), patch_at(place[0] + 0.01, place[1] + 0.01, 33.0)
    here = {site.key: site for site in scatter.sites(1, "o", patch, 5.0, 0.0)}
    there = {site.key: site for site in scatter.sites(1, "o", other, 5.0, 0.0)}
    for key, site in there.items():
        row, column = (float(axis) for axis in patch.pixels_of(site.latitude_deg, site.longitude_deg))
        if 0 <= row < 256 and 0 <= column < 256:
            assert (here[key].row, here[key].column) == pytest.approx((row, column), abs=1e-6)
    assert len(here.keys() & there.keys()) > 10


@pytest.mark.parametrize("density", [0.002, 0.05, 2.0])
def test_objects_are_poisson_with_their_density(density: float) -> None:
    rng = np.random.default_rng(7)
    counts = [
        len(
            scatter.sites(
                1,
                "o",
                patch_at(float(np.degrees(np.arcsin(rng.uniform(-1, 1)))), float(rng.uniform(-180, 180)), side_px=1024),
                density,
                0.0,
            )
        )
        for _ in range(150)
    ]
    expected = 419.43 * density
    assert np.mean(counts) == pytest.approx(expected, abs=4 * np.sqrt(expected / 150))
    assert np.var(counts) / np.mean(counts) == pytest.approx(1.0, abs=0.5)


def test_nothing_where_there_is_no_density() -> None:
    assert not scatter.sites(1, "o", patch_at(0.0, 0.0), 0.0, 10.0)


def test_what_drifts_is_the_same_elsewhere() -> None:
    patch = patch_at(20.0, 30.0)
    moved = patch.moved(5_000.0)
    drifted = patch_at(20.0, 30.0 + np.degrees(5_000.0 / 6_371_008.8))
    assert moved.pixels_of(20.0, drifted.longitude_deg) == pytest.approx((128.0, 128.0), abs=0.1)
    assert patch.moved(1e9).corners_deg[0] == pytest.approx(patch.corners_deg[0], abs=1e-4)
