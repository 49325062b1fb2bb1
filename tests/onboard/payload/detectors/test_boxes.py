"""Boxes move, scale, are cut, and give way to better ones."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from onboard.payload.detectors.boxes import Boxes, concatenated, empty, from_centres
from onboard.payload.detectors.scores import Activation, activated, best_classes


def boxes(*rows: tuple[float, ...]) -> Boxes:
    """Of rows x0, y0, x1, y1, score, class."""
    table = np.array(rows, np.float64).reshape(-1, 6)
    return Boxes(table[:, :4], table[:, 4], table[:, 5].astype(np.int64))


def test_boxes_move_and_scale() -> None:
    found = boxes((1, 2, 3, 4, 0.5, 0)).scaled(across=2.0, down=10.0).shifted(100.0, 1000.0)
    assert found.corners.tolist() == [[102.0, 1020.0, 106.0, 1040.0]]


def test_a_box_is_cut_at_the_border_and_gone_beyond_it() -> None:
    found = boxes((-5, 10, 5, 30, 0.9, 0), (25, 0, 30, 9, 0.8, 0), (3, 3, 3, 8, 0.7, 0)).clipped(20, 25)
    assert found.corners.tolist() == [[0.0, 10.0, 5.0, 20.0]]
    assert found.scores.tolist() == [0.9]


def test_the_better_box_of_a_class_stays() -> None:
    found = boxes((0, 0, 10, 10, 0.6, 0), (1, 0, 11, 10, 0.9, 0), (0, 0, 10, 10, 0.7, 1)).suppressed(0.5)
    assert found.scores.tolist() == [0.9, 0.7]


def test_the_strongest_boxes_stay_in_their_order() -> None:
    found = boxes(*((0, 0, 1, 1, score, 0) for score in (0.5, 0.9, 0.6, 0.6, 0.7)))
    assert found.strongest(3).scores.tolist() == [0.9, 0.6, 0.7]
    assert len(found.strongest(9)) == 5


def test_parts_are_joined_in_their_order() -> None:
    parts = [boxes((0, 0, 1, 1, 0.5, 0)), empty(), boxes((0, 0, 1, 1, 0.9, 1))]
    assert concatenated(parts).scores.tolist() == [0.5, 0.9]
    assert len(concatenated([])) == 0


def test_no_boxes_are_no_trouble() -> None:
    assert len(empty().shifted(1, 1).scaled(2, 2).clipped(5, 5).suppressed(0.5)) == 0
    assert not empty().fault(0)


def test_faults_are_told() -> None:
    assert boxes((0, 0, 1, 1, 1.2, 0)).fault(1) == "scores from 1.2 to 1.2"
    assert boxes((0, 0, np.inf, 1, 0.5, 0)).fault(1) == "boxes without finite corners"
    assert boxes((0, 0, 1, 1, 0.5, -1)).fault(1) == "class indices -1 to -1, the card has 1"
    assert not boxes((0, 0, 1, 1, 1.0005, 0)).fault(1)


def test_centres_become_corners() -> None:
    assert from_centres(np.array([[10.0, 20.0, 4.0, 6.0]])).tolist() == [[8.0, 17.0, 12.0, 23.0]]


@given(
    rows=st.lists(st.lists(st.floats(-30.0, 30.0, width=32), min_size=3, max_size=3), min_size=1, max_size=8),
    threshold=st.floats(0.01, 0.99),
    activation=st.sampled_from(["none", "sigmoid", "softmax"]),
)
def test_the_threshold_on_raw_scores_loses_none(
    rows: list[list[float]], threshold: float, activation: Activation
) -> None:
    raw = np.array(rows, np.float32)
    everything = activated(raw, activation).max(axis=1)
    found = best_classes(raw, threshold, activation)
    assert found.rows.tolist() == np.flatnonzero(everything >= threshold).tolist()
