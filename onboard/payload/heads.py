"""From what a network puts out to detections. A segmentation head makes boxes of at most 16 pixels a side."""

from collections.abc import Iterable
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from onboard.payload.detections import Detection, size_class
from onboard.payload.imagery import Tile
from onboard.payload.models import ModelCard

CELL_PX = 16
"""A larger component becomes several detections, so that a position is a position."""

Probability = NDArray[np.float32]


class SegmentationCanvas:
    """One frame's probabilities, gathered tile by tile; each pixel comes from one tile.

    Where tiles overlap it is the one in which the pixel lies farthest from the border, near which a network
    sees little. So a frame cut at other places gives nearly the same detections.
    """

    def __init__(self, card: ModelCard, grid: Iterable[Tile], height_px: int, width_px: int) -> None:
        self._card = card
        self._owned = owned_by_tile(grid, height_px, width_px)
        # Zeros cost nothing before they are written: an empty frame touches no page of this.
        self._probability: Probability = np.zeros((len(card.classes), height_px, width_px), np.float32)
        self._hits: list[tuple[int, int, int, int]] = []

    def put(self, tile: Tile, probability: Probability) -> None:
        """Take a tile's output of shape (1, classes, tile height, tile width), values 0..1."""
        top, left, bottom, right = self._owned[tile]
        owned = probability[0, :, top - tile.row : bottom - tile.row, left - tile.col : right - tile.col]
        if owned.max() < self._card.threshold:
            return
        self._probability[:, top:bottom, left:right] = owned
        self._hits.append((top, left, bottom, right))

    def detections(self, gsd_m: float) -> tuple[Detection, ...]:
        """Detections, each class for itself, sorted by row, then column, then what else they hold."""
        if not self._hits:
            return ()
        hits = np.asarray(self._hits)
        (top, left), (bottom, right) = hits[:, :2].min(axis=0), hits[:, 2:].max(axis=0)
        found = [
            detection
            for index, plane in enumerate(self._probability[:, top:bottom, left:right])
            for detection in _decode_plane(plane, self._card, index, int(top), int(left), gsd_m)
        ]
        return tuple(sorted(found, key=reading_order))


def owned_by_tile(grid: Iterable[Tile], height_px: int, width_px: int) -> dict[Tile, tuple[int, int, int, int]]:
    """What of the frame each tile answers for: top, left, bottom, right, end exclusive."""
    grid = tuple(grid)
    rows = _owned({tile.row for tile in grid}, grid[0].height_px, height_px)
    cols = _owned({tile.col for tile in grid}, grid[0].width_px, width_px)
    return {tile: (rows[tile.row][0], cols[tile.col][0], rows[tile.row][1], cols[tile.col][1]) for tile in grid}


def _owned(starts: set[int], side_px: int, length_px: int) -> dict[int, tuple[int, int]]:
    """The rows (or columns) that each start's tiles own: neighbours part in the middle of their overlap."""
    ordered = sorted(starts)
    cuts = [0, *((first + second + side_px) // 2 for first, second in pairwise(ordered)), length_px]
    return dict(zip(ordered, pairwise(cuts), strict=True))


def _decode_plane(
    plane: Probability, card: ModelCard, class_index: int, top: int, left: int, gsd_m: float
) -> list[Detection]:
    """Detections of one class in a plane (height, width) whose first pixel is (top, left) of the frame."""
    mask = plane >= card.threshold
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    rows, cols = np.nonzero(mask)
    label = labels[rows, cols]
    kept = stats[label, cv2.CC_STAT_AREA] >= card.min_pixels
    rows, cols, label = rows[kept], cols[kept], label[kept]
    if not label.size:
        return []
    # A component of up to 16 pixels is a single cell. Those of a larger one lie on the frame's own raster: cells
    # anchored at the component would all move with one doubtful pixel at its edge.
    is_large = np.maximum(stats[label, cv2.CC_STAT_WIDTH], stats[label, cv2.CC_STAT_HEIGHT]) > CELL_PX
    cell_row = np.where(is_large, (rows + top) // CELL_PX, 0)
    cell_col = np.where(is_large, (cols + left) // CELL_PX, 0)
    order = np.lexsort((cell_col, cell_row, label))
    keys = np.stack([label, cell_row, cell_col])[:, order]
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(keys, axis=1), axis=0)])
    rows, cols, area_px = rows[order], cols[order], stats[keys[0, starts], cv2.CC_STAT_AREA]
    cells = zip(
        (np.minimum.reduceat(cols, starts) + left).tolist(),
        (np.minimum.reduceat(rows, starts) + top).tolist(),
        (np.maximum.reduceat(cols, starts) + left + 1).tolist(),
        (np.maximum.reduceat(rows, starts) + top + 1).tolist(),
        np.minimum(np.maximum.reduceat(plane[rows, cols], starts), 1.0).tolist(),
        area_px.tolist(),
        strict=True,
    )
    return [
        Detection(x0, y0, x1, y1, class_index, confidence, size_class(area * gsd_m**2))
        for x0, y0, x1, y1, confidence, area in cells
    ]


def reading_order(found: Detection) -> tuple[float, ...]:
    return found.y0, found.x0, found.y1, found.x1, found.class_index, found.confidence, found.size_class
