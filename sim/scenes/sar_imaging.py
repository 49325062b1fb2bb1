"""How a focused radar image comes about: impulse response, coherent speckle, echoes of points, looks."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex64]
Floats = NDArray[np.float64]

PEDESTAL = 0.54
"""Hamming weighting of the aperture and of the chirp: side lobes of -43 dB."""
CELL_PX = 1.2
"""Reciprocal of the processed bandwidth in pixels: an image is sampled a little finer than it is resolved."""
REACH_PX = 24
"""How far side lobes are drawn."""
_SPECKLE_REACH_PX = 4


def point_response(offset_px: Floats) -> Floats:
    """Amplitude of a point's image along one axis; its squares over all pixels add up to 1."""
    x = offset_px / CELL_PX
    beside = (np.sinc(x - 1) + np.sinc(x + 1)) * (1 - PEDESTAL) / 2
    energy = CELL_PX * (PEDESTAL**2 + (1 - PEDESTAL) ** 2 / 2)
    return np.asarray((PEDESTAL * np.sinc(x) + beside) / np.sqrt(energy))


def speckle(rng: np.random.Generator, height_px: int, width_px: int) -> NDArray[np.float32]:
    """One look at a surface of unit backscatter: circular Gaussian of unit power, as resolved by the radar.

    Shape (height, width, 2): real and imaginary part.
    """
    reach = _SPECKLE_REACH_PX
    taps = point_response(np.arange(-reach, reach + 1, dtype=np.float64))
    # Half of the power for each part, and the root of that for each axis.
    taps *= np.sqrt(np.sqrt(0.5) / (taps**2).sum())
    white = rng.standard_normal((height_px + 2 * reach, width_px + 2 * reach, 2), dtype=np.float32)
    kernel = taps.astype(np.float32)
    correlated: NDArray[np.float32] = cv2.sepFilter2D(white, cv2.CV_32F, kernel, kernel)
    return correlated[reach : reach + height_px, reach : reach + width_px]


@dataclass(frozen=True, slots=True)
class Scatterers:
    """A target as points: rows (azimuth) and columns (range) in pixels, radar cross-sections, all of shape (n,).

    `smear_px` is by how much motion over the aperture displaces a point in azimuth, one sigma; `deck_m2` is the area of
    the target seen from above.
    """

    rows: Floats
    columns: Floats
    cross_section_m2: Floats
    smear_px: float
    deck_m2: float = 0.0


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of the image, ends exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def around(cls, target: Scatterers, reach_px: float, height_px: int, width_px: int) -> "Window":
        """The target's box, wider by `reach_px` on every side, inside the image."""

        def span(places: Floats, length_px: int) -> tuple[int, int]:
            first, last = np.floor(places.min() - reach_px), np.ceil(places.max() + reach_px) + 1
            start = int(np.clip(first, 0, length_px - 1))
            return start, int(np.clip(last, start + 1, length_px))

        (top, bottom), (left, right) = span(target.rows, height_px), span(target.columns, width_px)
        return cls(top, left, bottom, right)


def echo(rng: np.random.Generator, target: Scatterers, window: Window, gsd_m: float) -> Complex:
    """One look's complex image of a target inside a window; its power over a pixel's area adds up to its cross-section.

    Phases are drawn anew for every look: seen from another angle a target of many wavelengths is another one.
    """
    rows = target.rows + rng.normal(0, target.smear_px, len(target.rows))
    phase = np.exp(2j * np.pi * rng.random(len(rows)))
    along = point_response(np.arange(window.top, window.bottom)[:, None] - rows)
    across = point_response(np.arange(window.left, window.right)[:, None] - target.columns)
    amplitude = np.sqrt(target.cross_section_m2) / gsd_m * phase
    return np.asarray((along * amplitude) @ across.T, dtype=np.complex64)
