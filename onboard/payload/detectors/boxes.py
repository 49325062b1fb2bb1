"""What a decoder makes of a network's outputs, before detections: scored boxes of one input or one frame."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from onboard.payload.detections import non_maximum_suppression

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

ROUNDING = 1e-3
"""By how much a score in half precision may leave 0..1."""

MAX_CANDIDATES = 5_000
"""As many as OpenCV lets into its suppression of faces (`top_k` of FaceDetectorYN)."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Corners x0, y0, x1, y1 of shape (n, 4), in pixels from the upper left edge; scores and classes of shape (n,).

    A network may put a box partly outside its input, and its damaged outputs arrive here as they are: see `fault`.
    """

    corners: Floats
    scores: Floats
    class_indices: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.scores)
        assert self.corners.shape == (n, 4)
        assert self.scores.shape == self.class_indices.shape == (n,)
        assert self.corners.dtype == self.scores.dtype == np.float64
        assert self.class_indices.dtype == np.int64

    def __len__(self) -> int:
        return len(self.scores)

    def taken(self, chosen: Indices) -> Self:
        """The boxes at these indices, in their order."""
        return type(self)(self.corners[chosen], self.scores[chosen], self.class_indices[chosen])

    def shifted(self, right_px: float, down_px: float) -> Self:
        """The boxes moved, as from a tile into its frame."""
        offset_px = np.array((right_px, down_px, right_px, down_px))
        return type(self)(self.corners + offset_px, self.scores, self.class_indices)

    def scaled(self, across: float, down: float) -> Self:
        """The boxes with their coordinates multiplied."""
        return type(self)(self.corners * (across, down, across, down), self.scores, self.class_indices)

    def clipped(self, height_px: float, width_px: float) -> Self:
        """What of the boxes lies inside an image; those wholly outside it are gone."""
        clipped = type(self)(self.clipped_corners(height_px, width_px), self.scores, self.class_indices)
        return clipped.taken(self.touching(height_px, width_px))

    def clipped_corners(self, height_px: float, width_px: float) -> Floats:
        """All corners drawn into an image, shape (n, 4); a box wholly outside it has no area left."""
        return np.clip(self.corners, 0.0, (width_px, height_px, width_px, height_px))

    def touching(self, height_px: float, width_px: float) -> Indices:
        """Indices of the boxes that have a part in an image."""
        corners = self.clipped_corners(height_px, width_px)
        return np.flatnonzero((corners[:, 2:] > corners[:, :2]).all(axis=1))

    def strongest(self, limit: int) -> Self:
        """At most so many boxes, the most confident; these in their order."""
        return self.taken(np.sort(np.argsort(-self.scores, kind="stable")[:limit]))

    def suppressed(self, max_iou: float) -> Self:
        """The boxes that no more confident one of their class overlaps by more than `max_iou`, best first.

        Of more than MAX_CANDIDATES the strongest take part: the work grows with the square of their number.
        """
        few = self.strongest(MAX_CANDIDATES)
        return few.taken(non_maximum_suppression(few.corners, few.scores, few.class_indices, max_iou))

    def fault(self, n_classes: int) -> str:
        """What of the boxes means nothing, in a few words; empty where all is well.

        Decoders let what is not a number pass their threshold, so that it is told here instead of being lost.
        """
        if not len(self):
            return ""
        lowest, highest = self.scores.min(), self.scores.max()
        if not (lowest >= -ROUNDING and highest <= 1.0 + ROUNDING):
            return f"scores from {lowest:g} to {highest:g}"
        if not np.isfinite(self.corners).all():
            return "boxes without finite corners"
        if self.class_indices.min() < 0 or self.class_indices.max() >= n_classes:
            return f"class indices {self.class_indices.min()} to {self.class_indices.max()}, the card has {n_classes}"
        return ""


def empty() -> Boxes:
    """No boxes."""
    return Boxes(np.empty((0, 4)), np.empty(0), np.empty(0, np.int64))


def concatenated(parts: Iterable[Boxes]) -> Boxes:
    """All boxes of the parts, in their order."""
    gathered = (empty(), *parts)
    return Boxes(
        np.concatenate([part.corners for part in gathered]),
        np.concatenate([part.scores for part in gathered]),
        np.concatenate([part.class_indices for part in gathered]),
    )


def from_centres(centres_and_sizes: Floats) -> Floats:
    """Corners (n, 4) of boxes that are given by centre x, centre y, width and height, shape (n, 4)."""
    centres, half_sizes = centres_and_sizes[:, :2], centres_and_sizes[:, 2:] / 2.0
    return np.concatenate([centres - half_sizes, centres + half_sizes], axis=1)
