"""Rules for graphs that end with a list of boxes: suppressed inside, or one for each query of a transformer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.modelling.head_match import HeadMatch, shows_logits
from sim.modelling.signature import Seen, Signature, are_corners, are_parts, boxes_of, lies_in, sums_to_one

_LABELS = r"class|label|cls|id"
_TENSORFLOW = r"^(detection_(boxes|scores|classes)|num_detections)(:\d+)?$"
LAST_COCO_LABEL = 90
"""Labels of COCO go from 1 to 90, with gaps: those of torchvision's and TensorFlow's detectors."""
_MAX_QUERIES = 1000
"""Queries of the largest transformers (DINO has 900); rows of grid cells are more, but of the smallest tiles."""


def parts(sig: Signature) -> HeadMatch | None:
    """Boxes, scores and classes apart, and perhaps how many there are."""
    outputs = [out for out in sig.outputs if out.named(_TENSORFLOW)]
    outputs = outputs if len(outputs) in (3, 4) else list(sig.outputs)
    boxes = next((out for out in outputs if out.rank in (2, 3) and out.shape[-1] == 4), None)
    if boxes is None or len(outputs) not in (3, 4):
        return None
    found = _numbers_scores_classes(boxes, [out for out in outputs if out is not boxes])
    if found is None:
        return None
    number, scores, classes = found
    names = (*(one.name for one in number), boxes.name, scores.name, classes.name)
    if boxes.rank == 2:
        reason = "boxes, scores and labels without a batch, as torchvision's detectors put them out"
        return HeadMatch("end2end", names, None, reason, convention="listed", logits=False, first_label=1)
    told = "boxes, scores and classes" + (", and their number" if number else "")
    named = boxes.named("^detection_boxes")
    if named or (_has_extent(boxes) and are_parts(boxes.values)):
        reason = told + (", named as TensorFlow's" if named else " in 0..1, read as TensorFlow's: y first")
        # TensorFlow Lite's operator counts classes from 0; lists of TensorFlow itself hold no label 0.
        is_lite = classes.values is not None and bool((classes.values == 0).any()) and not named
        count, first = (len(sig.hints.names) or LAST_COCO_LABEL, 0) if is_lite else (None, 1)
        return HeadMatch("tensorflow", names, count, reason, assumed=not named, logits=False, first_label=first)
    return HeadMatch("end2end", names, None, told, scores=scores.values, logits=False)


def _numbers_scores_classes(boxes: Seen, others: list[Seen]) -> tuple[list[Seen], Seen, Seen] | None:
    """The remaining outputs told apart: by their lengths, then by their types, names or values."""
    length = boxes.shape[-2]
    lists = [out for out in others if out.rank == boxes.rank - 1 and out.shape[-1] == length]
    if len(others) == 3:
        lists = [out for out in lists if length != 1 and not out.named("^num")]
    if len(lists) != 2:
        return None
    for is_class in (lambda out: out.is_whole, lambda out: out.named(_LABELS), _holds_whole_numbers):
        told = [is_class(out) for out in lists]
        if told[0] != told[1]:
            classes, scores = lists if told[0] else reversed(lists)
            return [out for out in others if out not in lists], scores, classes
    return None


def _holds_whole_numbers(output: Seen) -> bool:
    return output.values is not None and _are_whole(output.values)


def _are_whole(values: NDArray[Any]) -> bool:
    return bool((values == np.rint(values)).all())


def _has_extent(boxes: Seen) -> bool:
    values = boxes.values
    return values is not None and bool((values[..., 2:] > values[..., :2]).all(axis=-1).any())


def rows_and_labels(sig: Signature) -> HeadMatch | None:
    """Rows of corner box and score, and their labels apart."""
    rows, labels = sig.of_rank(3), sig.of_rank(2)
    if len(sig.outputs) != 2 or len(rows) != 1 or len(labels) != 1:
        return None
    if rows[0].shape[2] != 5 or labels[0].shape[1] != rows[0].shape[1] or not labels[0].is_whole:
        return None
    outputs = (rows[0].name, labels[0].name)
    reason = f"rows of box and score in {outputs[0]!r} and labels, as MMDetection puts them out"
    return HeadMatch("end2end", outputs, None, reason, convention="listed", logits=False)


def rows(sig: Signature) -> HeadMatch | None:
    """Rows of corner box, score and class from a graph that suppresses overlaps itself, or picks its best."""
    output = sig.only(3)
    if output is None or output.shape[2] != 6:
        return None
    if not sig.suppresses and (sig.has_cells(output.shape[1], 1) or sig.has_cells(output.shape[1], 3)):
        return None
    scores = None if output.values is None else output.values[..., 4]
    reason = f"rows of box, score and class in {output.name!r}"
    return HeadMatch("end2end", (output.name,), None, reason, assumed=not sig.suppresses, scores=scores, logits=False)


def rows_of_images(sig: Signature) -> HeadMatch | None:
    """Rows that begin with the number of the image, as YOLOv7 writes them."""
    output = sig.only(2)
    if output is None or output.shape[1] != 7 or output.shape[0] == 1 or not sig.suppresses:
        return None
    reason = f"rows of image, box, class and score in {output.name!r}, as YOLOv7 writes them"
    return HeadMatch("end2end", (output.name,), None, reason, convention="yolov5", logits=False)


def query_rows(sig: Signature) -> HeadMatch | None:
    """Rows of centre box in 0..1 and class probabilities: RT-DETR as Ultralytics exports it."""
    output = sig.only(3)
    if output is None or output.values is None or not output.values.size or (output.shape[1] or 0) > _MAX_QUERIES:
        return None
    boxes, scores = output.values[..., :4], output.values[..., 4:]
    if scores.shape[-1] < 1 or not are_parts(boxes) or not (lies_in(boxes, 0.0, 1.0) and lies_in(scores, 0.0, 1.0)):
        return None
    if sums_to_one(output.values):  # a text recogniser's letters
        return None
    if sig.hints.nms or (scores.shape[-1] == 2 and _are_whole(scores[..., 1])):  # a score and a class
        return None
    reason = f"{output.shape[1]} rows of a box in 0..1 and {scores.shape[-1]} classes in {output.name!r}"
    return HeadMatch("detr", (output.name,), scores.shape[-1], reason, convention="rtdetr", scores=scores)


def queries(sig: Signature) -> HeadMatch | None:
    """Class scores and centre boxes in 0..1 apart: DETR and its kind."""
    pair = sig.of_rank(3)
    if len(sig.outputs) != 2 or len(pair) != 2 or pair[0].shape[1] != pair[1].shape[1]:
        return None
    boxes = boxes_of(pair)
    scores = next((out for out in pair if out is not boxes), None)
    if boxes is None or scores is None or scores.values is None or (boxes.shape[1] or 0) > _MAX_QUERIES:
        return None
    if not are_parts(boxes.values) or are_corners(boxes.values) is not False:
        return None
    width, outputs = scores.values.shape[-1], (scores.name, boxes.name)
    reason = f"{boxes.shape[1]} boxes in 0..1, told by their centres, and {width} scores each"
    if sums_to_one(scores.values) or lies_in(scores.values, 0.0, 1.0):
        return HeadMatch("detr", outputs, width, reason, convention="rtdetr", scores=scores.values)
    if width > 1 and (len(sig.hints.names) == width - 1 or _mostly_last(scores.values)):
        told = f"{reason}, the last of them for no object"
        return HeadMatch(
            *("detr", outputs, width - 1, told), assumed=True, scores=scores.values, logits=True, activation="softmax"
        )
    return HeadMatch(
        *("detr", outputs, width, reason),
        convention="rtdetr",
        scores=scores.values,
        logits=shows_logits(scores),
        activation="sigmoid",
    )


def _mostly_last(scores: NDArray[Any]) -> bool:
    """Whether most queries find nothing, which a softmax's last class says; a sigmoid has no such class."""
    return bool((scores.argmax(axis=-1) == scores.shape[-1] - 1).mean() > 0.5)
