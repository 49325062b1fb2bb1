"""Contact windows against published passes and against a brute-force search on SGP4 itself."""

import json
import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest

from onboard.mission_time import to_s
from sim.data import sample_names, sample_path
from sim.world.access import Sites, Station, Window, contact_windows
from sim.world.elements import CircularOrbit, parse_tle_text
from sim.world.ephemeris import BYTES_AT_ONCE, Ephemeris
from sim.world.frames import geodetic_to_ecef
from sim.world.orbit import Orbits

EPOCH = datetime(2026, 6, 1, 10, tzinfo=UTC)
SVALBARD = Station("Svalbard", 78.23, 15.41)
DAY_S = 86_400.0


def _windows(
    orbits: Orbits, stations: list[Station], end_s: float, least_deg: float, start_s: float = 0.0
) -> list[Window]:
    return contact_windows(Ephemeris(orbits, start_s, end_s), stations, least_deg)


def test_pass_of_flock_4x_22_over_iceland() -> None:
    # cote (ASPLOS 2020), its example built and run: acquisition at 2,506 s, loss at 2,944 s.
    path = sample_path("orbits", "flock-4x-22.tle")
    orbits = Orbits(parse_tle_text(path.read_text(), path), datetime(2022, 7, 17, 22, 10, tzinfo=UTC))
    (window,) = _windows(orbits, [Station("Iceland", 64.9631, -19.0208)], 3000.0, 10.0)
    assert to_s(window.aos_ns) == pytest.approx(2506.0, abs=3.0)
    assert to_s(window.los_ns) == pytest.approx(2944.0, abs=3.0)


def test_look_angles() -> None:
    # A satellite over a station is at 90 degrees, its altitude away; four neighbours lie round the origin.
    sites = Sites.of([Station("origin", 0.0, 0.0), Station("Quito", -0.2, -78.5, 2850.0)])
    overhead = sites.look(np.array(1), geodetic_to_ecef(-0.2, -78.5, 552.85))
    assert overhead.elevation_deg == pytest.approx(90.0, abs=1e-5)
    assert overhead.range_km == pytest.approx(550.0, abs=1e-6)
    around = sites.look(np.array(0), geodetic_to_ecef([10.0, 0.0, -10.0, 0.0], [0.0, 10.0, 0.0, -10.0], 550.0))
    np.testing.assert_allclose(around.azimuth_deg, [0.0, 90.0, 180.0, 270.0], atol=1e-6)


def test_edges_lie_on_the_mask_of_sgp4_itself() -> None:
    orbits = Orbits([CircularOrbit(500.0, 97.4, ltan_h=10.5), CircularOrbit(780.0, 86.4, raan_deg=70.0)], EPOCH)
    windows = _windows(orbits, [SVALBARD], DAY_S, 5.0)
    assert len(windows) > 20
    for window in windows[1:-1]:
        edges_s = np.array([to_s(window.aos_ns), to_s(window.los_ns)])
        edge_deg = Sites.of([SVALBARD]).elevation_deg(np.array(0), orbits.positions_ecef(edges_s))
        np.testing.assert_allclose(edge_deg[window.satellite_index], 5.0, atol=1e-4)


@pytest.mark.parametrize("mask_deg", [0.0, 10.0, 40.0, 80.0])
def test_every_pass_a_fine_search_sees_is_found(mask_deg: float) -> None:
    # One-second samples of SGP4. At 40 and 80 degrees most passes fall between the one-minute samples.
    station = Station("Maspalomas", 27.77, -15.64)
    orbits = Orbits([CircularOrbit(550.0, 97.6, ltan_h=ltan_h) for ltan_h in (6.0, 10.5)], EPOCH)
    windows = _windows(orbits, [station], 5 * DAY_S, mask_deg)
    t_s = np.arange(0.0, 5 * DAY_S, 1.0)
    elevation_deg = Sites.of([station]).elevation_deg(np.array(0), orbits.positions_ecef(t_s))
    for satellite in range(2):
        ours = [window for window in windows if window.satellite_index == satellite]
        visible = np.concatenate([[False], elevation_deg[satellite] >= mask_deg, [False]])
        rises, sets = (
            np.nonzero(np.diff(visible.astype(int)) == 1)[0],
            np.nonzero(np.diff(visible.astype(int)) == -1)[0],
        )
        seen = [window for window in ours if to_s(window.los_ns - window.aos_ns) > 1.0]
        assert len(seen) <= len(rises) <= len(ours)
        for rise, fall in zip(rises, sets, strict=True):
            highest = elevation_deg[satellite, rise:fall].max()
            (match,) = [one for one in ours if to_s(one.aos_ns) <= rise <= to_s(one.los_ns) + 1.0]
            assert to_s(match.aos_ns) > rise - 1.0 or rise == 0
            assert match.max_elevation_deg == pytest.approx(highest, abs=0.4)
            assert match.max_elevation_deg >= highest - 0.01


def test_the_span_cuts_windows() -> None:
    orbits = Orbits([CircularOrbit(550.0, 97.6, ltan_h=10.5)], EPOCH)
    whole = _windows(orbits, [SVALBARD], 6000.0, 5.0)[0]
    middle_s = to_s((whole.aos_ns + whole.los_ns) // 2)
    late, *_ = _windows(orbits, [SVALBARD], 6000.0, 5.0, start_s=middle_s)
    assert to_s(late.aos_ns) == pytest.approx(middle_s, abs=1e-9)
    assert late.los_ns == pytest.approx(whole.los_ns, abs=1e6)
    early = _windows(orbits, [SVALBARD], middle_s, 5.0)[-1]
    assert early.aos_ns == pytest.approx(whole.aos_ns, abs=1e6)
    assert to_s(early.los_ns) == pytest.approx(middle_s, abs=1e-9)


def test_geostationary_contact_lasts() -> None:
    orbits = Orbits([CircularOrbit(35_786.0, 0.0, raan_deg=0.0)], EPOCH)
    under = Station("under", 0.0, float(np.degrees(np.arctan2(*orbits.positions_ecef(0.0)[0, 0, [1, 0]]))))
    beyond = Station("beyond", 0.0, under.longitude_deg - 180.0)
    (window,) = _windows(orbits, [under, beyond], DAY_S, 5.0)
    assert window == Window(0, 0, 0, 86_400_000_000_000, window.max_elevation_deg)
    assert window.max_elevation_deg > 89.0


def test_masks_may_differ_and_windows_are_sorted() -> None:
    orbits = Orbits([CircularOrbit(550.0, 97.6, ltan_h=ltan_h) for ltan_h in (6.0, 10.5)], EPOCH)
    stations = [SVALBARD, Station("Troll", -72.0, 2.53)]
    windows = _windows(orbits, stations, DAY_S, np.array([5.0, 30.0]))
    assert windows == sorted(windows, key=lambda one: (one.aos_ns, one.satellite_index, one.station_index))
    assert min(one.max_elevation_deg for one in windows if one.station_index == 1) > 30.0
    assert min(one.max_elevation_deg for one in windows if one.station_index == 0) < 30.0
    assert _windows(orbits, [], DAY_S, 5.0) == []


@pytest.mark.parametrize("network", sample_names("stations", ".json"))
def test_sample_stations(network: str) -> None:
    content = json.loads(sample_path("stations", f"{network}.json").read_text(encoding="utf-8"))
    assert content["network"] == network
    assert content["source"]
    assert content["licence"]
    names = [one["name"] for one in content["stations"]]
    assert len(set(names)) == len(names) >= 3
    for one in content["stations"]:
        assert -90.0 <= one["latitude_deg"] <= 90.0
        assert -180.0 <= one["longitude_deg"] <= 180.0
        assert one["bands"]


def test_a_satellite_alone_has_the_same_windows() -> None:
    planes = [CircularOrbit(500.0 + 30.0 * k, 97.4, 40.0 * k, ltan_h=1.7 * k) for k in range(9)]
    stations = [SVALBARD, Station("Troll", -72.0, 2.53), Station("hut", 46.0, 8.0, 900.0, ((0.0, 9.0), (120.0, 25.0)))]
    together = _windows(Orbits(planes, EPOCH), stations, DAY_S, 5.0)
    for satellite in (0, 4, 8):
        alone = _windows(Orbits([planes[satellite]], EPOCH), stations, DAY_S, 5.0)
        own = [one._replace(satellite_index=0) for one in together if one.satellite_index == satellite]
        assert alone == own


def test_satellites_are_searched_in_groups_of_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # Their arcs alone would be 90 MB, and the same again while they are made.
    orbits = Orbits([CircularOrbit(550.0, 97.6, 20.0 * k, raan_deg=20.0 * k) for k in range(16)], EPOCH)
    tracemalloc.start()
    windows = _windows(orbits, [SVALBARD], 40.0 * DAY_S, 30.0)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 1.5 * BYTES_AT_ONCE
    monkeypatch.setattr("sim.world.ephemeris.BYTES_AT_ONCE", 1)
    assert _windows(orbits, [SVALBARD], 40.0 * DAY_S, 30.0) == windows
