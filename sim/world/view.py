"""Where a pointed camera looks: axes, rays to the WGS-84 ellipsoid, sample distances, the point below.

Lengths are km; positions and directions are Earth-fixed, (..., 3). With no roll and no pitch the boresight is the
geodetic nadir and a frame's columns lie along the course of the ground track: the spacecraft steers its yaw.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.world.frames import (
    EARTH_ECCENTRICITY_SQUARED,
    EARTH_RADIUS_KM,
    Floats,
    dot,
    east_north_up,
    geodetic,
    geodetic_to_ecef,
)

_POLAR_STRETCH = 1.0 / np.sqrt(1.0 - EARTH_ECCENTRICITY_SQUARED)
"""Makes the ellipsoid a sphere of the equatorial radius."""


class CameraAxes(NamedTuple):
    """Unit vectors (..., 3): a frame's columns run against `ahead`, and its rows along `right`."""

    ahead: Floats
    right: Floats
    boresight: Floats


class Sight(NamedTuple):
    """What rays meet: points (..., 3) on the ellipsoid, slant ranges and angles to the vertical there, each (...).

    All are NaN where a ray passes the Earth by.
    """

    point_km: Floats
    range_km: Floats
    incidence_deg: Floats


def camera_axes(
    position_ecef: Floats, course_deg: ArrayLike, roll_deg: ArrayLike = 0.0, pitch_deg: ArrayLike = 0.0
) -> CameraAxes:
    """Axes of cameras at Earth-fixed positions (..., 3) that fly a course over ground, clockwise from north, (...).

    Pitched ahead about the starboard axis, then rolled to starboard about the level one; both broadcast to (...):
    boresight = cos p (cos r nadir + sin r starboard) + sin p ahead.
    """
    latitude_deg, longitude_deg, _ = geodetic(position_ecef)
    east, north, up = east_north_up(latitude_deg, longitude_deg)
    course, roll, pitch = (np.radians(angle_deg)[..., None] for angle_deg in (course_deg, roll_deg, pitch_deg))
    level = np.cos(course) * north + np.sin(course) * east
    starboard = np.cos(course) * east - np.sin(course) * north
    down = np.sin(roll) * starboard - np.cos(roll) * up
    return CameraAxes(
        ahead=np.cos(pitch) * level - np.sin(pitch) * down,
        right=np.cos(roll) * starboard + np.sin(roll) * up,
        boresight=np.cos(pitch) * down + np.sin(pitch) * level,
    )


def meet_ground(position_ecef: Floats, direction: Floats) -> Sight:
    """Where rays from positions along directions, both (..., 3), first meet the WGS-84 ellipsoid: exact.

    Stretched along the pole the ellipsoid is a sphere, and the distance the smaller root of a quadratic, as in
    lookAtSpheroid of MATLAB's Mapping Toolbox. Directions need not be of unit length.
    """
    stretch = np.array([1.0, 1.0, _POLAR_STRETCH])
    eye, ray = position_ecef * stretch, direction * stretch
    a, half_b, c = dot(ray, ray), dot(eye, ray), dot(eye, eye) - EARTH_RADIUS_KM**2
    square = half_b**2 - a * c
    is_met = (square >= 0.0) & (half_b < 0.0)
    root = np.sqrt(np.where(is_met, square, np.nan))
    # c over the sum of the two, not their difference over a: no cancellation for a low satellite.
    reach = c / (root - half_b)
    point = position_ecef + reach[..., None] * direction
    latitude_deg, longitude_deg, _ = geodetic(point)
    up = east_north_up(latitude_deg, longitude_deg)[2]
    length = np.sqrt(dot(direction, direction))
    cosine = np.clip(-dot(direction, up) / length, -1.0, 1.0)
    return Sight(point, reach * length, np.degrees(np.arccos(cosine)))


def sample_distance_m(pixel_rad: ArrayLike, range_km: Floats, incidence_deg: Floats) -> tuple[Floats, Floats]:
    """A pixel's size on the ground, each (...): across the plane of sight, and in it, where the ground leans away.

    Range x angle, and that over the cosine of the incidence (Wertz and Larson, Space Mission Analysis and Design, 3rd
    edition, table 9-15, steps 3: Y and X).
    """
    across_m = 1000.0 * np.asarray(pixel_rad) * range_km
    return across_m, across_m / np.cos(np.radians(incidence_deg))


def corner_rays(axes: CameraAxes, half_width_rad: ArrayLike, half_height_rad: ArrayLike) -> Floats:
    """Rays (..., 4, 3) to the corners of pixel (0, 0), (0, width), (height, width) and (height, 0) of frames.

    The frame is flat (a pinhole camera): the halves are tangents of the angles from the boresight, small ones alike.
    The first row is ahead, and columns grow to starboard.
    """
    ahead = np.asarray(half_height_rad)[..., None] * np.array([1.0, 1.0, -1.0, -1.0])
    right = np.asarray(half_width_rad)[..., None] * np.array([-1.0, 1.0, 1.0, -1.0])
    forward, sideways = ahead[..., None] * axes.ahead[..., None, :], right[..., None] * axes.right[..., None, :]
    return np.asarray(axes.boresight[..., None, :] + forward + sideways)


def ground_track(position_ecef: Floats) -> Floats:
    """Points (..., 3) on the ellipsoid straight below positions (..., 3)."""
    latitude_deg, longitude_deg, _ = geodetic(position_ecef)
    return geodetic_to_ecef(latitude_deg, longitude_deg, 0.0)
