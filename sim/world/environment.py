"""What the Sun does to an orbit: direction and distance, Earth's shadow, height over the ground."""

from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike

from sim.world.orbit import (
    EARTH_RADIUS_KM,
    Floats,
    days_since_j2000,
    dot,
    east_north_up,
    gmst_rad,
    mean_sun_longitude_deg,
    teme_to_ecef,
)

ASTRONOMICAL_UNIT_KM = 149_597_870.7  # IAU 2012 resolution B2
SUN_RADIUS_KM = 695_700.0  # IAU 2015 resolution B3, nominal
SOLAR_CONSTANT_W_M2 = 1361.0  # at 1 AU; IAU 2015 resolution B3, after Kopp and Lean 2011


def sun_position_au(epoch: datetime, t_s: ArrayLike) -> Floats:
    """Sun from the Earth's centre in AU, mean equator of date (TEME within 0.006 degrees), (n_t, 3).

    Low-precision almanac (Vallado 2013, algorithm 29): within 0.01 degrees from 1950 to 2050.
    """
    days = days_since_j2000(epoch, t_s)
    centuries = days / 36525.0
    anomaly = np.radians(357.5291092 + 35999.05034 * centuries)
    longitude = np.radians(
        mean_sun_longitude_deg(days) + 1.914666471 * np.sin(anomaly) + 0.019994643 * np.sin(2.0 * anomaly)
    )
    distance_au = 1.000140612 - 0.016708617 * np.cos(anomaly) - 0.000139589 * np.cos(2.0 * anomaly)
    obliquity = np.radians(23.439291 - 0.0130042 * centuries)
    direction = [
        np.cos(longitude),
        np.cos(obliquity) * np.sin(longitude),
        np.sin(obliquity) * np.sin(longitude),
    ]
    return np.asarray(distance_au[:, None] * np.stack(direction, axis=-1))


def illuminated_fraction(position_km: Floats, sun_au: Floats) -> Floats:
    """Share of the solar disc that satellites at (..., 3) see: 0 in the umbra, 1 in sunlight.

    Two overlapping discs (Montenbruck and Gill 2000, section 3.4.2), a spherical Earth without atmosphere.
    `sun_au` is (..., 3) and broadcasts against the positions, in the same frame.
    """
    to_sun = sun_au * ASTRONOMICAL_UNIT_KM - position_km
    sun_km = np.sqrt(dot(to_sun, to_sun))
    radius_km = np.sqrt(dot(position_km, position_km))
    sun = np.arcsin(SUN_RADIUS_KM / sun_km)
    earth = np.arcsin(np.minimum(EARTH_RADIUS_KM / radius_km, 1.0))
    cosine = -dot(position_km, to_sun) / (radius_km * sun_km)
    apart = np.arccos(np.clip(cosine, -1.0, 1.0))
    partial = np.clip(1.0 - _disc_overlap(apart, sun, earth) / (np.pi * sun**2), 0.0, 1.0)
    # The overlap cancels badly where the discs just touch: full light and full shadow are told by the angles.
    return np.where(apart >= earth + sun, 1.0, np.where(apart <= earth - sun, 0.0, partial))


def _disc_overlap(apart: Floats, small: Floats, large: Floats) -> Floats:
    """Area shared by two discs whose centres are `apart` (Montenbruck and Gill 2000, equation 3.92)."""
    crossing = np.clip(apart, large - small, large + small)
    along = (crossing**2 + small**2 - large**2) / (2.0 * crossing)
    half_chord = np.sqrt(np.maximum(small**2 - along**2, 0.0))
    return (
        small**2 * np.arccos(np.clip(along / small, -1.0, 1.0))
        + large**2 * np.arccos(np.clip((crossing - along) / large, -1.0, 1.0))
        - crossing * half_chord
    )


def sun_zenith_deg(latitude_deg: ArrayLike, longitude_deg: ArrayLike, epoch: datetime, t_s: ArrayLike) -> Floats:
    """Angle between the vertical and the Sun's centre at points (..., n_t) or scalars, unrefracted."""
    sun = teme_to_ecef(sun_position_au(epoch, t_s), gmst_rad(epoch, t_s))
    _, _, up = east_north_up(latitude_deg, longitude_deg)
    cosine = dot(up, sun) / np.sqrt(dot(sun, sun))
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def solar_flux_w_m2(sun_au: Floats) -> Floats:
    """Irradiance at the Sun's distance, (...), from Sun positions (..., 3)."""
    return SOLAR_CONSTANT_W_M2 / dot(sun_au, sun_au)
