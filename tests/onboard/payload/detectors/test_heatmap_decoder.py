"""Hills of a heat map: one a target, near or far, faint or bright, flat or steep."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from onboard.payload.detectors.boxes import Boxes
from onboard.payload.detectors.registry import DETECTORS

HEATMAP = DETECTORS["heatmap"]
ROWS, COLS = np.mgrid[0:64, 0:80]
Plane = NDArray[np.float64]


def blob(row: float, col: float, peak: float, sigma_px: float = 2.0) -> Plane:
    plane: Plane = peak * np.exp(-((ROWS - row) ** 2 + (COLS - col) ** 2) / (2.0 * sigma_px**2))
    return plane


def decoded(*planes: Plane, threshold: float = 0.5, stride: int = 1) -> Boxes:
    output = np.stack(planes)[None].astype(np.float32)
    height, width = planes[0].shape
    return HEATMAP.decode([output], (height * stride, width * stride), threshold, "none")


def middles(boxes: Boxes) -> list[tuple[float, float]]:
    """Row and column of the boxes' middles."""
    centres = (boxes.corners[:, :2] + boxes.corners[:, 2:] - 1.0) / 2.0
    return sorted((float(row), float(col)) for col, row in centres)


def test_an_empty_map_has_no_target() -> None:
    assert len(decoded(np.full((64, 80), 0.49))) == 0


def test_the_box_is_as_wide_as_the_hill_at_half_its_height() -> None:
    found = decoded(blob(20, 30, 0.9))
    # Full width at half maximum of a Gaussian, 2.355 sigma = 4.7 pixels: 2 whole pixels to either side.
    assert found.corners.tolist() == [[28.0, 18.0, 33.0, 23.0]]
    assert found.scores[0] == pytest.approx(0.9)


def test_a_bright_target_is_no_larger_than_a_faint_one() -> None:
    found = decoded(np.maximum(blob(20, 20, 0.51), blob(20, 60, 1.0)))
    sizes = found.corners[:, 2:] - found.corners[:, :2]
    assert sizes[0].tolist() == sizes[1].tolist()


def test_neighbours_stay_apart_where_the_dip_resolves_them() -> None:
    assert middles(decoded(np.maximum(blob(20, 20, 0.9), blob(20, 26, 0.8)))) == [(20.0, 20.0), (20.0, 26.0)]


def test_noise_on_a_flat_top_does_not_tear_a_target() -> None:
    plane = np.zeros((64, 80))
    plane[10:30, 40:70] = 0.9 + 0.05 * np.random.default_rng(1).random((20, 30))
    assert decoded(plane).corners.tolist() == [[40.0, 10.0, 70.0, 30.0]]


def test_a_plateau_is_one_target() -> None:
    plane = np.zeros((64, 80))
    plane[10:13, 40:44] = 1.0
    assert decoded(plane).corners.tolist() == [[40.0, 10.0, 44.0, 13.0]]


def test_a_diagonal_target_is_boxed_whole() -> None:
    plane = np.zeros((64, 80))
    plane[np.arange(10, 30), np.arange(20, 40)] = 0.8
    assert decoded(plane).corners.tolist() == [[20.0, 10.0, 40.0, 30.0]]


def test_classes_and_strides() -> None:
    found = decoded(blob(20, 30, 0.9), blob(40, 50, 0.8), stride=4)
    assert found.class_indices.tolist() == [0, 1]
    assert found.corners[1].tolist() == [48.0 * 4, 38.0 * 4, 53.0 * 4, 43.0 * 4]


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_logits_give_what_probabilities_give(activation: str) -> None:
    probability = np.clip(np.maximum(blob(20, 30, 0.9), blob(40, 60, 0.7)), 1e-6, 1.0)
    logits = np.log(probability / (1.0 - probability))
    planes = [logits] if activation == "sigmoid" else [np.zeros_like(logits), logits]
    output = np.stack(planes)[None].astype(np.float32)
    found = HEATMAP.decode([output], (64, 80), 0.5, activation)  # type: ignore[arg-type]
    own = found.taken(np.flatnonzero(found.class_indices == len(planes) - 1))
    np.testing.assert_array_equal(own.corners, decoded(probability).corners)
    np.testing.assert_allclose(own.scores, [0.9, 0.7], atol=1e-6)


@pytest.mark.parametrize("damage", [np.nan, np.inf])
def test_what_is_no_number_is_not_lost(damage: float) -> None:
    plane = blob(20, 30, 0.9)
    plane[50, 60] = damage
    assert decoded(plane).fault(1)


places = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 6), st.floats(0.3, 1.0)), max_size=12, unique_by=lambda one: one[:2]
)


@given(targets=places)
@settings(max_examples=60, deadline=None)
def test_every_target_above_the_threshold_is_found_where_it_is(targets: list[tuple[int, int, float]]) -> None:
    plane = np.zeros((64, 80))
    for row, col, peak in targets:
        plane = np.maximum(plane, blob(6 + 10 * row, 8 + 10 * col, peak))
    expected = sorted((6.0 + 10 * row, 8.0 + 10 * col) for row, col, peak in targets if np.float32(peak) >= 0.5)
    assert middles(decoded(plane)) == expected
