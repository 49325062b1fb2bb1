"""Boxes of a detector, gathered from tiles or from a whole frame, as detections."""

from collections.abc import Iterable, Sequence

import numpy as np

from onboard.payload.detections import Detection, size_class
from onboard.payload.detectors.boxes import Boxes, concatenated
from onboard.payload.detectors.letterbox import Letterbox
from onboard.payload.heads import owned_by_tile, reading_order
from onboard.payload.imagery import Tile
from onboard.payload.models import ModelCard


class BoxGatherer:
    """One frame's boxes. An object seen by several tiles is told by the one that has its centre."""

    def __init__(self, card: ModelCard, grid: Iterable[Tile], height_px: int, width_px: int) -> None:
        self._card = card
        self._frame_hw = (height_px, width_px)
        self._owned = owned_by_tile(grid, height_px, width_px)
        self._found: list[Boxes] = []

    def put(self, tile: Tile, boxes: Boxes) -> None:
        """Take a tile's boxes, in pixels of the tile."""
        inside = boxes.suppressed(self._card.max_iou).shifted(tile.col, tile.row).clipped(*self._frame_hw)
        top, left, bottom, right = self._owned[tile]
        centres = (inside.corners[:, :2] + inside.corners[:, 2:]) / 2.0
        own = ((centres >= (left, top)) & (centres < (right, bottom))).all(axis=1)
        self._found.append(inside.taken(np.flatnonzero(own)))

    def put_frame(self, place: Letterbox, boxes: Boxes) -> None:
        """Take the boxes of a whole frame, in pixels of the input that it was fitted into."""
        self._found.append(place.to_frame(boxes.suppressed(self._card.max_iou)))

    def detections(self, gsd_m: float) -> tuple[Detection, ...]:
        """Detections without those of ignored classes, sorted by row, then column."""
        boxes = concatenated(self._found).suppressed(self._card.max_iou)
        kept = self._kept_classes()
        found = [
            detection
            for corners, score, class_index in zip(
                boxes.corners.tolist(), boxes.scores.tolist(), boxes.class_indices.tolist(), strict=True
            )
            if class_index in kept and (detection := self._detection(corners, score, class_index, gsd_m))
        ]
        return tuple(sorted(found, key=reading_order))

    def _kept_classes(self) -> set[int]:
        return {index for index, name in enumerate(self._card.classes) if name not in self._card.ignore}

    def _detection(self, corners: Sequence[float], score: float, class_index: int, gsd_m: float) -> Detection | None:
        """A box in whole pixels, the nearest ones; None where it is smaller than the card lets a detection be."""
        x0, y0, x1, y1 = (round(corner) for corner in corners)
        x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
        area_px = (corners[2] - corners[0]) * (corners[3] - corners[1])
        if area_px < self._card.min_pixels:
            return None
        confidence = min(max(score, 0.0), 1.0)
        return Detection(x0, y0, x1, y1, class_index, confidence, size_class(area_px * gsd_m**2))
