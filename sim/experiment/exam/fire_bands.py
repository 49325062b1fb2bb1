"""The seven reflective bands of Landsat 8 in which part one of the fire exam is drawn.

Published active-fire tests read up to seven bands. The exam draws all of them, so that the tests can be applied to
the letter; a model is shown the four that fly.
"""

import numpy as np
from numpy.typing import NDArray

from sim.scenes.spectra import BANDS, FLAME_EMISSIVITY, planck_radiance

COASTAL, BLUE, GREEN, RED, NIR, SWIR1, SWIR2 = range(7)
FLOWN = slice(RED, SWIR2 + 1)
"""The four bands of `sim.scenes.spectra.BANDS` among the seven."""
assert len(BANDS) == FLOWN.stop - FLOWN.start

WAVELENGTH_UM = np.array([0.443, 0.482, 0.561, 0.655, 0.865, 1.609, 2.201])
"""Band centres of the Operational Land Imager, bands 1 to 7."""

SOLAR_IRRADIANCE_W_M2_UM = np.array([1895.0, 2004.0, 1820.0, 1550.0, 957.0, 247.0, 85.0])
"""Exoatmospheric solar irradiance in those bands (Thuillier et al. 2003, rounded)."""

UPWARD_TRANSMITTANCE = np.array([0.75, 0.80, 0.85, 0.88, 0.93, 0.92, 0.90])
"""Clear mid-latitude air from the ground to space in those bands."""

HAZE_COLOUR = np.array([1.0, 0.8, 0.5, 0.3, 0.1, 0.02, 0.0])
"""Path radiance of thin haze, relative to the coastal band."""

# Typical values of the USGS and ECOSTRESS spectral libraries at the band centres, rounded.
LAND_COVERS: dict[str, tuple[float, ...]] = {
    "forest": (0.10, 0.08, 0.07, 0.05, 0.30, 0.13, 0.06),
    "crop": (0.11, 0.09, 0.09, 0.07, 0.40, 0.20, 0.10),
    "grass": (0.12, 0.11, 0.12, 0.14, 0.25, 0.30, 0.20),
    "soil": (0.15, 0.15, 0.20, 0.27, 0.35, 0.42, 0.37),
    "desert": (0.20, 0.22, 0.30, 0.40, 0.47, 0.57, 0.52),
    "basalt": (0.09, 0.08, 0.08, 0.085, 0.10, 0.125, 0.12),
    "laterite": (0.11, 0.10, 0.12, 0.18, 0.26, 0.33, 0.28),
    "gossan": (0.09, 0.09, 0.11, 0.19, 0.24, 0.44, 0.42),
    "salt": (0.40, 0.45, 0.50, 0.55, 0.60, 0.40, 0.30),
    "wetland": (0.10, 0.085, 0.08, 0.06, 0.18, 0.07, 0.03),
    "water": (0.10, 0.08, 0.06, 0.04, 0.02, 0.010, 0.007),
    "snow": (0.80, 0.80, 0.80, 0.78, 0.70, 0.12, 0.08),
    "urban": (0.14, 0.13, 0.14, 0.15, 0.20, 0.21, 0.19),
    "burn": (0.09, 0.08, 0.07, 0.07, 0.085, 0.14, 0.17),
    "char": (0.08, 0.07, 0.06, 0.055, 0.06, 0.10, 0.14),
    "old_burn": (0.10, 0.09, 0.085, 0.09, 0.14, 0.22, 0.20),
    "roof": (0.13, 0.13, 0.16, 0.25, 0.33, 0.40, 0.42),
    "solar_plant": (0.08, 0.07, 0.06, 0.06, 0.15, 0.12, 0.15),
}

BIOMES: dict[str, tuple[str, ...]] = {
    "forest": ("forest", "forest", "crop", "old_burn", "grass", "wetland"),
    "savanna": ("grass", "laterite", "old_burn", "forest", "soil", "burn"),
    "farmland": ("crop", "soil", "crop", "grass", "laterite", "burn"),
    "desert": ("desert", "soil", "gossan", "basalt", "salt"),
    "urban": ("urban", "urban", "crop", "soil", "roof"),
    "coast": ("water", "water", "forest", "soil", "urban"),
    "boreal": ("forest", "wetland", "water", "snow", "burn"),
    "volcanic": ("basalt", "gossan", "forest", "snow", "basalt"),
}


def spectrum(cover: str) -> NDArray[np.float64]:
    """Reflectance of a land cover, shape (7,)."""
    return np.array(LAND_COVERS[cover])


def fire_reflectance(
    temperature_k: NDArray[np.float64], area_share: NDArray[np.float64], sun_zenith_deg: float
) -> NDArray[np.float64]:
    """What fires add to a pixel's apparent reflectance, shape (7, n) for arguments of shape (n,).

    As `sim.scenes.spectra.fire_reflectance`, in seven bands.
    """
    radiance = planck_radiance(temperature_k, WAVELENGTH_UM[:, None])
    sunlight = SOLAR_IRRADIANCE_W_M2_UM * np.cos(np.deg2rad(sun_zenith_deg)) / (np.pi * UPWARD_TRANSMITTANCE)
    return np.asarray(FLAME_EMISSIVITY * area_share * radiance / sunlight[:, None])
