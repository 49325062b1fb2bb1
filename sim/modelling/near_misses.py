"""Outputs that no head reads although networks that put them out are common: what to do instead."""

from collections.abc import Callable

import numpy as np

from sim.modelling.head_match import HeadMatch
from sim.modelling.signature import Signature, is_embedding, sums_to_one

_CUSTOM = 'or write a card with head = "custom" and an entry that decodes them'
_OTHER_TASKS = ("segment", "pose", "obb")
_BOX_HEADS = ("yolov5", "yolov8", "yolov8-obb", "yolox", "end2end", "detr")


def finds_more_than_boxes(sig: Signature, match: HeadMatch) -> bool:
    """Whether metadata tells of outlines, key points or turned boxes that the head would take for classes."""
    return match.head in _BOX_HEADS and _other_task(sig) and match.task != sig.hints.task


def _other_task(sig: Signature) -> bool:
    return sig.hints.task in _OTHER_TASKS


def _masks(sig: Signature) -> bool:
    height, width = sig.tile_px
    quarter = [out for out in sig.of_rank(4) if out.shape[2:] == (height // 4, width // 4)]
    return bool(sig.of_rank(3)) and bool(quarter)


def _raw_grids(sig: Signature) -> bool:
    return bool(sig.outputs) and all(out.rank == 5 for out in sig.outputs)


def _class_map(sig: Signature) -> bool:
    return any(out.is_whole and out.rank in (3, 4) for out in sig.outputs)


def _key_points(sig: Signature) -> bool:
    output = sig.only(3)
    return output is not None and bool(sig.has_cells(output.shape[2], 1))


def _sequence(sig: Signature) -> bool:
    output = sig.only(3)
    return output is not None and bool(sums_to_one(output.values))


def _embedding(sig: Signature) -> bool:
    return len(sig.outputs) == 1 and is_embedding(sig.outputs[0].values)


def _picture(sig: Signature) -> bool:
    height, width = sig.tile_px
    sizes = [out.shape[1:3] if sig.channels_last else out.shape[2:] for out in sig.of_rank(4)]
    return any(None not in size and size > (height, width) for size in sizes)


def _numbered_rows(sig: Signature) -> bool:
    output = sig.only(3)
    return output is not None and output.shape[2] == 7


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
    (_class_map, "a map of numbers out of nobody tells how many: export without the final ArgMax, as probabilities"),
    (_embedding, "a direction that describes the image (an embedding): put a layer behind it that tells classes"),
    (
        _sequence,
        "a row of probabilities for each place of a line, as of a text recogniser: nothing on an image is found",
    ),
    (_picture, "a picture larger than the one it was given: nothing on it is found"),
    (_key_points, "columns that go on behind the classes, perhaps with key points: export one trained for detection"),
    (_numbered_rows, "rows of seven, perhaps with the number of the image in front: cut them to box, score and class"),
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
