"""From light to digital numbers: point spread, band misregistration, noise, saturation, quantisation."""

from dataclasses import dataclass
from math import erf, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.spectra import SWIR2, Plane, Planes

REFLECTANCE_SCALE = 2.0 / 4095
"""Reflectance of one digital number: 12 bits over the range 0 to 2."""
_KERNEL_REACH_PX = 4


@dataclass(frozen=True, slots=True)
class Sensor:
    """A four-band imager. `shift_px` is (row, column) of each band against the grid."""

    psf_sigma_px: float
    shift_px: tuple[tuple[float, float], ...]
    saturation: tuple[float, ...]
    noise: tuple[float, ...]
    folds: bool = False


FLIGHT_SENSOR = Sensor(
    psf_sigma_px=0.45,
    shift_px=((0.0, 0.0), (0.05, -0.05), (0.1, 0.05), (-0.05, 0.1)),
    saturation=(1.3, 1.3, 1.6, 1.6),
    noise=(0.0015, 0.0015, 0.0015, 0.0015),
)
"""A well-registered imager of the Sentinel-2 or Landsat 8 class."""


def random_sensor(rng: np.random.Generator) -> Sensor:
    """Any sensor a detector may meet: sharp or blurred, registered to 0.2 or to a pixel, of any range."""
    parallax = 3.0 if rng.random() < 0.25 else 1.0
    shift_px = rng.normal(0, parallax * rng.uniform(0, 0.22), (4, 2)).clip(-1.5, 1.5)
    swir1 = 1.0 if rng.random() < 0.5 else rng.uniform(0.9, 1.9)
    swir2 = swir1 * (1.0 if rng.random() < 0.5 else rng.uniform(0.9, 1.1))
    return Sensor(
        psf_sigma_px=rng.uniform(0.25, 0.6),
        shift_px=tuple((float(row), float(column)) for row, column in shift_px),
        saturation=(1.3, 1.3, swir1, swir2),
        noise=tuple(rng.uniform(0.0008, 0.004, 4).tolist()),
        folds=rng.random() < 0.06,
    )


def _kernel(sigma_px: float, shift_px: float) -> NDArray[np.float32]:
    """A Gaussian integrated over each pixel: positive everywhere, so that no ring surrounds a fire."""

    def integral(edge_px: float) -> float:
        return 0.5 * erf((edge_px - shift_px) / (sigma_px * sqrt(2)))

    offsets = range(-_KERNEL_REACH_PX, _KERNEL_REACH_PX + 1)
    taps = np.array([integral(offset + 0.5) - integral(offset - 0.5) for offset in offsets])
    # OpenCV filters correlate; flipped, a positive shift moves the image to larger indices.
    return np.asarray((taps / taps.sum())[::-1], dtype=np.float32)


def _blur(sensor: Sensor, band: int, plane: Plane) -> Plane:
    along_rows, along_columns = (_kernel(sensor.psf_sigma_px, shift) for shift in sensor.shift_px[band])
    blurred: Plane = cv2.sepFilter2D(plane, cv2.CV_32F, along_columns, along_rows, borderType=cv2.BORDER_REFLECT_101)
    return blurred


def observe(
    rng: np.random.Generator, sensor: Sensor, surface: Planes, emission: Planes, margin_px: int
) -> tuple[Planes, Plane]:
    """What the sensor measures of surface plus emission, and the fire's noise-free share of it in SWIR2.

    A margin is cut off: shapes (4, h + 2 margin, w + 2 margin) give (4, h, w) and (h, w). Noise is shot and
    read noise in equal parts at reflectance 0.1.
    """
    inner = slice(margin_px, -margin_px)
    fire_swir2 = _blur(sensor, SWIR2, emission[SWIR2])[inner, inner].copy()
    measured = np.empty((4, *fire_swir2.shape), np.float32)
    for band in range(4):
        light = _blur(sensor, band, surface[band] + emission[band])[inner, inner]
        deviation = np.sqrt(0.3 + np.clip(light, 0, 3) / 0.3) * np.float32(sensor.noise[band])
        light = light + deviation * rng.standard_normal(light.shape, dtype=np.float32)
        if band == SWIR2 and sensor.folds:
            # Landsat 8 wraps round on very hot pixels (Morfitt et al. 2015, Remote Sensing 7:2208).
            light[light > 1.8 * sensor.saturation[band]] = rng.uniform(0.02, 0.3)
        measured[band] = np.clip(light, 0, sensor.saturation[band])
    return measured, fire_swir2


def digitise(
    reflectance: NDArray[np.float32], scale: float = REFLECTANCE_SCALE, bit_depth: int = 12
) -> NDArray[np.uint16]:
    """Digital numbers of the nearest level, clipped to the sensor's depth; any shape."""
    levels = np.rint(reflectance * np.float32(1 / scale))
    return np.asarray(np.clip(levels, 0, 2**bit_depth - 1), dtype=np.uint16)
