"""The ground of part one of the fire exam, without fire, in seven bands."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.experiment.exam.fire_bands import BIOMES, SWIR2, spectrum
from sim.scenes.spectra import Mask, Plane
from sim.scenes.terrain import fractal, land_cells, level_sets

DARK_SWIR2 = 0.02
"""What reflects less in SWIR2 is water or as dark as water: no land fire is lit there."""

_BUILDINGS_PER_SCENE = {"urban": 14.0, "farmland": 3.0, "coast": 4.0}
_BUILDINGS_ELSEWHERE = 0.7
_METAL = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.95, 0.85])
_GLINT = np.array([0.90, 0.93, 0.96, 0.98, 1.0, 1.03, 1.05])


@dataclass(frozen=True, slots=True)
class Ground:
    """Reflectance (7, side, side), where it is land, and two textures that later layers share."""

    reflectance: NDArray[np.float32]
    land: Mask
    brightness: Plane
    slope: Plane


def _spread(rng: np.random.Generator, count: int, by_band: float, common: float) -> NDArray[np.float64]:
    """Log-normal factors, shape (count, 7)."""
    return np.asarray(np.exp(rng.normal(0, by_band, (count, 7)) + rng.normal(0, common, (count, 1))))


def _covers(rng: np.random.Generator, biome: str) -> list[str]:
    names = rng.permutation(BIOMES[biome])
    return [str(name) for name in names[: int(rng.integers(2, min(5, len(names)) + 1))]]


def _mosaic(rng: np.random.Generator, side_px: int, biome: str) -> NDArray[np.float32]:
    covers = _covers(rng, biome)
    palette = np.stack([spectrum(cover) for cover in covers])
    tilled = biome in ("farmland", "urban") and rng.random() < 0.75
    if tilled or rng.random() < 0.15:
        labels, count = land_cells(rng, side_px)
        colours = palette[rng.integers(0, len(covers), count)] * _spread(rng, count, 0.12, 0.12)
        return np.moveaxis(colours.astype(np.float32)[labels], -1, 0)
    labels = level_sets(rng, side_px, len(covers))
    colours = palette * _spread(rng, len(covers), 0.10, 0.15)
    reflectance = np.moveaxis(colours.astype(np.float32)[labels], -1, 0)
    if rng.random() < 0.4:
        share = 0.5 / (1 + np.exp(-2 * fractal(rng, side_px, 2.4)))
        other = palette[rng.integers(len(covers))].astype(np.float32)[:, None, None]
        reflectance = reflectance + share * (other - reflectance)
    return reflectance


def _glint(rng: np.random.Generator, reflectance: NDArray[np.float32], water: Mask) -> None:
    waves = fractal(rng, water.shape[0], rng.uniform(0.5, 2.5)) * rng.uniform(0.1, 1)
    strength = np.maximum(waves + rng.uniform(-0.5, 1), 0) * rng.uniform(0.02, 0.35) * water
    colour = _GLINT * np.exp(rng.normal(0, 0.05, 7))
    reflectance += (colour[:, None, None] * strength).astype(np.float32)


def _building(rng: np.random.Generator) -> NDArray[np.float64]:
    """A white roof, a coloured roof, a mirror in the Sun or a solar plant, shape (7,)."""
    kind = rng.random()
    if kind < 0.45:
        return np.asarray(_METAL * rng.uniform(0.4, 1.0) * np.exp(rng.normal(0, 0.08, 7)))
    if kind < 0.75:
        return np.asarray(spectrum("roof") * rng.uniform(0.7, 1.5) * np.exp(rng.normal(0, 0.15, 7)))
    if kind < 0.90:
        return np.asarray(rng.uniform(0.8, 3.0) * np.exp(rng.normal(0, 0.12, 7)))
    return np.asarray(spectrum("solar_plant") * np.exp(rng.normal(0, 0.2, 7)))


def draw_ground(rng: np.random.Generator, side_px: int, biome: str) -> Ground:
    """A square of one biome: land covers, texture, relief, glint, buildings."""
    reflectance = _mosaic(rng, side_px, biome)
    brightness, slope = (
        fractal(rng, side_px, rng.uniform(1.2, 2.6)),
        fractal(rng, side_px, rng.uniform(0.6, 2.2)),
    )
    curvature = fractal(rng, side_px, 1.5)
    strong, weak = rng.uniform(0.03, 0.22), rng.uniform(0.01, 0.08)
    tilt = np.linspace(-1, 1, 7)[:, None, None]
    spectral = slope * tilt + curvature * np.cos(np.pi * tilt)
    reflectance = np.ascontiguousarray(reflectance * np.exp(strong * brightness + weak * spectral), dtype=np.float32)
    if rng.random() < 0.35:
        facing = np.gradient(fractal(rng, side_px, 2.8), axis=0)
        shade = np.clip(1 + rng.uniform(0.1, 0.45) * facing / (facing.std() + 1e-6), 0.15, 2)
        reflectance *= shade.astype(np.float32)
    water = reflectance[SWIR2] < DARK_SWIR2
    if rng.random() < 0.5 and water.any():
        _glint(rng, reflectance, water)
    for _ in range(rng.poisson(_BUILDINGS_PER_SCENE.get(biome, _BUILDINGS_ELSEWHERE))):
        row, column = rng.integers(0, side_px - 6, 2)
        height, width = rng.integers(1, 6, 2)
        reflectance[:, row : row + height, column : column + width] = _building(rng)[:, None, None]
    return Ground(reflectance, reflectance[SWIR2] >= DARK_SWIR2, brightness, slope)
