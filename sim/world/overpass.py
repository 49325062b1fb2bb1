"""When a satellite's camera passes over given places: for pictures that are shown where they were taken."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.scenario import Satellite
from sim.world.camera import Exposure
from sim.world.environment import sun_zenith_deg
from sim.world.orbit import (
    EARTH_RADIUS_KM,
    Floats,
    Orbits,
    geodetic,
    geodetic_to_ecef,
    ground_track_heading_deg,
)

GRID_S = 10.0
GRID_REACH_KM = 60.0
"""A ground track runs 7.6 km a second at most: half a grid step away from its closest point it is nearer than this."""
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

    A place is passed over where the ground track comes within half of the instrument's swath of it, in sunlight as
    the instrument needs it. Frame identifiers are all 0: the caller numbers the exposures that it uses.
    """
    found: dict[int, Exposure] = {}
    for start_s in np.arange(0.0, until_s, CHUNK_S):
        grid_s = np.arange(start_s, min(start_s + CHUNK_S, until_s) + GRID_S, GRID_S)
        tracks = _ground_track(orbits, grid_s)
        for index, place in enumerate(places):
            if index not in found and (first := _first(place, satellites, orbits, grid_s, tracks, until_s)):
                found[index] = first
        if len(found) == len(places):
            break
    return found


def _first(
    place: Place,
    satellites: Sequence[Satellite],
    orbits: Orbits,
    grid_s: Floats,
    tracks: Floats,
    until_s: float,
) -> Exposure | None:
    passes = (
        exposure
        for index in sorted(place.satellites)
        if (exposure := _first_of(place, index, satellites[index], orbits, grid_s, tracks[index], until_s))
    )
    return min(passes, key=lambda exposure: (exposure.at_ns, exposure.satellite), default=None)


def _first_of(
    place: Place, index: int, satellite: Satellite, orbits: Orbits, grid_s: Floats, track: Floats, until_s: float
) -> Exposure | None:
    instrument = satellite.instrument
    half_swath_km = instrument.width_px * instrument.gsd_m / 2000.0
    centre = geodetic_to_ecef(place.latitude_deg, place.longitude_deg, 0.0)
    distance_km = np.sqrt(((track - centre) ** 2).sum(-1))
    near = distance_km < half_swath_km + GRID_REACH_KM
    is_closest = near[1:-1] & (distance_km[1:-1] <= distance_km[:-2]) & (distance_km[1:-1] < distance_km[2:])
    for k in np.flatnonzero(is_closest) + 1:
        fine_s = np.arange(grid_s[k] - GRID_S, grid_s[k] + GRID_S, FINE_S)
        fine_km = np.sqrt(((_ground_track(orbits, fine_s)[index] - centre) ** 2).sum(-1))
        at_s = float(fine_s[fine_km.argmin()])
        zenith_deg = float(sun_zenith_deg(place.latitude_deg, place.longitude_deg, orbits.epoch, at_s)[0])
        is_seen = fine_km.min() <= half_swath_km and 0.0 <= at_s < until_s
        if is_seen and zenith_deg <= instrument.max_sun_zenith_deg:
            position, velocity = (state[index] for state in orbits.states_ecef(at_s))
            heading_deg = float(ground_track_heading_deg(position, velocity)[0])
            at_ns = round(at_s * 1e9)
            return Exposure(
                index, 0, at_ns, place.latitude_deg, place.longitude_deg, heading_deg, zenith_deg, place.gsd_m
            )
    return None


def _ground_track(orbits: Orbits, t_s: Floats) -> Floats:
    """Earth-fixed points on the ellipsoid below the satellites, (n_sat, n_t, 3) km."""
    latitude_deg, longitude_deg, _ = geodetic(orbits.positions_ecef(t_s))
    return geodetic_to_ecef(latitude_deg, longitude_deg, 0.0)


assert GRID_REACH_KM > 7.7 * GRID_S / 2 * (EARTH_RADIUS_KM / (EARTH_RADIUS_KM + 150.0)), "the grid would skip places"
