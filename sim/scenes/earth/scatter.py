"""Objects of places: Poisson points, hashed cell by cell on the cube's faces, the same in every frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from sim.scenes.earth.hashing import Hashes, key_of, mixed, numbered, uniform
from sim.scenes.earth.places import EDGE_M, Chart, GroundPatch, face_of, from_face, ground_per_face_area

_EXPECTED = 2.0
"""Points in a cell, on the average: few enough that a cell is small, enough that not every one is empty."""
_LARGEST_CELL_M = 200_000.0
_POINTS_MORE = 40  # a Poisson count of mean 2 is above this once in 10^37 cells


@dataclass(frozen=True, slots=True)
class Site:
    """A place in and about a frame, in pixels (row and column grow from the frame's corner) and on the Earth.

    `np.random.default_rng([seed, key])` describes what stands there.
    """

    row: float
    column: float
    latitude_deg: float
    longitude_deg: float
    key: int


@dataclass(frozen=True, slots=True)
class Sites:
    """The same as columns, each (n,)."""

    rows: NDArray[np.float64]
    columns: NDArray[np.float64]
    latitude_deg: NDArray[np.float64]
    longitude_deg: NDArray[np.float64]
    keys: Hashes

    def select(self, keep: NDArray[np.bool_]) -> "Sites":
        """Those where `keep`, (n,), is true."""
        return Sites(
            self.rows[keep], self.columns[keep], self.latitude_deg[keep], self.longitude_deg[keep], self.keys[keep]
        )

    def listed(self) -> list[Site]:
        """One by one."""
        columns = (self.rows, self.columns, self.latitude_deg, self.longitude_deg, self.keys)
        return [Site(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]


def sites(seed: int, cause: str, patch: GroundPatch, density_per_km2: float, margin_px: float) -> list[Site]:
    """Points of a cause, of a mean density, that lie in a patch or within `margin_px` about it."""
    return site_columns(seed, cause, patch, density_per_km2, margin_px).listed()


def site_columns(seed: int, cause: str, patch: GroundPatch, density_per_km2: float, margin_px: float) -> Sites:
    """`sites` as columns, for many."""
    parts = [_of_chart(seed, cause, chart, patch, density_per_km2, margin_px) for chart in patch.charts]
    return parts[0] if len(parts) == 1 else joined(parts)


def joined(parts: Sequence[Sites]) -> Sites:
    """All in one."""
    return Sites(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("rows", "columns", "latitude_deg", "longitude_deg", "keys")
        )
    )


def points_of_face(
    seed: int, cause: str, face: int, density_per_km2: float, box_m: tuple[float, float, float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64], Hashes]:
    """Latitude, longitude and key, (n,) each, of a cause's points in cells that touch a box (a0, b0, a1, b1) of a
    face."""
    if density_per_km2 <= 0.0:
        return np.zeros(0), np.zeros(0), np.zeros(0, np.uint64)
    cell_m = min(_LARGEST_CELL_M, 1000.0 * float(np.sqrt(_EXPECTED / density_per_km2)))
    key = key_of(seed, cause) + face
    i, j = (
        np.arange(int(np.floor(low / cell_m)), int(np.floor(high / cell_m)) + 1)
        for low, high in ((box_m[0], box_m[2]), (box_m[1], box_m[3]))
    )
    cells = numbered(key, i[:, None], j[None, :])
    counts = np.searchsorted(_cumulative(density_per_km2 * (cell_m / 1000.0) ** 2), uniform(cells), side="right")
    at = np.repeat(np.arange(cells.size), counts.ravel())
    first = np.repeat(np.cumsum(counts.ravel()) - counts.ravel(), counts.ravel())
    keys = numbered(key, np.arange(at.size) - first)
    keys = mixed(keys ^ cells.ravel()[at])
    u, v, chance = (uniform(mixed(keys + np.uint64(salt))) for salt in (1, 2, 3))
    a, b = (i[at // j.size] + u) * cell_m, (j[at % j.size] + v) * cell_m
    latitude, longitude = from_face(face, *(np.clip(metres, -1.05 * EDGE_M, 1.05 * EDGE_M) for metres in (a, b)))
    # A face is larger than its ground: some of its points are none.
    kept = (chance < ground_per_face_area(a, b)) & (np.maximum(np.abs(a), np.abs(b)) <= EDGE_M)
    kept &= face_of(latitude, longitude) == face
    return latitude[kept], longitude[kept], keys[kept] >> np.uint64(1)


def _of_chart(
    seed: int, cause: str, chart: Chart, patch: GroundPatch, density_per_km2: float, margin_px: float
) -> Sites:
    low, high = -margin_px, np.array([patch.height_px, patch.width_px]) + margin_px
    a, b = chart.metres(np.array([low, low, high[0], high[0]]), np.array([low, high[1], low, high[1]]))
    box_m = (float(a.min()), float(b.min()), float(a.max()), float(b.max()))
    latitude, longitude, keys = points_of_face(seed, cause, chart.face, density_per_km2, box_m)
    rows, columns = patch.pixels_of(latitude, longitude)
    inside = (rows >= low) & (columns >= low) & (rows < high[0]) & (columns < high[1])
    return Sites(rows, columns, latitude, longitude, keys).select(inside)


def _cumulative(mean: float) -> NDArray[np.float64]:
    """Poisson probabilities of at most 0, 1, 2 ... points."""
    shares = [exp(-mean)]
    for count in range(1, _POINTS_MORE):
        shares.append(shares[-1] * mean / count)
    return np.cumsum(shares)
