"""What the Sun does to an orbit: direction and distance, Earth's shadow, height over the ground and the plane."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sim.world.frames import (
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
EARTH_FLATTENING = 1.0 / 298.257223563  # WGS-84 (NIMA TR8350.2)
SUN_RADIUS_KM = 695_700.0  # IAU 2015 resolution B3, nominal
SOLAR_CONSTANT_W_M2 = 1361.0  # at 1 AU; IAU 2015 resolution B3, after Kopp and Lean 2011


def sun_position_au(epoch: datetime, t_s: ArrayLike) -> Floats:
    """Sun from the Earth's centre in AU, mean equator of date (TEME within 0.006 degrees), (n_t, 3).

    Low-precision almanac (Vallado 2013, algorithm 29): within 0.01 degrees from 1950 to 2050, and within 0.015 degrees
    of the apparent Sun of ERFA in TEME from 2000 to 2050.
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


class Discs(NamedTuple):
    """How Sun and Earth look from a satellite, angles in radians, each (...)."""

    apart: Floats
    sun: Floats
    earth: Floats


def discs(position_km: Floats, sun_au: Floats, flattening: float = EARTH_FLATTENING) -> Discs:
    """Angular radii of Sun and Earth and the angle between their centres, from satellites at (..., 3).

    The oblate Earth becomes a sphere where the polar axis is stretched (Vallado 2013, algorithm 35, for lines of
    sight); straight rays stay straight. The Sun's disc is stretched too: 0.3 % of the penumbra, 0.03 s of a low orbit.
    `flattening = 0` is the sphere of the equator, whose shadow a satellite at 550 km enters 7 s early over a pole.
    """
    stretch = np.array([1.0, 1.0, 1.0 / (1.0 - flattening)])
    position = position_km * stretch
    to_sun = sun_au * (ASTRONOMICAL_UNIT_KM * stretch) - position
    sun_km, radius_km = np.sqrt(dot(to_sun, to_sun)), np.sqrt(dot(position, position))
    cosine = -dot(position, to_sun) / (radius_km * sun_km)
    return Discs(
        np.arccos(np.clip(cosine, -1.0, 1.0)),
        np.arcsin(SUN_RADIUS_KM / sun_km),
        np.arcsin(np.minimum(EARTH_RADIUS_KM / radius_km, 1.0)),
    )


def illuminated_fraction(position_km: Floats, sun_au: Floats, flattening: float = EARTH_FLATTENING) -> Floats:
    """Share of the solar disc that satellites at (..., 3) see: 0 in the umbra, 1 in sunlight.

    Two overlapping discs (Montenbruck and Gill 2000, section 3.4.2): an evenly bright Sun, an Earth without atmosphere.
    `sun_au` is (..., 3) and broadcasts against the positions, in the same frame, whose z axis is the Earth's.
    """
    apart, sun, earth = discs(position_km, sun_au, flattening)
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


def beta_angle_deg(position_km: Floats, velocity_km_s: Floats, sun_au: Floats) -> Floats:
    """Height of the Sun over the orbit's plane, (...), positive on the side of the angular momentum, from (..., 3)."""
    normal = np.cross(position_km, velocity_km_s)
    sine = dot(normal, sun_au) / np.sqrt(dot(normal, normal) * dot(sun_au, sun_au))
    return np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))
