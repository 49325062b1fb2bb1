"""The decoders' arithmetic backwards: from objects to the raw outputs of each head, written cell by cell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atanh, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

Outputs = list[NDArray[Any]]
Corners = tuple[float, float, float, float]

INPUT_HW = (96, 160)
N_CLASSES = 3
N_ROWS = 40


@dataclass(frozen=True, slots=True)
class Target:
    """An object: which row or cell tells it, where in the cell its centre lies, its size, class and score."""

    row: int
    across: float
    down: float
    width_px: float
    height_px: float
    class_index: int
    score: float

    def corners(self, centre_x: float, centre_y: float) -> Corners:
        half_width, half_height = self.width_px / 2, self.height_px / 2
        return centre_x - half_width, centre_y - half_height, centre_x + half_width, centre_y + half_height


def logit(probability: float) -> float:
    return log(probability / (1.0 - probability))


def classes(target: Target, probability: float, activation: str) -> list[float]:
    """Raw class scores whose best, once activated, is the target's class with this probability."""
    rest = (1.0 - probability) / (N_CLASSES - 1)
    wanted = [probability if index == target.class_index else rest for index in range(N_CLASSES)]
    if activation == "softmax":
        return [log(one) + 5.0 for one in wanted]
    return [logit(one) for one in wanted] if activation == "sigmoid" else wanted


def object_and_classes(target: Target, object_power: float, class_power: float, activation: str) -> list[float]:
    """Raw objectness, then raw class scores: probabilities that are these powers of the target's score."""
    there = target.score**object_power
    raw = there if activation == "none" else logit(there)
    return [raw, *classes(target, target.score**class_power, activation)]


def nothing(activation: str) -> float:
    """A raw objectness or class score of what is not there."""
    return 0.01 if activation == "none" else -9.0


def free_centre(target: Target) -> tuple[float, float]:
    return (target.across + 1.0) / 2 * INPUT_HW[1], (target.down + 1.0) / 2 * INPUT_HW[0]


def row_of(target: Target) -> list[float]:
    return [*free_centre(target), target.width_px, target.height_px]


def yolov5(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    table = np.full((1, N_ROWS, 5 + N_CLASSES), nothing(activation), np.float32)
    for target in targets:
        scores = object_and_classes(target, 0.6, 0.4, activation)
        table[0, target.row] = [*row_of(target), *scores]
    return [table], [target.corners(*free_centre(target)) for target in targets]


def yolov8(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    table = np.full((1, 4 + N_CLASSES, N_ROWS), nothing(activation), np.float32)
    for target in targets:
        table[0, :, target.row] = [*row_of(target), *classes(target, target.score, activation)]
    return [table], [target.corners(*free_centre(target)) for target in targets]


def end2end(targets: Sequence[Target], _activation: str) -> tuple[Outputs, list[Corners]]:
    table = np.zeros((1, N_ROWS, 6), np.float32)
    corners = [target.corners(*free_centre(target)) for target in targets]
    for target, box in zip(targets, corners, strict=True):
        table[0, target.row] = [*box, target.score, target.class_index]
    return [table], corners


def end2end_parts(targets: Sequence[Target], _activation: str) -> tuple[Outputs, list[Corners]]:
    boxes, scores, indices = np.ones((1, N_ROWS, 4)), np.ones((1, N_ROWS)), np.full((1, N_ROWS), -1)
    corners = [target.corners(*free_centre(target)) for target in targets]
    for row, (target, box) in enumerate(zip(targets, corners, strict=True)):
        boxes[0, row], scores[0, row], indices[0, row] = box, target.score, target.class_index
    parts = [boxes.astype(np.float32), scores.astype(np.float32), indices.astype(np.int32)]
    return [np.array([[len(targets)]], np.int32), *parts], corners


def end2end_labels(targets: Sequence[Target], _activation: str) -> tuple[Outputs, list[Corners]]:
    """As MMDetection: classes apart from the rows."""
    (table,), corners = end2end(targets, _activation)
    return [table[..., :5], table[..., 5].astype(np.int64)], corners


def end2end_without_batch(targets: Sequence[Target], _activation: str) -> tuple[Outputs, list[Corners]]:
    """As torchvision: as many rows as objects."""
    (_, *parts), corners = end2end_parts(targets, _activation)
    return [part[0, : len(targets)] for part in parts], corners


def end2end_of_images(targets: Sequence[Target], _activation: str) -> tuple[Outputs, list[Corners]]:
    """As YOLOv7: image, box, class, score."""
    corners = [target.corners(*free_centre(target)) for target in targets]
    rows = [[0.0, *box, one.class_index, one.score] for one, box in zip(targets, corners, strict=True)]
    return [np.array(rows, np.float32).reshape(-1, 7)], corners


def tensorflow(targets: Sequence[Target], _activation: str) -> tuple[Outputs, list[Corners]]:
    (number, boxes, *lists), corners = end2end_parts(targets, _activation)
    height, width = INPUT_HW
    boxes[..., [0, 1, 2, 3]] = boxes[..., [1, 0, 3, 2]] / np.array([height, width, height, width], np.float32)
    return [number[0].astype(np.float32), boxes, *lists], corners


def parts_of_input(targets: Sequence[Target]) -> tuple[list[list[float]], list[Corners]]:
    height, width = INPUT_HW
    rows = [[x / width, y / height, w / width, h / height] for x, y, w, h in map(row_of, targets)]
    return rows, [target.corners(*free_centre(target)) for target in targets]


def detr(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    table = np.full((1, N_ROWS, 4 + N_CLASSES), nothing(activation), np.float32)
    rows, corners = parts_of_input(targets)
    for target, row in zip(targets, rows, strict=True):
        table[0, target.row] = [*row, *classes(target, target.score, activation)]
    return [table], corners


def detr_apart(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    """With a class for no object where classes share one probability."""
    (table,), corners = detr(targets, activation)
    scores = table[..., 4:]
    if activation == "softmax":
        no_object = np.full((1, N_ROWS, 1), 9.0, np.float32)
        no_object[0, [target.row for target in targets]] = -50.0
        scores = np.concatenate([scores, no_object], axis=2)
    return [scores, table[..., :4].copy()], corners


def masks(scored: Outputs, axis: int) -> Outputs:
    """The same with coefficients and prototypes of masks."""
    shape = list(scored[0].shape)
    shape[axis] = 32
    coefficients = np.random.default_rng(0).normal(0, 3, shape).astype(np.float32)
    return [np.concatenate([*scored, coefficients], axis=axis), np.ones((1, 32, 24, 40), np.float32)]


def yolov5_masks(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    outputs, corners = yolov5(targets, activation)
    return masks(outputs, 2), corners


def yolov8_masks(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    outputs, corners = yolov8(targets, activation)
    return masks(outputs, 1), corners


def yolov8_turned(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    """Turned by a right angle, so that sides change places."""
    (table,), corners = yolov8(targets, activation)
    table[0, [2, 3]] = table[0, [3, 2]]
    return [np.concatenate([table, np.full((1, 1, N_ROWS), np.pi / 2, np.float32)], axis=1)], corners


def ssd(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    scores = np.full((1, N_ROWS, 1 + N_CLASSES), nothing(activation), np.float32)
    scores[0, :, 0] = 9.0
    boxes = np.zeros((1, N_ROWS, 4), np.float32)
    corners = [target.corners(*free_centre(target)) for target in targets]
    height, width = INPUT_HW
    for target, box in zip(targets, corners, strict=True):
        raw = classes(target, target.score, activation)
        scores[0, target.row] = [-9.0 if activation == "softmax" else 0.5, *raw]
        boxes[0, target.row] = [box[0] / width, box[1] / height, box[2] / width, box[3] / height]
    return [scores, boxes], corners


def cell(row: int, strides: Sequence[int]) -> tuple[int, int, int]:
    """Stride, row and column of a cell, levels one after another."""
    for stride in strides:
        rows, cols = INPUT_HW[0] // stride, INPUT_HW[1] // stride
        if row < rows * cols:
            return stride, row // cols, row % cols
        row -= rows * cols
    raise AssertionError(row)


def on_grid(target: Target, strides: Sequence[int]) -> tuple[list[float], Corners]:
    stride, row, col = cell(target.row, strides)
    raw = [target.across, target.down, log(target.width_px / stride), log(target.height_px / stride)]
    return raw, target.corners((col + target.across) * stride, (row + target.down) * stride)


def yolox(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    table = np.full((1, 12 * 20 + 6 * 10 + 3 * 5, 5 + N_CLASSES), nothing(activation), np.float32)
    corners = []
    for target in targets:
        raw, box = on_grid(target, (8, 16, 32))
        table[0, target.row] = [*raw, *object_and_classes(target, 0.6, 0.4, activation)]
        corners.append(box)
    return [table], corners


def yunet(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    counts = [12 * 20, 6 * 10, 3 * 5]
    table = np.full((1, sum(counts), N_CLASSES + 1 + 4 + 10), nothing(activation), np.float32)
    corners = []
    for target in targets:
        raw, box = on_grid(target, (8, 16, 32))
        keypoints = [7.0] * 10
        # sqrt(score^1.2 x score^0.8) = score
        thing, *kinds = object_and_classes(target, 1.2, 0.8, activation)
        table[0, target.row] = [*kinds, thing, *raw, *keypoints]
        corners.append(box)
    levels = np.split(table, np.cumsum(counts)[:-1], axis=1)
    cuts = [0, N_CLASSES, N_CLASSES + 1, N_CLASSES + 5, N_CLASSES + 15]
    return [level[:, :, a:b] for a, b in pairwise(cuts) for level in levels], corners


def fastestdet(targets: Sequence[Target], activation: str) -> tuple[Outputs, list[Corners]]:
    table = np.full((1, 5 + N_CLASSES, 6, 10), nothing(activation), np.float32)
    corners = []
    for target in targets:
        row, col = divmod(target.row, 10)
        box = [atanh(target.across), atanh(target.down), logit(target.width_px / 160), logit(target.height_px / 96)]
        # score^(1.2 x 0.6) x score^(0.7 x 0.4) = score
        thing, *kinds = object_and_classes(target, 1.2, 0.7, activation)
        table[0, :, row, col] = [thing, *box, *kinds]
        corners.append(target.corners((col + target.across) * 16, (row + target.down) * 16))
    return [table], corners


ENCODERS: dict[str, Callable[[Sequence[Target], str], tuple[Outputs, list[Corners]]]] = {
    "yolov5": yolov5,
    "yolov8": yolov8,
    "end2end": end2end,
    "end2end, parts": end2end_parts,
    "end2end, labels": end2end_labels,
    "end2end, without batch": end2end_without_batch,
    "end2end, of images": end2end_of_images,
    "tensorflow": tensorflow,
    "detr": detr,
    "detr, apart": detr_apart,
    "yolov5, masks": yolov5_masks,
    "yolov8, masks": yolov8_masks,
    "yolov8-obb": yolov8_turned,
    "ssd": ssd,
    "yolox": yolox,
    "yunet": yunet,
    "fastestdet": fastestdet,
}
