"""Fires as sets of hot patches: isolated points, fronts on a scar's edge, gas flares, lava, cold scars."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.spectra import NIR, Mask, Plane, Planes, fire_reflectance, random_scar
from sim.scenes.terrain import fractal, quantile

# Areas of burning patches along fronts are told for the 30 m pixel on which Landsat fires are studied.
_LANDSAT_PIXEL_M2 = 900.0
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True, slots=True)
class Patches:
    """Hot patches smaller than a pixel: where, how large, how hot. All arrays have shape (n,)."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    area_m2: NDArray[np.float64]
    temperature_k: NDArray[np.float64]

    def select(self, keep: NDArray[np.bool_]) -> "Patches":
        """The patches where `keep`, shape (n,), is true."""
        return Patches(self.rows[keep], self.columns[keep], self.area_m2[keep], self.temperature_k[keep])


@dataclass(frozen=True, slots=True)
class Fire:
    """One fire in its own frame, whose pixel (0, 0) is the fire's centre.

    `scar`, of odd side, is the share of each pixel that has burnt, centred likewise, or None.
    """

    patches: Patches
    scar: Plane | None = None
    scar_reflectance: NDArray[np.float64] | None = None
    on_land: bool = True


def gather(patches: Sequence[Patches]) -> Patches:
    """All patches in one set."""
    if not patches:
        return Patches(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    return Patches(
        np.concatenate([each.rows for each in patches]),
        np.concatenate([each.columns for each in patches]),
        np.concatenate([each.area_m2 for each in patches]),
        np.concatenate([each.temperature_k for each in patches]),
    )


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """A number between two, uniform in its logarithm."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def draw_point(rng: np.random.Generator, smallest_m2: float = 0.3) -> Fire:
    """An isolated fire of `smallest_m2` to 400 m² at 650 to 1250 K; from 60 m² on maybe in several pixels."""
    area_m2, temperature_k = log_uniform(rng, smallest_m2, 400), rng.uniform(650, 1250)
    count = 1 if area_m2 < 60 else int(rng.integers(1, 5))
    rows, columns = np.arange(count) % 2, np.arange(count) // 2
    return Fire(Patches(rows, columns, np.full(count, area_m2 / count), np.full(count, temperature_k)))


def draw_flare(rng: np.random.Generator) -> Fire:
    """A gas flare: 0.3 to 30 m² at 1500 to 2100 K (Elvidge et al. 2016, Energies 9:14), on land or at sea."""
    area_m2, temperature_k = log_uniform(rng, 0.3, 30), rng.uniform(1500, 2100)
    one = np.zeros(1, np.int64)
    return Fire(Patches(one, one, np.array([area_m2]), np.array([temperature_k])), on_land=False)


def draw_lava(rng: np.random.Generator) -> Fire:
    """A cluster of vents and flows at 600 to 1350 K."""
    count = int(rng.integers(1, 30))
    rows, columns = np.rint(rng.normal(0, 3, (2, count))).astype(np.int64)
    return Fire(Patches(rows, columns, rng.lognormal(np.log(20), 1, count), rng.uniform(600, 1350, count)))


def _scar_field(rng: np.random.Generator, window_px: int) -> tuple[Plane, float]:
    """A field and a level: what rises above the level has burnt, an irregular blob inside the window."""
    axis = np.linspace(-1, 1, window_px, dtype=np.float32)
    radius = np.hypot(axis[:, None], axis[None])
    slope = rng.uniform(2.6, 3.4)
    field = np.asarray(fractal(rng, window_px, slope) - 5 * radius**4, dtype=np.float32)
    return field, float(quantile(field, rng.uniform(0.55, 0.95)))


def _along(
    rng: np.random.Generator, intensity: Plane, lit: Mask, pixel_m2: float, temperature_k: tuple[float, float]
) -> Patches:
    rows, columns = np.nonzero(lit)
    area_m2 = intensity[rows, columns] * rng.exponential(10, len(rows)) * pixel_m2 / _LANDSAT_PIXEL_M2
    return Patches(rows, columns, area_m2, rng.uniform(*temperature_k, len(rows)))


def _front_line(rng: np.random.Generator, burnt: Mask, pixel_m2: float) -> list[Patches]:
    """Flames on an active part of the scar's edge, 1 to 4 pixels deep, half of them with embers beside."""
    solid = burnt.astype(np.uint8)
    edge = (solid - cv2.erode(solid, _CROSS)) > 0
    if not edge.any():
        return []
    activity = fractal(rng, burnt.shape[0], 2.0)
    line = edge & (activity >= np.quantile(activity[edge], 1 - log_uniform(rng, 0.03, 0.8)))
    distance_px = cv2.distanceTransform((~line).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    depth_px, flicker = rng.uniform(0.3, 3.0), 0.9 * fractal(rng, burnt.shape[0], 1.2)
    intensity = rng.lognormal(0, 0.9) * np.exp(flicker - (distance_px / depth_px) ** 1.3)
    lit = (intensity > 0.08) & (burnt | (distance_px < 1))
    flames = _along(rng, intensity, lit, pixel_m2, (750, 1200))
    with_embers = rng.random(len(flames.rows)) < 0.5
    embers = Patches(
        flames.rows,
        flames.columns,
        flames.area_m2 * rng.uniform(1, 8, len(flames.rows)),
        rng.uniform(480, 700, len(flames.rows)),
    )
    return [flames, embers.select(with_embers)]


def _crown_fire(rng: np.random.Generator, window_px: int, pixel_m2: float) -> Patches:
    """A large flaming area that saturates most sensors."""
    field = fractal(rng, window_px, rng.uniform(2.4, 3.2))
    blob = field > np.quantile(field, rng.uniform(0.93, 0.998))
    rows, columns = np.nonzero(blob)
    flicker = np.exp(0.8 * fractal(rng, window_px, 1.5))[rows, columns]
    area_m2 = rng.lognormal(np.log(40), 1) * flicker * pixel_m2 / _LANDSAT_PIXEL_M2
    return Patches(rows, columns, area_m2, rng.uniform(800, 1150, len(rows)))


def _smoulder(rng: np.random.Generator, burnt: Mask) -> Patches:
    """A few hot spots left inside the scar."""
    rows, columns = np.nonzero(burnt)
    picked = rng.integers(0, max(len(rows), 1), rng.poisson(5) if len(rows) else 0)
    area_m2 = rng.lognormal(np.log(6), 1.2, len(picked))
    return Patches(rows[picked], columns[picked], area_m2, rng.uniform(600, 950, len(picked)))


def draw_front(
    rng: np.random.Generator, *, window_px: int, gsd_m: float, burning: bool = True, crown_share: float = 0.35
) -> Fire:
    """A fresh scar of up to `window_px` across, with a front on part of its edge; cold if not `burning`.

    `crown_share` is the chance that a large area is in flames.
    """
    window_px |= 1
    field, level = _scar_field(rng, window_px)
    burnt = field > level
    scar = np.clip((field - np.float32(level)) * np.float32(rng.uniform(2, 12)), 0, 1)
    scar *= np.float32(rng.uniform(0.5, 1))
    parts: list[Patches] = []
    if burning:
        parts = [*_front_line(rng, burnt, gsd_m**2), _smoulder(rng, burnt)]
        if rng.random() < crown_share:
            parts.append(_crown_fire(rng, window_px, gsd_m**2))
    patches = gather(parts)
    centre = window_px // 2
    centred = Patches(patches.rows - centre, patches.columns - centre, patches.area_m2, patches.temperature_k)
    return Fire(centred, scar, random_scar(rng))


def place(fire: Fire, row: int, column: int, reflectance: Planes, water: Mask) -> Patches:
    """Burn the fire's scar into the reflectance, in place, and return its patches in the scene's pixels."""
    side = reflectance.shape[1]
    if fire.scar is not None and fire.scar_reflectance is not None:
        reach = fire.scar.shape[0] // 2
        top, left = max(0, row - reach), max(0, column - reach)
        bottom, right = min(side, row + reach + 1), min(side, column + reach + 1)
        part = np.s_[top:bottom, left:right]
        scar = fire.scar[top - row + reach : bottom - row + reach, left - column + reach : right - column + reach]
        share = scar * ~water[part]
        ground = reflectance[:, part[0], part[1]]
        relief = np.clip(ground[NIR] / max(float(ground[NIR].mean()), 0.02), 0.4, 1.6) ** np.float32(0.3)
        burnt = fire.scar_reflectance.astype(np.float32)[:, None, None] * relief
        ground += share * (burnt - ground)
    rows, columns = fire.patches.rows + row, fire.patches.columns + column
    inside = (rows >= 0) & (rows < side) & (columns >= 0) & (columns < side)
    placed = Patches(rows, columns, fire.patches.area_m2, fire.patches.temperature_k).select(inside)
    return placed.select(~water[placed.rows, placed.columns]) if fire.on_land else placed


def emission(patches: Patches, *, side_px: int, gsd_m: float, sun_zenith_deg: float) -> Planes:
    """Apparent reflectance that the patches add, shape (4, side, side), before smoke, cloud and optics."""
    share = np.minimum(patches.area_m2 / gsd_m**2, 1.0)
    added = fire_reflectance(patches.temperature_k, share, sun_zenith_deg)
    planes = np.zeros((4, side_px, side_px), np.float32)
    for band in range(4):
        np.add.at(planes[band], (patches.rows, patches.columns), added[band].astype(np.float32))
    return planes
