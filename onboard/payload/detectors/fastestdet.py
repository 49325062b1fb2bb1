"""FastestDet: one feature map, one box a cell."""

from collections.abc import Sequence

import numpy as np

from onboard.payload.detectors.boxes import Boxes, empty, from_centres
from onboard.payload.detectors.contract import Layout, Size
from onboard.payload.detectors.scores import (
    Activation,
    Raw,
    activated,
    activated_objectness,
    objectness_floor,
    reaching,
    sigmoid,
)


def layouts(_input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """Planes of objectness, box and classes."""
    return (((1, 5 + n_classes, "h", "w"),),)


def decode(outputs: Sequence[Raw], input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """Score = objectness^0.6 x best class^0.4, centre = cell + tanh, size = sigmoid of the whole input.

    Source: handle_preds in utils/tool.py and example/ncnn/FastestDet.cpp of dog-qiuqiu/FastestDet. (Its first
    versions multiplied objectness and class without exponents.)
    """
    height, width = outputs[0].shape[2:]
    planes = outputs[0][0].reshape(len(outputs[0][0]), -1)
    # A class's probability is at most 1: few cells have the objectness that a score at the threshold needs.
    few = reaching(planes[0], objectness_floor(threshold ** (1 / 0.6), activation))
    if not len(few):
        return empty()
    table = planes[:, few].T
    probabilities = activated(table[:, 5:], activation)
    objectness = activated_objectness(table[:, 0], activation)
    scores = objectness**0.6 * probabilities.max(axis=1) ** 0.4
    chosen = reaching(scores, threshold)
    if not len(chosen):
        return empty()
    cells = few[chosen]
    raw = table[chosen, 1:5].astype(np.float64)
    rows, cols = np.divmod(cells, width)
    centres = (np.stack([cols, rows], axis=1) + np.tanh(raw[:, :2])) / (width, height)
    corners = from_centres(np.concatenate([centres, sigmoid(raw[:, 2:])], axis=1))
    found = Boxes(corners, scores[chosen], probabilities[chosen].argmax(axis=1))
    return found.scaled(across=input_hw[1], down=input_hw[0])
