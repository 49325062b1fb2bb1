"""The lists of detections of TensorFlow's object detection API: corners in parts of the input's sides, y first."""

from collections.abc import Sequence

from onboard.payload.detectors.boxes import Boxes
from onboard.payload.detectors.contract import Size
from onboard.payload.detectors.end2end import first_of_list, listed
from onboard.payload.detectors.scores import Activation, Raw

_X_FIRST = [1, 0, 3, 2]


def decode(outputs: Sequence[Raw], input_hw: Size, threshold: float, _activation: Activation) -> Boxes:
    """Source: DetectionModel.postprocess and non_max_suppression in models/research/object_detection of TensorFlow.

    Its classes count from 1: the card's first class is the background.
    """
    corners, scores, classes = first_of_list(outputs)
    found = listed(corners[:, _X_FIRST], scores, classes, threshold)
    return found.scaled(across=input_hw[1], down=input_hw[0])
