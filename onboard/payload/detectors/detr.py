"""Transformers of the DETR kind: one box and its class scores for each query, nothing to suppress."""

from collections.abc import Sequence

import numpy as np

from onboard.payload.detectors.boxes import Boxes, from_centres
from onboard.payload.detectors.contract import Layout, Size
from onboard.payload.detectors.scores import Activation, Raw, activated, best_classes


def layouts(_input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """Rows of centre, size and classes; or class scores and boxes apart, the scores perhaps with one for no object."""
    return (
        ((1, "n", 4 + n_classes),),
        ((1, "n", n_classes), (1, "n", 4)),
        ((1, "n", n_classes + 1), (1, "n", 4)),
    )


def decode(outputs: Sequence[Raw], input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """Score = best class; centre and size are parts of the input's sides.

    Sources: PostProcess in models/detr.py of facebookresearch/detr, which takes a softmax and leaves out its last
    class, "no object"; rtdetr_postprocessor.py of lyuwenyu/RT-DETR and RTDETRPredictor of ultralytics, with a sigmoid.
    """
    if len(outputs) == 1:
        boxes, class_scores = np.split(outputs[0][0], [4], axis=1)
    else:
        class_scores, boxes = outputs[0][0], outputs[1][0]
        if activation == "softmax":
            class_scores, activation = activated(class_scores, activation)[:, :-1], "none"
    rows, scores, classes = best_classes(class_scores, threshold, activation)
    found = Boxes(from_centres(boxes[rows].astype(np.float64)), scores, classes)
    return found.scaled(across=input_hw[1], down=input_hw[0])
