"""Which biome a place lies in: belts of latitude, disturbed by noise. The belts are rough and assumed.

The names are those of `sim.scenes.spectra.BIOMES`, and `ice`.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.scenes.earth.lattice import field, values_at
from sim.scenes.earth.places import GroundPatch
from sim.scenes.earth.solid import wide_values
from sim.scenes.land import LandMask
from sim.scenes.spectra import Plane

NAMES = ("forest", "savanna", "farmland", "desert", "urban", "coast", "boreal", "volcanic", "ice")
FOREST, SAVANNA, FARMLAND, DESERT, URBAN, COAST, BOREAL, VOLCANIC, ICE = range(len(NAMES))

Floats = NDArray[np.float64]

_WARMTH = "climate/warmth"
_NOISES = {
    _WARMTH: (2_000_000.0, 3.4),
    "climate/wetness": (2_500_000.0, 3.2),
    "climate/tillage": (600_000.0, 2.8),
    "climate/volcanism": (400_000.0, 3.4),
}
"""Coarsest nodes in metres, and slope."""
_WIDE_OCTAVES, _FINE_SHARE = 5, 0.22
_FINE_M, _FINE_SLOPE = (30_000.0, 100.0), 2.7
_WIDE_STEP = 16
_COAST = (60_000.0, 10.0, 2.9)
_COAST_SWING = 0.2  # of the land's share, which goes from 0 to 1 in some 25 km
_COAST_SHARE = 0.62  # up to this share of land about it, a place on land belongs to the coast
_FIRE_WEIGHTS = np.array([1.2, 2.2, 1.3, 0.06, 0.4, 0.7, 0.9, 0.6, 0.0])
"""How often it burns, against the mean: assumed, after the ranks of burnt area in Giglio et al. 2018, Remote Sensing of
Environment 217:72 (most in savanna, little in desert)."""


@dataclass(frozen=True, slots=True)
class _Weather:
    """What decides a biome at points, arrays of one shape."""

    latitude_deg: Floats
    longitude_deg: Floats
    warmth: Floats
    wetness: Floats
    tillage: Floats
    volcanism: Floats
    land_share: Floats


def celsius_of(latitude_deg: ArrayLike) -> Floats:
    """The year's mean temperature at sea level, (...): 27.5 at the equator, 0 at 60 degrees."""
    return np.asarray(27.5 - 0.0078 * np.asarray(latitude_deg) ** 2)


def _weather(latitude: Floats, longitude: Floats, noises: list[Floats], land_share: Floats) -> _Weather:
    warmth, wetness, tillage, volcanism = noises
    return _Weather(latitude, longitude, warmth, wetness, tillage, volcanism, land_share)


def _classified(at: _Weather) -> NDArray[np.uint8]:
    latitude = np.abs(at.latitude_deg)
    celsius = _celsius(at.latitude_deg, at.warmth)
    wet = 0.62 * np.exp(-((latitude / 14.0) ** 2)) + 0.52 * np.exp(-(((latitude - 47.0) / 17.0) ** 2))
    wet = wet + 0.2 * at.wetness
    warm = np.select(
        [wet < 0.14, wet < 0.34],
        [np.full(wet.shape, DESERT), np.where(at.tillage > 0.75, FARMLAND, SAVANNA)],
        np.where(at.tillage > np.where(latitude < 15.0, 1.0, 0.1), FARMLAND, FOREST),
    )
    chosen = np.where(celsius < 5.5, BOREAL, warm)
    chosen = np.where(at.volcanism > 2.3, VOLCANIC, chosen)
    chosen = np.where((at.land_share < _COAST_SHARE) & (celsius > -2.0), COAST, chosen)
    return np.asarray(np.where(_is_ice(at.latitude_deg, at.longitude_deg, celsius), ICE, chosen), dtype=np.uint8)


def _celsius(latitude_deg: Floats, warmth: Floats) -> Floats:
    return celsius_of(latitude_deg) + 3.0 * warmth


def _is_ice(latitude_deg: Floats, longitude_deg: Floats, celsius: Floats) -> NDArray[np.bool_]:
    is_greenland = (latitude_deg > 62.0) & (longitude_deg > -51.0) & (longitude_deg < -24.0)
    return np.asarray((celsius < -15.0) | (latitude_deg < -61.0) | is_greenland)


def biome_map(seed: int, patch: GroundPatch, land_share: Plane, step: int = 4) -> NDArray[np.uint8]:
    """The biome of each pixel, (height, width), as places in NAMES. Towns are no part of it.

    Drawn on every `step`-th pixel: `land_share` as `coast` gives it.
    """
    coarse = patch.every(step)
    rows, columns = np.arange(coarse.height_px)[:, None] + 0.5, np.arange(coarse.width_px) + 0.5
    latitude, longitude = coarse.places_of(*np.broadcast_arrays(rows, columns))
    share = cv2.resize(land_share, (coarse.width_px, coarse.height_px), interpolation=cv2.INTER_AREA)
    noises = [_noise(seed, cause, coarse) for cause in _NOISES]
    labels = _classified(_weather(latitude, longitude, noises, share.astype(np.float64)))
    size = (coarse.width_px * step, coarse.height_px * step)
    whole = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
    # The median of labels is one of them; it takes the corners off the coarse pixels.
    return np.asarray(cv2.medianBlur(whole, 2 * step - 1)[: patch.height_px, : patch.width_px])


def biome_at(seed: int, land: LandMask, latitude_deg: Floats, longitude_deg: Floats) -> NDArray[np.uint8]:
    """The biome at places (n,), were they land."""
    noises = [_noise_at(seed, cause, latitude_deg, longitude_deg) for cause in _NOISES]
    share = land.share(latitude_deg, longitude_deg)
    return _classified(_weather(latitude_deg, longitude_deg, noises, share))


def is_ice_at(seed: int, latitude_deg: Floats, longitude_deg: Floats) -> NDArray[np.bool_]:
    """Whether `biome_at` is ice at places (n,), in a quarter of its time."""
    celsius = _celsius(latitude_deg, _noise_at(seed, _WARMTH, latitude_deg, longitude_deg))
    return _is_ice(latitude_deg, longitude_deg, celsius)


def _noise(seed: int, cause: str, patch: GroundPatch) -> Floats:
    """Wide noise, drawn on every n-th pixel, and a little that is fine."""
    grid = patch.grown(_WIDE_STEP).every(_WIDE_STEP)
    rows, columns = np.arange(grid.height_px)[:, None] + 0.5, np.arange(grid.width_px) + 0.5
    wide = _wide(seed, cause, *grid.places_of(*np.broadcast_arrays(rows, columns))).astype(np.float32)
    shift = 0.5 / _WIDE_STEP + 0.5
    matrix = np.array([[1 / _WIDE_STEP, 0, shift], [0, 1 / _WIDE_STEP, shift]])
    size, flags = (patch.width_px, patch.height_px), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    most, least = _FINE_M
    fine = field(seed, cause, patch, coarsest_m=most, finest_m=least, slope=_FINE_SLOPE)
    return np.asarray(cv2.warpAffine(wide, matrix, size, flags=flags) + _FINE_SHARE * fine, dtype=np.float64)


def _noise_at(seed: int, cause: str, latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    most, least = _FINE_M
    fine = values_at(seed, cause, latitude_deg, longitude_deg, coarsest_m=most, finest_m=least, slope=_FINE_SLOPE)
    return np.asarray(_wide(seed, cause, latitude_deg, longitude_deg) + _FINE_SHARE * fine)


def _wide(seed: int, cause: str, latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    most, slope = _NOISES[cause]
    return wide_values(seed, cause, latitude_deg, longitude_deg, coarsest_m=most, octaves=_WIDE_OCTAVES, slope=slope)


def coast(seed: int, land: LandMask, patch: GroundPatch) -> tuple[Plane, NDArray[np.bool_]]:
    """The share of land about each pixel, and which pixels are land: (height, width) each.

    The outlines are coarse; near them a fractal decides.
    """
    coarse = patch.grown(32).every(32)
    rows, columns = np.arange(coarse.height_px)[:, None] + 0.5, np.arange(coarse.width_px) + 0.5
    share = land.share(*coarse.places_of(*np.broadcast_arrays(rows, columns))).astype(np.float32)
    if share.min() > 0.999 or share.max() < 0.001:
        whole = np.full((patch.height_px, patch.width_px), share.mean(), np.float32)
        return whole, whole > 0.5
    matrix = np.array([[1 / 32, 0, 0.5 / 32 + 0.5], [0, 1 / 32, 0.5 / 32 + 0.5]])
    size, flags = (patch.width_px, patch.height_px), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = np.asarray(cv2.warpAffine(share, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))
    most, least, slope = _COAST
    shore = field(seed, "coast", patch, coarsest_m=most, finest_m=least, slope=slope)
    return fine, np.asarray(fine + _swing(fine) * shore > 0.5)


def is_land_at(seed: int, land: LandMask, latitude_deg: Floats, longitude_deg: Floats) -> NDArray[np.bool_]:
    """Whether places (n,) are land, by the same coast as the pixels'."""
    share = land.share(latitude_deg, longitude_deg)
    swing = _swing(share)
    near = np.flatnonzero(swing)  # elsewhere the outlines decide
    most, least, slope = _COAST
    places = latitude_deg[near], longitude_deg[near]
    swing[near] *= values_at(seed, "coast", *places, coarsest_m=most, finest_m=least, slope=slope)
    return np.asarray(share + swing > 0.5)


def _swing(share: NDArray[np.floating]) -> NDArray[np.floating]:
    """No islands far from land, no lakes far from the sea: the coast swings where the share is neither 0 nor 1."""
    return np.asarray(_COAST_SWING * np.clip(8.0 * share * (1.0 - share), 0.0, 1.0))


def fire_weights(biomes: NDArray[np.uint8]) -> Floats:
    """How many fires burn in biomes (...), as a multiple that `mean_fire_weight` is the mean of."""
    return np.asarray(_FIRE_WEIGHTS[biomes])


def highest_fire_weight() -> float:
    """The most that `fire_weights` gives."""
    return float(_FIRE_WEIGHTS.max())


def mean_fire_weight(seed: int, land: LandMask, points: int = 6000) -> float:
    """The mean of `fire_weights` over the land of a seed's Earth, from points spread evenly by the golden angle."""
    index = np.arange(points) + 0.5
    latitude = np.degrees(np.arcsin(1.0 - 2.0 * index / points))
    longitude = (index * 180.0 * (3.0 - np.sqrt(5.0))) % 360.0 - 180.0
    on_land = land.is_land(latitude, longitude)
    return float(fire_weights(biome_at(seed, land, latitude[on_land], longitude[on_land])).mean())
