"""Which head reads a graph's outputs: a table of rules, tried in order, each with its reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.modelling.signature import Seen, Signature, lies_in, reaches, sums_to_one

_BOXES, _SCORES, _LABELS = r"box|loc|rect", r"score|conf|prob", r"class|label|cls|id"
_MAX_PLANES = 256
_LOGIT_MAKERS = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "QLinearConv", "LogSoftmax"}
_PROBABILITY_MAKERS = {"Sigmoid", "Softmax", "HardSigmoid"}


@dataclass(frozen=True, slots=True, eq=False)
class HeadMatch:
    """A head that reads the outputs. `class_count` is None where lengths do not tell; `scores` are class scores.

    `logits` tells whether scores are yet to be activated, where the graph shows it; `convention` is the family by
    which the network is fed.
    """

    head: str
    outputs: tuple[str, ...]
    class_count: int | None
    reason: str
    assumed: bool = False
    convention: str = ""
    scores: NDArray[Any] | None = None
    logits: bool | None = None


Rule = Callable[[Signature], HeadMatch | None]


def _logits(output: Seen) -> bool | None:
    """Whether the operator that makes an output leaves numbers that are no probabilities yet."""
    if output.maker in _PROBABILITY_MAKERS:
        return False
    return True if output.maker in _LOGIT_MAKERS else None


def yunet(sig: Signature) -> HeadMatch | None:
    """Twelve tensors: score, objectness, box and five key points, at strides 8, 16 and 32."""
    if len(sig.outputs) != 12:
        return None
    ordered: dict[str, list[Seen]] = {"cls": [], "obj": [], "bbox": [], "kps": []}
    for stride in (8, 16, 32):
        level = [out for out in sig.outputs if out.rank >= 2 and out.shape[-2] == sig.cells((stride,))]
        widths = {width: [out for out in level if out.shape[-1] == width] for width in (1, 4, 10)}
        if [len(found) for found in widths.values()] != [2, 1, 1]:
            return None
        # Of two scores alike, the one whose name says so is the objectness, else the second, as YuNet writes it.
        scores = sorted(widths[1], key=lambda out: out.named(r"obj|iou"))
        for part, output in zip(ordered.values(), (*scores, *widths[4], *widths[10]), strict=True):
            part.append(output)
    outputs = [output for part in ordered.values() for output in part]
    scores_seen = outputs[0]
    return HeadMatch(
        "yunet",
        tuple(output.name for output in outputs),
        1,
        "twelve outputs: score, objectness, box and key points at strides 8, 16, 32",
        scores=scores_seen.values,
        logits=_logits(scores_seen),
    )


def end2end_parts(sig: Signature) -> HeadMatch | None:
    """Four outputs of a graph that suppresses overlaps itself: number, boxes, scores, classes."""
    boxes = [out for out in sig.of_rank(3) if out.shape[-1] == 4]
    if len(sig.outputs) != 4 or len(boxes) != 1 or any(out.named("^detection_") for out in sig.outputs):
        return None
    length = boxes[0].shape[1]
    lists = [out for out in sig.of_rank(2) if out.shape[1] == length and length != 1]
    numbers = [out for out in sig.outputs if out not in lists and out is not boxes[0]]
    if len(lists) != 2 or len(numbers) != 1:
        return None
    whole, named = [out.is_whole for out in lists], [out.named(_LABELS) for out in lists]
    told = whole if whole[0] != whole[1] else named
    if told[0] == told[1]:
        return None
    classes, scores = lists if told[0] else reversed(lists)
    return HeadMatch(
        "end2end",
        (numbers[0].name, boxes[0].name, scores.name, classes.name),
        None,
        "four outputs: number of detections, boxes, scores and classes",
        scores=scores.values,
        logits=False,
    )


def end2end_rows(sig: Signature) -> HeadMatch | None:
    """Rows of corner box, score and class from a graph that suppresses overlaps itself, or picks its best."""
    output = _only(sig, 3)
    if output is None or output.shape[2] != 6 or (sig.has_cells(output.shape[1], 1) and not sig.suppresses):
        return None
    if sig.has_cells(output.shape[1], 3) and not sig.suppresses:
        return None
    scores = None if output.values is None else output.values[..., 4]
    reason = f"rows of box, score and class in {output.name!r}"
    return HeadMatch("end2end", (output.name,), None, reason, assumed=not sig.suppresses, scores=scores, logits=False)


def ssd(sig: Signature) -> HeadMatch | None:
    """Corner boxes in 0..1 and a softmax over classes with the background first."""
    pair = sig.of_rank(3)
    if len(sig.outputs) != 2 or len(pair) != 2 or pair[0].shape[1] != pair[1].shape[1]:
        return None
    boxes = _boxes_of(pair)
    scores = next((out for out in pair if out is not boxes), None)
    if boxes is None or scores is None or (scores.shape[2] or 0) < 2:
        return None
    if boxes.values is not None and np.abs(boxes.values).max() > 2.0:  # pixels
        return None
    shared, corners = sums_to_one(scores.values), _are_corners(boxes.values)
    if shared is False and corners is False:  # centres and independent classes, as transformers have
        return None
    seen = bool(shared and corners)
    return HeadMatch(
        "ssd",
        (scores.name, boxes.name),
        (scores.shape[2] or 2) - 1,
        "boxes and scores of one length" + (": corners in 0..1, and scores that share one probability" if seen else ""),
        assumed=not seen,
        scores=scores.values,
        logits=False if shared else _logits(scores),
    )


def _boxes_of(pair: list[Seen]) -> Seen | None:
    """The output with four numbers a row; of two such, the one whose name or numbers say so."""
    fours = [output for output in pair if output.shape[2] == 4]
    if len(fours) == 2:
        shared = [sums_to_one(output.values) for output in fours]
        return fours[1] if fours[1].named(_BOXES) or fours[0].named(_SCORES) or shared == [True, False] else fours[0]
    return fours[0] if fours else None


def _are_corners(boxes: NDArray[Any] | None) -> bool | None:
    """Whether nearly all rows are x0, y0, x1, y1 with the second corner beyond the first."""
    if boxes is None or not boxes.size:
        return None
    return bool((boxes[..., 2:] >= boxes[..., :2]).all(axis=-1).mean() > 0.9)


def _only(sig: Signature, rank: int) -> Seen | None:
    """The one output of this rank, when all others are the raw grids (rank 5) that old YOLOv5 exports add."""
    found = sig.of_rank(rank)
    others = [output for output in sig.outputs if output.rank not in (rank, 5)]
    return found[0] if len(found) == 1 and not others else None


def yolo_rows(sig: Signature) -> HeadMatch | None:
    """Rows of centre box, objectness and classes: three for each grid cell, or one."""
    output = _only(sig, 3)
    if output is None or output.shape[2] is None or output.shape[2] < 6:
        return None
    three, one = (sig.has_cells(output.shape[1], anchors) for anchors in (3, 1))
    if three is False and one is False:
        return None
    count, values = output.shape[2] - 5, output.values
    scores = None if values is None else values[..., 4:]
    told, decoded = f"rows of 4 + 1 + {count} numbers in {output.name!r}", reaches(values, sig.tile_px)
    if three is None:
        reason = f"{told}, of a number that is not known before a run"
        return HeadMatch("yolov5", (output.name,), count, reason, assumed=True, scores=scores)
    if three:
        return HeadMatch("yolov5", (output.name,), count, f"{told}, three for each grid cell", scores=scores)
    if decoded or (decoded is None and "Exp" in sig.operators):
        reason = f"{told}, one for each grid cell, decoded to pixels"
        return HeadMatch("yolov5", (output.name,), count, reason, convention="yolox", scores=scores)
    reason = f"{told}, one for each grid cell, not decoded"
    return HeadMatch("yolox", (output.name,), count, reason, assumed=decoded is None, scores=scores)


def yolov8(sig: Signature) -> HeadMatch | None:
    """Columns of centre box and classes without objectness, one for each grid cell."""
    output = _only(sig, 3)
    if output is None or output.shape[1] is None or output.shape[1] < 5:
        return None
    fits = sig.has_cells(output.shape[2], 1)
    if fits is False:
        return None
    count = output.shape[1] - 4
    scores = None if output.values is None else output.values[:, 4:]
    reason = f"columns of 4 + {count} numbers in {output.name!r}, one for each grid cell"
    return HeadMatch("yolov8", (output.name,), count, reason, assumed=fits is None, scores=scores)


def fastestdet(sig: Signature) -> HeadMatch | None:
    """Maps at a sixteenth of the tile: objectness, four for the box, classes."""
    output = sig.outputs[0]
    if len(sig.outputs) != 1 or output.rank != 4 or (output.shape[1] or 0) < 6:
        return None
    if output.shape[2:] != tuple(-(-side // 16) for side in sig.tile_px):
        return None
    count, values = (output.shape[1] or 6) - 5, output.values
    scores = None if values is None else values[:, 5:]
    likely = lies_in(None if values is None else values[:, :1], 0.0, 1.0)
    reason = f"maps of 1 + 4 + {count} numbers at a sixteenth of the tile"
    return HeadMatch("fastestdet", (output.name,), count, reason, assumed=not likely, scores=scores)


def classifier(sig: Signature) -> HeadMatch | None:
    """One number for each class of a tile."""
    output = sig.outputs[0]
    pooled = output.rank == 4 and output.shape[2:] == (1, 1)
    if len(sig.outputs) != 1 or not (output.rank == 2 or pooled) or output.is_whole or sig.suppresses:
        return None
    count = output.shape[1]
    convention = "imagenet" if count == 1000 else ""
    reason = f"one row of {count or 'some'} numbers a tile in {output.name!r}"
    return HeadMatch(
        *("classifier", (output.name,), count, reason),
        convention=convention,
        scores=output.values,
        logits=_logits(output),
    )


def dense(sig: Signature) -> HeadMatch | None:
    """Planes of the tile's size, or a half or a quarter of it: a heat map where a name says so."""
    planes = [(out, count) for out in sig.outputs if out.rank == 4 and (count := _plane_count(sig, out)) is not None]
    if not planes or len(planes) != len(sig.outputs):
        return None
    output, count = planes[0]
    head = "heatmap" if output.named(r"heat|(^|_)hm|cent(er|re)|peak|gauss|density") else "segmentation"
    size = "of the tile's size" if head == "segmentation" else "by its name"
    reason = f"class planes {size} in {output.name!r}" + (f", the first of {len(planes)}" if len(planes) > 1 else "")
    return HeadMatch(
        *(head, (output.name,), count, reason),
        assumed=len(planes) > 1,
        scores=output.values,
        logits=_logits(output),
    )


def _plane_count(sig: Signature, output: Seen) -> int | None:
    """How many planes an output holds in NCHW or NHWC; None where it has not the size of the tile or a part."""
    sizes = {(sig.tile_px[0] // part, sig.tile_px[1] // part) for part in (1, 2, 4)} | {(None, None)}
    first, last = (output.shape[1], output.shape[2:]), (output.shape[3], output.shape[1:3])
    for count, size in (last, first) if sig.channels_last else (first, last):
        if size in sizes and count is not None and 1 <= count <= _MAX_PLANES and not output.is_whole:
            return count
    return None


RULES: tuple[Rule, ...] = (
    yunet,
    end2end_parts,
    end2end_rows,
    ssd,
    yolo_rows,
    yolov8,
    fastestdet,
    classifier,
    dense,
)
"""In order: the first that matches decides."""


def match_head(sig: Signature) -> HeadMatch | None:
    """The first rule's match, None where no head reads these outputs."""
    return next((match for rule in RULES if (match := rule(sig)) is not None), None)
