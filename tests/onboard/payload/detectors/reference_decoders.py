"""Published post-processing, written as plain loops over cells and apart from the code under test.

Each function takes a graph's outputs and gives (x0, y0, x1, y1, score, class) in pixels of the input, and follows
what its project publishes; suppression is `suppressed`, the same for all: within a class, plain overlap.
"""

from collections.abc import Sequence
from math import exp, sqrt, tanh
from typing import Any

Found = tuple[float, float, float, float, float, int]


def overlap(a: Found, b: Found) -> float:
    """Intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def suppressed(candidates: Sequence[Found], max_iou: float) -> list[Found]:
    kept: list[Found] = []
    for one in sorted(candidates, key=lambda found: -found[4]):
        if all(other[5] != one[5] or overlap(other, one) <= max_iou for other in kept):
            kept.append(one)
    return kept


def best(scores: Sequence[float]) -> tuple[int, float]:
    index = max(range(len(scores)), key=lambda i: scores[i])
    return index, float(scores[index])


def yolox(outputs: Sequence[Any], size: int, threshold: float) -> list[Found]:
    """YOLOX, demo_postprocess: the grid is added and sizes are exponentials, both times the stride."""
    found: list[Found] = []
    index = 0
    for stride in (8, 16, 32):
        for row in range(size // stride):
            for col in range(size // stride):
                cell = outputs[0][0][index].tolist()
                index += 1
                which, probability = best(cell[5:])
                score = cell[4] * probability
                if score < threshold:
                    continue
                x, y = (cell[0] + col) * stride, (cell[1] + row) * stride
                width, height = exp(cell[2]) * stride, exp(cell[3]) * stride
                found.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2, score, which))
    return found


def fastestdet(outputs: Sequence[Any], size: int, threshold: float) -> list[Found]:
    """FastestDet, its ncnn example and handle_preds: score = objectness^0.6 x class^0.4."""
    feature_map = outputs[0][0]
    _, rows, cols = feature_map.shape
    found: list[Found] = []
    for row in range(rows):
        for col in range(cols):
            cell = feature_map[:, row, col].tolist()
            which, probability = best(cell[5:])
            score = cell[0] ** 0.6 * probability**0.4
            if score < threshold:
                continue
            x, y = (col + tanh(cell[1])) / cols, (row + tanh(cell[2])) / rows
            width, height = 1 / (1 + exp(-cell[3])), 1 / (1 + exp(-cell[4]))
            sides = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            found.append((sides[0] * size, sides[1] * size, sides[2] * size, sides[3] * size, score, which))
    return found


def ultra_light_faces(outputs: Sequence[Any], height: int, width: int, threshold: float) -> list[Found]:
    """Ultra-Light-Fast-Generic-Face-Detector, predict: column 0 is the background, boxes are parts of the sides."""
    found: list[Found] = []
    for (_, face), box in zip(outputs[0][0].tolist(), outputs[1][0].tolist(), strict=True):
        if face >= threshold:
            found.append((box[0] * width, box[1] * height, box[2] * width, box[3] * height, face, 0))
    return found


def yunet(outputs: Sequence[Any], size: int, threshold: float) -> list[Found]:
    """FaceDetectorYN of OpenCV, postProcess: class and objectness are clamped, their geometric mean is the score."""
    found: list[Found] = []
    for level, stride in enumerate((8, 16, 32)):
        classes, objects, boxes = (outputs[level + 3 * kind][0].tolist() for kind in range(3))
        cols = size // stride
        for row in range(size // stride):
            for col in range(cols):
                index = row * cols + col
                probability = min(max(classes[index][0], 0.0), 1.0)
                objectness = min(max(objects[index][0], 0.0), 1.0)
                score = sqrt(probability * objectness)
                if score < threshold:
                    continue
                across, down, log_width, log_height = boxes[index]
                x, y = (col + across) * stride, (row + down) * stride
                width, height = exp(log_width) * stride, exp(log_height) * stride
                found.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2, score, 0))
    return found


def softmax(logits: Sequence[float]) -> list[float]:
    powers = [exp(logit) for logit in logits]
    return [power / sum(powers) for power in powers]
