"""Every head gives back the objects that were written into its outputs."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.payload.detectors.boxes import Boxes
from onboard.payload.detectors.contract import Detector
from onboard.payload.detectors.registry import DETECTORS
from onboard.payload.detectors.scores import Activation
from tests.onboard.payload.detectors.encoders import ENCODERS, INPUT_HW, N_CLASSES, N_ROWS, Corners, Outputs, Target

THRESHOLD = 0.6

part = st.floats(-0.9, 0.9)
side_px = st.floats(2.0, 90.0)
score = st.floats(0.5, 0.99).filter(lambda value: abs(value - THRESHOLD) > 1e-3)
target = st.builds(Target, st.integers(0, N_ROWS - 1), part, part, side_px, side_px, st.integers(0, 2), score)
targets = st.lists(target, max_size=6, unique_by=lambda one: one.row)
heads = pytest.mark.parametrize("name", ENCODERS)
activations = pytest.mark.parametrize("activation", ["none", "sigmoid", "softmax"])


def detector(name: str) -> Detector:
    return DETECTORS[name.split(",")[0]]


def encoded(name: str, objects: Sequence[Target], activation: Activation) -> tuple[Outputs, list[Corners]]:
    """Outputs of a head that has told these objects, and their corners."""
    outputs, corners = ENCODERS[name](objects, activation)
    assert not detector(name).misfit([output.shape for output in outputs], INPUT_HW, N_CLASSES)
    return outputs, corners


def in_order_of(expected: Boxes, found: Boxes) -> Boxes:
    """Each found box where the expected one is that lies nearest to it."""
    left, order = list(range(len(found.scores))), []
    for corners in expected.corners:
        order.append(min(left, key=lambda number: np.abs(found.corners[number] - corners).max()))
        left.remove(order[-1])
    return found.taken(np.array(order, np.intp))


@heads
@activations
@given(objects=targets)
@settings(max_examples=40, deadline=None)
def test_objects_come_back(name: str, activation: Activation, objects: list[Target]) -> None:
    outputs, corners = encoded(name, objects, activation)
    found = detector(name).decode(outputs, INPUT_HW, THRESHOLD, activation)
    there = [(one, box) for one, box in zip(objects, corners, strict=True) if one.score >= THRESHOLD]
    expected = Boxes(
        np.array([box for _, box in there]).reshape(-1, 4),
        np.array([one.score for one, _ in there]),
        np.array([one.class_index for one, _ in there], np.int64),
    )
    assert not found.fault(N_CLASSES)
    assert len(found.scores) == len(there)
    found = in_order_of(expected, found)
    np.testing.assert_allclose(found.corners, expected.corners, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-5)
    np.testing.assert_array_equal(found.class_indices, expected.class_indices)


OBJECT = Target(7, 0.3, -0.2, 30.0, 20.0, 1, 0.8)


@heads
def test_half_precision_changes_little(name: str) -> None:
    outputs, (corners,) = encoded(name, [OBJECT], "none")
    halves = [output.astype(np.float16) if output.dtype == np.float32 else output for output in outputs]
    found = detector(name).decode(halves, INPUT_HW, THRESHOLD, "none")
    np.testing.assert_allclose(found.corners, [corners], atol=0.2)
    np.testing.assert_allclose(found.scores, [0.8], atol=0.01)


def damaged(name: str, activation: Activation, damage: float) -> Boxes:
    outputs, _ = encoded(name, [OBJECT], activation)
    for output in outputs:
        if output.dtype == np.float32:
            output[:] = damage
    return detector(name).decode(outputs, INPUT_HW, THRESHOLD, activation)


@heads
@activations
def test_what_is_no_number_is_not_lost(name: str, activation: Activation) -> None:
    assert damaged(name, activation, np.nan).fault(N_CLASSES)


@pytest.mark.parametrize("name", [name for name in ENCODERS if name != "yunet"])  # which clamps
def test_what_is_infinite_is_not_lost(name: str) -> None:
    assert damaged(name, "none", np.inf).fault(N_CLASSES)


def test_a_wild_size_is_told() -> None:
    outputs, _ = encoded("yolox", [OBJECT], "none")
    outputs[0][0, OBJECT.row, 2] = 1e4
    assert "finite" in detector("yolox").decode(outputs, INPUT_HW, THRESHOLD, "none").fault(N_CLASSES)


def test_a_class_beyond_the_card_is_told() -> None:
    outputs, _ = encoded("end2end", [OBJECT], "none")
    outputs[0][0, OBJECT.row, 5] = 80
    found = detector("end2end").decode(outputs, INPUT_HW, THRESHOLD, "none")
    assert found.fault(N_CLASSES) == "class indices 80 to 80, the card has 3"


def test_an_ssd_prior_may_tell_two_classes() -> None:
    scores = np.array([[[0.1, 0.7, 0.2, 0.8]]], np.float32)
    corners = np.array([[[0.1, 0.2, 0.5, 0.6]]], np.float32)
    found = detector("ssd").decode([scores, corners], (100, 200), 0.5, "none")
    np.testing.assert_allclose(found.corners, [[20.0, 20.0, 100.0, 60.0]] * 2, atol=1e-4)
    assert found.class_indices.tolist() == [0, 2]


def test_a_turned_box_becomes_the_upright_one_that_holds_it() -> None:
    # 40 x 20 turned by 30 degrees: 40 cos + 20 sin across, 40 sin + 20 cos down.
    table = np.array([[80.0], [48.0], [40.0], [20.0], [0.9], [np.pi / 6]], np.float32)[None]
    (found,) = detector("yolov8-obb").decode([table], INPUT_HW, THRESHOLD, "none").corners
    half_width, half_height = (40 * 0.8660254 + 10) / 2, (20 + 20 * 0.8660254) / 2
    expected = [80 - half_width, 48 - half_height, 80 + half_width, 48 + half_height]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_list_ends_at_its_number() -> None:
    outputs, _ = encoded("tensorflow", [OBJECT, Target(8, 0.1, 0.1, 20.0, 20.0, 2, 0.9)], "none")
    outputs[0][:] = 1.0
    assert len(detector("tensorflow").decode(outputs, INPUT_HW, THRESHOLD, "none")) == 1


def test_yolox_with_a_sixth_level() -> None:
    table = np.zeros((1, 64 + 16 + 4 + 1, 5 + N_CLASSES), np.float32)
    table[0, 84] = [0.5, 0.5, 0.0, -np.log(2.0), 1.0, 0.0, 0.9, 0.0]
    found = detector("yolox").decode([table], (64, 64), 0.5, "none")
    np.testing.assert_allclose(found.corners, [[0.0, 16.0, 64.0, 48.0]], atol=1e-4)


@pytest.mark.parametrize(("objectness", "expected"), [(0.81, [0.9]), (1.5, [1.0]), (-0.5, [])])
def test_yunet_clamps_what_it_multiplies(objectness: float, expected: list[float]) -> None:
    outputs, _ = encoded("yunet", [OBJECT], "none")
    outputs[0][0, OBJECT.row] = (0.0, 1.2, -1.0)
    outputs[3][0, OBJECT.row] = objectness
    found = detector("yunet").decode(outputs, INPUT_HW, THRESHOLD, "none")
    np.testing.assert_allclose(found.scores, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [("none", [2.0]), ("sigmoid", [0.880797, 0.731059]), ("softmax", [0.705385])],
)
def test_a_classifier_boxes_its_tile(activation: Activation, expected: list[float]) -> None:
    logits = np.array([[2.0, 1.0, -1.0]], np.float32)
    threshold = 1.5 if activation == "none" else 0.5
    found = detector("classifier").decode([logits], (20, 30), threshold, activation)
    pooled = detector("classifier").decode([logits.reshape(1, 3, 1, 1)], (20, 30), threshold, activation)
    np.testing.assert_array_equal(pooled.scores, found.scores)
    np.testing.assert_allclose(found.scores, expected, atol=1e-6)
    assert found.corners.tolist() == [[0.0, 0.0, 30.0, 20.0]] * len(expected)
    assert found.class_indices.tolist() == list(range(len(expected)))
