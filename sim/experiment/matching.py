"""The matching rule: which detections found which targets.

A detection touches a target where its box, grown by 2 pixels, overlaps the target's box. A target is found when a
detection touches it. An alert that touches neither a target nor a faint one is false.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from onboard.payload.detections import Detection
from sim.scenes.truth import Target

REACH_PX = 2
MATCHING_RULE = (
    "a target is found when a detection's box grown by 2 pixels overlaps its box; "
    "an alert that touches no target, faint ones included, is false"
)

_MOST_PAIRS = 2**22
"""How many pairs are looked at together: some tens of megabytes."""


def matches(
    detections: Sequence[Detection], targets: Sequence[Target]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The highest confidence of a detection that touches each target, (n_targets,), -1 where none does; and whether
    each detection touches any of them, (n_detections,)."""
    found_by, is_true = np.full(len(targets), -1.0), np.zeros(len(detections), bool)
    if not (len(targets) and len(detections)):
        return found_by, is_true
    x0, y0, x1, y1 = np.array([(one.x0, one.y0, one.x1, one.y1) for one in targets]).T
    at_once = max(1, _MOST_PAIRS // len(targets))
    for start in range(0, len(detections), at_once):
        some = detections[start : start + at_once]
        boxes = np.array([(one.x0, one.y0, one.x1, one.y1) for one in some])
        left, top, right, bottom = (boxes + np.array([-REACH_PX, -REACH_PX, REACH_PX, REACH_PX])).T[:, :, None]
        touching = (left < x1) & (x0 < right) & (top < y1) & (y0 < bottom)
        confidences = np.array([one.confidence for one in some])[:, None]
        found_by = np.maximum(found_by, np.where(touching, confidences, -1.0).max(axis=0))
        is_true[start : start + at_once] = touching.any(axis=1)
    return found_by, is_true
