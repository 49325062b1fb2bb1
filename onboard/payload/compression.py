"""Lossless forms of a frame's pixels: packed bits as the sensor sent them, and JPEG-LS.

Only this module loads imagecodecs; whatever starts fast imports it late.
"""

import struct

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from onboard.payload.imagery import Planes
from onboard.payload.varints import Reader

_LENGTH = struct.Struct(">I")
_SOI = b"\xff\xd8"
_SOF_JPEGLS = 0xFFF7


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
    streams = [imagecodecs.jpegls_encode(plane.astype(np.uint8 if narrow else np.uint16)) for plane in planes]
    return b"".join(_LENGTH.pack(len(stream)) + bytes(stream) for stream in streams)


def decode_jpegls(data: bytes, shape: tuple[int, int, int]) -> Planes:
    """Planes of the given shape (bands, height, width); ValueError where the bytes hold anything else."""
    streams = _split(data)
    # Sizes are read first: a few damaged bytes must not reserve gigabytes.
    if len(streams) != shape[0] or any(_declared_shape(stream) != shape[1:] for stream in streams):
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


def _split(data: bytes) -> list[bytes]:
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
