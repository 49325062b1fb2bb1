"""YuNet as in OpenCV: class, objectness, box and keypoints at three strides."""

from collections.abc import Sequence

import numpy as np

from onboard.payload.detectors.boxes import Boxes, empty
from onboard.payload.detectors.contract import Layout, Size
from onboard.payload.detectors.grid import STRIDES_PX, boxes_of_cells, cell_counts
from onboard.payload.detectors.scores import (
    Activation,
    Raw,
    activated,
    activated_objectness,
    objectness_floor,
    reaching,
)

_LEVELS = len(STRIDES_PX)


def layouts(input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """Class scores at strides 8, 16 and 32, then objectness, then boxes, then keypoints, which may be left out."""
    counts = cell_counts(input_hw, STRIDES_PX)
    needed = tuple((1, count, length) for length in (n_classes, 1, 4) for count in counts)
    return (*needed, *((1, count, 10) for count in counts)), needed


def decode(outputs: Sequence[Raw], input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """Score = sqrt(class x objectness), both clamped to 0..1.

    Source: postProcess of FaceDetectorYN, modules/objdetect/src/face_detect.cpp of OpenCV.
    """
    objectness = np.concatenate([level[0, :, 0] for level in outputs[_LEVELS : 2 * _LEVELS]])
    # A class's probability is at most 1: few cells have the objectness that a score at the threshold needs.
    few = reaching(objectness, objectness_floor(threshold**2, activation))
    if not len(few):
        return empty()
    class_scores, raw = (
        np.concatenate([level[0] for level in outputs[start : start + _LEVELS]])[few] for start in (0, 2 * _LEVELS)
    )
    probabilities = np.clip(activated(class_scores, activation), 0.0, 1.0)
    objects = np.clip(activated_objectness(objectness[few], activation), 0.0, 1.0)
    scores = np.sqrt(probabilities.max(axis=1) * objects)
    chosen = reaching(scores, threshold)
    corners = boxes_of_cells(raw[chosen].astype(np.float64), few[chosen], input_hw, STRIDES_PX)
    return Boxes(corners, scores[chosen], probabilities[chosen].argmax(axis=1))
