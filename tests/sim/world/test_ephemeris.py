"""Arcs against the SGP4 they join: within a metre over a day, whatever the orbit and the company."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.errors import InputError
from sim.data import sample_path
from sim.world.elements import CircularOrbit, Elements, MeanElements, TwoLineElements, parse_tle_text
from sim.world.ephemeris import GRID_S, STEPS_S, Ephemeris, arc_step_s, hermite_coefficients
from sim.world.orbit import Orbits

START = datetime(2026, 6, 1, 10, tzinfo=UTC)
DAY_S = 86400.0
# AIAA 2006-6753, verification cases: Molniya 2-14 and 1-36, a transfer orbit (Ariane 44L+ R/B), a geostationary
# satellite (AMC-4), and SL-12 R/B, whose period is four days and whose eccentricity 0.79.
ECCENTRIC = {
    "molniya-2-14": (
        "1 08195U 75081A   06176.33215444  .00000099  00000-0  11873-3 0   813",
        "2 08195  64.1586 279.0717 6877146 264.7651  20.2257  2.00491383225656",
    ),
    "molniya-1-36": (
        "1 09880U 77021A   06176.56157475  .00000421  00000-0  10000-3 0  9814",
        "2 09880  64.5968 349.3786 7069051 270.0229  16.3320  2.00813614112380",
    ),
    "transfer": (
        "1 23177U 94040C   06175.45752052  .00000386  00000-0  76590-3 0    95",
        "2 23177   7.0496 179.8238 7258491 296.0482   8.3061  2.25906668 97438",
    ),
    "geostationary": (
        "1 25954U 99060A   04039.68057285 -.00000108  00000-0  00000-0 0  6847",
        "2 25954   0.0004 243.8136 0001765  15.5294  22.7134  1.00271289 15615",
    ),
    "four-days": (
        "1 20413U 83020D   05363.79166667  .00000000  00000-0  00000+0 0  7041",
        "2 20413  12.3514 187.4253 7864447 196.3027 356.5478  0.24690082  7978",
    ),
}
FILES = ("flock-4x-22", "iss", "sentinel-2", "landsat-8")


def epoch_of(elements: TwoLineElements) -> datetime:
    start = datetime(2000 + int(elements.line1[18:20]), 1, 1, tzinfo=UTC)
    return start + timedelta(days=float(elements.line1[20:32]) - 1.0)


def worst_m(elements: Elements, epoch: datetime, t_s: np.ndarray) -> tuple[float, float]:
    """Largest distance from SGP4 in TEME and in Earth-fixed axes."""
    orbits = Orbits([elements], epoch)
    ephemeris = Ephemeris(orbits, float(t_s.min()), float(t_s.max()))
    teme = np.linalg.norm(ephemeris.positions_teme(t_s) - orbits.positions_teme(t_s), axis=-1)
    fixed = np.linalg.norm(ephemeris.positions_ecef(t_s) - orbits.positions_ecef(t_s), axis=-1)
    return 1000.0 * float(teme.max()), 1000.0 * float(fixed.max())


@pytest.mark.parametrize("name", [*FILES, *ECCENTRIC])
def test_positions_are_within_a_metre_of_sgp4_over_a_day(name: str) -> None:
    path = sample_path("orbits", f"{name}.tle")
    elements = TwoLineElements(*ECCENTRIC[name]) if name in ECCENTRIC else parse_tle_text(path.read_text(), path)[0]
    assert max(worst_m(elements, epoch_of(elements), np.arange(0.0, DAY_S, 7.3))) < 1.0


@settings(max_examples=40, deadline=None)
@given(st.floats(160.0, 36_000.0), st.just(0.0) | st.floats(1e-6, 180.0), st.floats(-3.0, 3.0))
def test_circular_orbits_at_any_altitude(altitude_km: float, inclination_deg: float, day: float) -> None:
    t_s = day * DAY_S + np.arange(0.0, 7200.0, 3.1)
    assert max(worst_m(CircularOrbit(altitude_km, inclination_deg, raan_deg=10.0), START, t_s)) < 1.0


@settings(max_examples=40, deadline=None)
@given(st.floats(200.0, 20_000.0), st.floats(0.0, 0.8), st.floats(1e-6, 180.0), st.floats(0.0, 360.0))
def test_eccentric_orbits_through_their_perigee(
    perigee_km: float, eccentricity: float, inclination_deg: float, arg_deg: float
) -> None:
    radius_km = (6378.0 + perigee_km) / (1.0 - eccentricity)
    elements = MeanElements(
        epoch_utc=START,
        mean_motion_rev_per_day=DAY_S / (2.0 * np.pi * np.sqrt(radius_km**3 / 398600.8)),
        eccentricity=eccentricity,
        inclination_deg=inclination_deg,
        raan_deg=0.0,
        arg_of_pericenter_deg=arg_deg,
        mean_anomaly_deg=0.0,
        bstar_per_earth_radius=0.0,
    )
    assert max(worst_m(elements, START, np.arange(-2000.0, 2000.0, 2.3))) < 1.0


def test_velocities_are_the_slopes_of_positions() -> None:
    ephemeris = Ephemeris(Orbits([CircularOrbit(550.0, 97.6, ltan_h=10.5)], START), 0.0, 6000.0)
    t_s = np.arange(7.0, 5900.0, 111.0)
    for states, positions in (
        (ephemeris.states_teme(t_s), ephemeris.positions_teme),
        (ephemeris.states_ecef(t_s), ephemeris.positions_ecef),
    ):
        np.testing.assert_array_equal(states[0], positions(t_s))
        np.testing.assert_allclose(states[1], (positions(t_s + 0.05) - positions(t_s - 0.05)) / 0.1, atol=1e-6)


def test_samples_are_sgp4s_own() -> None:
    orbits = Orbits([CircularOrbit(550.0, 53.0, raan_deg=0.0), TwoLineElements(*ECCENTRIC["transfer"])], START)
    ephemeris = Ephemeris(orbits, -100.0, 1000.0)
    assert ephemeris.grid_s.tolist() == (GRID_S * np.arange(-1, 17)).tolist()
    inside_s = ephemeris.grid_s[:-1]
    assert np.array_equal(ephemeris.positions_teme(inside_s), orbits.positions_teme(inside_s))


def test_neither_company_nor_span_changes_a_bit() -> None:
    low, high = CircularOrbit(550.0, 53.0, raan_deg=0.0), TwoLineElements(*ECCENTRIC["transfer"])
    epoch = epoch_of(high)
    together = Ephemeris(Orbits([low, high, low], epoch), 0.0, 10_000.0)
    assert together.step_s.tolist() == [60.0, 30.0, 60.0]
    t_s = np.arange(4000.0, 5000.0, 7.7)
    for satellite, elements in enumerate((low, high, low)):
        alone = Ephemeris(Orbits([elements], epoch), 3999.0, 5555.0)
        for mine, ours in zip(alone.states_ecef(t_s), together.states_ecef(t_s), strict=True):
            assert np.array_equal(mine[0], ours[satellite])
        one_by_one = [alone.positions_teme(t)[0, 0] for t in t_s]
        assert np.array_equal(one_by_one, together.positions_teme(t_s)[satellite])


def test_every_satellite_may_have_instants_of_its_own() -> None:
    ephemeris = Ephemeris(Orbits([CircularOrbit(550.0, 53.0, raan_deg=d) for d in (0.0, 9.0)], START), 0.0, 600.0)
    t_s = np.array([[1.0, 2.0, 3.0], [400.0, 500.0, 600.0]])
    own = ephemeris.positions_ecef(t_s)
    assert own.shape == (2, 3, 3)
    for satellite in (0, 1):
        assert np.array_equal(own[satellite], ephemeris.positions_ecef(t_s[satellite])[satellite])
    picked = ephemeris.ecef.positions(np.array([1, 0, 1]), np.array([500.0, 2.0, 400.0]))
    assert np.array_equal(picked, [own[1, 1], own[0, 1], own[1, 0]])


def test_a_cubic_is_joined_exactly() -> None:
    k = np.arange(-3.0, 8.0)
    coefficients = hermite_coefficients(np.stack([k**3 - k, 2.0 * k**2, np.ones_like(k)], axis=-1))
    assert coefficients.shape == (4, 4, 3)
    np.testing.assert_allclose(coefficients[1], [[0, 2, 1], [2, 4, 0], [3, 2, 0], [1, 0, 0]], atol=1e-12)


def test_steps_shorten_with_the_perigee() -> None:
    period_s = np.array([5700.0, 43_000.0, 86_164.0, 600_000.0])
    eccentricity = np.array([0.0, 0.72, 0.0, 0.98])
    steps_s = arc_step_s(period_s, eccentricity)
    assert steps_s.tolist() == [60.0, 30.0, 60.0, 15.0]
    assert set(steps_s) <= set(STEPS_S)


def test_what_sgp4_cannot_compute_is_an_error() -> None:
    # At a denormal inclination the lunar and solar terms of SGP4 divide by zero, and it reports no error.
    orbits = Orbits([CircularOrbit(5873.0, 3e-308, raan_deg=0.0)], START)
    with pytest.raises(InputError, match=r"satellite\[0\].orbit: no orbit 0 s after the start: cannot be propagated"):
        orbits.positions_teme(0.0)


def test_decay_within_the_span_names_the_satellite() -> None:
    # AIAA 2006-6753, verification case 28872: decays within 50 minutes of its epoch.
    minotaur = TwoLineElements(
        "1 28872U 05037B   05333.02012661  .25992681  00000-0  24476-3 0  1534",
        "2 28872  96.4736 157.9986 0303955 244.0492 110.6523 16.46015938 10708",
    )
    orbits = Orbits([CircularOrbit(550.0, 53.0, raan_deg=0.0), minotaur], epoch_of(minotaur), source="fleet.toml")
    with pytest.raises(InputError, match=r"fleet.toml: satellite\[1\].orbit: no orbit .* s after the start"):
        Ephemeris(orbits, 0.0, 7200.0).positions_ecef(0.0)


def test_arcs_of_some_satellites_are_those_of_all_and_nobody_elses() -> None:
    low, high = CircularOrbit(550.0, 53.0, raan_deg=0.0), TwoLineElements(*ECCENTRIC["transfer"])
    ephemeris = Ephemeris(Orbits([low, high, low], epoch_of(high)), 0.0, 1000.0)
    t_s = np.arange(0.0, 1000.0, 7.7)
    some = ephemeris.ecef_of(np.array([1, 2]))
    for satellite in (1, 2):
        assert np.array_equal(some.positions(satellite, t_s), ephemeris.positions_ecef(t_s)[satellite])
    with pytest.raises(IndexError):
        some.positions(0, t_s)


def test_groups_hold_every_satellite_once_and_fewer_of_a_longer_span() -> None:
    orbits = Orbits([CircularOrbit(550.0, 53.0, raan_deg=float(k)) for k in range(100)], START)
    day, month = (list(Ephemeris(orbits, 0.0, days * DAY_S).groups(0)) for days in (1.0, 30.0))
    for groups in (day, month):
        assert np.concatenate(groups).tolist() == list(range(100))
    assert len(day) == 1
    assert 3 <= len(month[0]) <= 5
    assert [len(group) for group in Ephemeris(orbits, 0.0, 3000 * DAY_S).groups(0)] == [1] * 100
