"""When and where cameras expose: every interval over sunlit ground that the instrument is for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.mission_time import to_ns, to_s
from sim.equipment.instrument import Instrument
from sim.scenario import Satellite
from sim.scenes.land import LandMask
from sim.world.environment import sun_zenith_deg
from sim.world.ephemeris import Ephemeris
from sim.world.frames import (
    EARTH_RADIUS_KM,
    Floats,
    dot,
    east_north_up,
    geodetic,
    geodetic_to_ecef,
    ground_track_heading_deg,
)
from sim.world.orbit import Orbits
from sim.world.view import CameraAxes, camera_axes, corner_rays, meet_ground, sample_distance_m

AT_ONCE_NS = to_ns(86400)
"""How long an ephemeris to hold: 0.14 MB a satellite."""


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A camera at an Earth-fixed position, rolled to starboard and pitched ahead, and the angle of its pixels.

    A radar's pixels are told by the ground and have no angle.
    """

    eye_km: tuple[float, float, float]
    roll_deg: float
    pitch_deg: float
    pixel_rad: float | None

    @classmethod
    def of(cls, satellite: Satellite, position_ecef: Floats) -> "Viewpoint":
        """A satellite's instrument at a position (3,)."""
        x, y, z = (float(component) for component in position_ecef)
        return cls(
            (x, y, z), satellite.pointing.roll_deg, satellite.pointing.pitch_deg, pixel_rad(satellite.instrument)
        )


@dataclass(frozen=True, slots=True)
class Exposure:
    """One frame to take. `frame_id` counts a satellite's frames from 1; the frame's columns grow to starboard.

    Latitude, longitude, the Sun's zenith angle and `gsd_m`, the ground sample distance, are those of the scene's
    centre; off nadir the distance is the geometric mean of a pixel's two sides. The heading is the ground track's.
    """

    satellite: int
    frame_id: int
    at_ns: int
    latitude_deg: float
    longitude_deg: float
    heading_deg: float
    sun_zenith_deg: float
    gsd_m: float
    viewpoint: Viewpoint


def plan_exposures(
    satellites: Sequence[Satellite], orbits: Orbits, land: LandMask, until_ns: int
) -> tuple[Exposure, ...]:
    """Every exposure of the run, in order of time, then of satellite.

    Raises InputError where a satellite's pointing never has a whole frame on the ground.
    """
    planned: list[Exposure] = []
    taken = [0] * len(satellites)
    for start_ns in range(0, until_ns, AT_ONCE_NS):
        end_ns = min(start_ns + AT_ONCE_NS, until_ns)
        ephemeris = Ephemeris(orbits, to_s(start_ns), to_s(end_ns))
        for index, satellite in enumerate(satellites):
            interval_ns = to_ns(satellite.instrument.interval_s)
            first_ns = -(-start_ns // interval_ns) * interval_ns
            instants_ns = np.arange(first_ns, end_ns, interval_ns, dtype=np.int64)
            exposures = _exposures_of(index, satellite, ephemeris, land, instants_ns, taken[index])
            taken[index] += len(exposures)
            planned += exposures
    return tuple(sorted(planned, key=lambda exposure: (exposure.at_ns, exposure.satellite)))


def pixel_rad(instrument: Instrument) -> float | None:
    """A pixel's angle; None for a radar, whose sample distance does not grow with the range."""
    if instrument.gsd_altitude_km is None:
        return None
    return instrument.gsd_m / (1000.0 * instrument.gsd_altitude_km)


class SceneCentres(NamedTuple):
    """What the boresight of one satellite's instrument meets at n_t instants: (n_t, 3), and (n_t,) the rest.

    The point, its latitude, longitude and the Sun's zenith angle there are NaN where the boresight, or a corner of the
    frame, misses the Earth.
    """

    eye_km: Floats
    course_deg: Floats
    point_km: Floats
    gsd_m: Floats
    latitude_deg: Floats
    longitude_deg: Floats
    sun_zenith_deg: Floats

    def exposure(self, at: int, index: int, satellite: Satellite, frame_id: int, at_ns: int) -> Exposure:
        """The frame of one of the instants, which is `at_ns`."""
        return Exposure(
            index,
            frame_id,
            at_ns,
            latitude_deg=float(self.latitude_deg[at]),
            longitude_deg=float(self.longitude_deg[at]),
            heading_deg=float(self.course_deg[at]),
            sun_zenith_deg=float(self.sun_zenith_deg[at]),
            gsd_m=float(self.gsd_m[at]),
            viewpoint=Viewpoint.of(satellite, self.eye_km[at]),
        )


def scene_centres(index: int, satellite: Satellite, ephemeris: Ephemeris, t_s: Floats) -> SceneCentres:
    """Where a satellite's instrument looks."""
    instrument, pointing = satellite.instrument, satellite.pointing
    eye, velocity = ephemeris.ecef.states(index, t_s)
    course_deg = ground_track_heading_deg(eye, velocity)
    axes = camera_axes(eye, course_deg, pointing.roll_deg, pointing.pitch_deg)
    sight = meet_ground(eye, axes.boresight)
    pixel = pixel_rad(instrument)
    point_km, gsd_m = sight.point_km, np.full(t_s.shape, instrument.gsd_m)
    if pixel is not None:
        rays = corner_rays(axes, instrument.width_px * pixel / 2.0, instrument.height_px * pixel / 2.0)
        is_cut = np.isnan(meet_ground(eye[..., None, :], rays).range_km.sum(axis=-1))
        point_km = np.where(is_cut[..., None], np.nan, point_km)
        gsd_m = np.sqrt(np.multiply(*sample_distance_m(pixel, sight.range_km, sight.incidence_deg)))
    latitude, longitude, _ = geodetic(point_km)
    zenith = sun_zenith_deg(latitude, longitude, ephemeris.epoch, t_s)
    return SceneCentres(eye, course_deg, point_km, gsd_m, latitude, longitude, zenith)


def _exposures_of(
    index: int, satellite: Satellite, ephemeris: Ephemeris, land: LandMask, instants_ns: NDArray[np.int64], taken: int
) -> list[Exposure]:
    instrument = satellite.instrument
    seen = scene_centres(index, satellite, ephemeris, instants_ns / 1e9)
    is_seen: NDArray[np.bool_] = np.isfinite(seen.point_km[:, 0])
    if len(is_seen) and not is_seen.any():
        rule = "the instrument looks past the Earth: its frame is never wholly on the ground"
        raise InputError(ephemeris.orbits.source, rule, key=f"satellite[{index}].pointing")
    instants_ns, seen = instants_ns[is_seen], SceneCentres(*(column[is_seen] for column in seen))
    wanted = seen.sun_zenith_deg <= instrument.max_sun_zenith_deg
    if instrument.needs_land or instrument.needs_sea:
        wanted &= land.is_land(seen.latitude_deg, seen.longitude_deg) == instrument.needs_land
    return [
        seen.exposure(k, index, satellite, frame_id, int(instants_ns[k]))
        for frame_id, k in enumerate(np.flatnonzero(wanted).tolist(), start=taken + 1)
    ]


def footprint_deg(exposure: Exposure, width_px: int, height_px: int, gsd_m: float) -> tuple[float, ...]:
    """Latitude and longitude of a frame's four corners, as `Frame.footprint_deg` orders them.

    A camera's corners are where their rays meet the WGS-84 ellipsoid; the pixels of a picture with a sample distance
    of its own are as much wider than the camera's. A radar's frame lies level at the scene's centre.
    """
    view = exposure.viewpoint
    eye = np.array(view.eye_km)
    axes = camera_axes(eye, exposure.heading_deg, view.roll_deg, view.pitch_deg)
    if view.pixel_rad is None:
        corners = _level_corners(exposure, axes, width_px * gsd_m, height_px * gsd_m)
    else:
        pixel = view.pixel_rad * gsd_m / exposure.gsd_m
        corners = meet_ground(eye, corner_rays(axes, width_px * pixel / 2.0, height_px * pixel / 2.0)).point_km
    latitude, longitude, _ = geodetic(corners)
    return tuple(float(value) for pair in zip(latitude, longitude, strict=True) for value in pair)


def _level_corners(exposure: Exposure, axes: CameraAxes, width_m: float, height_m: float) -> Floats:
    """Corners (4, 3) of a rectangle on the tangent plane at the scene's centre, its columns along the flight."""
    _, _, up = east_north_up(exposure.latitude_deg, exposure.longitude_deg)
    level = axes.ahead - dot(axes.ahead, up) * up
    level /= np.sqrt(dot(level, level))
    centre = geodetic_to_ecef(exposure.latitude_deg, exposure.longitude_deg, 0.0)
    return centre + corner_rays(CameraAxes(level, np.cross(level, up), 0.0 * up), width_m / 2000.0, height_m / 2000.0)


def frame_times_s(
    ephemeris: Ephemeris, satellite: int, side_px: int, pixel_rad: float, end_s: float, step_s: float = 0.01
) -> Floats:
    """Instants of a camera that exposes each time the ground track has moved by a frame's side, (n_frame,).

    As cote has it (Denby and Lucia, ASPLOS 2020; its bent-pipe example): the first frame at 0; then every `step_s` the
    great circle from where the last frame was taken, on a sphere of the equatorial radius, is held against the side
    at the altitude of that frame. Without steps, on the ellipsoid, frames come 0.2 % faster.
    """
    t_s = step_s * np.arange(int(end_s / step_s) + 1, dtype=np.float64)
    position = ephemeris.ecef.positions(satellite, t_s)
    side_km = side_px * pixel_rad * geodetic(position)[2]
    below = position / np.sqrt(dot(position, position))[:, None]
    moved = np.diff(below, axis=0)
    track_km = np.append(0.0, np.cumsum(2.0 * EARTH_RADIUS_KM * np.arcsin(0.5 * np.sqrt(dot(moved, moved)))))
    taken = [0]
    while (following := int(np.searchsorted(track_km, track_km[taken[-1]] + side_km[taken[-1]]))) < len(t_s):
        taken.append(following)
    return np.asarray(t_s[taken])
