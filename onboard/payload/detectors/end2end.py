"""Lists of detections from graphs that suppress overlaps themselves, corners in pixels of the input."""

from collections.abc import Sequence

import numpy as np

from onboard.payload.detectors.boxes import Boxes
from onboard.payload.detectors.contract import Layout, Size
from onboard.payload.detectors.scores import Activation, Raw, reaching

_PARTS: Layout = ((1, "n", 4), (1, "n"), (1, "n"))


def list_layouts(_input_hw: Size, _n_classes: int) -> tuple[Layout, ...]:
    """Corners, scores and classes; before them, where it is told, how many of them there are."""
    return _PARTS, ((1, 1), *_PARTS), ((1,), *_PARTS)


def layouts(input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """Rows x0, y0, x1, y1, score, class; the parts of such rows apart; or one of three other habits: see `decode`."""
    return (
        ((1, "n", 6),),
        *list_layouts(input_hw, n_classes),
        (("n", 4), ("n",), ("n",)),
        ((1, "n", 5), (1, "n")),
        (("n", 7),),
    )


def decode(outputs: Sequence[Raw], _input_hw: Size, threshold: float, _activation: Activation) -> Boxes:
    """Boxes that the graph itself has suppressed; unused rows have score 0, or lie past the stated number.

    Sources: the branch for `end2end` of non_max_suppression in ultralytics/utils/nms.py (YOLOv10, `nms=True`); the
    outputs of NVIDIA's EfficientNMS_TRT plugin, which graphs for ONNX Runtime imitate; postprocess_detections in
    torchvision/models/detection/roi_heads.py, without a batch axis; `dets` and `labels` of MMDetection, whose rows
    are x0, y0, x1, y1, score; ONNX_ORT in models/experimental.py of WongKinYiu/yolov7, whose rows are image, x0, y0,
    x1, y1, class, score.
    """
    match [output.ndim for output in outputs]:
        case [3]:
            table = outputs[0][0]
            return listed(table[:, :4], table[:, 4], table[:, 5], threshold)
        case [2]:
            table = outputs[0]
            return listed(table[:, 1:5], table[:, 6], table[:, 5], threshold)
        case [3, 2]:
            table = outputs[0][0]
            return listed(table[:, :4], table[:, 4], outputs[1][0], threshold)
        case [2, 1, 1]:
            return listed(outputs[0], outputs[1], outputs[2], threshold)
    return listed(*first_of_list(outputs), threshold)


def first_of_list(outputs: Sequence[Raw]) -> tuple[Raw, Raw, Raw]:
    """Corners, scores and classes out of `list_layouts`, cut to the number that is told."""
    *number, corners, scores, classes = outputs
    n = max(0, int(number[0].flat[0])) if number and np.isfinite(number[0].flat[0]) else len(scores[0])
    return corners[0, :n], scores[0, :n], classes[0, :n]


def listed(corners: Raw, scores: Raw, classes: Raw, threshold: float) -> Boxes:
    """Those of the listed boxes whose score reaches the threshold."""
    rows = reaching(scores, threshold)
    # Class indices come as floats, in half precision exact up to 2,048; one that is no number becomes none.
    indices = np.nan_to_num(classes[rows].astype(np.float64), nan=-1.0, posinf=-1.0, neginf=-1.0)
    return Boxes(corners[rows].astype(np.float64), scores[rows].astype(np.float64), np.rint(indices).astype(np.int64))
