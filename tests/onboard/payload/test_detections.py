"""Boxes, confidence steps and size classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.payload.detections import CONFIDENCE_STEPS, Detection, iou, non_maximum_suppression, size_class


def test_confidence_is_what_a_byte_holds() -> None:
    assert Detection(0, 0, 1, 1, 0, 0.5, 0).confidence == 128 / 255
    assert Detection(0, 0, 1, 1, 0, 1.0, 0).confidence == 1.0


@given(st.floats(0, 1))
def test_confidence_is_rounded_once(confidence: float) -> None:
    once = Detection(0, 0, 1, 1, 0, confidence, 0)
    assert abs(once.confidence - confidence) <= 0.5 / CONFIDENCE_STEPS + 1e-12
    assert Detection(0, 0, 1, 1, 0, once.confidence, 0) == once
    assert once.confidence == once.confidence_step / CONFIDENCE_STEPS


@pytest.mark.parametrize(
    ("area_m2", "expected"),
    [(0.3, 0), (9.99, 0), (10.0, 1), (400.0, 2), (1e3, 3), (9.9e6, 6), (1e7, 7), (1e12, 7)],
)
def test_size_class_is_the_decade(area_m2: float, expected: int) -> None:
    assert size_class(area_m2) == expected


def test_iou_by_hand() -> None:
    a = np.array([[0, 0, 2, 2], [5, 5, 5, 9]])
    b = np.array([[1, 1, 3, 3], [0, 0, 2, 2], [5, 5, 5, 9]])
    assert iou(a, b) == pytest.approx(np.array([[1 / 7, 1.0, 0.0], [0.0, 0.0, 0.0]]))


def test_suppression_is_within_a_class_and_by_confidence() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [1, 0, 11, 10], [20, 20, 30, 30]])
    kept = non_maximum_suppression(boxes, np.array([0.5, 0.9, 0.4, 0.5]), np.array([0, 0, 1, 0]), 0.5)
    assert kept.tolist() == [1, 3, 2]
