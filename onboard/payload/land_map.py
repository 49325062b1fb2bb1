"""The map of land and sea that a spacecraft carries, and what a model may find where.

A model for the land finds nothing on the open sea, whatever its numbers say, nor one for the sea on land. The map is
coarse and positions are off, so there is a margin: what is nearer to the coast than that passes for land and for sea
to a model for the land, and is left out by one for the sea, to which the surf and the harbour are no open water.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from onboard.payload import footprints
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame

ANY, LAND, SEA = SURFACES = ("any", "land", "sea")
"""What a model's card says of where its targets are."""

_DEG_M = 111_195.0  # of the mean radius
_RING_M = 2500.0
_MOST_RINGS = 40
"""Farther apart than `_RING_M` where 100 km and more are to be looked at."""
_SIGMAS = 2.0
_HEADER_BYTES = 4

Split = tuple[tuple[Detection, ...], tuple[Detection, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class LandMap:
    """Land as boolean cells (rows from the north pole, columns from 180 W), and how far off the map may be."""

    cells: NDArray[np.bool_]
    margin_m: float = 0.0

    @classmethod
    def decode(cls, data: bytes, margin_m: float) -> "LandMap":
        """The map in `encode`'s bytes."""
        return cls(_cells_in(data), margin_m)

    def encode(self) -> bytes:
        """Its cells in a few kilobytes: rows, columns, and a bit a cell, deflated."""
        rows, columns = self.cells.shape
        header: bytes = rows.to_bytes(2, "big") + columns.to_bytes(2, "big")
        return header + zlib.compress(np.packbits(self.cells).tobytes(), 8)

    def is_land(self, latitude_deg: NDArray[np.float64], longitude_deg: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether points (...) lie in cells of land."""
        rows, columns = self.cells.shape
        row = np.floor((90.0 - latitude_deg) * rows / 180.0).astype(np.intp).clip(0, rows - 1)
        column = np.floor((longitude_deg + 180.0) * columns / 360.0).astype(np.intp) % columns
        return np.asarray(self.cells[row, column])

    def split(self, frame: Frame, found: Sequence[Detection], surface: str, position_error_m: float) -> Split:
        """Detections of a model for this surface: those that may be, and those that are where no target is."""
        if surface == ANY or not found:
            return tuple(found), ()
        x = np.array([(one.x0 + one.x1) / 2 for one in found])
        y = np.array([(one.y0 + one.y1) / 2 for one in found])
        places = footprints.locate(frame.footprint_deg, frame.width_px, frame.height_px, x, y)
        near_land = self._has_land_near(*places, self.margin_m + _SIGMAS * position_error_m)
        may_be = near_land if surface == LAND else ~near_land
        return (
            tuple(one for one, kept in zip(found, may_be, strict=True) if kept),
            tuple(one for one, kept in zip(found, may_be, strict=True) if not kept),
        )

    def _has_land_near(
        self, latitude_deg: NDArray[np.float64], longitude_deg: NDArray[np.float64], reach_m: float
    ) -> NDArray[np.bool_]:
        """Whether there is land at points (n,), or on rings round them up to the whole reach."""
        rings = int(np.clip(np.ceil(reach_m / _RING_M), 2, _MOST_RINGS))
        around = 8 * rings
        share = np.concatenate([[0.0], np.repeat(np.arange(1, rings + 1) / rings, around)])
        bearing = np.concatenate([[0.0], np.tile(np.arange(around) * (2 * np.pi / around), rings)])
        reach_deg = reach_m / _DEG_M * share
        latitudes = (latitude_deg[:, None] + reach_deg * np.cos(bearing)).clip(-90.0, 90.0)
        shrink = np.cos(np.radians(latitude_deg))[:, None].clip(0.01)
        longitudes = longitude_deg[:, None] + reach_deg * np.sin(bearing) / shrink
        return np.asarray(self.is_land(latitudes, longitudes).any(axis=1))


@lru_cache(maxsize=1)
def _cells_in(data: bytes) -> NDArray[np.bool_]:
    """Remembered: all that fly in one process carry the same map, of millions of cells."""
    rows, columns = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:_HEADER_BYTES], "big")
    packed = np.frombuffer(zlib.decompress(data[_HEADER_BYTES:]), np.uint8)
    cells = np.unpackbits(packed, count=rows * columns).reshape(rows, columns).astype(bool)
    cells.flags.writeable = False
    return cells


def gate_of(data: bytes, margin_m: float) -> LandMap | None:
    """The map that a spacecraft, or its mission on the ground, carries; None where it carries none."""
    return LandMap.decode(data, margin_m) if data else None
