"""Sunlit land and sea without fire: a mosaic of land covers, texture, relief, glint, roofs, solar plants."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.spectra import BIOMES, LAND_COVERS, Mask, Plane, Planes

# Textures are drawn per this many pixels, so that a larger scene holds more of the same.
_REFERENCE_AREA_PX = 144 * 144
_BUILDINGS = {"urban": 14.0, "farmland": 3.0, "coast": 4.0}
_BUILDINGS_ELSEWHERE = 0.7


@dataclass(frozen=True, slots=True)
class Land:
    """Reflectance of the surface and where it is water."""

    reflectance: Planes
    water: Mask
    biome: str


def fractal(rng: np.random.Generator, side_px: int, slope: float, coarseness: int = 1) -> Plane:
    """A Gaussian random field with power spectrum f^-slope, zero mean, unit variance, shape (side, side).

    `coarseness` draws every n-th pixel and interpolates: for smooth fields nobody sees the difference, and a
    large scene is drawn in a fraction of the time.
    """
    side = cv2.getOptimalDFTSize(-(-side_px // coarseness) + 1)
    row_frequency = np.fft.fftfreq(side).astype(np.float32)[:, None]
    column_frequency = np.fft.rfftfreq(side).astype(np.float32)[None]
    frequency = np.sqrt(row_frequency**2 + column_frequency**2)
    amplitude = np.maximum(frequency, np.float32(0.5 / side)) ** np.float32(-slope / 2)
    amplitude[0, 0] = 0.0
    spectrum = rng.standard_normal((2, *amplitude.shape), dtype=np.float32)
    field = np.fft.irfft2((spectrum[0] + 1j * spectrum[1]) * amplitude, s=(side, side))
    if coarseness > 1:
        field = cv2.resize(field, None, fx=coarseness, fy=coarseness, interpolation=cv2.INTER_LINEAR)
    field = field[:side_px, :side_px]
    mean, deviation = cv2.meanStdDev(field)
    return np.asarray((field - np.float32(mean[0, 0])) * np.float32(1.0 / (deviation[0, 0] + 1e-9)), dtype=np.float32)


def quantile(field: Plane, share: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles of a smooth field, from a sixteenth of it where it is large."""
    step = 4 if field.size > 4096 else 1
    return np.asarray(np.quantile(field[::step, ::step], share))


def land_cells(rng: np.random.Generator, side_px: int) -> tuple[NDArray[np.int32], int]:
    """A map of fields (stretched, rotated Voronoi cells), labelled from 0, and their number."""
    count = max(4, int(rng.uniform(15, 400) * side_px * side_px / _REFERENCE_AREA_PX))
    away = np.ones((side_px, side_px), np.uint8)
    rows, columns = rng.integers(0, side_px, (2, count))
    away[rows, columns] = 0
    _, labels = cv2.distanceTransformWithLabels(away, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    angle, stretch = rng.uniform(0, np.pi), rng.uniform(1, 4)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    squeeze = np.diag([1.0, 1.0 / stretch]) @ turn
    centre = np.full(2, side_px / 2)
    affine = np.column_stack([squeeze, centre - squeeze @ centre])
    turned = cv2.warpAffine(
        labels.astype(np.float32),
        affine,
        (side_px, side_px),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return turned.astype(np.int32) - 1, int(labels.max())


def level_sets(rng: np.random.Generator, side_px: int, count: int) -> NDArray[np.int32]:
    """A map of `count` natural patches, labelled from 0."""
    field = fractal(rng, side_px, rng.uniform(2.2, 3.4))
    labels = np.zeros(field.shape, np.int32)
    for level in quantile(field, rng.uniform(0, 1, count - 1)):
        labels += field > level
    return labels


def _mosaic(rng: np.random.Generator, side_px: int, biome: str) -> tuple[Planes, Mask]:
    covers = list(rng.permutation(BIOMES[biome]))[: int(rng.integers(2, 5))]
    spectra = np.array([LAND_COVERS[name] for name in covers])
    is_water = np.array([name == "water" for name in covers])
    tilled = biome in ("farmland", "urban")
    if rng.random() < (0.79 if tilled else 0.15):
        labels, count = land_cells(rng, side_px)
        cover_of = rng.integers(0, len(covers), count)
        spread = rng.normal(0, 0.12, (count, 4)) + rng.normal(0, 0.12, (count, 1))
    else:
        labels = level_sets(rng, side_px, len(covers))
        cover_of = np.arange(len(covers))
        spread = rng.normal(0, 0.10, (len(covers), 4)) + rng.normal(0, 0.15, (len(covers), 1))
    palette = (spectra[cover_of] * np.exp(spread)).astype(np.float32)
    reflectance = np.stack([np.take(palette[:, band], labels) for band in range(4)])
    if rng.random() < 0.3:
        share = 0.5 / (1.0 + np.exp(-2.0 * fractal(rng, side_px, 2.4, 2)))
        other = spectra[rng.integers(len(covers))].astype(np.float32)
        reflectance += share * (other[:, None, None] - reflectance)
    return reflectance, is_water[cover_of][labels]


def _texture(rng: np.random.Generator, reflectance: Planes) -> None:
    """Multiply by brightness and by two smooth spectral modes, in place."""
    side = reflectance.shape[1]
    brightness = rng.uniform(0.03, 0.22) * fractal(rng, side, rng.uniform(1.2, 2.6))
    spectral = rng.uniform(0.01, 0.08)
    slope = spectral * fractal(rng, side, rng.uniform(0.6, 2.2))
    curvature = spectral * fractal(rng, side, 1.5, 2)
    for band, tilt in enumerate(np.linspace(0, 1, 4)):
        reflectance[band] *= np.exp(
            brightness + np.float32(tilt) * slope + np.float32(np.cos(np.pi * tilt)) * curvature
        )


def _relief(rng: np.random.Generator, reflectance: Planes, sun_zenith_deg: float) -> None:
    """Darken slopes that face away from the Sun, more so when it is low, in place."""
    height = fractal(rng, reflectance.shape[1], 2.8, 2)
    azimuth = rng.uniform(0, 2 * np.pi)
    facing = np.cos(azimuth) * cv2.Sobel(height, cv2.CV_32F, 1, 0)
    facing += np.sin(azimuth) * cv2.Sobel(height, cv2.CV_32F, 0, 1)
    facing /= facing.std() + 1e-6
    contrast = rng.uniform(0.1, 0.35) * min(1.6, 0.5 + np.tan(np.deg2rad(sun_zenith_deg)) / 2)
    reflectance *= np.clip(1 + np.float32(contrast) * facing, 0.12, 2)


def _glint(rng: np.random.Generator, reflectance: Planes, water: Mask) -> None:
    """Mirror the Sun on water: a nearly flat spectrum added in place."""
    waves = fractal(rng, reflectance.shape[1], rng.uniform(0.5, 2.5)) * np.float32(rng.uniform(0.1, 1))
    strength = np.maximum(waves + np.float32(rng.uniform(-0.5, 1)), 0) * np.float32(rng.uniform(0.02, 0.35))
    colour = np.exp(rng.normal(0, 0.05, 4)) * np.array([0.98, 1.0, 1.03, 1.05])
    reflectance += colour.astype(np.float32)[:, None, None] * (strength * water)


def _building(rng: np.random.Generator) -> NDArray[np.float64]:
    """Reflectance of a white roof, a coloured roof, a mirror in the Sun or a solar plant, shape (4,)."""
    kind = rng.random()
    if kind < 0.45:
        return np.array([1, 1, 0.95, 0.85]) * np.exp(rng.normal(0, 0.08, 4)) * rng.uniform(0.4, 1.0)
    if kind < 0.75:
        return np.array([0.25, 0.33, 0.40, 0.42]) * np.exp(rng.normal(0, 0.15, 4)) * rng.uniform(0.7, 1.5)
    if kind < 0.90:
        return np.exp(rng.normal(0, 0.12, 4)) * rng.uniform(0.8, 3.0)
    return np.array([0.06, 0.15, 0.12, 0.15]) * np.exp(rng.normal(0, 0.2, 4))


def add_buildings(rng: np.random.Generator, reflectance: Planes, per_scene: float) -> None:
    """Roofs, mirrors in the Sun and solar plants, so many on 144 x 144 pixels on average, in place."""
    side = reflectance.shape[1]
    for _ in range(rng.poisson(per_scene * side * side / _REFERENCE_AREA_PX)):
        row, column = rng.integers(0, side - 6, 2)
        height, width = rng.integers(1, 6, 2)
        reflectance[:, row : row + height, column : column + width] = _building(rng)[:, None, None]


def draw_land(rng: np.random.Generator, *, side_px: int, sun_zenith_deg: float, biome: str | None = None) -> Land:
    """A square of land and water of one biome, a random one where none is named."""
    biome = biome or str(rng.choice(list(BIOMES)))
    reflectance, water = _mosaic(rng, side_px, biome)
    _texture(rng, reflectance)
    if rng.random() < 0.35:
        _relief(rng, reflectance, sun_zenith_deg)
    if rng.random() < 0.5 and water.any():
        _glint(rng, reflectance, water)
    add_buildings(rng, reflectance, _BUILDINGS.get(biome, _BUILDINGS_ELSEWHERE))
    return Land(reflectance, water, biome)
