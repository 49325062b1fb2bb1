"""A wildfire model as the exam asks it: a probability for every pixel, and the mask of its card."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.models import ModelCard, load_card
from onboard.payload.session import GraphSession
from sim.scenes.spectra import BANDS, Mask, Plane

_STRIDE_PX = 16


class FireDetector:
    """A model's folder, ready to answer. Pictures of any size are filled up to whole strides with their edge.

    Raises InputError where the model is for other bands.
    """

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.card: ModelCard = load_card(folder)
        if self.card.bands != BANDS:
            rule = f"the wildfire exam needs the bands {', '.join(BANDS)}, in this order"
            raise InputError(folder / "card.toml", rule, key="input.bands", value=list(self.card.bands))
        self._graph = GraphSession(self.card)
        self._input = self._graph.inputs[0].name

    def probability(self, reflectance: NDArray[np.float32]) -> Plane:
        """Of fire, shape (h, w), from red, near infrared, SWIR1 and SWIR2, (4, h, w)."""
        height, width = reflectance.shape[1:]
        filled = ((0, 0), (0, -height % _STRIDE_PX), (0, -width % _STRIDE_PX))
        picture = np.ascontiguousarray(np.pad(reflectance, filled, mode="edge")[None], dtype=np.float32)
        answer = self._graph.session.run(None, {self._input: picture})[0]
        return np.asarray(answer[0, 0, :height, :width], dtype=np.float32)

    def mask(self, probability: Plane, threshold: float | None = None) -> Mask:
        """Pixels at or above a threshold, the card's where none is named, in components of the card's least size."""
        hot = probability >= (self.card.threshold if threshold is None else threshold)
        return hot if self.card.min_pixels <= 1 else large_enough(hot, self.card.min_pixels)


def large_enough(mask: Mask, min_pixels: int) -> Mask:
    """The 8-connected components of at least `min_pixels`."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= min_pixels
    keep[0] = False
    return np.asarray(keep[labels])
