"""Who sees whom and when: look angles and contact windows between satellites and stations.

Windows are searched on the Earth-fixed arcs of an ephemeris, within a metre of SGP4. Only near approaches are looked
at: a satellite is visible where it is less than the horizon's angle away from the station, seen from the Earth's
centre. A group of satellites is searched at a time, so that memory stays bounded. Geometry only: no refraction or light
time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.mission_time import NS_PER_S
from sim.world.ephemeris import GRID_S, Arcs, Ephemeris
from sim.world.event_search import (
    CROSSING_TOLERANCE_S,
    Bracket,
    Intervals,
    Samples,
    intervals_above,
    sample_instants,
    turning_s,
    zeros_s,
)
from sim.world.frames import Floats, dot, east_north_up, geodetic_to_ecef
from sim.world.horizon import Horizon

Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

BYTES_A_PAIR = 16  # of a sample of satellite and station: a flag, and 200 bytes where they are near, one in 14
VERTICAL_DEG = 0.2  # geodetic and geocentric verticals differ by less
SAMPLES_AT_ONCE = 2048  # of a track: beyond the processor's cache they cost twice as much
PEAK_TOLERANCE_S = 0.5  # the line between its ends is right to 2 ms where a low orbit passes the zenith
PEAK_STEP_S = 1800.0  # shorter than the time between two culminations of one satellite
HORIZON_STEP_S = 10.0  # between samples of a window at a station with a horizon mask


@dataclass(frozen=True, slots=True)
class Station:
    """A ground station at WGS-84 coordinates; its horizon mask as `Horizon.of` takes it."""

    name: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float = 0.0
    horizon_mask_deg: tuple[tuple[float, float], ...] = ()


class Window(NamedTuple):
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


def contact_windows(ephemeris: Ephemeris, stations: Sequence[Station], min_elevation_deg: ArrayLike) -> list[Window]:
    """Contacts in the ephemeris's span, sorted by acquisition, satellite and station.

    `min_elevation_deg` is one for all or one for each station; a station's horizon mask counts where it is higher.
    """
    if not stations or ephemeris.end_s <= ephemeris.start_s:
        return []
    least_deg = np.broadcast_to(np.asarray(min_elevation_deg, dtype=np.float64), (len(stations),)).tolist()
    horizons = [Horizon.of(station.horizon_mask_deg, least) for station, least in zip(stations, least_deg, strict=True)]
    sites, lowest_sine = Sites.of(stations), np.sin(np.radians([one.lowest_deg for one in horizons]))
    t_s = sample_instants(ephemeris.grid_s, ephemeris.start_s, ephemeris.end_s)
    found = []
    for satellites in ephemeris.groups(BYTES_A_PAIR * len(stations)):
        sky = _Sky(ephemeris.ecef_of(satellites), sites, lowest_sine)
        seen = sky.windows(satellites, t_s)
        for station, horizon in enumerate(horizons):
            if not horizon.is_level:
                seen = sky.cut(seen, station, horizon)
        found.append(sky.described(seen))
    columns = [np.concatenate(column) for column in zip(*found, strict=True)]
    order = np.lexsort((columns[1], columns[0], columns[2]))
    return [Window(*row) for row in zip(*(column[order].tolist() for column in columns), strict=True)]


def _sampled(arcs: Arcs, satellites: Indices, t_s: Floats) -> Floats:
    """Positions (n_sat, n_t, 3); on the minute's grid an arc begins, and its first coefficient is the position."""
    satellite, on_grid = satellites[:, None], t_s % GRID_S == 0.0
    position = np.empty((len(satellites), len(t_s), 3))
    arc = arcs.offset[satellite] + np.rint(t_s[on_grid] / arcs.step_s[satellite]).astype(np.intp)
    position[:, on_grid] = arcs.coefficient_km[arc, 0]
    position[:, ~on_grid] = arcs.positions(satellite, t_s[~on_grid])
    return position


@dataclass(frozen=True, slots=True)
class _Sky:
    """A constellation over stations. A pair of both is one number: satellite x n_station + station."""

    arcs: Arcs
    sites: Sites
    lowest_sine: Floats

    def windows(self, satellites: Indices, t_s: Floats) -> Intervals:
        """Pairs above the lowest elevation that their stations use, between instants (n_t,)."""
        n_station = len(self.lowest_sine)
        position = _sampled(self.arcs, satellites, t_s)
        near = np.concatenate([self._near(track) for track in position])
        places = np.flatnonzero(near)
        pair, instant = np.divmod(places, len(t_s))
        starts = (np.diff(places, prepend=-2) != 1) | (instant == 0)
        run, pair_of_run = np.cumsum(starts) - 1, pair[starts] + satellites[0] * n_station
        satellite, station = np.divmod(pair, n_station)
        value = self._excess_km(station, position[satellite, instant])
        found = intervals_above(
            lambda run, at_s: self.excess_km(pair_of_run[run], at_s), Samples(run, t_s[instant], value)
        )
        return found._replace(item=pair_of_run[found.item])

    def excess_km(self, pair: Indices, t_s: Floats) -> Floats:
        """How far satellites are above their stations' lowest elevation, along the vertical, (n,)."""
        satellite, station = np.divmod(pair, len(self.lowest_sine))
        return self._excess_km(station, self.arcs.positions(satellite, t_s))

    def _excess_km(self, station: Indices, position_km: Floats) -> Floats:
        ray = position_km - self.sites.position_km[station]
        return dot(ray, self.sites.up[station]) - self.lowest_sine[station] * np.sqrt(dot(ray, ray))

    def _near(self, position_km: Floats) -> Flags:
        """Samples (n_station, n_t) of a satellite's track (n_t, 3) round which it may be visible.

        From the Earth's centre, a visible satellite at r is at most arccos(p cos(e) / r) - e away from a station at p
        with a lowest elevation e. Two of the greatest steps between samples more, and whatever lies between samples is
        seen at those on both sides and at their neighbours.
        """
        radius_km = np.sqrt(dot(position_km, position_km))
        toward = position_km / radius_km[:, None]
        step_rad = np.arccos(np.clip(dot(toward[1:], toward[:-1]).min(), -1.0, 1.0))
        site_km = np.sqrt(dot(self.sites.position_km, self.sites.position_km))
        lowest_rad = np.arcsin(self.lowest_sine) - np.radians(VERTICAL_DEG)
        ratio = np.minimum(site_km * np.cos(lowest_rad) / radius_km.max(), 1.0)
        reach_rad = np.minimum(np.arccos(ratio) - lowest_rad + 2.0 * step_rad, np.pi)
        site, least_cosine = self.sites.position_km / site_km[:, None], np.cos(reach_rad)[:, None]
        near = np.empty((len(site), len(toward)), dtype=bool)
        for first in range(0, len(toward), SAMPLES_AT_ONCE):
            some = slice(first, first + SAMPLES_AT_ONCE)
            np.greater_equal(site @ toward[some].T, least_cosine, out=near[:, some])
        return near

    def cut(self, found: Intervals, station: int, horizon: Horizon) -> Intervals:
        """The same, but of one station only what lies above its horizon."""
        own = found.item % len(self.lowest_sine) == station
        low = Intervals(*(column[own] for column in found))
        satellite = low.item // len(self.lowest_sine)

        def rays(window: Indices, at_s: Floats) -> tuple[Floats, Floats, Floats]:
            ray = self.arcs.positions(satellite[window], at_s) - self.sites.position_km[station]
            axes = self.sites.east[station], self.sites.north[station], self.sites.up[station]
            east, north, up = (dot(ray, axis) for axis in axes)
            return east, north, up

        def excess_km(window: Indices, at_s: Floats) -> Floats:
            east, north, up = rays(window, at_s)
            azimuth_deg = np.degrees(np.arctan2(east, north)) % 360.0
            sine = np.sin(np.radians(horizon.at(azimuth_deg)))
            return np.asarray(up - sine * np.sqrt(east**2 + north**2 + up**2))

        window, t_s = _spread(low, HORIZON_STEP_S)
        corner_window, corner_s = _corner_passages(lambda *at: rays(*at)[:2], horizon, window, t_s)
        window, t_s = np.append(window, corner_window), np.append(t_s, corner_s)
        order = np.lexsort((t_s, window))
        window, t_s = window[order], t_s[order]
        above = intervals_above(excess_km, Samples(window, t_s, excess_km(window, t_s)))
        above = above._replace(item=low.item[above.item])
        return Intervals(*(np.append(rest[~own], seen) for rest, seen in zip(found, above, strict=True)))

    def described(self, found: Intervals) -> tuple[NDArray[Any], ...]:
        """Columns of `Window`, each (n,), of pairs above their stations' horizons."""
        satellite, station = np.divmod(found.item, len(self.lowest_sine))
        aos_ns, los_ns = (np.rint(edge_s * NS_PER_S).astype(np.int64) for edge_s in (found.begin_s, found.end_s))
        return satellite, station, aos_ns, los_ns, self._highest_deg(found)

    def _highest_deg(self, found: Intervals) -> Floats:
        satellite, station = np.divmod(found.item, len(self.lowest_sine))
        site_km, vertical = self.sites.position_km[station], self.sites.up[station]

        def rate(window: Indices, at_s: Floats) -> Floats:
            """Of the elevation, but for a positive factor."""
            position, velocity = self.arcs.states(satellite[window], at_s)
            ray, up = position - site_km[window], vertical[window]
            return dot(ray, ray) * dot(up, velocity) - dot(up, ray) * dot(ray, velocity)

        window, t_s = _spread(found, PEAK_STEP_S)
        elevation_deg = self.sites.elevation_deg(station[window], self.arcs.positions(satellite[window], t_s))
        first = np.flatnonzero(np.diff(window, prepend=-1))
        best = np.lexsort((-elevation_deg, window))[first]
        last = np.append(first[1:], len(t_s)) - 1
        early_s, late_s = t_s[np.maximum(best - 1, first)], t_s[np.minimum(best + 1, last)]
        peak_s = turning_s(rate, np.arange(len(first)), early_s, late_s, PEAK_TOLERANCE_S)
        return self.sites.elevation_deg(station, self.arcs.positions(satellite, peak_s))


def _spread(found: Intervals, step_s: float) -> tuple[Indices, Floats]:
    """Instants from the begin to the end of every interval, at most a step apart, and whose they are."""
    length_s = found.end_s - found.begin_s
    count = np.maximum(np.ceil(length_s / step_s).astype(np.intp), 1) + 1
    which = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(which)) - (np.cumsum(count) - count)[which]
    return which, found.begin_s[which] + length_s[which] * (place / (count[which] - 1))


def _corner_passages(
    level: Callable[[Indices, Floats], tuple[Floats, Floats]], horizon: Horizon, window: Indices, t_s: Floats
) -> tuple[Indices, Floats]:
    """Windows and instants at which satellites pass the azimuths of a horizon's vertices, or the opposite ones.

    There the horizon has its corners: sampled, no obstacle between two of them is too narrow to be seen.
    """
    azimuth_rad = np.radians(horizon.azimuth_deg[:-1])
    sine, cosine = np.sin(azimuth_rad), np.cos(azimuth_rad)
    east, north = level(window, t_s)
    across_km = east[:, None] * cosine - north[:, None] * sine
    turned = (across_km[:-1] >= 0.0) != (across_km[1:] >= 0.0)
    before, corner = np.nonzero(turned & (window[:-1] == window[1:])[:, None])

    def passing(item: Indices, at_s: Floats) -> Floats:
        east, north = level(window[before[item]], at_s)
        return np.asarray(east * cosine[corner[item]] - north * sine[corner[item]])

    early, late = (t_s[before], across_km[before, corner]), (t_s[before + 1], across_km[before + 1, corner])
    return window[before], zeros_s(
        passing, np.arange(len(before)), Bracket(*early, *late, *early), CROSSING_TOLERANCE_S
    )
