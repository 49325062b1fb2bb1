"""Four-band spectra of land covers and of fire, as reflectance at the top of the atmosphere."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Planes = NDArray[np.float32]
"""Reflectance, shape (4, height, width), bands in the order of BANDS."""
Plane = NDArray[np.float32]
"""One value a pixel, shape (height, width)."""
Mask = NDArray[np.bool_]

BANDS = ("red", "nir", "swir1", "swir2")
RED, NIR, SWIR1, SWIR2 = range(4)
WAVELENGTH_UM = np.array([0.655, 0.865, 1.609, 2.201])
"""Band centres of the Landsat 8 Operational Land Imager, bands 4 to 7."""

SOLAR_IRRADIANCE_W_M2_UM = np.array([1550.0, 957.0, 247.0, 85.0])
"""Exoatmospheric solar irradiance in those bands (Thuillier et al. 2003, rounded)."""

UPWARD_TRANSMITTANCE = np.array([0.88, 0.93, 0.92, 0.90])
"""Clear mid-latitude air from the ground to space in those bands."""

FLAME_EMISSIVITY = 0.95

# CODATA 2018: 2 h c² in W µm⁴ m⁻² sr⁻¹ and h c / k in µm K.
_FIRST_RADIATION_CONSTANT = 1.191042972e8
_SECOND_RADIATION_CONSTANT = 1.438776877e4

# Typical values of the USGS and ECOSTRESS spectral libraries at the band centres, rounded.
LAND_COVERS: dict[str, tuple[float, float, float, float]] = {
    "forest": (0.05, 0.30, 0.13, 0.06),
    "crop": (0.07, 0.40, 0.20, 0.10),
    "grass": (0.14, 0.25, 0.30, 0.20),
    "soil": (0.27, 0.35, 0.42, 0.37),
    "desert": (0.40, 0.47, 0.57, 0.52),
    "basalt": (0.085, 0.10, 0.125, 0.12),
    "laterite": (0.18, 0.26, 0.33, 0.28),
    "gossan": (0.19, 0.24, 0.44, 0.42),
    "salt": (0.55, 0.60, 0.40, 0.30),
    "wetland": (0.06, 0.18, 0.07, 0.03),
    "water": (0.04, 0.02, 0.010, 0.007),
    "snow": (0.78, 0.70, 0.12, 0.08),
    "urban": (0.15, 0.20, 0.21, 0.19),
    "old_burn": (0.09, 0.14, 0.22, 0.20),
}

BIOMES: dict[str, tuple[str, ...]] = {
    "forest": ("forest", "forest", "crop", "old_burn", "grass", "wetland"),
    "savanna": ("grass", "laterite", "old_burn", "forest", "soil"),
    "farmland": ("crop", "soil", "crop", "grass", "laterite"),
    "desert": ("desert", "soil", "gossan", "basalt", "salt"),
    "urban": ("urban", "urban", "crop", "soil"),
    "coast": ("water", "water", "forest", "soil", "urban"),
    "boreal": ("forest", "wetland", "water", "snow", "old_burn"),
    "volcanic": ("basalt", "gossan", "forest", "snow", "basalt"),
}


def planck_radiance(temperature_k: ArrayLike, wavelength_um: ArrayLike) -> NDArray[np.float64]:
    """Spectral radiance of a black body in W m⁻² sr⁻¹ µm⁻¹ (Planck's law); the arguments broadcast."""
    wavelength = np.asarray(wavelength_um, dtype=np.float64)
    exponent = _SECOND_RADIATION_CONSTANT / (wavelength * np.asarray(temperature_k, dtype=np.float64))
    return np.asarray(_FIRST_RADIATION_CONSTANT / wavelength**5 / np.expm1(np.minimum(exponent, 600.0)))


def fire_reflectance(
    temperature_k: NDArray[np.float64], area_share: NDArray[np.float64], sun_zenith_deg: float
) -> NDArray[np.float64]:
    """What fires add to a pixel's apparent reflectance, shape (4, n) for arguments of shape (n,).

    A sensor turns radiance L into reflectance as pi L / (E cos zenith), emitted or reflected alike (Giglio et
    al. 2008, Remote Sensing of Environment 112:3055).
    """
    radiance = planck_radiance(temperature_k, WAVELENGTH_UM[:, None])
    sunlight = SOLAR_IRRADIANCE_W_M2_UM * np.cos(np.deg2rad(sun_zenith_deg)) / (np.pi * UPWARD_TRANSMITTANCE)
    return np.asarray(FLAME_EMISSIVITY * area_share * radiance / sunlight[:, None])


def random_scar(rng: np.random.Generator) -> NDArray[np.float64]:
    """Reflectance of a fresh burn scar, shape (4,).

    Char darkens the near infrared and bares the soil's SWIR: Sentinel-2 images of fires less than a week old
    reach SWIR2 / NIR of 4 to 5, and more where atmospheric correction has overshot.
    """
    swir2 = np.exp(rng.uniform(np.log(0.08), np.log(0.42)))
    swir2_per_nir = np.exp(rng.uniform(np.log(1.1), np.log(5.5)))
    nir = swir2 / swir2_per_nir
    return np.array([nir * rng.uniform(0.45, 1.1), nir, swir2 * rng.uniform(0.6, 1.25), swir2])
