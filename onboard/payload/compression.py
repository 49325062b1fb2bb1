"""Lossless forms of pixels: packed bits as the sensor sent them, JPEG-LS for frames, and CCSDS 121.0-B for chips.

Only this module and `frame_codecs` load imagecodecs; whatever starts fast imports them late.
"""

import struct
from collections.abc import Iterable
from math import prod
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from onboard.payload.imagery import Planes
from onboard.payload.varints import Reader

_LENGTH = struct.Struct(">I")
_EOI = b"\xff\xd9"
_SOI = b"\xff\xd8"
_SOF_JPEGLS = 0xFFF7
_RICE_BLOCK = 8
"""Samples that share a code option: the smallest of 121.0-B, and the best for chips."""
_RICE = {"flags": 0, "blocksize": _RICE_BLOCK, "rsi": 128}
"""Of 121.0-B: no prediction of its own, little endian words, and blocks in a segment of zeros."""


def pack_bits(values: NDArray[np.uint16], bit_depth: int) -> bytes:
    """Values below 2**bit_depth, most significant bit first, with no gap between them.

    The last byte is filled with zero bits.
    """
    flat = np.ravel(values)
    assert 1 <= bit_depth <= 16
    assert flat.size == 0 or int(flat.max()) < 1 << bit_depth
    # Eight values fill bit_depth whole bytes, so every eighth value meets the byte borders alike.
    groups = np.zeros((-(-flat.size // 8), 8), np.uint16)
    groups.reshape(-1)[: flat.size] = flat
    packed = np.zeros((len(groups), bit_depth), np.uint8)
    for place, byte, shift in _meetings(bit_depth):
        part = groups[:, place] >> shift if shift >= 0 else groups[:, place] << -shift
        packed[:, byte] |= part.astype(np.uint8)
    return packed.tobytes()[: packed_bytes(flat.size, bit_depth)]


def unpack_bits(data: bytes, n_values: int, bit_depth: int) -> NDArray[np.uint16]:
    """What `pack_bits` packed, shape (n_values,); ValueError where so many values have another length."""
    if not 1 <= bit_depth <= 16 or len(data) != packed_bytes(n_values, bit_depth):
        raise ValueError(f"{len(data)} bytes are not {n_values} values of {bit_depth} bits")
    packed = np.zeros((-(-n_values // 8), bit_depth), np.uint8)
    packed.reshape(-1)[: len(data)] = np.frombuffer(data, np.uint8)
    groups = np.zeros((len(packed), 8), np.uint16)
    for place, byte, shift in _meetings(bit_depth):
        part = packed[:, byte].astype(np.uint16)
        groups[:, place] |= part << shift if shift >= 0 else part >> -shift
    groups &= np.uint16((1 << bit_depth) - 1)
    return groups.reshape(-1)[:n_values]


def packed_bytes(n_values: int, bit_depth: int) -> int:
    """Length of so many values when packed."""
    return -(-n_values * bit_depth // 8)


def _meetings(bit_depth: int) -> list[tuple[int, int, int]]:
    """(value in group, byte of group, right shift of the value that brings its bits into that byte)."""
    return [
        (place, byte, (place + 1) * bit_depth - 8 * (byte + 1))
        for place in range(8)
        for byte in range(place * bit_depth // 8, ((place + 1) * bit_depth - 1) // 8 + 1)
    ]


def encode_jpegls(planes: Planes, bit_depth: int) -> bytes:
    """Each plane as a lossless JPEG-LS stream (ISO/IEC 14495-1) behind its length, at any depth to 16."""
    # The standard's thresholds are those of 12 bits for every deeper sample, so two containers are enough.
    narrow = bit_depth <= 8 and (planes.size == 0 or int(planes.max()) < 256)
    container = np.uint8 if narrow else np.uint16
    streams = [bytes(imagecodecs.jpegls_encode(plane.astype(container))) for plane in planes]
    return joined(streams)


def decode_jpegls(data: bytes, shape: tuple[int, int, int]) -> Planes:
    """Planes of the given shape (bands, height, width); ValueError where the bytes hold anything else."""
    streams = split(data)
    # Sizes are read first: a few damaged bytes must not reserve gigabytes.
    # Without an end-of-image marker, CharLS runs on for seconds over a few bytes that it does not have.
    is_whole = len(streams) == shape[0] and all(stream.endswith(_EOI) for stream in streams)
    if not is_whole or any(_declared_shape(stream) != shape[1:] for stream in streams):
        raise ValueError(f"not {shape[0]} JPEG-LS planes of {shape[1]} x {shape[2]} pixels")
    planes = np.empty(shape, np.uint16)
    for plane, stream in zip(planes, streams, strict=True):
        try:
            decoded = imagecodecs.jpegls_decode(stream)
        except imagecodecs.JpeglsError as error:
            raise ValueError(f"a JPEG-LS plane is damaged: {error}") from None
        if decoded.shape != plane.shape:
            raise ValueError("a JPEG-LS plane has more than one component")
        plane[:] = decoded
    return planes


def joined(streams: Iterable[bytes]) -> bytes:
    """Coded planes one after another, each behind its length."""
    return b"".join(_LENGTH.pack(len(stream)) + stream for stream in streams)


def split(data: bytes) -> list[bytes]:
    """What `joined` put together; ValueError where these bytes end early."""
    reader = Reader(data)
    streams = []
    while not reader.is_at_end:
        streams.append(reader.take(_LENGTH.unpack(reader.take(_LENGTH.size))[0]))
    return streams


def _declared_shape(stream: bytes) -> tuple[int, int] | None:
    """(height, width) in the frame header, found by walking the marker segments before it."""
    at = len(_SOI)
    while stream.startswith(_SOI) and at + 9 <= len(stream):
        marker, length, _, height, width = struct.unpack_from(">HHBHH", stream, at)
        if marker == _SOF_JPEGLS:
            return height, width
        at += 2 + length
    return None


def encode_rice(planes: Planes, bit_depth: int) -> bytes:
    """Small planes (n, height, width) of values below 2**bit_depth, by the adaptive Rice coder of CCSDS 121.0-B-3.

    It codes what the median edge detector (LOCO-I, Weinberger et al. 2000, IEEE Trans. Image Processing 9) fails to
    foresee, modulo 2**bit_depth.
    """
    assert 1 <= bit_depth <= 16
    assert planes.size
    assert int(planes.max()) < 1 << bit_depth
    samples = planes.astype(np.int64)
    missed = samples - _predicted(samples)
    missed[1:, 0, 0] = np.diff(samples[:, 0, 0])
    folded = _folded(missed, bit_depth).ravel()
    words = np.zeros(_padded(folded.size), word_type(bit_depth))
    words[: folded.size] = folded
    return bytes(imagecodecs.aec_encode(words, bitspersample=bit_depth, **_RICE))


def decode_rice(data: bytes, shape: tuple[int, int, int], bit_depth: int) -> Planes:
    """Planes of that shape (n, height, width); ValueError where these bytes are not just so many samples.

    Memory is bounded by the shape, time by its height x width.
    """
    assert 1 <= bit_depth <= 16
    words = np.zeros(_padded(prod(shape)), word_type(bit_depth))
    try:
        decoded = imagecodecs.aec_decode(data, bitspersample=bit_depth, out=bytearray(words.nbytes), **_RICE)
    except imagecodecs.AecError as error:
        raise ValueError(f"Rice coded samples are damaged: {error}") from None
    if len(decoded) != words.nbytes:
        raise ValueError("Rice coded samples end early")
    words[:] = np.frombuffer(decoded, words.dtype)
    if int(words.max()) >> bit_depth or words[prod(shape) :].any():
        raise ValueError(f"Rice coded samples are not {prod(shape)} of {bit_depth} bits")
    return _restored(_unfolded(words[: prod(shape)].reshape(shape)), bit_depth)


def _predicted(samples: NDArray[np.int64]) -> NDArray[np.int64]:
    """Forecasts of samples (n, height, width): of a first row the left, of a first column the upper neighbour."""
    left, upper, corner = (np.zeros_like(samples) for _ in range(3))
    left[:, :, 1:] = samples[:, :, :-1]
    upper[:, 1:, :] = samples[:, :-1, :]
    corner[:, 1:, 1:] = samples[:, :-1, :-1]
    left[:, 1:, 0] = corner[:, 1:, 0] = upper[:, 1:, 0]
    upper[:, 0, 1:] = corner[:, 0, 1:] = left[:, 0, 1:]
    return _median_edge(left, upper, corner)


def _median_edge(left: NDArray[np.int64], upper: NDArray[np.int64], corner: NDArray[np.int64]) -> NDArray[np.int64]:
    """The median of left, upper and left + upper - corner."""
    low, high = np.minimum(left, upper), np.maximum(left, upper)
    median: NDArray[np.int64] = np.maximum(low, np.minimum(high, left + upper - corner))
    return median


def _restored(missed: NDArray[np.int64], bit_depth: int) -> Planes:
    """Samples from what was missed in forecasting them, modulo 2**bit_depth."""
    mask = (1 << bit_depth) - 1
    samples = np.zeros_like(missed)
    samples[:, 0, 0] = np.cumsum(missed[:, 0, 0]) & mask
    samples[:, 0] = np.cumsum(np.concatenate((samples[:, 0, :1], missed[:, 0, 1:]), axis=1), axis=1) & mask
    for row in range(1, missed.shape[1]):
        upper = samples[:, row - 1]
        samples[:, row, 0] = upper[:, 0] + missed[:, row, 0] & mask
        for col in range(1, missed.shape[2]):
            forecast = _median_edge(samples[:, row, col - 1], upper[:, col], upper[:, col - 1])
            samples[:, row, col] = forecast + missed[:, row, col] & mask
    return samples.astype(np.uint16)


def _folded(missed: NDArray[np.int64], bit_depth: int) -> NDArray[np.int64]:
    """0, -1, 1, -2 become 0, 1, 2, 3; modulo 2**bit_depth, of which the upper half counts as negative."""
    half = 1 << bit_depth - 1
    signed = (missed + half & 2 * half - 1) - half
    return np.where(signed < 0, -2 * signed - 1, 2 * signed)


def _unfolded(words: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.int64]:
    folded = words.astype(np.int64)
    return folded >> 1 ^ -(folded & 1)


def word_type(bit_depth: int) -> str:
    """The numbers, by numpy's name, in which libaec takes samples of so many bits."""
    return "u1" if bit_depth <= 8 else "<u2"


def _padded(n_samples: int) -> int:
    return -(-n_samples // _RICE_BLOCK) * _RICE_BLOCK
