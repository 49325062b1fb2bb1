"""Frames and time: TEME to Earth-fixed axes, sidereal time, WGS-84 coordinates, the local horizon.

Lengths are km, angles degrees unless a name says `rad`; times are seconds after an epoch. UTC is taken as UT1, and
polar motion is neglected: together under 0.5 km on the ground. Rotations are written out by component, so that a
result never depends on how many instants or satellites were asked for at once.
"""

from datetime import UTC, datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EARTH_RADIUS_KM = 6378.137  # WGS-84 semi-major axis (NIMA TR8350.2)
EARTH_ECCENTRICITY_SQUARED = 6.69437999014e-3  # WGS-84, f = 1/298.257223563
EARTH_ROTATION_RAD_S = 7.292115146706979e-5  # Vallado 2013, section 3.5.2
J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def days_since_j2000(epoch: datetime, t_s: ArrayLike) -> Floats:
    """Days (UTC taken as UT1) after 2000-01-01 12:00, shape (n_t,) of `t_s`."""
    start_s = (epoch - J2000).total_seconds()
    return (start_s + np.atleast_1d(np.asarray(t_s, dtype=np.float64))) / 86400.0


def gmst_rad(epoch: datetime, t_s: ArrayLike) -> Floats:
    """Greenwich mean sidereal time in [0, 2 pi), IAU 1982 (Vallado 2013, equation 3-47), shape of `t_s`."""
    centuries = days_since_j2000(epoch, t_s) / 36525.0
    sidereal_s = (
        67310.54841 + (876600.0 * 3600.0 + 8640184.812866) * centuries + 0.093104 * centuries**2 - 6.2e-6 * centuries**3
    )
    return np.radians(sidereal_s / 240.0 % 360.0)


def dot(a: Floats, b: Floats) -> Floats:
    """Scalar products of vectors (..., 3); by component, which is faster than a sum over so short an axis."""
    return np.asarray(a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2])


def mean_sun_longitude_deg(days_j2000: Floats) -> Floats:
    """Mean longitude of the Sun, also the right ascension of the mean Sun (Vallado 2013, algorithm 29)."""
    return (280.460 + 36000.771 * days_j2000 / 36525.0) % 360.0


def teme_to_ecef(vectors: Floats, sidereal_rad: Floats) -> Floats:
    """Turn vectors (..., n_t, 3) about the pole by the sidereal angle (n_t,) (Vallado 2013, section 3.7)."""
    cosine, sine = np.cos(sidereal_rad), np.sin(sidereal_rad)
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.stack([cosine * x + sine * y, cosine * y - sine * x, z], axis=-1)


def states_to_ecef(position_teme: Floats, velocity_teme: Floats, sidereal_rad: Floats) -> tuple[Floats, Floats]:
    """Earth-fixed positions km and velocities km/s relative to the rotating Earth, each (..., n_t, 3).

    The sidereal angle is (n_t,) or (..., n_t). Vallado 2013, section 3.7.3, with the length of day nominal.
    """
    position = teme_to_ecef(position_teme, sidereal_rad)
    velocity = teme_to_ecef(velocity_teme, sidereal_rad)
    velocity[..., 0] += EARTH_ROTATION_RAD_S * position[..., 1]
    velocity[..., 1] -= EARTH_ROTATION_RAD_S * position[..., 0]
    return position, velocity


def geodetic(ecef_km: Floats) -> tuple[Floats, Floats, Floats]:
    """WGS-84 latitude and longitude in degrees and altitude in km of positions (..., 3).

    Bowring's formula (Survey Review 23, 1976), iterated: within a millimetre from the ground to 50,000 km.
    """
    x, y, z = ecef_km[..., 0], ecef_km[..., 1], ecef_km[..., 2]
    e2 = EARTH_ECCENTRICITY_SQUARED
    polar_km = EARTH_RADIUS_KM * np.sqrt(1.0 - e2)
    axis_km = np.hypot(x, y)
    reduced = np.arctan2(z, axis_km * np.sqrt(1.0 - e2))
    for _ in range(3):
        latitude = np.arctan2(
            z + e2 / (1.0 - e2) * polar_km * np.sin(reduced) ** 3,
            axis_km - e2 * EARTH_RADIUS_KM * np.cos(reduced) ** 3,
        )
        reduced = np.arctan2(np.sqrt(1.0 - e2) * np.sin(latitude), np.cos(latitude))
    sine = np.sin(latitude)
    altitude_km = axis_km * np.cos(latitude) + z * sine - EARTH_RADIUS_KM * np.sqrt(1.0 - e2 * sine**2)
    return np.degrees(latitude), np.degrees(np.arctan2(y, x)), altitude_km


def geodetic_to_ecef(latitude_deg: ArrayLike, longitude_deg: ArrayLike, altitude_km: ArrayLike) -> Floats:
    """Earth-fixed positions (..., 3) km of WGS-84 coordinates (Vallado 2013, equation 3-14)."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    altitude = np.asarray(altitude_km, dtype=np.float64)
    sine = np.sin(latitude)
    normal_km = EARTH_RADIUS_KM / np.sqrt(1.0 - EARTH_ECCENTRICITY_SQUARED * sine**2)
    level_km = (normal_km + altitude) * np.cos(latitude)
    height_km = (normal_km * (1.0 - EARTH_ECCENTRICITY_SQUARED) + altitude) * sine
    return np.stack(np.broadcast_arrays(level_km * np.cos(longitude), level_km * np.sin(longitude), height_km), axis=-1)


def east_north_up(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Unit vectors of the local horizon in Earth-fixed axes, each (..., 3), at geodetic coordinates (...)."""
    latitude, longitude = np.broadcast_arrays(np.radians(latitude_deg), np.radians(longitude_deg))
    sin_lat, cos_lat = np.sin(latitude), np.cos(latitude)
    sin_lon, cos_lon = np.sin(longitude), np.cos(longitude)
    east = np.stack([-sin_lon, cos_lon, np.zeros_like(sin_lon)], axis=-1)
    north = np.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat], axis=-1)
    up = np.stack([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat], axis=-1)
    return east, north, up


def ground_track_heading_deg(position_ecef: Floats, velocity_ecef: Floats) -> Floats:
    """Course of the ground track, clockwise from north in [0, 360), from Earth-fixed states (..., 3).

    The course of the satellite itself: the radii of meridian and parallel differ too little to turn it.
    """
    latitude_deg, longitude_deg, _ = geodetic(position_ecef)
    east, north, _ = east_north_up(latitude_deg, longitude_deg)
    return np.degrees(np.arctan2(dot(velocity_ecef, east), dot(velocity_ecef, north))) % 360.0
