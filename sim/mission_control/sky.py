"""Where satellites and the Sun are, what comes next for whom: from orbits and plans alone, at any instant."""

from bisect import bisect_right
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from groundstation.web.view import NextEvent, PassRow, Point, Track
from onboard.mission_time import to_ns, to_s
from sim.scenario import Scenario
from sim.world.eclipses import eclipses
from sim.world.environment import sun_position_au
from sim.world.ephemeris import Ephemeris
from sim.world.frames import geodetic, gmst_rad, ground_track_heading_deg, teme_to_ecef
from sim.world.orbit import Orbits

Floats = NDArray[np.float64]
TRACK_STEP_S = 30.0
MOST_TRACK_POINTS = 200_000
"""Of all satellites together: some megabytes of text."""
DIGITS = 3
"""Of a degree: a hundred metres."""


class Sky:
    """Geometry of a mission, by satellite in the scenario's order."""

    def __init__(self, scenario: Scenario, orbits: Orbits) -> None:
        self._names = [satellite.name for satellite in scenario.satellite]
        self._duration_s = scenario.duration_s
        self._ephemeris = Ephemeris(orbits, 0.0, scenario.duration_s)
        self.eclipses: dict[str, list[list[int]]] = {name: [] for name in self._names}
        for one in eclipses(self._ephemeris):
            self.eclipses[self._names[one.satellite_index]].append([one.begin_ns, one.end_ns])
        self.passes: dict[str, list[PassRow]] = {name: [] for name in self._names}
        self._turns: dict[str, list[tuple[int, NextEvent]]] = {}

    def add_passes(self, planned: Iterable[PassRow]) -> None:
        """Planned contacts."""
        for row in planned:
            self.passes[row["satellite"]].append(row)
        for rows in self.passes.values():
            rows.sort(key=lambda row: row["aos_ns"])
        self._turns = {name: sorted(self._turns_of(name), key=lambda turn: turn[0]) for name in self._names}

    def places(self, now_ns: int) -> tuple[list[float], list[float], list[float]]:
        """Longitudes, latitudes and courses over ground, in degrees, of all satellites."""
        t_s = np.array([min(to_s(now_ns), self._duration_s)])
        position, velocity = self._ephemeris.states_ecef(t_s)
        latitude_deg, longitude_deg, _ = geodetic(position[:, 0])
        heading_deg = ground_track_heading_deg(position[:, 0], velocity[:, 0])
        return _rounded(longitude_deg), _rounded(latitude_deg), np.round(heading_deg, 1).tolist()

    def sun(self, now_ns: int) -> Point:
        """Where the Sun is overhead; latitude is geocentric."""
        t_s = np.array([to_s(now_ns)])
        x, y, z = teme_to_ecef(sun_position_au(self._ephemeris.epoch, t_s), gmst_rad(self._ephemeris.epoch, t_s))[0]
        return {
            "longitude_deg": round(float(np.degrees(np.arctan2(y, x))), DIGITS),
            "latitude_deg": round(float(np.degrees(np.arctan2(z, np.hypot(x, y)))), DIGITS),
        }

    def station(self, name: str, now_ns: int) -> str:
        """The station that a satellite is in contact with, or none."""
        rows = self.passes[name]
        place = bisect_right(rows, now_ns, key=lambda row: row["aos_ns"]) - 1
        return rows[place]["station"] if place >= 0 and now_ns < rows[place]["los_ns"] else ""

    def next_event(self, name: str, now_ns: int) -> NextEvent | None:
        """What comes next for a satellite: shadow, light or a pass."""
        turns = self._turns.get(name, [])
        place = bisect_right(turns, now_ns, key=lambda turn: turn[0])
        return turns[place][1] if place < len(turns) else None

    def tracks(self) -> dict[str, Track]:
        """Subsatellite points over the run."""
        step_s = max(TRACK_STEP_S, self._duration_s * len(self._names) / MOST_TRACK_POINTS)
        t_s = np.minimum(np.arange(0.0, self._duration_s + step_s, step_s), self._duration_s)
        tracks: dict[str, Track] = {}
        for index, name in enumerate(self._names):
            position = self._ephemeris.ecef.positions(index, t_s)
            latitude_deg, longitude_deg, _ = geodetic(position)
            tracks[name] = {
                "step_ns": to_ns(step_s),
                "longitude_deg": _rounded(longitude_deg),
                "latitude_deg": _rounded(latitude_deg),
            }
        return tracks

    def _turns_of(self, name: str) -> list[tuple[int, NextEvent]]:
        turns: list[tuple[int, NextEvent]] = []
        for begin_ns, end_ns in self.eclipses[name]:
            turns.append((begin_ns, {"kind": "eclipse", "at_ns": begin_ns}))
            turns.append((end_ns, {"kind": "sunlight", "at_ns": end_ns}))
        turns += [(row["aos_ns"], {"kind": "pass", "at_ns": row["aos_ns"]}) for row in self.passes[name]]
        return turns


def _rounded(degrees: Floats) -> list[float]:
    rounded: list[float] = np.round(degrees, DIGITS).tolist()
    return rounded
