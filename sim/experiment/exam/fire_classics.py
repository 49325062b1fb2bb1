"""Published active-fire tests for Landsat 8, on all seven bands of top-of-atmosphere reflectance, to the letter.

The graphs in `sample_data/models` (schroeder, murphy, kumar-roy) are what is left of them in the four bands that fly.
Arrays have shape (7, height, width); answers are masks (height, width).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.experiment.exam.fire_bands import BLUE, GREEN, NIR, RED, SWIR1, SWIR2
from sim.experiment.exam.scoring import grown
from sim.scenes.spectra import Mask, Plane

Planes7 = NDArray[np.float32]

_DARKEST = 1e-4
_SCHROEDER_WINDOW_PX = 61
_KUMAR_ROY_WINDOWS_PX = range(5, 62, 2)
_KUMAR_ROY_VALID_SHARE = 0.25


def _ratio(above: Plane, below: Plane) -> Plane:
    return np.asarray(above / np.maximum(below, _DARKEST))


def _box_sums(values: NDArray[np.float64], side_px: int) -> NDArray[np.float64]:
    """Sums over a centred square, what lies outside the picture counting nothing; shape (n, h, w)."""
    size, border = (side_px, side_px), cv2.BORDER_CONSTANT
    return np.stack([cv2.boxFilter(value, cv2.CV_64F, size, normalize=False, borderType=border) for value in values])


class _Background:
    """Mean and deviation of SWIR2 / NIR and of SWIR2 over valid pixels of a window."""

    def __init__(self, reflectance: Planes7, valid: Mask) -> None:
        self.tested = (_ratio(reflectance[SWIR2], reflectance[NIR]), reflectance[SWIR2])
        counted = valid.astype(np.float64)
        sources = [np.ones_like(counted), counted]
        for value in self.tested:
            sources += [counted * value, counted * np.square(value, dtype=np.float64)]
        self.sources = np.stack(sources)

    def test(self, side_px: int, valid_share: float) -> tuple[Mask, Mask]:
        """Whether enough pixels of the window are valid, and whether its centre stands out of them."""
        pixels, count, *sums = _box_sums(self.sources, side_px)
        stands_out = count > 1
        for value, least, total, square in zip(self.tested, (0.8, 0.08), sums[::2], sums[1::2], strict=True):
            mean = total / np.maximum(count, 1)
            deviation = np.sqrt(np.maximum(square / np.maximum(count, 1) - mean**2, 0))
            stands_out &= value > mean + np.maximum(3 * deviation, least)
        return (count >= valid_share * pixels) & (count > 0), stands_out


def schroeder(reflectance: Planes7) -> Mask:
    """Schroeder et al. 2016, Remote Sensing of Environment 185:210."""
    coastal, blue, green, red, nir, swir1, swir2 = reflectance
    ratio, excess = _ratio(swir2, nir), swir2 - nir
    folded = (swir1 > 0.8) & (coastal < 0.2) & ((nir > 0.4) | (swir2 < 0.1))
    certain = ((ratio > 2.5) & (excess > 0.3) & (swir2 > 0.5)) | folded
    potential = (ratio > 1.8) & (excess > 0.17) & ~certain
    falling = (red > nir) & (nir > swir1) & (swir1 > swir2) & (coastal - swir2 < 0.2)
    water = falling & ((green > blue) | ((coastal > blue) & (blue > green) & (green > red)))
    if not potential.any():
        return np.asarray(certain)
    _, stands_out = _Background(reflectance, ~(certain | water) & (swir2 > 0)).test(_SCHROEDER_WINDOW_PX, 0)
    return np.asarray(certain | (potential & stands_out & (_ratio(swir2, swir1) > 1.6)))


def murphy(reflectance: Planes7, saturation: NDArray[np.float64]) -> Mask:
    """Murphy et al. 2016, Remote Sensing of Environment 178:31 (HOTMAP); `saturation` of the seven bands."""
    nir, swir1, swir2 = reflectance[NIR], reflectance[SWIR1], reflectance[SWIR2]
    certain = (_ratio(swir2, swir1) >= 1.4) & (_ratio(swir2, nir) >= 1.4) & (swir2 >= 0.15)
    saturated = (swir1 >= 0.999 * saturation[SWIR1]) | (swir2 >= 0.999 * saturation[SWIR2])
    beside = ((_ratio(swir1, nir) >= 2) & (swir1 >= 0.5)) | saturated
    return np.asarray(certain | (grown(certain) & beside))


def kumar_roy(reflectance: Planes7) -> Mask:
    """Kumar and Roy 2018, International Journal of Digital Earth 11:154 (GOLI)."""
    blue, green, red, nir = (reflectance[band] for band in (BLUE, GREEN, RED, NIR))
    swir1, swir2 = reflectance[SWIR1], reflectance[SWIR2]
    red_hot = red <= 0.53 * swir2 - 0.214
    certain = red_hot | (grown(red_hot) & (red <= 0.35 * swir1 - 0.044))
    potential = ((red <= 0.53 * swir2 - 0.125) | (swir1 <= 1.08 * swir2 - 0.048)) & ~certain
    water = (blue > green) & (green > red) & (red > nir)
    background = _Background(reflectance, ~(certain | potential | water) & (swir2 > 0))
    fire, undecided = certain.copy(), potential.copy()
    for side_px in _KUMAR_ROY_WINDOWS_PX:
        if not undecided.any():
            break
        enough, stands_out = background.test(side_px, _KUMAR_ROY_VALID_SHARE)
        fire |= undecided & enough & stands_out
        undecided &= ~enough
    return np.asarray(fire & ~water)


def classics(reflectance: Planes7, saturation: NDArray[np.float64]) -> dict[str, Mask]:
    """All tests by name, and the vote of two in three (Pereira et al. 2021, ISPRS Journal 178:171)."""
    masks = {
        "schroeder": schroeder(reflectance),
        "murphy": murphy(reflectance, saturation),
        "kumar_roy": kumar_roy(reflectance),
    }
    votes = np.sum(list(masks.values()), axis=0)
    return masks | {"voting": np.asarray(votes >= 2)}
