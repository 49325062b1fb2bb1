"""When and where cameras expose: every interval over sunlit ground that the instrument is for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard.mission_time import to_ns
from sim.scenario import Satellite
from sim.scenes.land import LandMask
from sim.world.environment import sun_zenith_deg
from sim.world.orbit import Orbits, east_north_up, geodetic, geodetic_to_ecef, ground_track_heading_deg


@dataclass(frozen=True, slots=True)
class Exposure:
    """One frame to take. `frame_id` counts a satellite's frames from 1; the frame's columns grow to starboard.

    `gsd_m` is the ground sample distance at the altitude of the exposure.
    """

    satellite: int
    frame_id: int
    at_ns: int
    latitude_deg: float
    longitude_deg: float
    heading_deg: float
    sun_zenith_deg: float
    gsd_m: float


def plan_exposures(
    satellites: Sequence[Satellite], orbits: Orbits, land: LandMask, until_ns: int
) -> tuple[Exposure, ...]:
    """Every exposure of the run, in order of time, then of satellite."""
    planned = [
        exposure
        for index, satellite in enumerate(satellites)
        for exposure in _exposures_of(index, satellite, orbits, land, until_ns)
    ]
    return tuple(sorted(planned, key=lambda exposure: (exposure.at_ns, exposure.satellite)))


def _exposures_of(index: int, satellite: Satellite, orbits: Orbits, land: LandMask, until_ns: int) -> list[Exposure]:
    instrument = satellite.instrument
    instants_ns = np.arange(0, until_ns, to_ns(instrument.interval_s), dtype=np.int64)
    t_s = instants_ns / 1e9
    position, velocity = (state[index] for state in orbits.states_ecef(t_s))
    latitude, longitude, altitude_km = geodetic(position)
    growth = 1.0 if instrument.gsd_altitude_km is None else altitude_km / instrument.gsd_altitude_km
    gsd_m = np.broadcast_to(instrument.gsd_m * growth, altitude_km.shape)
    heading = ground_track_heading_deg(position, velocity)
    zenith = sun_zenith_deg(latitude, longitude, orbits.epoch, t_s)
    wanted = zenith <= instrument.max_sun_zenith_deg
    if instrument.needs_land or instrument.needs_sea:
        wanted &= land.is_land(latitude, longitude) == instrument.needs_land
    return [
        Exposure(
            index,
            frame_id,
            int(instants_ns[k]),
            *(float(row[k]) for row in (latitude, longitude, heading, zenith, gsd_m)),
        )
        for frame_id, k in enumerate(np.flatnonzero(wanted), start=1)
    ]


def footprint_deg(exposure: Exposure, width_px: int, height_px: int, gsd_m: float) -> tuple[float, ...]:
    """Latitude and longitude of a frame's four corners, as `Frame.footprint_deg` orders them.

    The frame lies level at the subsatellite point, its top edge ahead, on the WGS-84 ellipsoid.
    """
    heading = np.radians(exposure.heading_deg)
    ahead_km = np.array([1, 1, -1, -1]) * (height_px * gsd_m / 2000.0)
    right_km = np.array([-1, 1, 1, -1]) * (width_px * gsd_m / 2000.0)
    east_km = ahead_km * np.sin(heading) + right_km * np.cos(heading)
    north_km = ahead_km * np.cos(heading) - right_km * np.sin(heading)
    east, north, _ = east_north_up(exposure.latitude_deg, exposure.longitude_deg)
    centre = geodetic_to_ecef(exposure.latitude_deg, exposure.longitude_deg, 0.0)
    corners: NDArray[np.float64] = centre + east_km[:, None] * east + north_km[:, None] * north
    latitude, longitude, _ = geodetic(corners)
    return tuple(float(value) for pair in zip(latitude, longitude, strict=True) for value in pair)
