"""What burns in part one of the fire exam: isolated fires, fronts on scars, flares and lava, as hot patches."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.experiment.exam.fire_bands import fire_reflectance, spectrum
from sim.experiment.exam.fire_ground import Ground
from sim.experiment.exam.fire_plan import PartOne
from sim.scenes.fire import Patches, draw_flare, gather
from sim.scenes.spectra import Mask, Plane
from sim.scenes.terrain import fractal, quantile

# Burning areas along fronts are told for Landsat's pixel of 30 m.
_LANDSAT_PIXEL_M2 = 900.0
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to burn: a kind of the plan, and for detection curves the one area and temperature of its points."""

    kind: str
    area_m2: float | None = None
    temperature_k: float | None = None


@dataclass(slots=True)
class Burning:
    """Patches of a scene so far, and the middles of its isolated fires, (row, column) in its pixels."""

    side_px: int
    margin_px: int
    parts: list[Patches] = field(default_factory=list)
    points: list[tuple[int, int]] = field(default_factory=list)

    def add(self, rows: ArrayLike, columns: ArrayLike, area_m2: ArrayLike, temperature_k: ArrayLike) -> None:
        """More patches; the arguments broadcast. What lies beyond the edge is put on it."""
        sites = np.clip(np.stack(np.broadcast_arrays(rows, columns, area_m2)[:2]), 0, self.side_px - 1)
        heat = np.stack(np.broadcast_arrays(area_m2, temperature_k, rows)[:2])
        where, warm = sites.reshape(2, -1).astype(np.int64), heat.reshape(2, -1).astype(np.float64)
        self.parts.append(Patches(where[0], where[1], warm[0], warm[1]))

    def site(self, rng: np.random.Generator, inset_px: int) -> tuple[int, int]:
        """A random pixel at least `inset_px` inside the margin."""
        low, high = self.margin_px + inset_px, self.side_px - self.margin_px - inset_px
        row, column = rng.integers(low, high, 2)
        return int(row), int(column)

    def emission(self, gsd_m: float, sun_zenith_deg: float) -> NDArray[np.float32]:
        """Apparent reflectance of all patches, shape (7, side, side), before smoke, cloud and optics."""
        patches = gather(self.parts)
        added = fire_reflectance(patches.temperature_k, patches.area_m2 / gsd_m**2, sun_zenith_deg)
        planes = np.zeros((7, self.side_px, self.side_px), np.float32)
        for plane, amount in zip(planes, added, strict=True):
            np.add.at(plane, (patches.rows, patches.columns), amount.astype(np.float32))
        return planes


def _flame_front(rng: np.random.Generator, burning: Burning, scar: Mask, land: Mask, pixel_m2: float) -> None:
    """Flames behind an active share of the scar's edge, dying down with distance, half of them over embers."""
    side = burning.side_px
    solid = scar.astype(np.uint8)
    edge = (solid > cv2.erode(solid, _CROSS)) & land
    active = edge & (fractal(rng, side, 2.0) > rng.uniform(0.2, 2.2))
    if not active.any():
        return
    distance_px = cv2.distanceTransform((~active).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    depth_px, strength = rng.uniform(0.3, 3.0), rng.lognormal(0, 0.9)
    intensity = strength * np.exp(0.9 * fractal(rng, side, 1.2) - (distance_px / depth_px) ** 1.3)
    rows, columns = np.nonzero((intensity > 0.08) & land & (scar | (distance_px < 1)))
    area_m2 = intensity[rows, columns] * rng.exponential(10, len(rows)) * pixel_m2 / _LANDSAT_PIXEL_M2
    burning.add(rows, columns, area_m2, rng.uniform(750, 1200, len(rows)))
    embers = rng.random(len(rows)) < 0.5
    wider = area_m2[embers] * rng.uniform(1, 8, int(embers.sum()))
    burning.add(rows[embers], columns[embers], wider, rng.uniform(480, 700, len(wider)))


def _crown_fire(rng: np.random.Generator, burning: Burning, land: Mask, pixel_m2: float) -> None:
    """A large flaming area that saturates most sensors."""
    side = burning.side_px
    blob = fractal(rng, side, rng.uniform(2.4, 3.2))
    rows, columns = np.nonzero((blob > quantile(blob, rng.uniform(0.93, 0.998))) & land)
    flicker = np.exp(0.8 * fractal(rng, side, 1.5))[rows, columns]
    area_m2 = rng.lognormal(np.log(40), 1) * flicker * pixel_m2 / _LANDSAT_PIXEL_M2
    burning.add(rows, columns, area_m2, rng.uniform(800, 1150, len(rows)))


def _burn_scar(rng: np.random.Generator, ground: Ground, field: Plane, level: float) -> None:
    """Darken what lies above the level, in place."""
    cover = str(rng.choice(["burn", "char", "old_burn"]))
    colour = spectrum(cover) * np.exp(rng.normal(0, 0.12, 7) + rng.normal(0, 0.15))
    share = np.clip((field - level) * rng.uniform(2, 12), 0, 1) * rng.uniform(0.5, 1)
    burnt = colour[:, None, None] * np.exp(0.15 * ground.slope)
    ground.reflectance[...] += share * (burnt - ground.reflectance)


def _fronts(rng: np.random.Generator, burning: Burning, ground: Ground, pixel_m2: float) -> None:
    field = fractal(rng, burning.side_px, rng.uniform(2.6, 3.4))
    level = float(quantile(field, rng.uniform(0.75, 0.98)))
    scar = field > level
    _burn_scar(rng, ground, field, level)
    _flame_front(rng, burning, scar, ground.land, pixel_m2)
    if rng.random() < 0.35:
        _crown_fire(rng, burning, ground.land, pixel_m2)
    rows, columns = np.nonzero(scar & ground.land)
    picked = rng.permutation(len(rows))[: rng.poisson(5)]
    burning.add(
        rows[picked], columns[picked], rng.lognormal(np.log(6), 1.2, len(picked)), rng.uniform(600, 950, len(picked))
    )


def _land_site(rng: np.random.Generator, burning: Burning, land: Mask) -> tuple[int, int] | None:
    for _ in range(30):
        site = burning.site(rng, 3)
        if land[site]:
            return site
    return None


def _points(rng: np.random.Generator, burning: Burning, land: Mask, wanted: Wanted, plan: PartOne) -> None:
    for _ in range(1 + rng.poisson(4)):
        site = _land_site(rng, burning, land)
        if site is None:
            continue
        area_m2 = wanted.area_m2 or float(np.exp(rng.uniform(*np.log(plan.point_area_m2))))
        temperature_k = wanted.temperature_k or rng.uniform(*plan.point_temperature_k)
        single = wanted.area_m2 is not None or area_m2 < plan.point_splits_from_m2
        count = 1 if single else int(rng.integers(1, 5))
        beside = np.minimum(np.arange(count), 1)
        rows = site[0] + beside * rng.integers(0, 2, count)
        columns = site[1] + np.arange(count) // 2 + beside * rng.integers(0, 2, count)
        burning.add(rows, columns, area_m2 / count, temperature_k)
        burning.points.append(site)


def _lava(rng: np.random.Generator, burning: Burning) -> None:
    row, column = burning.site(rng, 5)
    count = int(rng.integers(1, 30))
    rows, columns = (np.trunc(middle + rng.normal(0, 3, count)) for middle in (row, column))
    burning.add(rows, columns, rng.lognormal(np.log(20), 1, count), rng.uniform(600, 1350, count))


def light_fires(
    rng: np.random.Generator, ground: Ground, biome: str, wanted: Wanted, plan: PartOne, gsd_m: float, margin_px: int
) -> Burning:
    """Fires of the wanted kind; scars are burnt into the ground, in place."""
    burning = Burning(ground.land.shape[0], margin_px)
    if wanted.kind in ("fronts", "both"):
        _fronts(rng, burning, ground, gsd_m**2)
    if wanted.kind in ("points", "both"):
        _points(rng, burning, ground.land, wanted, plan)
    if wanted.kind == "flares":
        for _ in range(rng.integers(1, 4)):
            flare = draw_flare(rng).patches
            burning.add(*burning.site(rng, 3), flare.area_m2, flare.temperature_k)
    if biome == "volcanic" and wanted.kind != "none" and wanted.area_m2 is None and rng.random() < 0.5:
        _lava(rng, burning)
    return burning
