"""Where land is: Natural Earth outlines at 1:110 million, drawn once into an equirectangular mask."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.errors import InputError
from sim.data import sample_path

CELLS_PER_DEG = 10  # a cell of 11 km: finer than the outlines are
SUBCELL_BITS = 8  # fixed-point places that cv2 keeps of a vertex


@dataclass(frozen=True, slots=True)
class LandMask:
    """Land at 0.1 degrees: boolean cells, (1800, 3600), rows from the north pole, columns from 180 W."""

    cells: NDArray[np.bool_]

    @classmethod
    def load(cls, path: Path | None = None) -> "LandMask":
        """The mask of a GeoJSON file of one MultiPolygon, by default the sample map. Raises InputError."""
        source = path or sample_path("map", "land-110m.geojson")
        try:
            polygons = json.loads(source.read_text(encoding="utf-8"))["features"][0]["geometry"]["coordinates"]
            rings = [np.asarray(ring, dtype=np.float64) for polygon in polygons for ring in polygon]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise InputError(source, f"not a GeoJSON feature of one MultiPolygon ({error})") from error
        return cls(_rasterise(rings))

    def is_land(self, latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> NDArray[np.bool_]:
        """Whether points (...) lie on land; any longitude, latitudes in [-90, 90]."""
        rows, columns = self.cells.shape
        row = np.floor((90.0 - np.asarray(latitude_deg)) * CELLS_PER_DEG).astype(np.intp)
        column = np.floor((np.asarray(longitude_deg) + 180.0) * CELLS_PER_DEG).astype(np.intp)
        return np.asarray(self.cells[np.clip(row, 0, rows - 1), column % columns])


def _rasterise(rings: list[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Even-odd fill of rings of (longitude, latitude), so that a ring inside another is a sea."""
    canvas = np.zeros((180 * CELLS_PER_DEG, 360 * CELLS_PER_DEG), dtype=np.uint8)
    vertices = []
    for ring in rings:
        cell = np.column_stack([ring[:, 0] + 180.0, 90.0 - ring[:, 1]]) * CELLS_PER_DEG - 0.5
        vertices.append(np.rint(cell * 2**SUBCELL_BITS).astype(np.int32))
    cv2.fillPoly(canvas, vertices, color=1, shift=SUBCELL_BITS)
    return canvas.astype(np.bool_)
