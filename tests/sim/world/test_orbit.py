"""Orbits against published vectors, and what is said of elements that are none."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from onboard.errors import InputError
from sim.data import sample_path
from sim.world.elements import CircularOrbit, TwoLineElements, parse_tle_text
from sim.world.frames import (
    EARTH_RADIUS_KM,
    geodetic,
)
from sim.world.orbit import Orbits

EPOCH = datetime(2026, 6, 1, 10, tzinfo=UTC)
# Vallado and others, "Revisiting Spacetrack Report #3" (AIAA 2006-6753), verification case 00005.
VANGUARD = TwoLineElements(
    "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753",
    "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667",
)
VANGUARD_EPOCH = datetime(2000, 6, 27, 18, 50, 19, 733568, tzinfo=UTC)


def verification_cases() -> dict[str, tuple[TwoLineElements, datetime]]:
    """The report's element sets that are well-formed TLEs, with their epochs. The sgp4 package ships them."""
    cases = {}
    lines = (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines()
    for line1, line2 in pairwise(lines):
        if line1.startswith("1 ") and line2.startswith("2 "):
            year, day = int(line1[18:20]), float(line1[20:32])
            start = datetime(year + (1900 if year >= 57 else 2000), 1, 1, tzinfo=UTC)
            elements = TwoLineElements(line1[:69], line2[:69])
            cases[line1[2:7].strip().lstrip("0")] = elements, start + timedelta(days=day - 1.0)
    return cases


def verification_states() -> dict[str, NDArray[np.float64]]:
    """Minutes, position and velocity by satellite: the output of Vallado's own C++ program, tcppver.out."""
    states: dict[str, list[list[float]]] = {}
    for line in (files("sgp4") / "tcppver.out").read_text().splitlines():
        if line.strip().endswith("xx"):
            rows = states.setdefault(line.split()[0], [])
        elif line.strip():
            rows.append([float(column) for column in line.split()[:7]])
    return {satellite: np.array(rows) for satellite, rows in states.items()}


CASES, STATES = verification_cases(), verification_states()
BROKEN = ("11801", "33333", "33334", "33335")
"""Not element sets as they are: short lines, orbits that SGP4 must refuse, a new name under an old checksum."""


@pytest.mark.parametrize("satellite", [name for name in CASES if name not in BROKEN])
def test_sgp4_verification_vectors(satellite: str) -> None:
    # Vallado and others, "Revisiting Spacetrack Report #3" (AIAA 2006-6753); epochs are rounded to a microsecond.
    elements, epoch = CASES[satellite]
    rows = STATES[satellite]
    position, velocity = Orbits([elements], epoch).states_teme(rows[:, 0] * 60.0)
    np.testing.assert_allclose(position[0], rows[:, 1:4], atol=1e-5)
    np.testing.assert_allclose(velocity[0], rows[:, 4:7], atol=1e-7)


def test_every_published_case_is_flown() -> None:
    assert len(CASES) >= 30
    assert set(CASES) <= set(STATES)


def test_earth_fixed_velocity_is_the_derivative() -> None:
    orbits = Orbits([CircularOrbit(550.0, 97.6, ltan_h=10.5)], EPOCH)
    t_s = np.array([100.0, 2000.0])
    difference = (orbits.positions_ecef(t_s + 0.5) - orbits.positions_ecef(t_s - 0.5)) / 1.0
    np.testing.assert_allclose(orbits.states_ecef(t_s)[1], difference, atol=1e-5)


def test_circular_orbit_keeps_its_altitude_and_starts_at_its_node() -> None:
    orbits = Orbits([CircularOrbit(550.0, 97.6, raan_deg=40.0)], EPOCH)
    position, velocity = orbits.states_teme(np.arange(0.0, 6000.0, 30.0))
    radius_km = np.linalg.norm(position[0], axis=1)
    # J2 and J3 make an orbit of constant mean elements breathe by some 8 km.
    assert np.abs(radius_km - EARTH_RADIUS_KM - 550.0).max() < 10.0
    node = np.array([np.cos(np.radians(40.0)), np.sin(np.radians(40.0)), 0.0])
    assert position[0, 0] @ node / radius_km[0] > np.cos(np.radians(0.2))
    assert velocity[0, 0, 2] > 0.0


def test_period_is_keplers() -> None:
    # PASEOS 0.2.1, one satellite at a semi-major axis of 6,921 km: 5,730.1 s.
    orbits = Orbits([CircularOrbit(6921.0 - EARTH_RADIUS_KM, 97.6, raan_deg=0.0)], EPOCH)
    assert orbits.period_s[0] == pytest.approx(5730.1, abs=0.1)


def test_local_time_of_the_ascending_node() -> None:
    # A node at mean noon lies under the mean Sun, whose right ascension at the March equinox (2026-03-20
    # 14:46) is that of the true Sun, 0, less the equation of the centre, 1.87 degrees.
    equinox = datetime(2026, 3, 20, 14, 46, tzinfo=UTC)
    for ltan_h, right_ascension_deg in ((12.0, -1.87), (18.0, 88.13), (10.5, -24.37)):
        start = Orbits([CircularOrbit(550.0, 97.6, ltan_h=ltan_h)], equinox).positions_teme(0.0)[0, 0]
        assert np.degrees(np.arctan2(start[1], start[0])) == pytest.approx(right_ascension_deg, abs=0.15)


def test_more_instants_change_no_bit() -> None:
    orbits = Orbits([CircularOrbit(550.0, 97.6, ltan_h=10.5), CircularOrbit(600.0, 53.0, raan_deg=1.0)], EPOCH)
    t_s = np.arange(0.0, 500.0, 7.0)
    together = orbits.positions_ecef(t_s)
    alone = np.concatenate([orbits.positions_ecef([t]) for t in t_s], axis=1)
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("name", ["flock-4x-22", "iss", "sentinel-2", "landsat-8"])
def test_sample_orbits_propagate(name: str) -> None:
    path = sample_path("orbits", f"{name}.tle")
    elements = parse_tle_text(path.read_text(), path)
    assert all(one.name for one in elements)
    year, day = 2000 + int(elements[0].line1[18:20]), float(elements[0].line1[20:32])
    epoch = datetime.fromordinal(datetime(year, 1, 1).toordinal() + int(day) - 1).replace(tzinfo=UTC)
    _, _, altitude_km = geodetic(Orbits(elements, epoch).positions_ecef(np.arange(0.0, 6000.0, 60.0)))
    assert altitude_km.min() > 400.0
    assert altitude_km.max() < 830.0


@pytest.mark.parametrize(
    ("line1", "line2", "rule"),
    [
        (VANGUARD.line1[:-1] + "4", VANGUARD.line2, "checksum"),
        (VANGUARD.line1[:-9], VANGUARD.line2, "69 characters"),
        (VANGUARD.line2, VANGUARD.line1, "starts with '1 '"),
        (VANGUARD.line1, VANGUARD.line2.replace("00005", "00014"), "one satellite"),
        (VANGUARD.line1, VANGUARD.line2.replace(" 34.2682", "34.26 82").replace("00005", "00005"), "numbers"),
    ],
)
def test_bad_elements_teach(line1: str, line2: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule) as caught:
        Orbits([TwoLineElements(line1, line2)], VANGUARD_EPOCH, source="my.toml")
    assert str(caught.value).startswith("my.toml: satellite[0].orbit")


def test_files_without_pairs_are_refused() -> None:
    with pytest.raises(InputError, match="no two-line"):
        parse_tle_text("hello\n", "a.tle")
    with pytest.raises(InputError, match="followed by its line 2"):
        parse_tle_text(VANGUARD.line1, "a.tle")


def test_decayed_orbit_is_the_users_error() -> None:
    # AIAA 2006-6753, verification case 28872: decays within 50 minutes of its epoch.
    minotaur = TwoLineElements(
        "1 28872U 05037B   05333.02012661  .25992681  00000-0  24476-3 0  1534",
        "2 28872  96.4736 157.9986 0303955 244.0492 110.6523 16.46015938 10708",
    )
    orbits = Orbits([minotaur], datetime(2005, 11, 29, 0, 28, 58, tzinfo=UTC), source="fleet.toml")
    with pytest.raises(InputError, match=r"fleet.toml: satellite\[0\].orbit: no orbit .* s after the start"):
        orbits.positions_teme(np.arange(0.0, 7200.0, 60.0))


@pytest.mark.parametrize(
    ("orbit", "key"),
    [
        (CircularOrbit(100.0, 97.6, ltan_h=10.5), "altitude_km"),
        (CircularOrbit(float("nan"), 97.6, ltan_h=10.5), "altitude_km"),
        (CircularOrbit(550.0, 190.0, ltan_h=10.5), "inclination_deg"),
        (CircularOrbit(550.0, 97.6, ltan_h=25.0), "ltan_h"),
        (CircularOrbit(550.0, 97.6), "ltan_h or by raan_deg"),
        (CircularOrbit(550.0, 97.6, ltan_h=1.0, raan_deg=1.0), "ltan_h or by raan_deg"),
    ],
)
def test_bad_circular_orbits_teach(orbit: CircularOrbit, key: str) -> None:
    with pytest.raises(InputError, match=key):
        Orbits([orbit], EPOCH)
