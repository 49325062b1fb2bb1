"""From probabilities of pixels to detections. A segmentation head makes boxes of at most 16 pixels a side."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from onboard.payload.detections import Detection, reading_order, size_class
from onboard.payload.grid import owned_by_tile
from onboard.payload.imagery import Tile
from onboard.payload.models import ModelCard

CELL_PX = 16
"""A larger component becomes several detections, so that a position is a position."""

Probability = NDArray[np.float32]
Places = NDArray[np.intp]
"""Rows or columns of pixels in the frame, shape (n,)."""


class PixelGatherer:
    """One frame's pixels that reach the threshold, gathered tile by tile; each pixel comes from one tile.

    Where tiles overlap it is the one in which the pixel lies farthest from the border, near which a network
    sees little. So a frame cut at other places gives nearly the same detections.
    """

    def __init__(self, card: ModelCard, grid: Iterable[Tile], height_px: int, width_px: int) -> None:
        self._card = card
        self._owned = owned_by_tile(grid, height_px, width_px)
        self._classes = [index for index, name in enumerate(card.classes) if name not in card.ignore]
        self._found: dict[int, list[tuple[Places, Places, Probability]]] = {index: [] for index in self._classes}

    def put(self, tile: Tile, probability: Probability) -> None:
        """Take a tile's output of shape (1, classes, tile height, tile width), values 0..1."""
        top, left, bottom, right = self._owned[tile]
        owned = probability[0, :, top - tile.row : bottom - tile.row, left - tile.col : right - tile.col]
        for index in self._classes:
            plane = owned[index]
            if plane.max() >= self._card.threshold:  # most tiles end here
                rows, cols = np.nonzero(plane >= self._card.threshold)
                self._found[index].append((rows + top, cols + left, plane[rows, cols]))

    @property
    def found_px(self) -> int:
        """How many pixels reached the threshold, those of each class for themselves."""
        return sum(len(rows) for parts in self._found.values() for rows, _, _ in parts)

    def detections(self, gsd_m: float) -> tuple[Detection, ...]:
        """Detections, each class for itself, sorted by row, then column, then what else they hold."""
        found: list[Detection] = []
        for index, parts in self._found.items():
            if parts:
                rows, cols, confidence = (np.concatenate(part) for part in zip(*parts, strict=True))
                found += _grouped(rows, cols, confidence, self._card, index, gsd_m)
        return tuple(sorted(found, key=reading_order))


def _grouped(
    rows: Places, cols: Places, confidence: Probability, card: ModelCard, class_index: int, gsd_m: float
) -> list[Detection]:
    """Detections of one class whose pixels are given, each array of shape (n,)."""
    label = _components(rows, cols)
    kept = np.bincount(label)[label] >= card.min_pixels
    rows, cols, confidence, label = rows[kept], cols[kept], confidence[kept], label[kept]
    if not label.size:
        return []
    # A component of up to 16 pixels is a single cell. Those of a larger one lie on the frame's own raster: cells
    # anchored at the component would all move with one doubtful pixel at its edge.
    is_large = np.maximum(_extent(rows, label), _extent(cols, label))[label] > CELL_PX
    cell_row, cell_col = np.where(is_large, rows // CELL_PX, 0), np.where(is_large, cols // CELL_PX, 0)
    order = np.lexsort((cell_col, cell_row, label))
    keys = np.stack([label, cell_row, cell_col])[:, order]
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(keys, axis=1), axis=0)])
    rows, cols = rows[order], cols[order]
    cells = zip(
        np.minimum.reduceat(cols, starts).tolist(),
        np.minimum.reduceat(rows, starts).tolist(),
        (np.maximum.reduceat(cols, starts) + 1).tolist(),
        (np.maximum.reduceat(rows, starts) + 1).tolist(),
        np.minimum(np.maximum.reduceat(confidence[order], starts), 1.0).tolist(),
        np.bincount(label)[keys[0, starts]].tolist(),
        strict=True,
    )
    return [
        Detection(x0, y0, x1, y1, class_index, confidence, size_class(area_px * gsd_m**2))
        for x0, y0, x1, y1, confidence, area_px in cells
    ]


def _components(rows: Places, cols: Places) -> Places:
    """Labels, from 1, of the components of pixels that touch, corners included; shape (n,).

    What matters is who touches whom: gaps between rows and columns are squeezed to one before labelling, so that
    few pixels in a large frame cost little.
    """
    down, right = _squeezed(rows), _squeezed(cols)
    mask = np.zeros((down.max() + 1, right.max() + 1), np.uint8)
    mask[down, right] = 1
    _, labels = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)
    label: Places = labels[down, right].astype(np.intp)
    return label


def _squeezed(places: Places) -> Places:
    """The same places on a shorter line: neighbours stay neighbours, and all others become two apart."""
    occupied = np.zeros(places.max() + 1, np.bool_)
    occupied[places] = True
    (lines,) = np.nonzero(occupied)
    shorter = np.zeros(len(occupied), np.intp)
    shorter[lines] = np.cumsum(np.minimum(np.diff(lines, prepend=lines[0]), 2))
    return shorter[places]


def _extent(places: Places, label: Places) -> Places:
    """Pixels from the first to the last of each label, shape (largest label + 1,)."""
    first, last = np.full(label.max() + 1, np.iinfo(np.intp).max), np.zeros(label.max() + 1, np.intp)
    np.minimum.at(first, label, places)
    np.maximum.at(last, label, places)
    return last - first + 1
