"""YOLOX with the grid left undecoded, as its exporter writes it. A decoded export has the layout of YOLOv5."""

from collections.abc import Sequence

import numpy as np

from onboard.payload.detectors.boxes import Boxes, empty
from onboard.payload.detectors.contract import Layout, Size
from onboard.payload.detectors.grid import STRIDES_PX, boxes_of_cells, cell_counts
from onboard.payload.detectors.scores import Activation, Raw, best_classes_of_objects

_PYRAMIDS_PX = (STRIDES_PX, (*STRIDES_PX, 64))
"""Strides of the usual models, and of those with a sixth level (`p6` in YOLOX)."""


def layouts(input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """One row for each cell: box, objectness, classes."""
    return tuple(((1, sum(cell_counts(input_hw, strides)), 5 + n_classes),) for strides in _PYRAMIDS_PX)


def decode(outputs: Sequence[Raw], input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """Score = objectness x best class. Source: demo_postprocess in yolox/utils/demo_utils.py of YOLOX."""
    table = outputs[0][0]
    rows, scores, classes = best_classes_of_objects(table[:, 4], table[:, 5:], threshold, activation)
    if not len(rows):
        return empty()
    (strides,) = (one for one in _PYRAMIDS_PX if sum(cell_counts(input_hw, one)) == len(table))
    corners = boxes_of_cells(table[rows, :4].astype(np.float64), rows, input_hw, strides)
    return Boxes(corners, scores, classes)
