"""Walker shells against published definitions."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.elements import CircularOrbit
from sim.world.ephemeris import Ephemeris
from sim.world.frames import EARTH_RADIUS_KM
from sim.world.orbit import Orbits
from sim.world.walker import walker_slots

START = datetime(2016, 11, 21, tzinfo=UTC)
GALILEO_RADIUS_KM, GALILEO_INCLINATION_DEG = 29_599.8, 56.0
"""Galileo's reference constellation, European GNSS Service Centre, orbital and technical parameters."""


def test_galileo_is_56_24_3_1() -> None:
    # Orekit 12.1, WalkerConstellationTest.testRegularPhasing: Galileo's 24/3/1, eight slots of 45 degrees in each of
    # three planes 120 degrees apart, each plane 15 degrees ahead of the one before.
    node_deg, anomaly_deg = walker_slots(24, 3, 1)
    plane, slot = np.mgrid[0:3, 0:8]
    np.testing.assert_allclose(node_deg, 120.0 * plane, atol=1e-12)
    np.testing.assert_allclose(anomaly_deg, (15.0 * plane + 45.0 * slot) % 360.0, atol=1e-12)


def test_galileo_moves_as_published() -> None:
    # The same parameters: nodes regress by 0.02764398 degrees a day, the anomaly grows by 613.72253566. SGP4 has the
    # same J2, and the pull of Sun and Moon beside it.
    orbit = CircularOrbit(GALILEO_RADIUS_KM - EARTH_RADIUS_KM, GALILEO_INCLINATION_DEG, 225.153, raan_deg=317.632)
    ephemeris = Ephemeris(Orbits([orbit], START), 0.0, 20.0 * 86400.0)
    assert 360.0 * 86400.0 / ephemeris.period_s[0] == pytest.approx(613.72253566, abs=0.05)
    position, velocity = (state[0] for state in ephemeris.states_teme(np.arange(0.0, 20.0 * 86400.0, 3600.0)))
    normal = np.cross(position, velocity)
    node_deg = np.degrees(np.unwrap(np.arctan2(normal[:, 0], -normal[:, 1])))
    rate_deg_day = np.polyfit(np.arange(len(node_deg)) / 24.0, node_deg, 1)[0]
    assert rate_deg_day == pytest.approx(-0.0276, abs=0.005)
    assert node_deg[0] % 360.0 == pytest.approx(317.632, abs=0.05)


def test_iridium_is_a_star() -> None:
    # Iridium, 86.4: 66/6/2: co-rotating planes about 30 degrees apart over half the circle (31.6 in flight).
    node_deg, anomaly_deg = walker_slots(66, 6, 2, "star")
    assert node_deg[:, 0].tolist() == [0.0, 30.0, 60.0, 90.0, 120.0, 150.0]
    assert anomaly_deg.shape == (6, 11)
    np.testing.assert_allclose(anomaly_deg[1, 0], 2.0 * 360.0 / 66.0)


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_a_delta_looks_the_same_from_every_satellite(planes: int, slots: int, data: st.DataObject) -> None:
    """Going once round the planes, the phases add up to whole slots: no plane is the first."""
    phasing = data.draw(st.integers(0, planes - 1))
    total = planes * slots
    node_deg, anomaly_deg = walker_slots(total, planes, phasing)
    node = np.rint(node_deg * planes / 360.0).astype(int).ravel()
    phase = np.rint(anomaly_deg * total / 360.0).astype(int).ravel()
    pattern = set(zip(node.tolist(), phase.tolist(), strict=True))
    assert len(pattern) == total
    for seat in (0, total // 2, total - 1):
        seen = zip((node - node[seat]) % planes, (phase - phase[seat]) % total, strict=True)
        assert {(int(planes_on), int(ahead)) for planes_on, ahead in seen} == pattern
