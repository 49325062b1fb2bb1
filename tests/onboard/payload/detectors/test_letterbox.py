"""A frame in an input, and boxes back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.payload.detectors.boxes import Boxes
from onboard.payload.detectors.letterbox import Letterbox, letterbox

sides = st.integers(1, 3000)


def test_centred_as_ultralytics_does_it() -> None:
    # 720 x 1280 into 640: half the size, (640 - 360) / 2 above; LetterBox gives top = bottom = 140.
    assert letterbox((720, 1280), (640, 640), centred=True) == Letterbox((720, 1280), 360, 640, 140, 0)
    # round(1000 x 0.64) = 640, round(333 x 0.64) = 213; 427 of padding: round(213.5 - 0.1) = 213 left, 214 right.
    assert letterbox((1000, 333), (640, 640), centred=True) == Letterbox((1000, 333), 640, 213, 0, 213)


def test_cornered_as_yolox_does_it() -> None:
    # int(427 x 0.65) = 277
    assert letterbox((427, 640), (416, 416), centred=False) == Letterbox((427, 640), 277, 416, 0, 0)


@given(frame=st.tuples(sides, sides), size=st.tuples(sides, sides), centred=st.booleans())
def test_a_frame_fits_and_its_own_outline_comes_back(
    frame: tuple[int, int], size: tuple[int, int], centred: bool
) -> None:
    placed = letterbox(frame, size, centred=centred)
    assert 0 <= placed.top <= placed.top + placed.height_px <= size[0]
    assert 0 <= placed.left <= placed.left + placed.width_px <= size[1]
    outline = [placed.left, placed.top, placed.left + placed.width_px, placed.top + placed.height_px]
    boxes = Boxes(np.array([outline], np.float64), np.array([0.5]), np.array([0], np.int64))
    assert placed.to_frame(boxes).corners[0] == pytest.approx((0.0, 0.0, frame[1], frame[0]))


def test_padding_is_cut_away() -> None:
    placed = letterbox((100, 200), (200, 200), centred=True)
    boxes = Boxes(np.array([[10.0, 0.0, 50.0, 100.0], [0.0, 160.0, 9.0, 190.0]]), np.ones(2), np.zeros(2, np.int64))
    assert placed.to_frame(boxes).clipped(100, 200).corners.tolist() == [[10.0, 0.0, 50.0, 50.0]]
