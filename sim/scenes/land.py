"""Where land is: Natural Earth outlines at 1:110 million, drawn once into an equirectangular mask."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.errors import InputError
from sim.data import sample_path

CELLS_PER_DEG = 10  # a cell of 11 km: finer than the outlines are
SUBCELL_BITS = 8  # fixed-point places that cv2 keeps of a vertex
_SHARE_CELLS = 0.8  # standard deviation of the neighbourhood whose share of land `share` tells


@dataclass(frozen=True, slots=True)
class LandMask:
    """Land at 0.1 degrees: boolean cells, (1800, 3600), rows from the north pole, columns from 180 W.

    `shares` is the land's share about each cell, in 255ths.
    """

    cells: NDArray[np.bool_]
    shares: NDArray[np.uint8]

    @classmethod
    def load(cls, path: Path | None = None) -> "LandMask":
        """The mask of a GeoJSON file of one MultiPolygon, by default the sample map. Raises InputError."""
        source = path or sample_path("map", "land-110m.geojson")
        try:
            polygons = json.loads(source.read_text(encoding="utf-8"))["features"][0]["geometry"]["coordinates"]
            rings = [np.asarray(ring, dtype=np.float64) for polygon in polygons for ring in polygon]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise InputError(source, f"not a GeoJSON feature of one MultiPolygon ({error})") from error
        cells = _rasterise(rings)
        return cls(cells, _shares(cells))

    def is_land(self, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> NDArray[np.bool_]:
        """Whether points (...) lie on land; any longitude, latitudes in [-90, 90]."""
        rows, columns = self.cells.shape
        row = np.floor((90.0 - np.asarray(latitude_deg)) * CELLS_PER_DEG).astype(np.intp)
        column = np.floor((np.asarray(longitude_deg) + 180.0) * CELLS_PER_DEG).astype(np.intp)
        return np.asarray(self.cells[np.clip(row, 0, rows - 1), column % columns])

    def share(self, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> NDArray[np.float64]:
        """The share of land about points (...), smooth from 0 to 1 across a coast, over some 25 km."""
        rows, columns = self.shares.shape
        y = np.clip((90.0 - np.asarray(latitude_deg)) * CELLS_PER_DEG - 0.5, 0.0, rows - 1.0)
        x = (np.asarray(longitude_deg) + 180.0) * CELLS_PER_DEG - 0.5
        top, left = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
        down, along = y - top, x - left
        bottom, left, right = np.minimum(top + 1, rows - 1), left % columns, (left + 1) % columns
        corners = (self.shares[y, x].astype(np.float64) for y in (top, bottom) for x in (left, right))
        north_west, north_east, south_west, south_east = corners
        above = north_west + (north_east - north_west) * along
        below = south_west + (south_east - south_west) * along
        return np.asarray((above + (below - above) * down) / 255.0)


@cache
def the_land() -> LandMask:
    """The mask of the sample map, rasterised once a process."""
    return LandMask.load()


def _shares(cells: NDArray[np.bool_]) -> NDArray[np.uint8]:
    wrapped = np.pad(cells.astype(np.uint8) * 255, ((0, 0), (8, 8)), mode="wrap")
    return np.asarray(cv2.GaussianBlur(wrapped, (0, 0), _SHARE_CELLS)[:, 8:-8])


def _rasterise(rings: list[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Even-odd fill of rings of (longitude, latitude), so that a ring inside another is a sea."""
    canvas = np.zeros((180 * CELLS_PER_DEG, 360 * CELLS_PER_DEG), dtype=np.uint8)
    vertices = []
    for ring in rings:
        cell = np.column_stack([ring[:, 0] + 180.0, 90.0 - ring[:, 1]]) * CELLS_PER_DEG - 0.5
        vertices.append(np.rint(cell * 2**SUBCELL_BITS).astype(np.int32))
    cv2.fillPoly(canvas, vertices, color=1, shift=SUBCELL_BITS)
    return canvas.astype(np.bool_)
