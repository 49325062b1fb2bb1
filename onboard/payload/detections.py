"""What a head finds in a frame, and the arithmetic of boxes."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONFIDENCE_STEPS = 255
"""Confidence travels in a byte: coarser steps would move a detection across thresholds that the ground applies."""

SIZE_CLASS_EDGES_M2 = (1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7)
"""A class a decade: 0 is below 10 m² (a raft), 2 up to 1,000 m² (a 20 m pixel), 7 from 10 km² up."""

Boxes = NDArray[np.int64] | NDArray[np.float64]
"""Corners x0, y0, x1, y1 in pixels, end exclusive, shape (n, 4)."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A box in frame pixels, end exclusive, with the class and how sure the model is of it.

    Confidence is rounded to k/255 here: what is found on board equals what arrives. `size_class`, 0..7,
    is of the whole connected component, of which this box may be one cell.
    """

    x0: int
    y0: int
    x1: int
    y1: int
    class_index: int
    confidence: float
    size_class: int

    def __post_init__(self) -> None:
        assert 0.0 <= self.confidence <= 1.0
        assert 0 <= self.size_class <= len(SIZE_CLASS_EDGES_M2)
        object.__setattr__(self, "confidence", round(self.confidence * CONFIDENCE_STEPS) / CONFIDENCE_STEPS)

    @property
    def confidence_step(self) -> int:
        """Confidence as the integer 0..255 that travels."""
        return round(self.confidence * CONFIDENCE_STEPS)


def size_class(area_m2: float) -> int:
    """Decade of an area, 0..7; an edge belongs to the class above it."""
    return bisect_right(SIZE_CLASS_EDGES_M2, area_m2)


def iou(boxes_a: Boxes, boxes_b: Boxes) -> NDArray[np.float64]:
    """Intersection over union of every pair, shape (n_a, n_b); boxes without area overlap nothing."""
    a = np.asarray(boxes_a, np.float64)[:, None, :]
    b = np.asarray(boxes_b, np.float64)[None, :, :]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared: NDArray[np.float64] = np.prod(np.maximum(sides, 0.0), axis=-1)
    union = np.prod(a[..., 2:] - a[..., :2], axis=-1) + np.prod(b[..., 2:] - b[..., :2], axis=-1) - shared
    ratio = np.zeros_like(shared)
    np.divide(shared, union, out=ratio, where=union > 0.0)
    return ratio


def non_maximum_suppression(
    boxes: Boxes, confidences: NDArray[np.float64], class_indices: NDArray[np.int64], max_iou: float
) -> NDArray[np.intp]:
    """Indices of the boxes that stay, most confident first; ties go to the lower index.

    A box falls to a more confident one of its own class that it overlaps by more than `max_iou`.
    """
    order = np.argsort(-confidences, kind="stable")
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        rival = class_indices[rest] == class_indices[best]
        order = rest[~(rival & (iou(boxes[best][None], boxes[rest])[0] > max_iou))]
    return np.asarray(kept, np.intp)


def reading_order(found: Detection) -> tuple[float, ...]:
    """A key that sorts detections by row, then by column."""
    return found.y0, found.x0, found.y1, found.x1, found.class_index, found.confidence, found.size_class
