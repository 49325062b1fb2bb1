"""YOLO heads that put out boxes in pixels: v5 with objectness, v8 and v11 without, and graphs that suppress inside."""

from collections.abc import Sequence

import numpy as np

from onboard.payload.detectors.boxes import Boxes, from_centres
from onboard.payload.detectors.contract import Layout, Size
from onboard.payload.detectors.scores import Activation, Raw, best_classes, best_classes_of_objects, reaching


def yolov5_layouts(_input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """A row for each candidate: centre, size, objectness, classes."""
    return (((1, "n", 5 + n_classes),),)


def decode_yolov5(outputs: Sequence[Raw], _input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """Score = objectness x best class. Source: non_max_suppression in utils/general.py of ultralytics/yolov5."""
    table = outputs[0][0]
    rows, scores, classes = best_classes_of_objects(table[:, 4], table[:, 5:], threshold, activation)
    return Boxes(from_centres(table[rows, :4].astype(np.float64)), scores, classes)


def yolov8_layouts(_input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """A column for each candidate: centre, size, classes."""
    return (((1, 4 + n_classes, "n"),),)


def decode_yolov8(outputs: Sequence[Raw], _input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """Score = best class. Source: non_max_suppression in ultralytics/utils/nms.py of ultralytics."""
    table = outputs[0][0]
    columns, scores, classes = best_classes(table[4:].T, threshold, activation)
    return Boxes(from_centres(table[:4, columns].T.astype(np.float64)), scores, classes)


def end2end_layouts(_input_hw: Size, _n_classes: int) -> tuple[Layout, ...]:
    """Rows x0, y0, x1, y1, score, class; or how many there are, their corners, their scores, and their classes."""
    parts: Layout = ((1, "n", 4), (1, "n"), (1, "n"))
    return ((1, "n", 6),), ((1, 1), *parts), ((1,), *parts)


def decode_end2end(outputs: Sequence[Raw], _input_hw: Size, threshold: float, _activation: Activation) -> Boxes:
    """Boxes that the graph itself has suppressed; unused rows have score 0, or lie past the stated number.

    Sources: the branch for `end2end` of non_max_suppression in ultralytics/utils/nms.py (YOLOv10, `nms=True`); the
    outputs of NVIDIA's EfficientNMS_TRT plugin, which graphs for ONNX Runtime imitate.
    """
    if len(outputs) == 1:
        table = outputs[0][0]
        corners, scores, classes = table[:, :4], table[:, 4], table[:, 5]
    else:
        n = max(0, int(outputs[0].flat[0]))
        corners, scores, classes = (part[0, :n] for part in outputs[1:])
    rows = reaching(scores, threshold)
    # Class indices come as floats, in half precision exact up to 2,048; one that is no number becomes none.
    indices = np.nan_to_num(classes[rows].astype(np.float64), nan=-1.0, posinf=-1.0, neginf=-1.0)
    return Boxes(corners[rows].astype(np.float64), scores[rows].astype(np.float64), np.rint(indices).astype(np.int64))
