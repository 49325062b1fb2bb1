"""Outputs that no head reads although networks that put them out are common: what to do instead."""

from collections.abc import Callable

import numpy as np

from sim.modelling.signature import Signature

_CUSTOM = 'or write a card with head = "custom" and an entry that decodes them'
_OTHER_TASKS = ("segment", "pose", "obb")
_BOX_HEADS = ("yolov5", "yolov8", "yolox", "end2end")


def finds_more_than_boxes(sig: Signature, head: str) -> bool:
    """Whether metadata tells of outlines, key points or turned boxes among what looks like a detector's classes."""
    return head in _BOX_HEADS and _other_task(sig)


def _other_task(sig: Signature) -> bool:
    return sig.hints.task in _OTHER_TASKS


def _masks(sig: Signature) -> bool:
    height, width = sig.tile_px
    quarter = [out for out in sig.of_rank(4) if out.shape[2:] == (height // 4, width // 4)]
    return bool(sig.of_rank(3)) and bool(quarter)


def _raw_grids(sig: Signature) -> bool:
    return bool(sig.outputs) and all(out.rank == 5 for out in sig.outputs)


def _tensorflow(sig: Signature) -> bool:
    return any(out.named("^detection_boxes") for out in sig.outputs)


def _class_map(sig: Signature) -> bool:
    return any(out.is_whole and out.rank in (3, 4) for out in sig.outputs)


def _no_class_axis(sig: Signature) -> bool:
    return any(out.rank == 3 and out.shape[1:] == sig.tile_px for out in sig.outputs)


def _centre_boxes(sig: Signature) -> bool:
    boxes = [out for out in sig.outputs if out.shape[-1:] == (4,)]
    return len(sig.outputs) == 2 and bool(boxes)


def _normalised_boxes(sig: Signature) -> bool:
    rows = [out for out in sig.of_rank(3) if out.values is not None and out.shape[2] and out.shape[2] > 5]
    return any(np.max(np.abs(out.values[..., :4])) <= 2.0 for out in rows if out.values is not None and out.values.size)


NEAR_MISSES: tuple[tuple[Callable[[Signature], bool], str], ...] = (
    (_other_task, "its metadata says it finds more than boxes: export a model trained for detection"),
    (_masks, "boxes with instance masks: export a model trained for detection"),
    (_raw_grids, "grids before decoding: export with the decoding in the graph (--grid, or export.py of the network)"),
    (_tensorflow, "TensorFlow's detections, whose boxes start with y: reorder and name them as num_dets, boxes, ..."),
    (_class_map, "a map of class numbers: export without the final ArgMax, as probabilities"),
    (_no_class_axis, "a plane without a class axis: export it as (batch, classes, height, width)"),
    (
        _centre_boxes,
        "boxes and scores that are not corners in 0..1 beside a background class: convert them in the graph",
    ),
    (_normalised_boxes, "rows whose boxes are not in pixels: export with boxes in pixels"),
)


def advice(sig: Signature) -> str:
    """What to do about outputs that no head reads."""
    told = next((words for applies, words in NEAR_MISSES if applies(sig)), "export it as one of the known heads does")
    return f"{told}; {_CUSTOM}"
