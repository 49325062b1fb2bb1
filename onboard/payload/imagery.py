"""What flight software holds of an image: a frame's description, its pixels in mass memory, and tiles over it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.uint16]
"""Digital numbers, shape (bands, height, width)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """An exposed frame. Physical value of band b = digital number x scale[b] + offset[b].

    The first `sensed_bands` came from the sensor; any after them are stand-ins copied from these.

    `footprint_deg` holds latitude and longitude of the corners of pixel (0, 0), (0, width), (height, width) and
    (height, 0), eight numbers: what attitude and orbit knowledge gave at exposure.

    `raw_bytes` is the size of what the sensor gave where that is not these pixels, as a radar's echoes; otherwise 0.
    """

    frame_id: int
    memory_ref: str
    width_px: int
    height_px: int
    bands: tuple[str, ...]
    sensed_bands: int
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    bit_depth: int
    exposed_ns: int
    footprint_deg: tuple[float, ...]
    gsd_m: float
    raw_bytes: int = 0

    @property
    def captured_bytes(self) -> int:
        """Bytes of what the sensor gave: its echoes, or its pixels."""
        return self.raw_bytes or self.pixel_bytes

    @property
    def pixel_bytes(self) -> int:
        """Bytes of the sensed pixels, packed at the sensor's depth."""
        return -(-self.width_px * self.height_px * self.sensed_bands * self.bit_depth // 8)


@dataclass(frozen=True, slots=True)
class MassMemory:
    """Pixels at rest: one file of planar little-endian uint16 a frame, shared by camera and payload computer."""

    root: Path

    def write(self, memory_ref: str, planes: Planes) -> None:
        """Store planes of shape (bands, height, width)."""
        np.ascontiguousarray(planes, dtype="<u2").tofile(self.root / memory_ref)

    def read(self, frame: Frame) -> Planes:
        """The frame's planes, mapped and read-only."""
        shape = (len(frame.bands), frame.height_px, frame.width_px)
        return np.memmap(self.root / frame.memory_ref, dtype="<u2", mode="r", shape=shape)

    def release(self, memory_ref: str) -> None:
        """Forget a frame."""
        (self.root / memory_ref).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class FrameStatistics:
    """What a worker that reads a frame's pixels tells of the camera: a CRC-32 of them, and the largest difference of
    two digital numbers in one band."""

    crc: int
    contrast_dn: int


@dataclass(frozen=True, slots=True)
class Tile:
    """A rectangle of the frame; `row` and `col` are of its first pixel. It may reach past the frame's edge."""

    row: int
    col: int
    height_px: int
    width_px: int


def _starts(length_px: int, side_px: int, overlap_px: int, stride_px: int) -> list[int]:
    """Multiples of the stride, close enough to overlap; the last tile reaches the end or just past it."""
    step = (side_px - overlap_px) // stride_px * stride_px
    last = max(0, length_px - side_px)
    return [*range(0, last, step), -(-last // stride_px) * stride_px]


def tiles(frame_hw: tuple[int, int], tile_hw: tuple[int, int], overlap_px: int, stride_px: int = 1) -> tuple[Tile, ...]:
    """Tiles that cover the frame, neighbours sharing at least `overlap_px`.

    All begin at multiples of `stride_px`: a network that shrinks its image answers alike only for such shifts.
    """
    assert 0 <= overlap_px <= min(tile_hw) - stride_px
    rows, cols = (
        _starts(length_px, side_px, overlap_px, stride_px) for length_px, side_px in zip(frame_hw, tile_hw, strict=True)
    )
    return tuple(Tile(row, col, *tile_hw) for row in rows for col in cols)
