"""What the air takes from a signal: gases, rain, and the noise that both give back.

Arrays (...) broadcast. Checked in the tests against the validation examples of ITU-R Study Group 3 and against
line-by-line sums of Recommendation ITU-R P.676-12.
"""

from typing import NamedTuple

import numpy as np

from sim.world.frames import Floats
from sim.world.link_budget import Values, from_decibels

MEAN_RADIUS_KM = 6371.0
EFFECTIVE_RADIUS_KM = 8500.0
"""With refraction: ITU-R P.618-13, section 2.2.1.1."""

_GAS = np.array(
    [
        (0.1, 0.00366, 1.5e-06),
        (0.2, 0.00945, 6e-06),
        (0.4, 0.0193, 2.3e-05),
        (1, 0.0312, 0.000146),
        (2, 0.035, 0.00045),
        (4, 0.0367, 0.00153),
        (6, 0.0379, 0.00339),
        (8, 0.0393, 0.0062),
        (10, 0.0412, 0.0103),
        (12, 0.0436, 0.0163),
        (14, 0.0465, 0.026),
        (16, 0.0501, 0.0437),
        (18, 0.0544, 0.0833),
        (19, 0.0569, 0.123),
        (20, 0.0597, 0.193),
        (20.7, 0.0617, 0.268),
        (21.4, 0.0639, 0.364),
        (22, 0.066, 0.439),
        (22.235, 0.0668, 0.455),
        (22.5, 0.0677, 0.457),
        (23.1, 0.07, 0.42),
        (23.8, 0.0727, 0.35),
        (24.5, 0.0757, 0.286),
        (25.5, 0.0803, 0.22),
        (26.5, 0.0854, 0.178),
        (28, 0.0941, 0.144),
        (30, 0.108, 0.124),
        (33, 0.136, 0.117),
        (36, 0.176, 0.121),
        (40, 0.263, 0.135),
        (44, 0.436, 0.156),
        (47, 0.706, 0.174),
        (50, 1.37, 0.196),
    ]
)
"""GHz, dB of oxygen and dB of water towards the zenith from sea level: ITU-R P.676-12 annex 1, summed line by line
over the reference atmosphere of P.835 (15 C, 1013.25 hPa, 7.5 g/m3). Water below 1 GHz is its continuum, which goes
with the frequency squared."""
REFERENCE_VAPOUR_KG_M2 = 15.0
"""Of that atmosphere: 7.5 g/m3 at the ground, falling with a scale height of 2 km."""
_VAPOUR_EXPONENT = 1.14
"""Vapour broadens its own lines: fitted to the validation examples of Study Group 3, 25 to 70 kg/m2."""
_OXYGEN_LAYER_KM, _WATER_LAYER_KM = 4.0, 2.0
"""Layers whose slant paths are within 2 % of the ray-traced ones from 5 degrees up, 8 % at 2 degrees."""
_OXYGEN_SCALE_KM = 4.0
"""How its zenith loss falls with the site's height: fitted to P.676-12 annex 2 up to 3 km."""
VAPOUR_SCALE_KM = 2.0
"""ITU-R P.835-6, section 1.2."""


class _Bells(NamedTuple):
    """A sum of Gaussians over log10 of GHz, and a straight line: heights a, places b, widths c, slope m, offset c."""

    heights: tuple[float, ...]
    places: tuple[float, ...]
    widths: tuple[float, ...]
    slope: float
    offset: float

    def at(self, log_ghz: Floats) -> Floats:
        bells = [a * np.exp(-(((log_ghz - b) / c) ** 2)) for a, b, c in zip(*self[:3], strict=True)]
        return np.asarray(sum(bells) + self.slope * log_ghz + self.offset)


_LOG_K_H = _Bells(
    (-5.33980, -0.35351, -0.23789, -0.94158),
    (-0.10008, 1.26970, 0.86036, 0.64552),
    (1.13098, 0.45400, 0.15354, 0.16817),
    -0.18961,
    0.71147,
)
_LOG_K_V = _Bells(
    (-3.80595, -3.44965, -0.39902, 0.50167),
    (0.56934, -0.22911, 0.73042, 1.07319),
    (0.81061, 0.51059, 0.11899, 0.27195),
    -0.16398,
    0.63297,
)
_ALPHA_H = _Bells(
    (-0.14318, 0.29591, 0.32177, -5.37610, 16.1721),
    (1.82442, 0.77564, 0.63773, -0.96230, -3.29980),
    (-0.55187, 0.19822, 0.13164, 1.47828, 3.43990),
    0.67849,
    -1.95537,
)
_ALPHA_V = _Bells(
    (-0.07771, 0.56727, -0.20238, -48.2991, 48.5833),
    (2.33840, 0.95545, 1.14520, 0.791669, 0.791459),
    (-0.76284, 0.54039, 0.26809, 0.116226, 0.116479),
    -0.053739,
    0.83433,
)
"""ITU-R P.838-3, tables 1 to 4."""
RAIN_FROM_GHZ = 1.0
"""Where P.838-3 begins. 100 mm/h through 5 km of it cost 0.05 dB there: below, rain costs nothing."""
CIRCULAR_TILT_DEG = 45.0

_RAIN_HEIGHT_KM = np.array(
    [3.24, 2.40, 1.70, 0.87, 1.29, 2.41, 3.82, 4.75, 5.03, 5.01, 5.00, 4.82, 4.10, 3.22, 2.66, 2.32, 2.29, 2.13, 2.46]
)
_RAIN_HEIGHT_LATITUDE_DEG = np.linspace(-90.0, 90.0, len(_RAIN_HEIGHT_KM))
"""The map of ITU-R P.839-4 averaged over longitudes, which scatter by 0.1 km in the tropics and up to 0.9 km north of
30 degrees."""
MEDIUM_TEMPERATURE_K = 275.0
"""Of rain and clouds as a source of noise: ITU-R P.618-13, section 3."""


def gas_loss_db(
    elevation_deg: Values,
    frequency_ghz: Values,
    station_altitude_km: Values = 0.0,
    vapour_kg_m2: Values | None = None,
) -> Floats:
    """Oxygen and water vapour on the slant path from a site to space, 0.1 to 50 GHz, elevations of 0 to 90 degrees.

    `vapour_kg_m2` is the water above the site, without it that of the reference atmosphere; the wet tropics have 60.
    """
    nodes_ghz, oxygen_nodes_db, water_nodes_db = np.log(_GAS.T)
    f = np.log(np.asarray(frequency_ghz, dtype=np.float64))
    height_km = np.asarray(station_altitude_km, dtype=np.float64)
    usual_kg_m2 = REFERENCE_VAPOUR_KG_M2 * np.exp(-height_km / VAPOUR_SCALE_KM)
    vapour = usual_kg_m2 if vapour_kg_m2 is None else np.asarray(vapour_kg_m2, dtype=np.float64)
    oxygen_db = np.exp(np.interp(f, nodes_ghz, oxygen_nodes_db) - height_km / _OXYGEN_SCALE_KM)
    water_db = np.exp(np.interp(f, nodes_ghz, water_nodes_db)) * (vapour / REFERENCE_VAPOUR_KG_M2) ** _VAPOUR_EXPONENT
    dry_db = oxygen_db * air_mass(elevation_deg, _OXYGEN_LAYER_KM)
    return np.asarray(dry_db + water_db * air_mass(elevation_deg, _WATER_LAYER_KM))


def air_mass(elevation_deg: Values, layer_height_km: float) -> Floats:
    """How many times longer than towards the zenith a ray lies in a thin spherical layer of this height."""
    top = 1.0 + layer_height_km / MEAN_RADIUS_KM
    cosine = np.cos(np.radians(np.asarray(elevation_deg, dtype=np.float64)))
    return np.asarray(top / np.sqrt(top**2 - cosine**2))


def rain_coefficients(
    frequency_ghz: Values, elevation_deg: Values, tilt_deg: Values = CIRCULAR_TILT_DEG
) -> tuple[Floats, Floats]:
    """k and alpha of ITU-R P.838-3, equations 2 to 5, from 1 GHz up; tilt 45 degrees stands for circular waves."""
    f = np.log10(np.maximum(np.asarray(frequency_ghz, dtype=np.float64), RAIN_FROM_GHZ))
    k_h, k_v = 10.0 ** _LOG_K_H.at(f), 10.0 ** _LOG_K_V.at(f)
    alpha_h, alpha_v = _ALPHA_H.at(f), _ALPHA_V.at(f)
    tilt = np.cos(np.radians(elevation_deg)) ** 2 * np.cos(2.0 * np.radians(tilt_deg))
    k = (k_h + k_v + (k_h - k_v) * tilt) / 2.0
    alpha = (k_h * alpha_h + k_v * alpha_v + (k_h * alpha_h - k_v * alpha_v) * tilt) / (2.0 * k)
    return k, alpha


def rain_height_km(latitude_deg: Values) -> Floats:
    """Height above sea level up to which rain falls as rain, by latitude."""
    latitude = np.asarray(latitude_deg, dtype=np.float64)
    return np.asarray(np.interp(latitude, _RAIN_HEIGHT_LATITUDE_DEG, _RAIN_HEIGHT_KM))


def rain_loss_db(
    rain_mm_h: Values,
    frequency_ghz: Values,
    elevation_deg: Values,
    latitude_deg: Values,
    station_altitude_km: Values = 0.0,
    *,
    height_km: Values | None = None,
    tilt_deg: Values = CIRCULAR_TILT_DEG,
) -> Floats:
    """Loss on a slant path while it rains at a rate at the station: ITU-R P.618-13, section 2.2.1.1, steps 1 to 9.

    The Recommendation puts the rate that is exceeded for 0.01 % of a year into these steps; here it is the rate of the
    scenario, over the same effective path. `height_km` overrides the rain height of the latitude.
    """
    rate = np.asarray(rain_mm_h, dtype=np.float64)
    f = np.maximum(np.asarray(frequency_ghz, dtype=np.float64), RAIN_FROM_GHZ)
    theta = np.radians(np.asarray(elevation_deg, dtype=np.float64))
    sine, cosine = np.sin(theta), np.cos(theta)
    top_km = rain_height_km(latitude_deg) if height_km is None else np.asarray(height_km, dtype=np.float64)
    depth_km = np.maximum(top_km - station_altitude_km, 0.0)
    slant_km = 2.0 * depth_km / (np.sqrt(sine**2 + 2.0 * depth_km / EFFECTIVE_RADIUS_KM) + sine + 1e-12)
    ground_km = slant_km * cosine
    k, alpha = rain_coefficients(f, elevation_deg, tilt_deg)
    loss_db_km = k * rate**alpha
    spread = np.sqrt(ground_km * loss_db_km / f)
    horizontal = 1.0 / (1.0 + 0.78 * spread - 0.38 * (1.0 - np.exp(-2.0 * ground_km)))
    above = np.arctan2(depth_km, ground_km * horizontal) > theta
    rainy_km = np.where(above, slant_km * horizontal, depth_km / np.maximum(sine, 1e-6))
    chi_deg = np.maximum(36.0 - np.abs(np.asarray(latitude_deg, dtype=np.float64)), 0.0)
    decay = 31.0 * (1.0 - np.exp(-np.degrees(theta) / (1.0 + chi_deg)))
    vertical = 1.0 / (1.0 + np.sqrt(sine) * (decay * np.sqrt(rainy_km * loss_db_km) / f**2 - 0.45))
    effective_km = np.maximum(rainy_km * vertical, 0.0)
    return np.asarray(np.where(np.asarray(frequency_ghz) < RAIN_FROM_GHZ, 0.0, loss_db_km * effective_km))


def noise_behind_rain_k(clear_sky_noise_k: Values, rain_loss_db: Values) -> Floats:
    """What an antenna hears through rain that dims the sky and glows itself: ITU-R P.618-13, section 3."""
    passed = from_decibels(-np.asarray(rain_loss_db, dtype=np.float64))
    return np.asarray(clear_sky_noise_k) * passed + MEDIUM_TEMPERATURE_K * (1.0 - passed)
