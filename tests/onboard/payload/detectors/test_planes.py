"""Segmentations in every form become planes of the tile's size."""

import numpy as np
import pytest

from onboard.payload.detectors.planes import class_numbers_fault, class_planes, planes_misfit

HW = (32, 48)

FORMS = [
    ("NCHW", 2, (1, 2, 32, 48), np.float32),
    ("NHWC", 2, (1, 32, 48, 2), np.float32),
    ("NCHW", 1, (1, 32, 48), np.float32),
    ("NCHW", 2, (1, 2, 8, 12), np.float16),
    ("NHWC", 2, (1, 16, 24, 2), np.float64),
    ("NCHW", 1, (1, 1, 32, 48), np.bool_),
    ("NCHW", 3, (1, 1, 32, 48), np.int64),
    ("NHWC", 3, (1, 32, 48, 1), np.int32),
    ("NCHW", 3, (1, 32, 48), np.uint8),
    ("NCHW", 3, (1, 8, 12), np.int64),
]

MISFITS = [
    ("NCHW", 2, (1, 3, 32, 48), np.float32),
    ("NCHW", 2, (1, 32, 48, 2), np.float32),
    ("NCHW", 2, (1, 32, 48), np.float32),
    ("NCHW", 1, (1, 1, 11, 16), np.float32),
    ("NCHW", 2, (1, 2, 32, 48), np.int64),
    ("NCHW", 1, (1, 1), np.float32),
]


@pytest.mark.parametrize(("layout", "n_classes", "shape", "dtype"), FORMS)
def test_every_form_becomes_planes_of_the_tile(
    layout: str, n_classes: int, shape: tuple[int, ...], dtype: type
) -> None:
    output = np.zeros(shape, dtype)
    assert not planes_misfit(output, layout, HW, n_classes)
    planes = class_planes(output, layout, HW, n_classes, "none")
    assert planes.shape == (1, n_classes, *HW)
    assert planes.dtype == np.float32


@pytest.mark.parametrize(("layout", "n_classes", "shape", "dtype"), MISFITS)
def test_a_misfit_is_told_in_one_line(layout: str, n_classes: int, shape: tuple[int, ...], dtype: type) -> None:
    told = planes_misfit(np.zeros(shape, dtype), layout, HW, n_classes)
    assert str(shape) in told
    assert "\n" not in told


def test_class_numbers_become_planes_of_flags() -> None:
    numbers = np.zeros((1, *HW), np.int64)
    numbers[0, 3, 4] = 2
    planes = class_planes(numbers, "NCHW", HW, 3, "none")
    assert np.argwhere(planes[0, 2]).tolist() == [[3, 4]]
    assert (planes.sum(axis=1) == 1.0).all()


def test_a_class_number_beyond_the_card_is_told() -> None:
    numbers = np.zeros((1, *HW), np.int8)
    numbers[0, 3, 4] = 2
    assert class_numbers_fault(numbers, 3) == ""
    assert class_numbers_fault(numbers, 2) == "class numbers 0 to 2, the card has 2"
    numbers[0, 5, 6] = -1
    assert class_numbers_fault(numbers, 3) == "class numbers -1 to 2, the card has 3"
    assert class_numbers_fault(np.full((1, 1, *HW), np.nan, np.float32), 1) == ""


def test_coarse_logits_are_interpolated_before_they_are_activated() -> None:
    logits = np.zeros((1, 1, 8, 12), np.float32)
    logits[..., 6:] = 8.0
    planes = class_planes(logits, "NCHW", HW, 1, "sigmoid")
    # Between the centres of the cells at 22 and 26 px a logit rises by 2 a pixel, from pixel centre to pixel centre.
    expected = 1.0 / (1.0 + np.exp(-np.array([0.0, 1.0, 3.0, 5.0, 7.0, 8.0])))
    np.testing.assert_allclose(planes[0, 0, 10, 21:27], expected, atol=1e-6)
