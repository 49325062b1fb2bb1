import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.frame_checks import frame_checks
from onboard.comms.frames import MAX_FRAME_BYTES, frame_check


@given(st.integers(2, MAX_FRAME_BYTES), st.integers(0, 300), st.integers(0, 2**32))
def test_equals_the_check_of_each_frame(length: int, n_frames: int, seed: int) -> None:
    frames = np.random.default_rng(seed).integers(0, 256, (n_frames, length), np.uint8)
    before = frames.copy()
    assert frame_checks(frames).tolist() == [frame_check(frame.tobytes()) for frame in frames]
    assert (frames == before).all()


@pytest.mark.parametrize("length", [128, 1115, MAX_FRAME_BYTES])
def test_every_octet_counts(length: int) -> None:
    frames = np.eye(length, dtype=np.uint8)
    assert frame_checks(frames).tolist() == [frame_check(frame.tobytes()) for frame in frames]
