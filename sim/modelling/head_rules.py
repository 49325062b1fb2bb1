"""Which head reads a graph's outputs: a table of rules, tried in order, each with its reason."""

from collections.abc import Callable

import numpy as np

from onboard.payload.detectors.registry import DETECTORS
from sim.modelling import detection_lists, pixel_rules, yolo_rules
from sim.modelling.head_match import HeadMatch, shows_logits
from sim.modelling.signature import Seen, Signature, are_corners, boxes_of, is_embedding, lies_in, sums_to_one

Rule = Callable[[Signature], HeadMatch | None]


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
    # Where there is no face, objectness tells best whether scores are activated: the class may be anything there.
    scores_seen = ordered["obj"][0]
    return HeadMatch(
        "yunet",
        tuple(output.name for output in outputs),
        1,
        "twelve outputs: score, objectness, box and key points at strides 8, 16, 32",
        scores=scores_seen.values,
        logits=shows_logits(scores_seen),
    )


def ssd(sig: Signature) -> HeadMatch | None:
    """Corner boxes in 0..1 and a softmax over classes with the background first."""
    pair = sig.of_rank(3)
    if len(sig.outputs) != 2 or len(pair) != 2 or pair[0].shape[1] != pair[1].shape[1]:
        return None
    boxes = boxes_of(pair)
    scores = next((out for out in pair if out is not boxes), None)
    if boxes is None or scores is None or (scores.shape[2] or 0) < 2:
        return None
    if boxes.values is not None and np.abs(boxes.values).max() > 2.0:  # pixels
        return None
    shared, corners = sums_to_one(scores.values), are_corners(boxes.values)
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
        logits=False if shared else shows_logits(scores),
    )


def fastestdet(sig: Signature) -> HeadMatch | None:
    """Maps at a sixteenth of the tile: objectness, four for the box, classes."""
    output = sig.outputs[0]
    if len(sig.outputs) != 1 or output.rank != 4 or (output.shape[1] or 0) < 6:
        return None
    if output.shape[2:] != tuple(-(-side // 16) for side in sig.tile_px):
        return None
    count, values = (output.shape[1] or 6) - 5, output.values
    scores = None if values is None else np.delete(values, slice(1, 5), axis=1)
    likely = lies_in(None if values is None else values[:, :1], 0.0, 1.0)
    reason = f"maps of 1 + 4 + {count} numbers at a sixteenth of the tile"
    return HeadMatch("fastestdet", (output.name,), count, reason, assumed=not likely, scores=scores)


def classifier(sig: Signature) -> HeadMatch | None:
    """One number for each class of a tile."""
    output = sig.outputs[0]
    if len(sig.outputs) != 1 or output.is_whole or sig.suppresses or is_embedding(output.values):
        return None
    lengths = [length for length in output.shape[1:] if length != 1] or [1]
    if output.rank == 1 and output.shape[0] == 1:  # a squeeze took more than was meant
        lengths = [1]
    elif output.rank not in (2, 4) or len(lengths) != 1:
        return None
    (count,) = lengths
    convention = "imagenet" if count == 1000 else ""
    reason = f"one row of {count or 'some'} numbers a tile in {output.name!r}"
    return HeadMatch(
        *("classifier", (output.name,), count, reason),
        convention=convention,
        scores=output.values,
        logits=shows_logits(output),
    )


RULES: tuple[Rule, ...] = (
    yunet,
    detection_lists.parts,
    detection_lists.rows_and_labels,
    pixel_rules.one_plane,
    detection_lists.query_rows,
    detection_lists.rows,
    detection_lists.rows_of_images,
    detection_lists.queries,
    ssd,
    yolo_rules.rows,
    yolo_rules.columns,
    fastestdet,
    classifier,
    pixel_rules.planes,
    pixel_rules.class_map,
)
"""In order: the first that matches, and whose head takes the outputs, decides."""


def match_head(sig: Signature) -> HeadMatch | None:
    """The first rule's match that its own head would take, None where no head reads these outputs."""
    matches = (match for rule in RULES if (match := rule(sig)) is not None)
    return next((match for match in matches if _is_taken(sig, match)), None)


def _is_taken(sig: Signature, match: HeadMatch) -> bool:
    """Whether the head on board takes outputs of these shapes; lengths that only a run tells may be right."""
    known = {output.name: output.shape for output in sig.outputs}
    shapes = [tuple(length for length in known[name] if length is not None) for name in match.outputs]
    is_known = [len(shape) for shape in shapes] == [len(known[name]) for name in match.outputs]
    if match.head not in DETECTORS or not is_known:
        return True
    return not DETECTORS[match.head].misfit(shapes, sig.tile_px, match.class_count or 1)
