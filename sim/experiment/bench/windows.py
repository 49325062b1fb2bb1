"""What a day of contact windows costs, the ephemeris it is searched on included."""

import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sim.experiment.bench.figure import Benchmark, Figure
from sim.world.access import Station, contact_windows
from sim.world.elements import CircularOrbit
from sim.world.ephemeris import Ephemeris
from sim.world.orbit import Orbits

SATELLITES, STATIONS, DAY_S, LEAST_DEG = 50, 20, 86_400.0, 10.0
REPEATS = 5
EPOCH = datetime(2026, 6, 1, tzinfo=UTC)
FIGURES = (
    Figure("windows", "ms", "CPU of a satellite-day over 20 stations, with its ephemeris", bar=1.5, is_ceiling=True),
    Figure("windows_ephemeris", "ms", "of which the ephemeris: SGP4 once a minute, and its arcs"),
)


def measure(_: Path) -> tuple[float, ...]:
    """The quickest of some repeats: a processor's caches are others' too."""
    planes = [CircularOrbit(550.0, 97.6, 7.2 * k, raan_deg=36.0 * (k % 10)) for k in range(SATELLITES)]
    orbits = Orbits(planes, EPOCH)
    latitudes_deg, longitudes_deg = np.linspace(-70.0, 78.0, STATIONS), np.linspace(-180.0, 160.0, STATIONS)
    stations = [
        Station(f"station-{k}", float(latitude_deg), float(longitude_deg))
        for k, (latitude_deg, longitude_deg) in enumerate(zip(latitudes_deg, longitudes_deg, strict=True))
    ]
    total_s, ephemeris_s = min(_once(orbits, stations) for _ in range(REPEATS))
    return total_s / SATELLITES * 1000.0, ephemeris_s / SATELLITES * 1000.0


BENCHMARK = Benchmark(FIGURES, measure, is_quick=True)


def _once(orbits: Orbits, stations: list[Station]) -> tuple[float, float]:
    started_s = time.process_time()
    assert Ephemeris(orbits, 0.0, DAY_S).ecef.end_s == DAY_S
    arcs_made_s = time.process_time()
    # The search makes its own arcs, group by group.
    assert len(contact_windows(Ephemeris(orbits, 0.0, DAY_S), stations, LEAST_DEG)) > 4000
    return time.process_time() - arcs_made_s, arcs_made_s - started_s
