"""The map aboard: what may be where, with a margin, and what it weighs."""

import numpy as np
import pytest

from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame
from onboard.payload.land_map import ANY, LAND, SEA, LandMap, gate_of
from sim.configuration import land_map
from sim.scenes.land import LandMask

CELLS = np.zeros((180, 360), bool)
CELLS[80:100, 180:200] = True
"""A square island from 10 N to 10 S, from 0 to 20 E."""
ISLAND = LandMap(CELLS, margin_m=5000.0)
KM_DEG = 1 / 111.195


def frame_at(latitude_deg: float, longitude_deg: float) -> Frame:
    """A frame of a hundred metres about a place."""
    half = 0.05 * KM_DEG
    north, south, west, east = latitude_deg + half, latitude_deg - half, longitude_deg - half, longitude_deg + half
    corners = (north, west, north, east, south, east, south, west)
    return Frame(1, "", 100, 100, ("swir2",), 1, (1.0,), (0.0,), 12, 0, corners, 1.0)


FOUND = (Detection(48, 48, 52, 52, 0, 0.9, 0),)


@pytest.mark.parametrize(
    ("east_deg", "on_land", "on_sea"),
    [
        (10.0, True, False),
        (20.0 - 1 * KM_DEG, True, False),
        (20.0 + 4 * KM_DEG, True, False),
        (20.0 + 5.1 * KM_DEG, True, False),
        (20.0 + 5.5 * KM_DEG, False, True),
        (100.0, False, True),
    ],
)
def test_a_margin_of_the_map_and_two_sigmas_lies_about_the_coast(east_deg: float, on_land: bool, on_sea: bool) -> None:
    frame = frame_at(0.5, east_deg)
    for surface, may_be in ((LAND, on_land), (SEA, on_sea), (ANY, True)):
        kept, elsewhere = ISLAND.split(frame, FOUND, surface, position_error_m=100.0)
        assert (kept, elsewhere) == ((FOUND, ()) if may_be else ((), FOUND))


def test_finds_are_judged_one_by_one() -> None:
    """A frame 100 km wide over the eastern coast: what lies in its first columns is on land."""
    corners = (1.0, 19.5, 1.0, 20.5, 0.0, 20.5, 0.0, 19.5)
    frame = Frame(1, "", 100, 100, ("swir2",), 1, (1.0,), (0.0,), 12, 0, corners, 1000.0)
    west, east = Detection(0, 0, 4, 4, 0, 0.9, 0), Detection(90, 90, 94, 94, 0, 0.9, 0)
    assert ISLAND.split(frame, (west, east), LAND, 0.0) == ((west,), (east,))
    assert ISLAND.split(frame, (west, east), SEA, 0.0) == ((east,), (west,))


@pytest.mark.parametrize("latitude_deg", [0, 60, 75])
@pytest.mark.parametrize("reach_m", [5_000.0, 20_000.0, 50_000.0])
def test_the_margin_has_no_holes(latitude_deg: int, reach_m: float) -> None:
    """One cell of land, as wide as the world's, whose centre lies anywhere within the reach of a place."""
    cells = np.zeros((1800, 3600), bool)
    row, column = (90 - latitude_deg) * 10, 1800
    cells[row, column] = True
    island = LandMap(cells, reach_m)
    north_deg, east_deg = latitude_deg - 0.05, 0.05
    rng = np.random.default_rng(3)
    for _ in range(300):
        bearing, away_deg = rng.uniform(0.0, 2 * np.pi), reach_m / 1000.0 * KM_DEG * np.sqrt(rng.random())
        there = north_deg + away_deg * np.cos(bearing)
        beside = east_deg + away_deg * np.sin(bearing) / np.cos(np.radians(there))
        assert island.split(frame_at(there, beside), FOUND, SEA, 0.0) == ((), FOUND)


def test_a_place_that_may_be_anywhere_takes_no_more_memory() -> None:
    kept, elsewhere = ISLAND.split(frame_at(0.5, 10.0), FOUND, SEA, position_error_m=1e9)
    assert (kept, elsewhere) == ((), FOUND)


def test_poles_and_the_antimeridian_are_places() -> None:
    cells = np.zeros((180, 360), bool)
    cells[0] = cells[-1] = True
    cells[90, 0] = True
    world = LandMap(cells, 1000.0)
    for latitude_deg, longitude_deg in ((89.9, 30.0), (-89.9, -170.0), (-0.5, 179.9999)):
        assert world.split(frame_at(latitude_deg, longitude_deg), FOUND, SEA, 0.0) == ((), FOUND)


def test_the_map_that_flies_is_the_worlds_and_small() -> None:
    data = land_map()
    assert len(data) < 40_000
    carried = gate_of(data, 0.0)
    assert carried is not None
    assert (carried.cells == LandMask.load().cells).all()
    assert gate_of(b"", 0.0) is None
