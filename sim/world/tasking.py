"""Exposures that somebody asks for: the instants at which a camera looks at an area."""

import numpy as np
from numpy.typing import NDArray

from onboard.comms.telecommands import MAX_CAPTURES, Area
from onboard.mission_time import NS_PER_S, to_ns, to_s
from sim.scenario import Satellite
from sim.world.camera import Exposure, scene_centres
from sim.world.ephemeris import Ephemeris
from sim.world.frames import Floats
from sim.world.orbit import Orbits

GRID_S = 1.0
"""A scene's centre moves 9 km at most from one instant to the next."""
MARGIN_S = 60.0


def holds(area: Area, latitude_deg: Floats, longitude_deg: Floats) -> NDArray[np.bool_]:
    """Whether points (n,) lie in an area, which crosses the antimeridian where its west is east of its east."""
    width_deg = (area.east_deg - area.west_deg) % 360.0
    is_between = (longitude_deg - area.west_deg) % 360.0 <= width_deg
    inside: NDArray[np.bool_] = is_between & (latitude_deg >= area.south_deg) & (latitude_deg <= area.north_deg)
    return inside


def captures_over(
    area: Area, index: int, satellite: Satellite, orbits: Orbits, from_ns: int, until_ns: int
) -> tuple[int, ...]:
    """Instants, in ns, of the frames of one satellite whose centre lies in an area, an interval apart at least.

    Frames are taken in such sunlight as the instrument needs; the first `MAX_CAPTURES` of them.
    """
    if from_ns >= until_ns:
        return ()
    ephemeris = Ephemeris(orbits, to_s(from_ns) - MARGIN_S, to_s(until_ns) + MARGIN_S)
    t_s = np.arange(to_s(from_ns), to_s(until_ns), GRID_S)
    seen = scene_centres(index, satellite, ephemeris, t_s)
    is_lit = seen.sun_zenith_deg <= satellite.instrument.max_sun_zenith_deg
    is_wanted = is_lit & holds(area, seen.latitude_deg, seen.longitude_deg)
    chosen: list[int] = []
    gap_ns = to_ns(satellite.instrument.interval_s)
    for at_ns in (t_s[is_wanted] * NS_PER_S).round().astype(np.int64).tolist():
        if not chosen or at_ns - chosen[-1] >= gap_ns:
            chosen.append(at_ns)
    return tuple(chosen[:MAX_CAPTURES])


def exposure_at(index: int, satellite: Satellite, orbits: Orbits, at_ns: int, frame_id: int) -> Exposure | None:
    """What a satellite's camera sees at an instant; None where a frame would not be wholly on the ground."""
    at_s = to_s(at_ns)
    ephemeris = Ephemeris(orbits, at_s - MARGIN_S, at_s + MARGIN_S)
    seen = scene_centres(index, satellite, ephemeris, np.array([at_s]))
    return seen.exposure(0, index, satellite, frame_id, at_ns) if np.isfinite(seen.point_km).all() else None
