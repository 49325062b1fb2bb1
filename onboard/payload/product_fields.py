"""Fields that several kinds of product share: sizes, bit depths, and bands with what their numbers mean."""

from math import isfinite
from struct import Struct

from onboard.payload.varints import Reader, varints

MAX_SIDE_PX = 65_535

_CALIBRATION = Struct(">dd")


def size(width_px: int, height_px: int) -> bytes:
    """A picture's width and height; ValueError beyond 1 to 65,535 pixels a side."""
    if not (1 <= width_px <= MAX_SIDE_PX and 1 <= height_px <= MAX_SIDE_PX):
        raise ValueError(f"a frame of {width_px} x {height_px} pixels is beyond 1 to {MAX_SIDE_PX} a side")
    return varints(width_px, height_px)


def read_size(reader: Reader) -> tuple[int, int]:
    """What `size` wrote."""
    width_px, height_px = reader.varint(), reader.varint()
    size(width_px, height_px)
    return width_px, height_px


def checked_depth(bit_depth: int) -> int:
    """The same; ValueError beyond 1 to 16 bits."""
    if not 1 <= bit_depth <= 16:
        raise ValueError(f"a depth of {bit_depth} bits is beyond 1 to 16")
    return bit_depth


def bands(names: tuple[str, ...], scale: tuple[float, ...], offset: tuple[float, ...]) -> bytes:
    """Bands, each with the calibration: physical value = number x scale + offset."""
    return b"".join(_band(*band) for band in zip(names, scale, offset, strict=True))


def read_bands(reader: Reader, n_bands: int) -> tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...]]:
    """Names, scales and offsets that `bands` wrote."""
    read = [(reader.text(), *_CALIBRATION.unpack(reader.take(_CALIBRATION.size))) for _ in range(n_bands)]
    names, scale, offset = (tuple(band[field] for band in read) for field in range(3))
    bands(names, scale, offset)
    return names, scale, offset


def _band(name: str, scale: float, offset: float) -> bytes:
    if not (isfinite(scale) and isfinite(offset)):
        raise ValueError("a calibration has finite numbers")
    return varints(len(name)) + name.encode("ascii") + _CALIBRATION.pack(scale, offset)
