"""Horizon masks: the line itself, and windows over it against samples of a second."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.mission_time import to_s
from sim.world.access import Sites, Station, Window, contact_windows
from sim.world.elements import CircularOrbit
from sim.world.ephemeris import Ephemeris
from sim.world.horizon import Horizon
from sim.world.orbit import Orbits

EPOCH = datetime(2026, 6, 1, 10, tzinfo=UTC)
ORBITS = Orbits([CircularOrbit(550.0, 97.6, ltan_h=10.5), CircularOrbit(780.0, 55.0, raan_deg=70.0)], EPOCH)
SPAN_S = 172_800.0
SECONDS = np.arange(0.0, SPAN_S)
VALLEY = ((0.0, 12.0), (60.0, 25.0), (120.0, 8.0), (180.0, 3.0), (240.0, 3.0), (300.0, 8.0))
TOWERS = ((40.0, 0.0), (41.0, 60.0), (42.0, 0.0), (200.0, 0.0), (201.0, 70.0), (205.0, 70.0), (206.0, 0.0))


def test_a_line_is_straight_between_pairs_and_round_the_circle() -> None:
    horizon = Horizon.of(((90.0, 10.0), (270.0, 20.0)), 0.0)
    azimuth_deg = np.array([0.0, 45.0, 90.0, 180.0, 270.0, 315.0, 360.0])
    np.testing.assert_allclose(horizon.at(azimuth_deg), [15.0, 12.5, 10.0, 15.0, 20.0, 17.5, 15.0])
    assert not horizon.is_level


def test_the_least_elevation_counts_where_it_is_higher() -> None:
    horizon = Horizon.of(((0.0, 0.0), (90.0, 10.0), (180.0, 0.0)), 5.0)
    assert horizon.azimuth_deg.tolist() == [0.0, 45.0, 90.0, 135.0, 180.0, 360.0]
    assert horizon.elevation_deg.tolist() == [5.0, 5.0, 10.0, 5.0, 5.0, 5.0]
    assert Horizon.of(((10.0, 3.0),), 5.0).is_level
    assert Horizon.of((), 7.0).lowest_deg == 7.0


masks = st.lists(st.tuples(st.floats(0.0, 359.9), st.floats(-5.0, 89.0)), max_size=6, unique_by=lambda pair: pair[0])


@given(masks, st.floats(0.0, 80.0), st.lists(st.floats(0.0, 360.0), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_the_line_is_the_larger_of_both(mask: list[tuple[float, float]], least_deg: float, around: list[float]) -> None:
    mask = sorted(mask)
    azimuth_deg = np.array(around)
    lone = np.full(azimuth_deg.shape, -90.0)
    if mask:
        lone = np.interp(azimuth_deg, *np.array(mask).T, period=360.0)
    np.testing.assert_allclose(Horizon.of(mask, least_deg).at(azimuth_deg), np.maximum(lone, least_deg), atol=1e-6)


@pytest.mark.parametrize("mask", [VALLEY, TOWERS])
def test_windows_over_a_horizon(mask: tuple[tuple[float, float], ...]) -> None:
    stations = [Station("open", 50.0, 5.0), Station("masked", 45.0, 8.0, 300.0, mask)]
    ephemeris = Ephemeris(ORBITS, 0.0, SPAN_S)
    windows = contact_windows(ephemeris, stations, 5.0)
    look = Sites.of(stations).look(np.array(1), ephemeris.positions_ecef(SECONDS))
    horizon = Horizon.of(mask, 5.0)
    for satellite in range(2):
        above = look.elevation_deg[satellite] >= horizon.at(look.azimuth_deg[satellite])
        change = np.flatnonzero(np.diff(np.concatenate([[0], above.astype(int), [0]])))
        sampled_s = change - 0.5
        own = [one for one in windows if (one.satellite_index, one.station_index) == (satellite, 1)]
        edges_s = np.array([to_s(edge) for one in own for edge in (one.aos_ns, one.los_ns)])
        # What is shorter than two samples may lie between them: both sides must find the rest.
        assert len(edges_s) >= len(sampled_s) > 8
        nearest = np.abs(edges_s[:, None] - sampled_s).min(axis=1)
        assert (np.abs(sampled_s[:, None] - edges_s).min(axis=1) < 0.51).all()
        for one, far in zip(own, nearest.reshape(-1, 2).max(axis=1), strict=True):
            assert far < 0.51 or to_s(one.los_ns - one.aos_ns) < 2.0 or _gap_s(one, own) < 2.0
    free = contact_windows(ephemeris, [Station("open", 50.0, 5.0)], 5.0)
    assert [one for one in windows if one.station_index == 0] == free


def _gap_s(one: Window, own: list[Window]) -> float:
    """To the nearest other window."""
    others = [other for other in own if other is not one]
    return to_s(min(max(one.aos_ns - other.los_ns, other.aos_ns - one.los_ns) for other in others))
