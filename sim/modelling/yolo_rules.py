"""Rules for detectors of the YOLO kind: a box and class scores for each cell of three grids."""

from typing import Any

from numpy.typing import NDArray

from onboard.payload.detectors.yolo import MASK_PLANES
from sim.modelling.head_match import HeadMatch
from sim.modelling.signature import Seen, Signature, lies_in, reaches

_NO_MASKS = "the graph also makes masks, which are left unused: detections are boxes"
_UPRIGHT = "boxes are turned; detections are the upright boxes that hold them"


def _rows_and_masks(sig: Signature) -> tuple[Seen, tuple[str, ...]] | None:
    """The one output of rank 3, and the names of all that its head wants: prototypes of masks may stand beside it.

    Raw grids (rank 5), which old YOLOv5 exports add, do not count.
    """
    found = sig.of_rank(3)
    others = [output for output in sig.outputs if output.rank not in (3, 5)]
    if len(found) != 1 or len(others) > 1:
        return None
    if others and (others[0].rank != 4 or others[0].shape[1] != MASK_PLANES):
        return None
    return found[0], (found[0].name, *(output.name for output in others))


def rows(sig: Signature) -> HeadMatch | None:
    """Rows of centre box, objectness and classes: three for each grid cell, or one."""
    found = _rows_and_masks(sig)
    if found is None:
        return None
    output, names = found
    count = (output.shape[2] or 0) - 5 - (MASK_PLANES if len(names) > 1 else 0)
    three, one = (sig.has_cells(output.shape[1], anchors) for anchors in (3, 1))
    if count < 1 or (three is False and one is False):
        return None
    values = output.values
    scores = None if values is None else values[..., 4 : 5 + count]
    told, decoded = f"rows of 4 + 1 + {count} numbers in {output.name!r}", reaches(values, sig.tile_px)
    masked = len(names) > 1
    told = f"{told} beside {MASK_PLANES} for masks" if masked else told
    task, notes = ("segment", (_NO_MASKS,)) if masked else ("detect", ())
    if three is None:
        reason = f"{told}, of a number that is not known before a run"
        return HeadMatch("yolov5", names, count, reason, assumed=True, scores=scores, task=task, notes=notes)
    if three:
        reason = f"{told}, three for each grid cell"
        return HeadMatch("yolov5", names, count, reason, scores=scores, task=task, notes=notes)
    if decoded or (decoded is None and "Exp" in sig.operators):
        reason = f"{told}, one for each grid cell, decoded to pixels"
        return HeadMatch("yolov5", names, count, reason, convention="yolox", scores=scores)
    reason = f"{told}, one for each grid cell, not decoded"
    return HeadMatch("yolox", names, count, reason, assumed=decoded is None, scores=scores)


def columns(sig: Signature) -> HeadMatch | None:
    """Columns of centre box and classes without objectness, one for each grid cell."""
    found = _rows_and_masks(sig)
    if found is None:
        return None
    output, names = found
    fits = sig.has_cells(output.shape[2], 1)
    count = (output.shape[1] or 0) - 4 - (MASK_PLANES if len(names) > 1 else 0)
    if count < 1 or fits is False:
        return None
    values = None if output.values is None else output.values[:, 4 : 4 + count]
    reason = f"columns of 4 + {count} numbers in {output.name!r}, one for each grid cell"
    if len(names) > 1:
        reason = f"{reason}, beside {MASK_PLANES} for masks"
        return HeadMatch("yolov8", names, count, reason, scores=values, task="segment", notes=(_NO_MASKS,))
    extra = _numbers_after_classes(values)
    if count > 1 and (sig.hints.task == "obb" or (not sig.hints.task and extra == 1)):
        told = f"columns of 4 + {count - 1} + 1 numbers in {output.name!r}, the last an angle"
        scores = None if values is None else values[:, :-1]
        return HeadMatch(
            *("yolov8-obb", names, count - 1, told),
            assumed=sig.hints.task != "obb",
            scores=scores,
            task="obb",
            notes=(_UPRIGHT,),
        )
    if extra:
        return None
    return HeadMatch("yolov8", names, count, reason, assumed=fits is None, scores=values)


def _numbers_after_classes(values: NDArray[Any] | None) -> int:
    """How many rows follow class probabilities that are none themselves; 0 where the first is none either."""
    if values is None or not values.size or not lies_in(values[:, 0], 0.0, 1.0):
        return 0
    is_probable = [bool(lies_in(values[:, index], 0.0, 1.0)) for index in range(values.shape[1])]
    return 0 if all(is_probable) else values.shape[1] - is_probable.index(False)
