"""Between the ground and the sensor: smoke, cloud with its shadow, haze. All functions work in place."""

import cv2
import numpy as np

from sim.scenes.fire import Patches
from sim.scenes.spectra import WAVELENGTH_UM, Mask, Plane, Planes
from sim.scenes.terrain import fractal

# Smoke and cloud are optically thick long before this.
_THICKEST = 20.0

CLOUDY_DEPTH = float(np.log(2.0))
"""Optical depth from which a pixel counts as cloudy: less than half of the ground's light comes through."""


def _veil(reflectance: Planes, emission: Planes, band: int, transmittance: Plane, brightness: Plane | float) -> None:
    """Dim ground and fire of one band by a layer, and add the layer's own brightness."""
    reflectance[band] *= transmittance
    reflectance[band] += (1 - transmittance) * brightness
    emission[band] *= transmittance


def _plumes(rng: np.random.Generator, patches: Patches, side_px: int, sources: int) -> Plane:
    """Smoke density downwind of some of the patches, unit maximum."""
    downwind, length_px = rng.uniform(0, 2 * np.pi), rng.uniform(15, 90)
    along = np.linspace(0, 1, 60)
    picked = rng.integers(0, len(patches.rows), sources)
    spread = rng.normal(0, 1.0 + 6.0 * along, (2, sources, 60))
    rows = patches.rows[picked][:, None] + np.sin(downwind) * length_px * along + spread[0]
    columns = patches.columns[picked][:, None] + np.cos(downwind) * length_px * along + spread[1]
    density = np.zeros((side_px, side_px), np.float32)
    inside = (rows >= 0) & (rows < side_px) & (columns >= 0) & (columns < side_px)
    np.add.at(density, (rows[inside].astype(np.int64), columns[inside].astype(np.int64)), 1.0)
    density = cv2.GaussianBlur(density, (0, 0), rng.uniform(2, 5))
    density *= np.exp(0.5 * fractal(rng, side_px, 2.0, 2))
    return np.asarray(density / max(float(density.max()), 1e-6), dtype=np.float32)


def add_smoke(
    rng: np.random.Generator, reflectance: Planes, emission: Planes, patches: Patches, sources: int = 6
) -> None:
    """Plumes from up to `sources` patches; optical depth falls with wavelength (exponent 1.2 to 2)."""
    if not len(patches.rows):
        return
    depth = _plumes(rng, patches, reflectance.shape[1], sources) * np.float32(rng.uniform(0.2, 3))
    angstrom, brightness = rng.uniform(1.2, 2.0), rng.uniform(0.25, 0.5)
    for band, wavelength_um in enumerate(WAVELENGTH_UM):
        transmittance = np.exp(depth * np.float32(-((wavelength_um / 0.5) ** -angstrom)))
        _veil(reflectance, emission, band, transmittance, brightness)


def add_cloud(rng: np.random.Generator, reflectance: Planes, emission: Planes) -> Mask:
    """Clouds of random cover, thickness and edge, darker in the SWIR where ice absorbs, and their shadow.

    Returns which pixels are cloudy.
    """
    side = reflectance.shape[1]
    field = fractal(rng, side, rng.uniform(2.2, 3.2), 2)
    depth = np.clip((field - np.float32(rng.uniform(-0.3, 1.8))) * np.float32(rng.uniform(0.5, 6)), 0, _THICKEST)
    transmittance = np.exp(-depth)
    offset = np.array([[1, 0, rng.integers(-20, 20)], [0, 1, rng.integers(-20, 20)]], dtype=np.float64)
    cast = cv2.warpAffine(transmittance, offset, (side, side), borderMode=cv2.BORDER_REFLECT_101)
    shadow = 0.35 + 0.65 * cast
    colour = rng.uniform(0.35, 0.95) * np.array([1.0, 1.0, rng.uniform(0.45, 0.85), rng.uniform(0.25, 0.7)])
    texture = np.exp(0.05 * fractal(rng, side, 1.5, 2))
    for band in range(4):
        reflectance[band] *= shadow
        _veil(reflectance, emission, band, transmittance, np.float32(colour[band]) * texture)
    return np.asarray(depth >= CLOUDY_DEPTH)


def add_haze(rng: np.random.Generator, reflectance: Planes, thickest: float = 0.06) -> None:
    """Path radiance of haze up to `thickest`, or what an atmospheric correction that overshot has taken away."""
    strength = rng.uniform(-0.045, thickest)
    for band, colour in enumerate((0.7, 0.4, 0.08, 0.0)):
        reflectance[band] += np.float32(strength * colour)
