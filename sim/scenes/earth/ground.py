"""Sunlit land and sea of places: covers by biome, fields, rivers, lakes, texture, relief, snow, glint."""

from dataclasses import dataclass
from statistics import NormalDist

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.earth import climate
from sim.scenes.earth.lattice import field, plots
from sim.scenes.earth.places import GroundPatch
from sim.scenes.land import the_land
from sim.scenes.spectra import LAND_COVERS, Mask, Plane, Planes

_MIXES: dict[str, tuple[tuple[str, float], ...]] = {
    "forest": (("wetland", 0.05), ("forest", 0.63), ("grass", 0.12), ("crop", 0.14), ("old_burn", 0.06)),
    "savanna": (("forest", 0.12), ("grass", 0.50), ("laterite", 0.20), ("old_burn", 0.08), ("soil", 0.10)),
    "farmland": (("crop", 0.50), ("soil", 0.17), ("grass", 0.23), ("laterite", 0.10)),
    "desert": (("basalt", 0.09), ("gossan", 0.09), ("soil", 0.26), ("desert", 0.53), ("salt", 0.03)),
    "urban": (("urban", 0.70), ("grass", 0.15), ("crop", 0.15)),
    "coast": (("wetland", 0.08), ("forest", 0.40), ("grass", 0.22), ("soil", 0.22), ("urban", 0.08)),
    "boreal": (("water", 0.08), ("wetland", 0.17), ("forest", 0.66), ("old_burn", 0.09)),
    "volcanic": (("basalt", 0.50), ("gossan", 0.17), ("forest", 0.33)),
    "ice": (("snow", 1.0),),
}
"""What each biome is made of, and its share: assumed. Neighbours here are neighbours on the ground."""
_COVERS = tuple(tuple(cover for cover, _ in _MIXES[name]) for name in climate.NAMES)
_UP_TO = tuple(np.cumsum([share for _, share in _MIXES[name]]) for name in climate.NAMES)
_EDGES = tuple(np.array([NormalDist().inv_cdf(float(share)) for share in up_to[:-1]], np.float32) for up_to in _UP_TO)
_FIRST = np.cumsum([0, *(len(covers) for covers in _COVERS)])
_PALETTE = np.array([LAND_COVERS[cover] for covers in _COVERS for cover in covers], np.float32)
_IS_WATER = np.array([cover == "water" for covers in _COVERS for cover in covers])
_WOODS = int(_FIRST[climate.FOREST]) + _COVERS[climate.FOREST].index("forest")
_WATER, _SNOW = (np.array(LAND_COVERS[cover], np.float32) for cover in ("water", "snow"))
_RELIEF_M = np.array([350.0, 150.0, 70.0, 180.0, 60.0, 130.0, 250.0, 700.0, 400.0], np.float32)
"""Standard deviation of height in hilly country of each biome, over some 20 km: assumed."""
_BRIGHTNESS = np.array([0.10, 0.16, 0.07, 0.12, 0.16, 0.12, 0.14, 0.2, 0.03], np.float32)
"""Standard deviation of the logarithm of reflectance within a cover: assumed."""
_HILLS_M, _LAPSE_C_PER_M = 12_000.0, 0.0065  # the lapse rate is that of the International Standard Atmosphere


@dataclass(frozen=True, slots=True)
class Sun:
    """Where the Sun stands: its zenith angle, its azimuth clockwise from north, and its declination, in degrees."""

    zenith_deg: float
    azimuth_deg: float
    declination_deg: float


@dataclass(frozen=True, slots=True)
class Ground:
    """Reflectance (4, height, width); where it is water; the biomes, as places in `climate.NAMES`."""

    reflectance: Planes
    water: Mask
    biomes: NDArray[np.uint8]


def draw_ground(seed: int, patch: GroundPatch, sun: Sun, hour: int) -> Ground:
    """The ground under a patch. `hour` counts whole hours of the Unix epoch: the sea's face changes with them."""
    land_share, is_land = climate.coast(seed, the_land(), patch)
    if not is_land.any():
        biomes = np.full(is_land.shape, climate.COAST, np.uint8)
        reflectance = np.repeat(_WATER[:, None], is_land.size, axis=1).reshape(4, *is_land.shape)
        _colour_sea(seed, patch, reflectance, ~is_land, sun, hour)
        return Ground(reflectance, ~is_land, biomes)
    biomes = climate.biome_map(seed, patch, land_share)
    grain = field(seed, "grain", patch, coarsest_m=1500.0, finest_m=10.0, slope=1.9)
    labels, gain = _covers(seed, patch, biomes)
    water = ~is_land | _IS_WATER[labels] | _fresh_water(seed, patch, biomes)
    reflectance = np.stack([np.take(_PALETTE[:, band], labels) for band in range(4)])
    _texture(seed, patch, reflectance, grain * np.take(_BRIGHTNESS, biomes) + gain)
    _shape(seed, patch, reflectance, biomes, sun)
    for band in range(4):
        np.copyto(reflectance[band], _WATER[band], where=water)
    if water.any():
        _colour_sea(seed, patch, reflectance, water, sun, hour)
    return Ground(reflectance, water, biomes)


def _covers(seed: int, patch: GroundPatch, biomes: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Plane]:
    """The cover of each pixel, as a place in the palette, and the logarithm of a field's own brightness."""
    natural = field(seed, "cover", patch, coarsest_m=12_000.0, finest_m=20.0, slope=2.7)
    labels, gain = np.zeros(biomes.shape, np.uint8), np.zeros(biomes.shape, np.float32)
    present = np.flatnonzero(np.bincount(biomes.ravel(), minlength=len(_COVERS)))
    for biome in present:
        here = biomes == biome
        if biome == climate.FARMLAND:
            chosen, gain = _fields(seed, patch, natural, here)
        else:
            chosen = np.full(biomes.shape, _FIRST[biome], np.uint8)
            for edge in _EDGES[biome]:
                chosen += natural > edge
        labels = chosen if len(present) == 1 else np.where(here, chosen, labels)
    return labels, gain


def _fields(seed: int, patch: GroundPatch, natural: Plane, here: Mask) -> tuple[NDArray[np.uint8], Plane]:
    """Fields of two grids, whichever a region has, and woods between."""
    wide = plots(seed, "plots/wide", patch, length_m=800.0, width_m=400.0, turn_deg=8.0)
    narrow = plots(seed, "plots/narrow", patch, length_m=420.0, width_m=130.0, turn_deg=57.0)
    region = field(seed, "plots/region", patch, coarsest_m=30_000.0, finest_m=600.0, slope=3.0)
    plot = np.where(region > 0.0, wide, narrow)
    chosen = np.full(plot.shape, _FIRST[climate.FARMLAND], np.uint8)
    for share in _UP_TO[climate.FARMLAND][:-1]:
        chosen += plot > np.float32(share)
    is_tilled = natural < 0.9
    own = np.float32(0.6) * ((plot * np.float32(997.0)) % np.float32(1.0) - np.float32(0.5))
    return np.where(is_tilled, chosen, np.uint8(_WOODS)), own * (here & is_tilled)


def _fresh_water(seed: int, patch: GroundPatch, biomes: NDArray[np.uint8]) -> Mask:
    """Rivers, where a field crosses zero, no wider than it is steep, and lakes, more of them in the north."""
    valley = field(seed, "rivers", patch, coarsest_m=40_000.0, finest_m=80.0, slope=3.3)
    lake = field(seed, "lakes", patch, coarsest_m=9_000.0, finest_m=60.0, slope=3.0)
    is_dry = (biomes == climate.DESERT) | (biomes == climate.ICE)
    slope_px = np.hypot(cv2.Sobel(valley, cv2.CV_32F, 1, 0), cv2.Sobel(valley, cv2.CV_32F, 0, 1)) / np.float32(8.0)
    width_px = np.clip(np.float32(45.0) * (lake + np.float32(1.1)), 0.0, 120.0) / np.float32(patch.gsd_m)
    is_river = np.abs(valley) < slope_px * np.minimum(width_px, 6.0)
    least = np.where(biomes == climate.BOREAL, np.float32(1.7), np.float32(2.6))
    return np.asarray((is_river | (lake > least)) & ~is_dry)


def _texture(seed: int, patch: GroundPatch, reflectance: Planes, brightness: Plane) -> None:
    """Multiply by brightness and by a smooth spectral mode, in place."""
    spectral = np.float32(0.07) * field(seed, "spectral", patch, coarsest_m=8_000.0, finest_m=60.0, slope=2.0)
    for band, tilt in enumerate((-0.6, 1.0, 0.3, -0.4)):
        reflectance[band] *= cv2.exp(brightness + np.float32(tilt) * spectral)


def _shape(seed: int, patch: GroundPatch, reflectance: Planes, biomes: NDArray[np.uint8], sun: Sun) -> None:
    """Shade slopes by the cosine of the Sun's angle to them (Lambert), and lay snow where it is cold, in place."""
    height = field(seed, "height", patch, coarsest_m=_HILLS_M, finest_m=50.0, slope=3.2)
    rugged = field(seed, "rugged", patch, coarsest_m=300_000.0, finest_m=10_000.0, slope=3.0)
    scale = cv2.blur(np.take(_RELIEF_M, biomes), (31, 31)) * np.clip(rugged + np.float32(0.3), 0.05, 2.0)
    height_m = height * scale
    toward = np.radians(sun.azimuth_deg - patch.up_deg)
    per_px = np.tan(np.radians(min(sun.zenith_deg, 80.0))) / (8.0 * patch.gsd_m)
    shade = cv2.Sobel(height_m, cv2.CV_32F, 1, 0, scale=-per_px * np.sin(toward))
    shade += cv2.Sobel(height_m, cv2.CV_32F, 0, 1, scale=per_px * np.cos(toward))
    np.clip(shade, -0.8, 0.9, out=shade)
    reflectance *= shade + np.float32(1.0)
    season_c = 0.6 * sun.declination_deg * np.clip(patch.latitude_deg / 50.0, -1.0, 1.0)
    level_c = float(climate.celsius_of(patch.latitude_deg)) + season_c
    if level_c < 20.0:
        is_snow = level_c - _LAPSE_C_PER_M * (height_m + scale) < np.float32(-3.0)
        bright = _SNOW[:, None, None] * (shade + np.float32(1.0))
        np.copyto(reflectance, bright, where=is_snow & (biomes != climate.ICE))


def _colour_sea(seed: int, patch: GroundPatch, reflectance: Planes, water: Mask, sun: Sun, hour: int) -> None:
    """Silt, and the Sun mirrored by waves: near the nadir it shows where the Sun stands high (Cox and Munk 1954,
    Journal of the Optical Society of America 44:838, slopes of a wind of 7 m/s), in place."""
    silt = field(seed, "silt", patch, coarsest_m=20_000.0, finest_m=400.0, slope=3.0)
    reflectance[0] += np.where(water, np.float32(0.03) * np.clip(silt, 0.0, 2.0), np.float32(0.0))
    slope_variance = 0.003 + 0.00512 * 7.0
    tilt = np.tan(np.radians(sun.zenith_deg / 2.0))
    # Fresnel reflectance of water near the vertical is .02.
    glint = np.float32(0.02 * np.exp(-(tilt**2) / slope_variance) / (4.0 * slope_variance))
    waves = field(seed, f"waves/{hour}", patch, coarsest_m=5_000.0, finest_m=20.0, slope=1.8)
    strength = np.where(water, glint * np.exp(np.float32(0.5) * waves), np.float32(0.0))
    for band, colour in enumerate((0.98, 1.0, 1.03, 1.05)):
        reflectance[band] += np.float32(colour) * strength
