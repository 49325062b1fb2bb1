"""When a satellite's camera passes over given places: for pictures that are shown where they were taken."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.scenario import Satellite
from sim.world.camera import Exposure, SceneCentres, Viewpoint, scene_centres
from sim.world.environment import sun_zenith_deg
from sim.world.ephemeris import Ephemeris
from sim.world.frames import Floats, geodetic_to_ecef
from sim.world.orbit import Orbits

GRID_S = 10.0
GRID_REACH_KM = 60.0
"""A scene's centre moves 9 km a second at most: half a grid step away from its closest point it is nearer than this."""
FINE_S = 0.05
CHUNK_S = 86400.0


@dataclass(frozen=True, slots=True)
class Place:
    """What is to be passed over, and which satellites' instruments could see it."""

    latitude_deg: float
    longitude_deg: float
    gsd_m: float
    satellites: frozenset[int]


def first_overpasses(
    places: Sequence[Place], satellites: Sequence[Satellite], orbits: Orbits, until_s: float
) -> dict[int, Exposure]:
    """The first exposure of each place, by its position in the list; places that nobody passes over are left out.

    A place is passed over where the centre of the instrument's scene comes within half of its swath of it, in sunlight
    as the instrument needs it. Frame identifiers are all 0: the caller numbers the exposures that it uses.
    """
    found: dict[int, Exposure] = {}
    for start_s in np.arange(0.0, until_s, CHUNK_S):
        ephemeris = Ephemeris(orbits, start_s - 2.0 * GRID_S, min(start_s + CHUNK_S, until_s) + 2.0 * GRID_S)
        search = _Search(satellites, ephemeris, until_s)
        for index, place in enumerate(places):
            if index not in found and (first := search.first(place)):
                found[index] = first
        if len(found) == len(places):
            break
    return found


class _Search:
    """What the instruments look at during an ephemeris."""

    def __init__(self, satellites: Sequence[Satellite], ephemeris: Ephemeris, until_s: float) -> None:
        self._satellites = satellites
        self._ephemeris = ephemeris
        self._until_s = until_s
        self._grid_s = np.arange(ephemeris.start_s + GRID_S, ephemeris.end_s, GRID_S)
        self._grid = [self._seen(index, self._grid_s) for index in range(len(satellites))]
        self._passes: dict[tuple[int, int], tuple[Floats, SceneCentres]] = {}

    def first(self, place: Place) -> Exposure | None:
        """The first exposure of a place by any of its satellites."""
        passes = (exposure for index in sorted(place.satellites) if (exposure := self._first_of(place, index)))
        return min(passes, key=lambda exposure: (exposure.at_ns, exposure.satellite), default=None)

    def _seen(self, index: int, t_s: Floats) -> SceneCentres:
        return scene_centres(index, self._satellites[index], self._ephemeris, t_s)

    def _pass(self, index: int, k: int) -> tuple[Floats, SceneCentres]:
        """Times round a grid step, and what is seen then: the frames of one large scene share their passes."""
        if (index, k) not in self._passes:
            fine_s = np.arange(self._grid_s[k] - GRID_S, self._grid_s[k] + GRID_S, FINE_S)
            self._passes[index, k] = fine_s, self._seen(index, fine_s)
        return self._passes[index, k]

    def _first_of(self, place: Place, index: int) -> Exposure | None:
        instrument = self._satellites[index].instrument
        distance_km = _distance_km(self._grid[index].point_km, place)
        half_swath_km = instrument.width_px * self._grid[index].gsd_m / 2000.0
        near = distance_km < half_swath_km + GRID_REACH_KM
        is_closest = near[1:-1] & (distance_km[1:-1] <= distance_km[:-2]) & (distance_km[1:-1] < distance_km[2:])
        for k in np.flatnonzero(is_closest) + 1:
            fine_s, seen = self._pass(index, int(k))
            fine_km = _distance_km(seen.point_km, place)
            if not np.isfinite(fine_km).any():
                continue
            best = int(np.nanargmin(fine_km))
            at_s = float(fine_s[best])
            zenith_deg = float(sun_zenith_deg(place.latitude_deg, place.longitude_deg, self._ephemeris.epoch, at_s)[0])
            is_seen = fine_km[best] <= instrument.width_px * seen.gsd_m[best] / 2000.0 and 0.0 <= at_s < self._until_s
            if is_seen and zenith_deg <= instrument.max_sun_zenith_deg:
                return Exposure(
                    index,
                    0,
                    round(at_s * 1e9),
                    place.latitude_deg,
                    place.longitude_deg,
                    float(seen.course_deg[best]),
                    zenith_deg,
                    place.gsd_m,
                    Viewpoint.of(self._satellites[index], seen.eye_km[best]),
                )
        return None


def _distance_km(point_km: Floats, place: Place) -> Floats:
    centre = geodetic_to_ecef(place.latitude_deg, place.longitude_deg, 0.0)
    return np.asarray(np.sqrt(((point_km - centre) ** 2).sum(-1)))


assert GRID_REACH_KM > 9.0 * GRID_S / 2, "the grid would skip places"
