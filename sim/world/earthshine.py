"""What the Earth sends to a plate in orbit: reflected sunlight and its own infrared.

A sphere of even albedo and temperature that scatters and radiates by Lambert's law; the plate sees it from any side.
Clouds, land and season move the local albedo between 0.1 and 0.6 and the infrared by a quarter.
"""

import numpy as np
from numpy.typing import ArrayLike

from sim.world.frames import Floats, dot

# Global means at the top of the atmosphere, cited from memory: what comes in and is not reflected leaves as infrared.
EARTH_ALBEDO = 0.29  # Stephens and others 2015
EARTH_INFRARED_W_M2 = 240.0  # Loeb and others 2018 (CERES)
EARTH_MEAN_RADIUS_KM = 6371.0  # IUGG

RINGS, SPOKES = 5, 16
_NODE, _WEIGHT = np.polynomial.legendre.leggauss(RINGS)
_EMISSION_COSINE, _RING_WEIGHT = (_NODE + 1.0) / 2.0, _WEIGHT / 2.0
_SPOKE = 2.0 * np.pi * (np.arange(SPOKES) + 0.5) / SPOKES


def earth_view_factor(radius_km: ArrayLike, nadir_cosine: ArrayLike) -> Floats:
    """Share of what a plate sees that is Earth, weighted by the cosine of incidence: (...).

    `radius_km` is the plate's distance from the Earth's centre, `nadir_cosine` that of the angle between its normal
    and the nadir. Where the plate's horizon leaves the Earth uncut, cosine / ratio^2; else the integral over the part
    above the horizon in closed form (known from Thornton 1996, Thermal Structures for Aerospace Applications; cited
    from memory: the tests hold both against the integral itself).
    """
    ratio = np.maximum(np.asarray(radius_km, dtype=np.float64) / EARTH_MEAN_RADIUS_KM, 1.0)
    cosine = np.clip(np.asarray(nadir_cosine, dtype=np.float64), -1.0, 1.0)
    ratio, cosine = np.broadcast_arrays(ratio, cosine)
    sine = np.sqrt(1.0 - cosine**2)
    reach = np.sqrt(ratio**2 - 1.0)
    # Where the Earth is uncut or unseen the cut's terms leave their domain: they are held at its edge, and unused.
    is_cut = np.abs(cosine) * ratio < 1.0
    safe_sine = np.where(is_cut, sine, 1.0)
    limb = np.minimum(reach / (ratio * safe_sine), 1.0)
    turn = np.clip(-reach * cosine / safe_sine, -1.0, 1.0)
    chord = np.sqrt(np.maximum(1.0 - (ratio * cosine) ** 2, 0.0))
    cut = 0.5 - np.arcsin(limb) / np.pi + (cosine * np.arccos(turn) - reach * chord) / (np.pi * ratio**2)
    return np.asarray(np.where(is_cut, np.maximum(cut, 0.0), np.maximum(cosine, 0.0) / ratio**2))


def earth_infrared_w_m2(radius_km: ArrayLike, nadir_cosine: ArrayLike) -> Floats:
    """Earth's infrared on a plate, (...), as `earth_view_factor`."""
    return np.asarray(EARTH_INFRARED_W_M2 * earth_view_factor(radius_km, nadir_cosine))


def albedo_w_m2(solar_flux_w_m2: ArrayLike, position_km: Floats, sun: Floats, normal: Floats) -> Floats:
    """Sunlight that the Earth reflects onto plates, (...).

    Plates at `position_km` face along unit vectors `normal`; `sun` points to the Sun, of any length; all (..., 3) in
    one frame, broadcast. The Lambert radiance of the sunlit cap in view, times the cosine of incidence, integrated by
    Gauss's rule over the cosine of emission and evenly in azimuth (Knocke, Ries and Tapley 1988, cited from memory, sum
    it over the Earth's elements): within 0.4 % of what a plate facing down gets at noon. From afar it is Lambert's
    phase law of a sphere.
    """
    radius_km, sun_length = np.sqrt(dot(position_km, position_km)), np.sqrt(dot(sun, sun))
    up = position_km / radius_km[..., None]
    sun_cosine = np.clip(dot(up, sun) / sun_length, -1.0, 1.0)
    sun_sine = np.sqrt(1.0 - sun_cosine**2)
    down = np.clip(-dot(up, normal), -1.0, 1.0)
    # The plate's horizontal part towards the Sun and across; which of both sides across, the symmetry leaves open.
    level = np.sqrt(1.0 - down**2)
    overhead = sun_sine < 1e-9
    sunward = (dot(sun, normal) / sun_length + sun_cosine * down) / np.where(overhead, 1.0, sun_sine)
    sunward = np.where(overhead, 0.0, np.clip(sunward, -level, level))
    across = np.sqrt(np.maximum(level**2 - sunward**2, 0.0))
    ratio = np.maximum(radius_km / EARTH_MEAN_RADIUS_KM, 1.0)
    received = _cap_integral(*np.broadcast_arrays(ratio, sun_cosine, sun_sine, down, sunward, across))
    return np.asarray(EARTH_ALBEDO * np.asarray(solar_flux_w_m2, dtype=np.float64) * received)


def _cap_integral(
    ratio: Floats, sun_cosine: Floats, sun_sine: Floats, down: Floats, sunward: Floats, across: Floats
) -> Floats:
    """Irradiance of the plate over what a wholly white Earth's ground receives from an overhead Sun, (...)."""
    total = np.zeros(ratio.shape)
    for emission_cosine, weight in zip(_EMISSION_COSINE, _RING_WEIGHT, strict=True):
        emission_sine = np.sqrt(1.0 - emission_cosine**2)
        off_sine = emission_sine / ratio
        off_cosine = np.sqrt(1.0 - off_sine**2)
        # The ring lies at this angle from the nadir, seen from the centre: emission angle less angle off the nadir.
        centre_cosine = emission_cosine * off_cosine + emission_sine * off_sine
        centre_sine = emission_sine * off_cosine - emission_cosine * off_sine
        lit_mean, lit_swing = sun_cosine * centre_cosine, sun_sine * centre_sine
        slope = off_sine / off_cosine
        ring = np.zeros(ratio.shape)
        for spoke in _SPOKE:
            east, north = np.cos(spoke), np.sin(spoke)
            lit = np.maximum(lit_mean + lit_swing * east, 0.0)
            ring += lit * np.maximum(down + slope * (sunward * east + across * north), 0.0)
        total += weight * emission_cosine * ring
    return np.asarray(total * (2.0 / SPOKES) / ratio**2)
