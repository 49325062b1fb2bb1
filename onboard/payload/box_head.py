"""Boxes of a detector, gathered from tiles or from a whole frame, as detections."""

from collections.abc import Iterable, Sequence

import numpy as np

from onboard.payload.detections import Detection, iou, reading_order, size_class
from onboard.payload.detectors.boxes import Boxes, concatenated
from onboard.payload.detectors.letterbox import Letterbox
from onboard.payload.grid import owned_by_tile
from onboard.payload.imagery import Tile
from onboard.payload.models import ModelCard

_DOUBT = 0.1
"""Of a box's sides: by how much two tiles may disagree where its centre lies, each being asked near its border."""


class BoxGatherer:
    """One frame's boxes. An object seen by several tiles is told by the one that has its centre.

    Tiles place an object a pixel or so apart, so that each may leave it to the other: what lies just beyond a tile's
    own part is kept as a spare, for the case that nobody else tells it.
    """

    def __init__(self, card: ModelCard, grid: Iterable[Tile], height_px: int, width_px: int) -> None:
        self._card = card
        self._frame_hw = (height_px, width_px)
        self._owned = owned_by_tile(grid, height_px, width_px)
        self._found: list[Boxes] = []
        self._spare: list[Boxes] = []

    def put(self, tile: Tile, boxes: Boxes) -> None:
        """Take a tile's boxes, in pixels of the tile."""
        whole = boxes.suppressed(self._card.max_iou).shifted(tile.col, tile.row)
        whole = whole.taken(whole.touching(*self._frame_hw))
        first, last = np.split(whole.clipped_corners(*self._frame_hw), 2, axis=1)
        top, left, bottom, right = self._owned[tile]
        centres, doubt = (first + last) / 2.0, _DOUBT * (last - first)
        is_near = ((centres + doubt >= (left, top)) & (centres - doubt < (right, bottom))).all(axis=1)
        is_own = ((centres >= (left, top)) & (centres < (right, bottom))).all(axis=1)
        self._found.append(whole.taken(np.flatnonzero(is_own)))
        self._spare.append(whole.taken(np.flatnonzero(is_near & ~is_own)))

    def put_frame(self, place: Letterbox, boxes: Boxes) -> None:
        """Take the boxes of a whole frame, in pixels of the input that it was fitted into."""
        self._found.append(place.to_frame(boxes.suppressed(self._card.max_iou)))

    def detections(self, gsd_m: float) -> tuple[Detection, ...]:
        """Detections without those of ignored classes, sorted by row, then column."""
        if not self._found:
            return ()
        boxes = self._told_once().clipped(*self._frame_hw)
        kept = self._kept_classes()
        found = [
            detection
            for corners, score, class_index in zip(
                boxes.corners.tolist(), boxes.scores.tolist(), boxes.class_indices.tolist(), strict=True
            )
            if class_index in kept and (detection := self._detection(corners, score, class_index, gsd_m))
        ]
        return tuple(sorted(found, key=reading_order))

    def _told_once(self) -> Boxes:
        """Boxes not yet cut at the frame's border: cut ones overlap more, and would suppress each other anew."""
        max_iou = self._card.max_iou
        own = concatenated(self._found).suppressed(max_iou)
        spare = concatenated(self._spare).suppressed(max_iou)
        is_rival = spare.class_indices[:, None] == own.class_indices[None]
        is_told = (is_rival & (iou(spare.corners, own.corners) > max_iou)).any(axis=1)
        return concatenated((own, spare.taken(np.flatnonzero(~is_told))))

    def _kept_classes(self) -> set[int]:
        return {index for index, name in enumerate(self._card.classes) if name not in self._card.ignore}

    def _detection(self, corners: Sequence[float], score: float, class_index: int, gsd_m: float) -> Detection | None:
        """A box in whole pixels of the frame, the nearest ones; None where it is smaller than the card lets it be."""
        x0, y0, x1, y1 = (round(corner) for corner in corners)
        # What is left of a box at the frame's lower or right edge may be less than half a pixel.
        x0, y0 = min(x0, self._frame_hw[1] - 1), min(y0, self._frame_hw[0] - 1)
        x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
        area_px = (corners[2] - corners[0]) * (corners[3] - corners[1])
        if area_px < self._card.min_pixels:
            return None
        confidence = min(max(score, 0.0), 1.0)
        return Detection(x0, y0, x1, y1, class_index, confidence, size_class(area_px * gsd_m**2))
