"""Rasters on a common grid of the ground: the only module that uses rasterio, of the extra `eo`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from sim.scenes.picture import FootprintDeg, Piece

INSTALL = "pip install 'skysift[eo]'"
_WGS84 = "EPSG:4326"


def is_installed() -> bool:
    """Whether rasters can be read here."""
    return find_spec("rasterio") is not None


def require(source: Path, what: str) -> None:
    """Raise InputError where what lies there cannot be read for want of the extra."""
    if not is_installed():
        raise InputError(source, f"is {what}; to read it, install the extra eo: {INSTALL}")


@dataclass(frozen=True, slots=True)
class Grid:
    """Square pixels of the ground: `crs` as WKT, `transform` a, b, c, d, e, f with x = a col + b row + c, y = ..."""

    crs: str
    transform: tuple[float, ...]
    height_px: int
    width_px: int

    def coarsened(self, times: float) -> "Grid":
        """The same ground in pixels whose sides are longer; a last part of a pixel is left out."""
        a, b, c, d, e, f = self.transform
        height, width = (max(1, int(length / times + 1e-6)) for length in (self.height_px, self.width_px))
        return Grid(self.crs, (a * times, b * times, c, d * times, e * times, f), height, width)

    def sampled(self, every: int) -> "Grid":
        """A grid whose pixels' centres are those of every so manieth pixel, each way, from the first on."""
        a, b, c, d, e, f = self.transform
        shift = (1 - every) / 2
        height, width = (-(-length // every) for length in (self.height_px, self.width_px))
        moved = (a * every, b * every, c + shift * (a + b), d * every, e * every, f + shift * (d + e))
        return Grid(self.crs, moved, height, width)

    def footprint_deg(self, piece: Piece) -> FootprintDeg | None:
        """Latitude and longitude (WGS 84) of a piece's corners; None where the grid lies nowhere on Earth."""
        if not self.crs:
            return None
        a, b, c, d, e, f = self.transform
        xs = [a * col + b * row + c for col, row in piece.corners_px]
        ys = [d * col + e * row + f for col, row in piece.corners_px]
        longitudes, latitudes = import_module("rasterio.warp").transform(self.crs, _WGS84, xs, ys)
        corners = tuple(float(degrees) for corner in zip(latitudes, longitudes, strict=True) for degrees in corner)
        return corners if np.isfinite(corners).all() else None


@dataclass(frozen=True, slots=True)
class RasterFacts:
    """What a raster's header tells. `descriptions` are the bands' names or empty; without tags scale is 1, offset 0."""

    grid: Grid
    gsd_m: float | None
    dtype: str
    descriptions: tuple[str, ...]
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    nodata: float | None
    n_control_points: int


def facts_of(path: Path) -> RasterFacts:
    """Read a raster's header. Raises InputError."""
    with _opened(path) as raster:
        points, points_crs = raster.gcps
        crs, transform = raster.crs, raster.transform
        if points and crs is None:
            crs, transform = points_crs, import_module("rasterio.transform").from_gcps(points)
        crs = _on_earth(crs)
        grid = Grid(crs.to_wkt() if crs else "", tuple(transform)[:6], raster.height, raster.width)
        return RasterFacts(
            grid=grid,
            gsd_m=_gsd_m(grid, crs),
            dtype=raster.dtypes[0],
            descriptions=tuple(text or "" for text in raster.descriptions),
            scales=tuple(raster.scales),
            offsets=tuple(raster.offsets),
            nodata=raster.nodata,
            n_control_points=len(points) if raster.crs is None else 0,
        )


def read_band(path: Path, index: int, grid: Grid, piece: Piece, *, is_amplitude: bool = False) -> NDArray[Any]:
    """One band's numbers on a piece of a grid, (height, width); 0 where the raster holds nothing.

    Finer pixels are averaged, an amplitude's squares are; pixels that hold 0 take no part. Coarser ones are
    interpolated. Raises InputError.
    """
    window = import_module("rasterio.windows").Window(piece.col, piece.row, piece.width_px, piece.height_px)
    with _opened(path) as raster:
        if _is_on(raster, grid):
            return np.asarray(raster.read(index, window=window))
        is_finer = abs(raster.transform.determinant) <= abs(_determinant(grid)) * (1 + 1e-6)
        averaging = "rms" if is_amplitude else "average"
        with _warped(raster, grid, averaging if is_finer else "bilinear") as warped:
            return np.asarray(warped.read(index, window=window))


def read_sketch(path: Path, index: int, grid: Grid, every: int) -> NDArray[Any]:
    """A whole band by one of so many pixels of a grid, each way, (height, width). Raises InputError."""
    sketch = grid.sampled(every)
    with _opened(path) as raster:
        if _is_same_ground(raster, grid):
            # Reads the file's own smaller pictures where it has any, which a warped one does not.
            return np.asarray(raster.read(index, out_shape=(sketch.height_px, sketch.width_px)))
        with _warped(raster, sketch, "nearest") as warped:
            return np.asarray(warped.read(index))


def _warped(raster: Any, grid: Grid, resampling: str) -> Any:
    rasterio = import_module("rasterio")
    return import_module("rasterio.vrt").WarpedVRT(
        raster,
        crs=grid.crs or None,
        transform=rasterio.Affine(*grid.transform),
        height=grid.height_px,
        width=grid.width_px,
        resampling=rasterio.enums.Resampling[resampling],
        src_nodata=0,
        nodata=0,
    )


def read_all(path: Path) -> NDArray[Any]:
    """All bands, (bands, height, width). Raises InputError."""
    with _opened(path) as raster:
        return np.asarray(raster.read())


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    rasterio = import_module("rasterio")
    told_by = import_module("rasterio.errors")
    errors = (told_by.RasterioError, told_by.CRSError, import_module("rasterio._err").CPLE_BaseError, OSError)
    try:
        # A folder of a product's holds hundreds of files, none of which says more of this one.
        with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"), catch_warnings():
            simplefilter("ignore", told_by.NotGeoreferencedWarning)
            with rasterio.open(path) as raster:
                yield raster
    except errors as error:
        told = (str(error.__cause__ or error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(path, f"cannot be read, it may be truncated: {told}") from None


def _on_earth(crs: Any) -> Any:
    """Coordinates on the Earth's face; None for a site's own, and for those from the Earth's centre."""
    return crs if crs and (crs.is_projected or crs.is_geographic) else None


def _is_on(raster: Any, grid: Grid) -> bool:
    same_size = (raster.height, raster.width) == (grid.height_px, grid.width_px)
    return same_size and _is_same_ground(raster, grid)


def _is_same_ground(raster: Any, grid: Grid) -> bool:
    """Whether both have their corners at one place, to a hundredth of a pixel."""
    crs = _on_earth(raster.crs)
    here = crs.to_wkt() if crs else ""
    a, b, c, d, e, f = tuple(raster.transform)[:6]
    whole = np.array([[0, raster.width, 0], [0, 0, raster.height], [1, 1, 1]])
    theirs = np.array([[0, grid.width_px, 0], [0, 0, grid.height_px], [1, 1, 1]])
    apart = np.array([[a, b, c], [d, e, f]]) @ whole - np.reshape(grid.transform, (2, 3)) @ theirs
    return (not here or here == grid.crs) and bool(np.abs(apart).max() < 0.01 * abs(_determinant(grid)) ** 0.5)


def _determinant(grid: Grid) -> float:
    a, b, _, d, e, _ = grid.transform
    return a * e - b * d


def _gsd_m(grid: Grid, crs: Any) -> float | None:
    """Side of a square of a pixel's area on the ground; None where nobody says where that is."""
    side = abs(_determinant(grid)) ** 0.5
    if crs is None or not side:
        return None
    if crs.is_projected:
        return round(float(side * crs.linear_units_factor[1]), 6)
    latitude_deg = grid.transform[5] + grid.transform[4] * grid.height_px / 2
    return round(float(side * _M_PER_DEG * max(0.0, np.cos(np.radians(latitude_deg))) ** 0.5), 6) or None


_M_PER_DEG = 111_320.0
"""Of latitude, on the WGS 84 ellipsoid, within 0.6 %."""
