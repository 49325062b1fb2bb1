"""Peers beside ours on the same task, in one process: their CPU time over ours."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import numpy as np
from sgp4.api import SatrecArray

from sim.experiment.bench.figure import Benchmark, Figure
from sim.world.access import Station, contact_windows
from sim.world.elements import CircularOrbit, satrec
from sim.world.ephemeris import Ephemeris
from sim.world.orbit import Orbits

SATELLITES, STATIONS = 20, 5
DAY_S, STEP_S, LEAST_DEG = 86_400.0, 10.0, 10.0
REPEATS = 3
EPOCH = datetime(2026, 6, 1, tzinfo=UTC)
SKYFIELD_SATELLITES = 2
STATES = (
    Figure("states_sgp4", "x", "CPU time of sgp4's SatrecArray over ours: positions in TEME every 10 s of a day"),
)
PASSES = (
    Figure("windows_skyfield", "x", f"CPU time of skyfield's find_events over ours: a day over {STATIONS} stations"),
)


def measure_states(_: Path) -> tuple[float, ...]:
    """Both from the same elements; the ephemeris is made anew each time."""
    orbits = _orbits(SATELLITES)
    t_s = np.arange(0.0, DAY_S, STEP_S)
    records = SatrecArray([satrec(elements, EPOCH, "bench", "orbit") for elements in _planes(SATELLITES)])
    day, fraction = _julian(EPOCH), t_s / DAY_S
    theirs_s = _quickest_s(lambda: records.sgp4(np.full(t_s.shape, day), fraction))
    ours_s = _quickest_s(lambda: Ephemeris(orbits, 0.0, DAY_S).positions_teme(t_s))
    return (theirs_s / ours_s,)


def measure_passes(_: Path) -> tuple[float, ...]:
    """Ours searches all satellites at once, with their ephemeris; theirs one satellite and station at a time."""
    stations = [Station(f"station-{k}", -70.0 + 35.0 * k, -180.0 + 70.0 * k) for k in range(STATIONS)]
    orbits = _orbits(SATELLITES)
    ours_s = _quickest_s(lambda: contact_windows(Ephemeris(orbits, 0.0, DAY_S), stations, LEAST_DEG)) / SATELLITES
    return (_skyfield_s(stations) / ours_s,)


STATES_BENCHMARK = Benchmark(STATES, measure_states, is_quick=True)
PASSES_BENCHMARK = Benchmark(PASSES, measure_passes, is_quick=True, peer="skyfield")


def _skyfield_s(stations: list[Station]) -> float:
    """CPU time of skyfield for a satellite-day over the stations."""
    skyfield = import_module("skyfield.api")  # of the extra `dev`
    timescale = skyfield.load.timescale(builtin=True)
    satellites = [
        skyfield.EarthSatellite.from_satrec(satrec(elements, EPOCH, "bench", "orbit"), timescale)
        for elements in _planes(SKYFIELD_SATELLITES)
    ]
    start, end = (timescale.from_datetime(EPOCH + timedelta(seconds=at_s)) for at_s in (0.0, DAY_S))
    sites = [skyfield.wgs84.latlon(station.latitude_deg, station.longitude_deg) for station in stations]

    def search() -> None:
        for satellite in satellites:
            for site in sites:
                satellite.find_events(site, start, end, LEAST_DEG)

    return _quickest_s(search) / SKYFIELD_SATELLITES


def _planes(count: int) -> list[CircularOrbit]:
    return [CircularOrbit(550.0, 97.6, 7.2 * k, raan_deg=36.0 * (k % 10)) for k in range(count)]


def _orbits(count: int) -> Orbits:
    return Orbits(_planes(count), EPOCH)


def _julian(instant: datetime) -> float:
    return instant.timestamp() / DAY_S + 2_440_587.5


def _quickest_s(work: Callable[[], object]) -> float:
    """CPU time of the quickest of some repeats."""
    took_s = []
    for _ in range(REPEATS):
        started_s = time.process_time()
        work()
        took_s.append(time.process_time() - started_s)
    return min(took_s)
