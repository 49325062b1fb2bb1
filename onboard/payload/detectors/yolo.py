"""YOLO heads that put out boxes in pixels: v5 with objectness, v8 and v11 without.

Of graphs that outline objects too, the boxes are read and what makes the outlines is left unused.
"""

from collections.abc import Sequence

import numpy as np

from onboard.payload.detectors.boxes import Boxes, Floats, from_centres
from onboard.payload.detectors.contract import Layout, Size
from onboard.payload.detectors.scores import Activation, Raw, best_classes, best_classes_of_objects

MASK_PLANES = 32
"""Prototypes of masks, and coefficients of them in each row: `nm` of Segment in ultralytics/nn/modules/head.py."""

_PROTOTYPES = (1, MASK_PLANES, "h", "w")


def yolov5_layouts(_input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """A row for each candidate: centre, size, objectness, classes; then what masks are made of, if there are masks."""
    return ((1, "n", 5 + n_classes),), ((1, "n", 5 + n_classes + MASK_PLANES), _PROTOTYPES)


def decode_yolov5(outputs: Sequence[Raw], _input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """Score = objectness x best class. Source: non_max_suppression in utils/general.py of ultralytics/yolov5."""
    table = outputs[0][0]
    class_scores = table[:, 5 : table.shape[1] - _mask_numbers(outputs)]
    rows, scores, classes = best_classes_of_objects(table[:, 4], class_scores, threshold, activation)
    return Boxes(from_centres(table[rows, :4].astype(np.float64)), scores, classes)


def yolov8_layouts(_input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """A column for each candidate: centre, size, classes; then what masks are made of, if there are masks."""
    return ((1, 4 + n_classes, "n"),), ((1, 4 + n_classes + MASK_PLANES, "n"), _PROTOTYPES)


def decode_yolov8(outputs: Sequence[Raw], _input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """Score = best class. Source: non_max_suppression in ultralytics/utils/nms.py of ultralytics."""
    table = outputs[0][0]
    class_scores = table[4 : len(table) - _mask_numbers(outputs)].T
    columns, scores, classes = best_classes(class_scores, threshold, activation)
    return Boxes(from_centres(table[:4, columns].T.astype(np.float64)), scores, classes)


def _mask_numbers(outputs: Sequence[Raw]) -> int:
    return MASK_PLANES if len(outputs) == 2 else 0


def yolov8_obb_layouts(_input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """A column for each candidate: centre, size, classes, angle."""
    return (((1, 5 + n_classes, "n"),),)


def decode_yolov8_obb(outputs: Sequence[Raw], _input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """Upright boxes round turned ones, as detections are upright: they overlap more than the turned ones do.

    Source: OBB in ultralytics/nn/modules/head.py: the angle is in radians, from the x axis to the first side.
    """
    table = outputs[0][0]
    columns, scores, classes = best_classes(table[4:-1].T, threshold, activation)
    centre_and_size, angle = table[:4, columns].T.astype(np.float64), table[-1, columns].astype(np.float64)
    return Boxes(from_centres(_upright(centre_and_size, angle)), scores, classes)


def _upright(centres_and_sizes: Floats, angle_rad: Floats) -> Floats:
    """Centre and size (n, 4) of the upright boxes that just hold boxes turned by the angle (n,)."""
    width, height = centres_and_sizes[:, 2], centres_and_sizes[:, 3]
    cosine, sine = np.abs(np.cos(angle_rad)), np.abs(np.sin(angle_rad))
    sides = np.stack([width * cosine + height * sine, width * sine + height * cosine], axis=1)
    return np.concatenate([centres_and_sizes[:, :2], sides], axis=1)
