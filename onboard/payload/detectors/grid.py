"""Boxes told by the cells of feature maps: YOLOX and YuNet share this arithmetic."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from onboard.payload.detectors.boxes import Floats, Indices, from_centres
from onboard.payload.detectors.contract import Size

STRIDES_PX = (8, 16, 32)
"""Pixels a cell, by level of the feature pyramid."""


def cell_counts(input_hw: Size, strides_px: Sequence[int]) -> tuple[int, ...]:
    """How many cells each level has."""
    return tuple((input_hw[0] // stride) * (input_hw[1] // stride) for stride in strides_px)


def boxes_of_cells(raw: Floats, cells: Indices, input_hw: Size, strides_px: Sequence[int]) -> Floats:
    """Corners (n, 4) in pixels of raw boxes (n, 4): offset of the centre, and logarithm of the size, in strides.

    centre = (cell + offset) x stride, size = exp(raw) x stride. `cells` (n,) counts level after level, each by row
    and column. Source: demo_postprocess of YOLOX (yolox/utils/demo_utils.py), postProcess of FaceDetectorYN in
    OpenCV (modules/objdetect/src/face_detect.cpp).
    """
    ends = np.fromiter(accumulate(cell_counts(input_hw, strides_px)), np.intp)
    level = np.searchsorted(ends, cells, side="right")
    starts = np.concatenate([[0], ends[:-1]])
    stride = np.asarray(strides_px)[level]
    row, col = np.divmod(cells - starts[level], input_hw[1] // stride)
    centres = (np.stack([col, row], axis=1) + raw[:, :2]) * stride[:, None]
    sizes = np.exp(raw[:, 2:]) * stride[:, None]
    return from_centres(np.concatenate([centres, sizes], axis=1))
