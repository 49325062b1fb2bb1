"""Outputs that a head cannot read are told in one line."""

import numpy as np
import pytest

from onboard.payload.detectors.registry import DETECTORS

HW = (320, 320)
YUNET = [(1, cells, length) for length in (1, 1, 4, 10) for cells in (1600, 400, 100)]

FITTING = [
    ("yolov5", 80, [(1, 6300, 85)]),
    ("yolov8", 80, [(1, 84, 2100)]),
    ("end2end", 80, [(1, 300, 6)]),
    ("end2end", 80, [(1, 1), (1, 100, 4), (1, 100), (1, 100)]),
    ("end2end", 80, [(1,), (1, 100, 4), (1, 100), (1, 100)]),
    ("end2end", 80, [(1, 100, 4), (1, 100), (1, 100)]),
    ("end2end", 80, [(0, 4), (0,), (0,)]),
    ("end2end", 80, [(1, 100, 5), (1, 100)]),
    ("end2end", 80, [(7, 7)]),
    ("tensorflow", 80, [(1, 100, 4), (1, 100), (1, 100)]),
    ("tensorflow", 80, [(1,), (1, 100, 4), (1, 100), (1, 100)]),
    ("detr", 3, [(1, 300, 7)]),
    ("detr", 3, [(1, 300, 3), (1, 300, 4)]),
    ("detr", 3, [(1, 300, 4), (1, 300, 4)]),
    ("yolov5", 3, [(1, 6300, 40), (1, 32, 80, 80)]),
    ("yolov8", 3, [(1, 39, 2100), (1, 32, 80, 80)]),
    ("yolov8-obb", 3, [(1, 8, 2100)]),
    ("yolox", 80, [(1, 2100, 85)]),
    ("yolox", 80, [(1, 2125, 85)]),
    ("ssd", 1, [(1, 4420, 2), (1, 4420, 4)]),
    ("fastestdet", 80, [(1, 85, 20, 20)]),
    ("yunet", 1, YUNET),
    ("yunet", 1, YUNET[:9]),
    ("classifier", 2, [(1, 2)]),
    ("classifier", 2, [(1, 2, 1, 1)]),
    ("classifier", 1, [(1,)]),
    ("heatmap", 2, [(1, 2, 320, 320)]),
    ("heatmap", 2, [(1, 2, 80, 80)]),
]

MISFITS = [
    ("yolov5", 80, [(1, 84, 2100)]),
    ("yolov5", 79, [(1, 6300, 85)]),
    ("yolov8", 80, [(1, 85, 2100)]),
    ("yolov8", 80, [(2, 84, 2100)]),
    ("end2end", 80, [(1, 300, 7)]),
    ("end2end", 80, [(1, 1), (1, 100, 4), (1, 99), (1, 100)]),
    ("tensorflow", 80, [(1, 100), (1, 100, 4), (1, 100)]),
    ("detr", 3, [(1, 300, 9)]),
    ("yolov8", 3, [(1, 39, 2100), (1, 16, 80, 80)]),
    ("yolox", 80, [(1, 2101, 85)]),
    ("ssd", 1, [(1, 4420, 4), (1, 4420, 2)]),
    ("ssd", 1, [(1, 4420, 2), (1, 4419, 4)]),
    ("fastestdet", 80, [(1, 85, 400)]),
    ("yunet", 1, YUNET[:8]),
    ("yunet", 1, YUNET[::-1]),
    ("classifier", 3, [(1, 2)]),
    ("heatmap", 2, [(1, 2, 80, 81)]),
    ("heatmap", 1, [(1, 1, 320, 320), (1, 1, 320, 320)]),
]


@pytest.mark.parametrize(("name", "n_classes", "shapes"), FITTING)
def test_fitting_outputs_decode(name: str, n_classes: int, shapes: list[tuple[int, ...]]) -> None:
    assert not DETECTORS[name].misfit(shapes, HW, n_classes)
    found = DETECTORS[name].decode([np.zeros(shape, np.float32) for shape in shapes], HW, 0.5, "none")
    assert len(found) == 0


@pytest.mark.parametrize(("name", "n_classes", "shapes"), MISFITS)
def test_misfits_are_told_in_one_line(name: str, n_classes: int, shapes: list[tuple[int, ...]]) -> None:
    told = DETECTORS[name].misfit(shapes, HW, n_classes)
    assert str(shapes[0]) in told
    assert "\n" not in told


def test_the_line_says_both_sides() -> None:
    told = DETECTORS["yolov8"].misfit([(1, 25200, 85)], HW, 80)
    wanted = "(1, 84, n), or (1, 116, n) and (1, 32, h, w)"
    assert told == f"of 80 classes this head takes {wanted}; the graph puts out (1, 25200, 85)"
