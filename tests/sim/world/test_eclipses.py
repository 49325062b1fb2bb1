"""Eclipses against a circular two-body orbit in closed form, dense samples, and skyfield's shadow."""

import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest
from sgp4.api import Satrec
from skyfield.api import EarthSatellite, load
from skyfield.constants import AU_KM
from skyfield.geometry import intersect_line_and_sphere

from onboard.mission_time import to_s
from sim.data import sample_path
from sim.world.eclipses import Eclipse, circular_eclipse_fraction, eclipses
from sim.world.elements import CircularOrbit, parse_tle_text
from sim.world.environment import ASTRONOMICAL_UNIT_KM, SUN_RADIUS_KM, illuminated_fraction, sun_position_au
from sim.world.ephemeris import BYTES_AT_ONCE, Ephemeris
from sim.world.frames import EARTH_RADIUS_KM
from sim.world.orbit import Orbits

EPOCH = datetime(2026, 3, 20, 14, 46, tzinfo=UTC)
RADIUS_KM, MU_KM3_S2 = 6921.0, 398600.4418
PERIOD_S = 2.0 * np.pi * np.sqrt(RADIUS_KM**3 / MU_KM3_S2)


class _CircularFlight:
    """What `eclipses` asks of an ephemeris, for a circular two-body orbit from noon on, tilted from the Sun by beta."""

    start_s, end_s, epoch = 0.0, PERIOD_S, EPOCH

    def __init__(self, beta_deg: float) -> None:
        noon = sun_position_au(EPOCH, PERIOD_S / 2.0)[0]
        noon /= np.linalg.norm(noon)
        ahead = np.cross([0.0, 0.0, 1.0], noon)
        ahead /= np.linalg.norm(ahead)
        beta = np.radians(beta_deg)
        self.axes = np.cos(beta) * noon + np.sin(beta) * np.cross(noon, ahead), ahead
        self.grid_s = np.arange(0.0, PERIOD_S, 60.0)

    def positions(self, satellite: np.ndarray, t_s: np.ndarray) -> np.ndarray:
        assert not np.any(satellite)
        angle = 2.0 * np.pi * t_s[..., None] / PERIOD_S
        position_km = RADIUS_KM * (np.cos(angle) * self.axes[0] + np.sin(angle) * self.axes[1])
        return np.broadcast_to(position_km, (*np.broadcast_shapes(satellite.shape, t_s.shape), 3))

    def groups(self, _: int) -> list[np.ndarray]:
        return [np.arange(1)]

    def teme_of(self, _: np.ndarray) -> "_CircularFlight":
        return self


def _half_angle_rad(beta_deg: float, *, is_umbra: bool) -> float:
    """Angle in the orbit from the middle of the eclipse to its edge: tangents of two spheres, and Napier's rule."""
    sun_km = ASTRONOMICAL_UNIT_KM * float(np.linalg.norm(sun_position_au(EPOCH, 0.0)))
    slope = (SUN_RADIUS_KM - EARTH_RADIUS_KM if is_umbra else SUN_RADIUS_KM + EARTH_RADIUS_KM) / sun_km
    edge = np.arcsin(EARTH_RADIUS_KM / RADIUS_KM) + (-1.0 if is_umbra else 1.0) * np.arcsin(slope)
    return float(np.arccos(np.clip(np.cos(edge) / np.cos(np.radians(beta_deg)), -1.0, 1.0)))


@pytest.mark.parametrize("beta_deg", [0.0, 30.0, 60.0, 66.8])
def test_a_circular_orbit_in_closed_form(beta_deg: float) -> None:
    (found,) = eclipses(_CircularFlight(beta_deg), flattening=0.0)
    # The Sun moves 0.03 degrees in half an orbit, which shifts an edge by some tenths of a second.
    for edges_ns, is_umbra in (
        ((found.begin_ns, found.end_ns), False),
        ((found.umbra_begin_ns, found.umbra_end_ns), True),
    ):
        half_s = _half_angle_rad(beta_deg, is_umbra=is_umbra) / (2.0 * np.pi) * PERIOD_S
        expected_s = PERIOD_S / 2.0 + np.array([-half_s, half_s])
        np.testing.assert_allclose([to_s(edge_ns) for edge_ns in edges_ns], expected_s, atol=0.5)


def test_grazing_the_penumbra() -> None:
    (found,) = eclipses(_CircularFlight(67.3), flattening=0.0)
    assert (found.umbra_begin_ns, found.umbra_end_ns) == (None, None)
    assert eclipses(_CircularFlight(69.0), flattening=0.0) == []


def test_entries_and_exits_of_sgp4_sampled_each_second() -> None:
    orbits = Orbits([CircularOrbit(550.0, 97.6, ltan_h=ltan_h) for ltan_h in (10.5, 7.5)], EPOCH)
    found = eclipses(Ephemeris(orbits, 0.0, 20_000.0))
    t_s = np.arange(0.0, 20_000.0)
    light = illuminated_fraction(orbits.positions_teme(t_s), sun_position_au(EPOCH, t_s))
    for satellite in range(2):
        own = [one for one in found if one.satellite_index == satellite]
        for edges, shadow in (
            ([edge for one in own for edge in (one.begin_ns, one.end_ns)], light[satellite] < 1.0),
            ([edge for one in own for edge in (one.umbra_begin_ns, one.umbra_end_ns)], light[satellite] == 0.0),
        ):
            changes_s = t_s[1:][np.diff(shadow.astype(int)) != 0]
            inner = [to_s(edge) for edge in edges if edge is not None and 0.0 < to_s(edge) < 20_000.0]
            np.testing.assert_allclose(inner, changes_s - 0.5, atol=0.6)


def test_the_span_cuts_eclipses() -> None:
    orbits = Orbits([CircularOrbit(550.0, 97.6, ltan_h=10.5)], EPOCH)
    whole = eclipses(Ephemeris(orbits, 0.0, 12_000.0))[1]
    middle_s = to_s((whole.begin_ns + whole.end_ns) // 2)
    late, *_ = eclipses(Ephemeris(orbits, middle_s, 12_000.0))
    early = eclipses(Ephemeris(orbits, 0.0, middle_s))[-1]
    assert late == Eclipse(0, round(middle_s * 1e9), whole.end_ns, round(middle_s * 1e9), whole.umbra_end_ns)
    assert (early.begin_ns, early.end_ns) == (whole.begin_ns, round(middle_s * 1e9))


def test_against_skyfield() -> None:
    # skyfield's shadow (is_sunlit; Rhodes, MIT licence) is that of a point Sun behind a sphere: it ends in the midst of
    # the penumbra. It takes the Sun's place from us: an ephemeris file would be a download.
    path = sample_path("orbits", "iss.tle")
    elements = parse_tle_text(path.read_text(), path)
    epoch = datetime(2019, 12, 9, 17, tzinfo=UTC)
    found = eclipses(Ephemeris(Orbits(elements, epoch), 0.0, 20_000.0), flattening=0.0)
    assert len(found) == 4
    timescale = load.timescale(builtin=True)
    satellite = EarthSatellite.from_satrec(Satrec.twoline2rv(elements[0].line1, elements[0].line2), timescale)
    t_s = np.arange(0.0, 20_000.0)
    instants = timescale.from_datetime(epoch) + t_s / 86_400.0
    # From the mean equator of date to that of 2000.
    sun_km = np.einsum("ijt,it->jt", instants.precession_matrix(), sun_position_au(epoch, t_s).T) * AU_KM
    position_km = satellite.at(instants).position.km
    _, far_km = intersect_line_and_sphere(sun_km - position_km, -position_km, EARTH_RADIUS_KM)
    behind = np.nan_to_num(far_km) > 0.0
    edges_s = t_s[1:][np.diff(behind.astype(int)) != 0]
    ours = sorted(
        to_s(edge + inner) / 2.0
        for one in found
        for edge, inner in ((one.begin_ns, one.umbra_begin_ns), (one.end_ns, one.umbra_end_ns))
        if 0 < edge < 20_000 * 10**9
    )
    np.testing.assert_allclose(ours, edges_s, atol=2.0)


def test_share_of_a_circular_orbit() -> None:
    # 36 of 92 minutes at 400 km with the Sun in the plane; none from 70.2 degrees on: arcsin(R / (R + h)).
    assert circular_eclipse_fraction(400.0, 0.0) == pytest.approx(0.39, abs=0.005)
    assert circular_eclipse_fraction(400.0, np.array([70.3, -89.9, 90.0])).tolist() == [0.0, 0.0, 0.0]
    assert circular_eclipse_fraction(400.0, 70.0) > 0.0
    for beta_deg in (0.0, 40.0):
        (found,) = eclipses(_CircularFlight(beta_deg), flattening=0.0)
        middle_s = to_s(found.end_ns + found.umbra_end_ns - found.begin_ns - found.umbra_begin_ns) / 2.0
        share = circular_eclipse_fraction(RADIUS_KM - EARTH_RADIUS_KM, beta_deg)
        assert share == pytest.approx(middle_s / PERIOD_S, abs=2e-4)


def test_satellites_are_searched_in_groups_of_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # Sampled all at once they would take 170 MB.
    orbits = Orbits([CircularOrbit(550.0, 97.6, 20.0 * k, raan_deg=20.0 * k) for k in range(16)], EPOCH)
    ephemeris = Ephemeris(orbits, 0.0, 30 * 86_400.0)
    tracemalloc.start()
    found = eclipses(ephemeris)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1.5 * BYTES_AT_ONCE
    assert found == sorted(found, key=lambda one: (one.satellite_index, one.begin_ns))
    monkeypatch.setattr("sim.world.ephemeris.BYTES_AT_ONCE", 1)
    assert eclipses(ephemeris) == found
