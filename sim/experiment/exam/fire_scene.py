"""Scenes of part one of the fire exam: ground, fires, air and sensor, in seven bands."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.experiment.exam.fire_bands import BIOMES, HAZE_COLOUR, SWIR2, WAVELENGTH_UM
from sim.experiment.exam.fire_ground import draw_ground
from sim.experiment.exam.fire_plan import PartOne
from sim.experiment.exam.fire_sources import Wanted, light_fires
from sim.scenes.sensor import REFLECTANCE_SCALE
from sim.scenes.spectra import Plane
from sim.scenes.terrain import fractal

_MARGIN_PX = 8
_KERNEL_REACH_PX = 5
Planes7 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ExamScene:
    """A drawn scene of the exam.

    `reflectance`: at the top of the atmosphere, shape (7, side, side). `fire_swir2`: fire-made, noise-free change of
    SWIR2 reflectance, (side, side). `saturation`: of the seven bands. `points`: (row, column) of isolated fires.
    """

    reflectance: Planes7
    fire_swir2: Plane
    saturation: NDArray[np.float64]
    points: tuple[tuple[int, int], ...]
    biome: str
    kind: str
    gsd_m: float

    @property
    def area_km2(self) -> float:
        """Ground in the picture."""
        return self.fire_swir2.size * self.gsd_m**2 / 1e6


def _add_smoke(rng: np.random.Generator, reflectance: Planes7, emission: Planes7, texture: Plane) -> None:
    lit = np.argwhere(emission[SWIR2] > 0)
    if not len(lit) or rng.random() >= 0.6:
        return
    downwind, length_px = rng.uniform(0, 2 * np.pi), rng.uniform(15, 90)
    along = np.linspace(0, 1, 60)
    density = np.zeros(texture.shape, np.float32)
    for row, column in lit[rng.permutation(len(lit))[:6]]:
        rows = (row + np.sin(downwind) * length_px * along + rng.normal(0, 1 + 6 * along)).astype(int)
        columns = (column + np.cos(downwind) * length_px * along + rng.normal(0, 1 + 6 * along)).astype(int)
        inside = (rows >= 0) & (rows < len(texture)) & (columns >= 0) & (columns < len(texture))
        np.add.at(density, (rows[inside], columns[inside]), 1.0)
    density = cv2.GaussianBlur(density, (0, 0), rng.uniform(2, 5)) * np.exp(0.5 * texture)
    depth = density / (density.max() + 1e-6) * rng.uniform(0.2, 3)
    colour = (WAVELENGTH_UM / 0.5) ** -rng.uniform(1.2, 2.0)
    transmittance = np.exp(-depth * colour[:, None, None].astype(np.float32))
    _veil(reflectance, emission, transmittance, rng.uniform(0.25, 0.5))


def _veil(reflectance: Planes7, emission: Planes7, transmittance: NDArray[np.float32], brightness: ArrayLike) -> None:
    reflectance *= transmittance
    reflectance += ((1 - transmittance) * np.asarray(brightness)).astype(np.float32)
    emission *= transmittance


def _add_cloud(rng: np.random.Generator, reflectance: Planes7, emission: Planes7, texture: Plane) -> None:
    if rng.random() >= 0.4:
        return
    field = fractal(rng, texture.shape[0], rng.uniform(2.2, 3.2))
    transmittance = np.exp(-np.clip((field - rng.uniform(-0.3, 1.8)) * rng.uniform(0.5, 6), 0, 20)).astype(np.float32)
    ice = np.array([1.05, 1.03, 1, 1, 1, rng.uniform(0.45, 0.85), rng.uniform(0.25, 0.7)])
    colour = rng.uniform(0.35, 0.95) * ice[:, None, None] * np.exp(0.05 * texture)
    shadow = np.roll(transmittance, tuple(rng.integers(-20, 20, 2)), (0, 1))
    reflectance *= 0.35 + 0.65 * shadow
    _veil(reflectance, emission, transmittance[None], colour)


def _taps(sigma_px: float, shift_px: float) -> NDArray[np.float32]:
    """A sampled Gaussian moved by linear interpolation: positive, so that nothing rings around a fire."""
    offsets = np.arange(-_KERNEL_REACH_PX, _KERNEL_REACH_PX + 1)
    gaussian = np.exp(-0.5 * (offsets / sigma_px) ** 2)
    whole = int(np.floor(shift_px))
    part = shift_px - whole
    moved = (1 - part) * np.roll(gaussian, whole) + part * np.roll(gaussian, whole + 1)
    # OpenCV filters correlate; flipped, a positive shift moves the image to larger indices.
    return np.asarray((moved / moved.sum())[::-1], dtype=np.float32)


def _saturation(rng: np.random.Generator) -> NDArray[np.float64]:
    swir1 = 1.0 if rng.random() < 0.5 else rng.uniform(0.9, 1.9)
    swir2 = swir1 * (1.0 if rng.random() < 0.5 else rng.uniform(0.9, 1.1))
    return np.array([1.3] * 5 + [swir1, swir2])


def _observe(
    rng: np.random.Generator, surface: Planes7, emission: Planes7, saturation: NDArray[np.float64], plan: PartOne
) -> tuple[Planes7, Plane]:
    """Blur, misregister, add noise, fold, saturate, quantise; and the fire's noise-free share in SWIR2."""
    sigma_px = rng.uniform(*plan.psf_sigma_px)
    spread_px = rng.uniform(0, plan.misregistration_sigma_px)
    if rng.random() < plan.parallax_share:
        spread_px *= 3.0
    shifts = rng.normal(0, 1, (7, 2)) * spread_px
    inner = np.s_[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
    measured = []
    for band in range(7):
        rows, columns = (_taps(sigma_px, float(shift)) for shift in shifts[band].clip(-3, 3))
        fire = cv2.sepFilter2D(emission[band], cv2.CV_32F, columns, rows)[inner]
        light = cv2.sepFilter2D(surface[band], cv2.CV_32F, columns, rows)[inner] + fire
        deviation = rng.uniform(*plan.noise) * np.sqrt(0.3 + np.clip(light, 0, 3) / 0.3)
        light = light + deviation * rng.standard_normal(light.shape)
        if band == SWIR2 and rng.random() < plan.folding_share:
            light = np.where(light > 1.8 * saturation[band], rng.uniform(0.02, 0.3), light)
        light = np.clip(light, 0, saturation[band])
        measured.append((np.rint(light / REFLECTANCE_SCALE) * REFLECTANCE_SCALE).astype(np.float32))
    return np.stack(measured), fire.copy()


def draw_exam_scene(plan: PartOne, stream: int, index: int, wanted: Wanted | None = None) -> ExamScene:
    """Scene `index` of a stream of seeds: always the same. Without `wanted`, of a random kind."""
    rng = np.random.default_rng([stream, index])
    biome = str(rng.choice(list(BIOMES)))
    gsd_m = float(rng.choice(list(plan.gsd_m), p=list(plan.gsd_share)))
    sun_zenith_deg = float(rng.uniform(*plan.sun_zenith_deg))
    kind = str(rng.choice(list(plan.kinds), p=list(plan.kind_share)))
    ground = draw_ground(rng, plan.side_px + 2 * _MARGIN_PX, biome)
    wanted = wanted or Wanted(kind)
    burning = light_fires(rng, ground, biome, wanted, plan, gsd_m, _MARGIN_PX)
    emission = burning.emission(gsd_m, sun_zenith_deg)
    _add_smoke(rng, ground.reflectance, emission, ground.brightness)
    _add_cloud(rng, ground.reflectance, emission, ground.slope)
    haze = rng.uniform(*plan.haze) * HAZE_COLOUR
    surface = ground.reflectance + haze[:, None, None].astype(np.float32)
    saturation = _saturation(rng)
    reflectance, fire_swir2 = _observe(rng, surface, emission, saturation, plan)
    points = tuple((row - _MARGIN_PX, column - _MARGIN_PX) for row, column in burning.points)
    return ExamScene(reflectance, fire_swir2, saturation, points, biome, wanted.kind, gsd_m)
