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

    @property
    def captured_bytes(self) -> int:
        """Bytes of the sensor's bits, packed at the sensor's depth."""
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
class Tile:
    """A square of the frame; `row` and `col` are of its first pixel. It may reach past a small frame's edge."""

    row: int
    col: int
    side_px: int


def _starts(length_px: int, side_px: int, overlap_px: int) -> list[int]:
    last = length_px - side_px
    if last <= 0:
        return [0]
    stride = side_px - overlap_px
    return [*range(0, last, stride), last]


def tiles(height_px: int, width_px: int, side_px: int, overlap_px: int) -> tuple[Tile, ...]:
    """Tiles that cover the frame, neighbours sharing at least `overlap_px`; the last of a row ends at the edge."""
    assert 0 <= overlap_px < side_px
    return tuple(
        Tile(row, col, side_px)
        for row in _starts(height_px, side_px, overlap_px)
        for col in _starts(width_px, side_px, overlap_px)
    )
