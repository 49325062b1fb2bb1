"""Packed bits and JPEG-LS planes, lossless in every case."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.payload.compression import decode_jpegls, encode_jpegls, pack_bits, packed_bytes, unpack_bits


def test_twelve_bits_most_significant_first() -> None:
    assert pack_bits(np.array([0xABC, 0xDEF, 0x123], np.uint16), 12) == bytes.fromhex("abcdef1230")


@given(st.integers(1, 16), st.integers(0, 100), st.integers(0, 2**32 - 1))
def test_packing_is_undone_and_agrees_with_text(bit_depth: int, n: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 1 << bit_depth, n).astype(np.uint16)
    data = pack_bits(values, bit_depth)
    assert np.array_equal(unpack_bits(data, n, bit_depth), values)
    bits = "".join(format(value, f"0{bit_depth}b") for value in values)
    assert data == bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))
    assert len(data) == packed_bytes(n, bit_depth)


def test_a_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="3 bytes are not 4 values of 12 bits"):
        unpack_bits(b"abc", 4, 12)


@given(st.integers(1, 3), st.integers(1, 40), st.integers(1, 40), st.integers(1, 16), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_jpegls_is_lossless(bands: int, height: int, width: int, bit_depth: int, seed: int) -> None:
    planes = np.random.default_rng(seed).integers(0, 1 << bit_depth, (bands, height, width)).astype(np.uint16)
    data = encode_jpegls(planes, bit_depth)
    assert np.array_equal(decode_jpegls(data, planes.shape), planes)
    with pytest.raises(ValueError, match="not"):
        decode_jpegls(data, (bands, height, width + 1))


def test_jpegls_holds_values_above_the_declared_depth() -> None:
    planes = np.array([[[0, 65535], [256, 255]]], np.uint16)
    assert np.array_equal(decode_jpegls(encode_jpegls(planes, 8), (1, 2, 2)), planes)


def test_smooth_imagery_shrinks() -> None:
    rows, cols = np.mgrid[:256, :256]
    planes = (1000 + 3 * rows + 2 * cols + np.random.default_rng(0).normal(0, 4, (256, 256))).astype(np.uint16)[None]
    assert len(encode_jpegls(planes, 12)) < 0.5 * packed_bytes(planes.size, 12)
