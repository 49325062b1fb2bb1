"""Frames as CCSDS 121.0-B and JPEG 2000: what comes back, and what damaged bytes do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.payload.frame_codecs import decode_ccsds121, decode_jpeg2000, encode_ccsds121, encode_jpeg2000
from onboard.payload.imagery import Planes

PICTURES = ("noise", "dark", "full", "ramp", "spots")


def picture(kind: str, shape: tuple[int, int, int], bit_depth: int) -> Planes:
    top, order = (1 << bit_depth) - 1, np.arange(np.prod(shape)).reshape(shape)
    planes = {
        "noise": np.random.default_rng(1).integers(0, top + 1, shape),
        "dark": np.zeros(shape),
        "full": np.full(shape, top),
        "ramp": order % (top + 1),
        "spots": (order % 997 == 0) * top,
    }
    return planes[kind].astype(np.uint16)


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("bit_depth", [1, 8, 9, 12, 16])
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 5, 7), (3, 64, 64), (1, 2, 300)])
def test_ccsds_121_loses_nothing(kind: str, bit_depth: int, shape: tuple[int, int, int]) -> None:
    planes = picture(kind, shape, bit_depth)
    assert np.array_equal(decode_ccsds121(encode_ccsds121(planes, bit_depth), shape, bit_depth), planes)


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("bit_depth", [8, 12, 16])
@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 33, 31), (1, 2, 300), (1, 64, 65), (2, 200, 130)])
@pytest.mark.parametrize("psnr_db", [45.0, 52.0])
def test_jpeg_2000_keeps_its_word(kind: str, bit_depth: int, shape: tuple[int, int, int], psnr_db: float) -> None:
    planes = picture(kind, shape, bit_depth)
    arrived = decode_jpeg2000(encode_jpeg2000(planes, bit_depth, psnr_db), shape, bit_depth)
    mean_square = float(np.mean((arrived.astype(float) - planes) ** 2))
    assert mean_square <= ((1 << bit_depth) - 1) ** 2 / 10 ** ((psnr_db - 0.3) / 10)


def test_less_quality_takes_fewer_bytes() -> None:
    smooth = np.random.default_rng(2).normal(0, 1, (1, 256, 256)).cumsum(1).cumsum(2)
    planes = ((smooth - smooth.min()) / np.ptp(smooth) * 4095).astype(np.uint16)
    sizes = [len(encode_jpeg2000(planes, 12, psnr_db)) for psnr_db in (35.0, 45.0, 55.0)]
    assert sizes == sorted(sizes)
    assert sizes[-1] < len(encode_ccsds121(planes, 12)) < planes.size * 1.5


@pytest.mark.parametrize(
    ("encode", "decode"),
    [
        (encode_ccsds121, decode_ccsds121),
        (lambda planes, depth: encode_jpeg2000(planes, depth, 50.0), decode_jpeg2000),
    ],
)
@given(data=st.data())
def test_what_is_damaged_is_refused_or_a_picture(encode, decode, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]
    shape = (2, 24, 40)
    whole = bytearray(encode(picture("noise", shape, 12), 12))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        planes = decode(damaged, shape, 12)
    except ValueError:
        return
    assert planes.shape == shape
    assert int(planes.max()) < 4096


def test_another_size_or_depth_is_refused() -> None:
    coded = encode_jpeg2000(picture("noise", (2, 40, 50), 12), 12, 50.0)
    for shape, depth in (((2, 50, 40), 12), ((1, 40, 50), 12), ((3, 40, 50), 12), ((2, 40, 50), 8)):
        with pytest.raises(ValueError, match="JPEG 2000"):
            decode_jpeg2000(coded, shape, depth)
    with pytest.raises(ValueError, match="planes"):
        decode_ccsds121(encode_ccsds121(picture("noise", (2, 40, 50), 12), 12), (3, 40, 50), 12)
