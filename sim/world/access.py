"""Who sees whom and when: look angles and contact windows between satellites and stations.

Orbits are sampled once a minute and joined by cubic Hermite arcs in Earth-fixed axes, within half a metre of
SGP4 for a low orbit. Rises and sets are bisected on the arcs; a pass that lies between two samples is found
at the highest point of the arc round each local maximum. Geometry only: no refraction, light time or terrain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.mission_time import to_ns
from sim.world.orbit import Floats, Orbits, dot, east_north_up, geodetic_to_ecef

Indices = NDArray[np.intp]

BISECTIONS = 26  # a minute halved 26 times is a microsecond; the arcs place a crossing within 0.1 ms
TRISECTIONS = 24  # (2/3)^24 of two minutes is 7 ms: under 0.01 degrees at the zenith of a low orbit
PEAK_SAMPLES = 17  # cut a low pass at its zenith as finely as the samples do
SAMPLES_AT_ONCE = 1_000_000  # elevations held at a time: 100 MB with what they are made of
HIDDEN_PASS_DEPTH_DEG = 10.0  # more than a satellite above 200 km can rise from there in half a step


@dataclass(frozen=True, slots=True)
class Station:
    """A ground station at WGS-84 coordinates."""

    name: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Window:
    """A contact, in ns after the epoch; one that the searched span cuts begins or ends with the span."""

    satellite_index: int
    station_index: int
    aos_ns: int
    los_ns: int
    max_elevation_deg: float


class LookAngles(NamedTuple):
    """Where a station points, each (...); azimuth clockwise from north in [0, 360)."""

    azimuth_deg: Floats
    elevation_deg: Floats
    range_km: Floats


@dataclass(frozen=True, slots=True)
class Sites:
    """Stations as arrays, each (n_station, 3), for look angles without repeated trigonometry."""

    position_km: Floats
    east: Floats
    north: Floats
    up: Floats

    @classmethod
    def of(cls, stations: Sequence[Station]) -> "Sites":
        """Arrays of a list of stations."""
        latitude_deg = np.array([station.latitude_deg for station in stations], dtype=np.float64)
        longitude_deg = np.array([station.longitude_deg for station in stations], dtype=np.float64)
        altitude_km = np.array([station.altitude_m for station in stations], dtype=np.float64) / 1000.0
        position_km = geodetic_to_ecef(latitude_deg, longitude_deg, altitude_km)
        return cls(position_km, *east_north_up(latitude_deg, longitude_deg))

    def look(self, station: Indices, position_ecef: Floats) -> LookAngles:
        """Look angles from stations of index (...) to positions (..., 3) km; shapes broadcast."""
        ray = position_ecef - self.position_km[station]
        range_km = np.sqrt(dot(ray, ray))
        east, north = dot(ray, self.east[station]), dot(ray, self.north[station])
        azimuth_deg = np.degrees(np.arctan2(east, north)) % 360.0
        return LookAngles(azimuth_deg, self.elevation_deg(station, position_ecef), range_km)

    def elevation_deg(self, station: Indices, position_ecef: Floats) -> Floats:
        """Elevations alone, as `look`."""
        ray = position_ecef - self.position_km[station]
        sine = dot(ray, self.up[station]) / np.sqrt(dot(ray, ray))
        return np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))


@dataclass(frozen=True, slots=True)
class _Arcs:
    """Earth-fixed tracks, (n_sat, n_t, 3), sampled `step_s` apart from `start_s` on, and their watchers.

    A pair is a satellite and a station as one number: satellite x n_station + station.
    """

    start_s: float
    step_s: float
    position_km: Floats
    velocity_km_s: Floats
    sites: Sites
    mask_deg: Floats

    def margin_deg(self, pair: Indices, t_s: Floats) -> Floats:
        """Elevation above the station's mask, of pairs at instants, both (...)."""
        satellite, station = np.divmod(pair, len(self.mask_deg))
        place = (t_s - self.start_s) / self.step_s
        cell = np.clip(place.astype(np.intp), 0, self.position_km.shape[1] - 2)
        u = (place - cell)[..., None]
        rest = 1.0 - u
        position = (
            (1.0 + 2.0 * u) * rest**2 * self.position_km[satellite, cell]
            + (3.0 - 2.0 * u) * u**2 * self.position_km[satellite, cell + 1]
            + self.step_s * u * rest**2 * self.velocity_km_s[satellite, cell]
            - self.step_s * u**2 * rest * self.velocity_km_s[satellite, cell + 1]
        )
        return self.sites.elevation_deg(station, position) - self.mask_deg[station]

    def sampled_margin_deg(self) -> Floats:
        """Elevation above the mask at every sample, (n_pair, n_t)."""
        n_sat, n_t, _ = self.position_km.shape
        station = np.arange(len(self.mask_deg))[None, :, None]
        elevation_deg = self.sites.elevation_deg(station, self.position_km[:, None])
        return (elevation_deg - self.mask_deg[:, None]).reshape(n_sat * len(self.mask_deg), n_t)

    def crossing_s(self, pair: Indices, below_s: Floats, above_s: Floats) -> Floats:
        """Instants at the mask between one below it and one above it, whichever comes first."""
        for _ in range(BISECTIONS):
            middle_s = 0.5 * (below_s + above_s)
            visible = self.margin_deg(pair, middle_s) >= 0.0
            above_s = np.where(visible, middle_s, above_s)
            below_s = np.where(visible, below_s, middle_s)
        return above_s

    def peak_s(self, pair: Indices, early_s: Floats, late_s: Floats) -> Floats:
        """Instants of greatest elevation between two, where it has a single maximum."""
        for _ in range(TRISECTIONS):
            third_s = (late_s - early_s) / 3.0
            first_s, second_s = early_s + third_s, late_s - third_s
            rising = self.margin_deg(pair, first_s) < self.margin_deg(pair, second_s)
            early_s = np.where(rising, first_s, early_s)
            late_s = np.where(rising, late_s, second_s)
        return 0.5 * (early_s + late_s)


def contact_windows(
    orbits: Orbits,
    stations: Sequence[Station],
    duration_s: float,
    min_elevation_deg: ArrayLike,
    *,
    start_s: float = 0.0,
    step_s: float = 60.0,
) -> list[Window]:
    """Contacts in [start_s, start_s + duration_s], sorted by acquisition, satellite and station.

    `min_elevation_deg` is one mask for all or one for each station. Raises InputError where an orbit decays.
    """
    if not stations or duration_s <= 0.0:
        return []
    sites = Sites.of(stations)
    mask_deg = np.broadcast_to(np.asarray(min_elevation_deg, dtype=np.float64), (len(stations),))
    # One step of margin on both sides shows the maxima near the ends from both of their sides.
    grid_s = start_s + step_s * np.arange(-1, int(np.ceil(duration_s / step_s)) + 2, dtype=np.float64)
    positions, velocities = orbits.states_ecef(grid_s)
    at_once = max(1, SAMPLES_AT_ONCE // (len(stations) * len(grid_s)))
    windows: list[Window] = []
    for first in range(0, orbits.n_sat, at_once):
        block = slice(first, first + at_once)
        arcs = _Arcs(float(grid_s[0]), step_s, positions[block], velocities[block], sites, mask_deg)
        windows += _windows_of(arcs, first, start_s, start_s + duration_s)
    return sorted(windows, key=lambda window: (window.aos_ns, window.satellite_index, window.station_index))


def _windows_of(arcs: _Arcs, first_satellite: int, start_s: float, end_s: float) -> list[Window]:
    pair, rise_s, set_s = _intervals(arcs)
    rise_s, set_s = np.maximum(rise_s, start_s), np.minimum(set_s, end_s)
    kept = set_s > rise_s
    pair, rise_s, set_s = pair[kept], rise_s[kept], set_s[kept]
    satellite, station = np.divmod(pair, len(arcs.mask_deg))
    columns = (satellite + first_satellite, station, rise_s, set_s, _highest_deg(arcs, pair, rise_s, set_s))
    return [
        Window(satellite_index, station_index, to_ns(aos_s), to_ns(los_s), highest_deg)
        for satellite_index, station_index, aos_s, los_s, highest_deg in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def _intervals(arcs: _Arcs) -> tuple[Indices, Floats, Floats]:
    """Pair, rise and set of every visible interval on the arcs, (n_window,) each, by pair and time."""
    margin_deg = arcs.sampled_margin_deg()
    grid_s = arcs.start_s + arcs.step_s * np.arange(margin_deg.shape[1], dtype=np.float64)
    visible = margin_deg >= 0.0
    rising, rise_cell = np.nonzero(~visible[:, :-1] & visible[:, 1:])
    setting, set_cell = np.nonzero(visible[:, :-1] & ~visible[:, 1:])
    hidden, early_s, peak_s, late_s = _hidden_passes(arcs, margin_deg, grid_s)
    begun, unended = np.nonzero(visible[:, 0])[0], np.nonzero(visible[:, -1])[0]
    rise_pair, rise_s = _by_pair_and_time(
        (begun, np.full(len(begun), grid_s[0])),
        (rising, arcs.crossing_s(rising, grid_s[rise_cell], grid_s[rise_cell + 1])),
        (hidden, arcs.crossing_s(hidden, early_s, peak_s)),
    )
    set_pair, set_s = _by_pair_and_time(
        (setting, arcs.crossing_s(setting, grid_s[set_cell + 1], grid_s[set_cell])),
        (hidden, arcs.crossing_s(hidden, late_s, peak_s)),
        (unended, np.full(len(unended), grid_s[-1])),
    )
    assert np.array_equal(rise_pair, set_pair)
    return rise_pair, rise_s, set_s


def _hidden_passes(arcs: _Arcs, margin_deg: Floats, grid_s: Floats) -> tuple[Indices, Floats, Floats, Floats]:
    """Passes between samples: pair, sample before, instant of greatest elevation, sample after."""
    left, here, right = margin_deg[:, :-2], margin_deg[:, 1:-1], margin_deg[:, 2:]
    depth_deg = HIDDEN_PASS_DEPTH_DEG + np.maximum(arcs.mask_deg, 0.0)
    near = here > -np.tile(depth_deg, len(arcs.position_km))[:, None]
    below = (left < 0.0) & (here < 0.0) & (right < 0.0)
    pair, cell = np.nonzero(near & below & (here >= left) & (here > right))
    early_s, late_s = grid_s[cell], grid_s[cell + 2]
    peak_s = arcs.peak_s(pair, early_s, late_s)
    seen = arcs.margin_deg(pair, peak_s) >= 0.0
    return pair[seen], early_s[seen], peak_s[seen], late_s[seen]


def _by_pair_and_time(*groups: tuple[Indices, Floats]) -> tuple[Indices, Floats]:
    pair = np.concatenate([group[0] for group in groups])
    t_s = np.concatenate([group[1] for group in groups])
    order = np.lexsort((t_s, pair))
    return pair[order], t_s[order]


def _highest_deg(arcs: _Arcs, pair: Indices, rise_s: Floats, set_s: Floats) -> Floats:
    """Greatest elevation in each interval: the best of evenly spaced samples, then refined round it."""
    samples_s = rise_s[:, None] + (set_s - rise_s)[:, None] * np.linspace(0.0, 1.0, PEAK_SAMPLES)
    best = arcs.margin_deg(pair[:, None], samples_s).argmax(axis=1)
    row = np.arange(len(pair))
    early_s = samples_s[row, np.maximum(best - 1, 0)]
    late_s = samples_s[row, np.minimum(best + 1, PEAK_SAMPLES - 1)]
    highest_margin_deg = arcs.margin_deg(pair, arcs.peak_s(pair, early_s, late_s))
    return highest_margin_deg + arcs.mask_deg[pair % len(arcs.mask_deg)]
