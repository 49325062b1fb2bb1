"""SSD whose boxes the graph has decoded, as of the Ultra-Light face detectors."""

from collections.abc import Sequence

import numpy as np

from onboard.payload.detectors.boxes import Boxes, concatenated
from onboard.payload.detectors.contract import Layout, Size
from onboard.payload.detectors.scores import Activation, Raw, activated, reaching


def layouts(_input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """Scores, the background before the card's classes; and corners as parts of the input's sides."""
    return (((1, "n", 1 + n_classes), (1, "n", 4)),)


def decode(outputs: Sequence[Raw], input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """Each class for itself, so that a prior may give several boxes.

    Source: predict in detect_imgs_onnx.py of Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB.
    """
    scores, corners = activated(outputs[0][0], activation), outputs[1][0]

    def boxes_of(class_index: int) -> Boxes:
        own = scores[:, 1 + class_index]
        rows = reaching(own, threshold)
        classes = np.full(len(rows), class_index, np.int64)
        return Boxes(corners[rows].astype(np.float64), own[rows], classes)

    found = concatenated(boxes_of(class_index) for class_index in range(scores.shape[1] - 1))
    return found.scaled(across=input_hw[1], down=input_hw[0])
