"""A satellite's scene of several band files, on one grid, cut to frames that are read when they are exposed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil, log2
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.imagery import Planes
from sim.scenes.images_toml import Described, surrogate_note
from sim.scenes.picture import Cameras, Mask, Picture, Piece, cut_note, pieces_of, with_notes
from sim.scenes.products.rasters import Grid, facts_of, read_band, read_sketch
from sim.scenes.sar_sea import BIT_DEPTH, SIGMA0_SCALE

FULL_REFLECTANCE = 1.3
"""What an imager's depth spans at least: sunlit snow and cloud tops stay below it. What is brighter takes more bits."""
_SKETCH_TIMES = 16
"""A frame is empty where none of every so manieth pixel, each way, holds anything."""


@dataclass(frozen=True, slots=True)
class ProductBand:
    """One band in a file: physical value = number x scale + offset, or (number x scale)² of an `is_amplitude`.

    The number 0 means that there is nothing. `gsd_m` is the side of the file's pixels.
    """

    name: str
    path: Path
    gsd_m: float
    scale: float
    offset: float = 0.0
    index: int = 1
    is_amplitude: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """A scene. A band may be there several times, at several sample distances. `bit_depth` is the sensor's."""

    name: str
    bands: tuple[ProductBand, ...]
    bit_depth: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Digitised:
    """How a band's numbers become those of a sensor: rounded in steps of 2**shift, or sigma0 from an amplitude."""

    band: ProductBand
    shift: int

    @property
    def scale(self) -> float:
        return SIGMA0_SCALE if self.band.is_amplitude else self.band.scale * 2**self.shift

    def numbers(self, stored: NDArray[np.generic]) -> NDArray[np.uint16]:
        """Digital numbers; 0 where the file holds nothing, and only there for a radar."""
        if self.band.is_amplitude:
            levels = np.rint((stored.astype(np.float32) * self.band.scale) ** 2 / SIGMA0_SCALE)
            return np.where(stored == 0, 0, np.clip(levels, 1, 2**BIT_DEPTH - 1)).astype(np.uint16)
        half = (1 << self.shift) >> 1
        return ((stored.astype(np.uint32) + half) >> self.shift).clip(0, 65_535).astype(np.uint16)


@dataclass(frozen=True, slots=True)
class ProductFrame:
    """The pixels of a frame, which stay in the product's files until they are read."""

    bands: tuple[_Digitised, ...]
    copied: tuple[int, ...]
    grid: Grid
    piece: Piece

    @property
    def shape(self) -> tuple[int, ...]:
        """Bands, height and width."""
        return len(self.bands) + len(self.copied), self.piece.height_px, self.piece.width_px

    def read(self) -> Planes:
        """The planes, read-only; 0 in all bands where any holds nothing. Raises InputError."""
        stamps = [one.band.path.stat() for one in self.bands if one.band.path.exists()]
        return _read(self, tuple((stamp.st_mtime_ns, stamp.st_size) for stamp in stamps))


@lru_cache(maxsize=1)
def _read(frame: ProductFrame, _stamps: tuple[tuple[int, int], ...]) -> Planes:
    # A cached run reads a frame to name it, and again to store it; decoding Sentinel-2 takes seconds.
    stored = [
        read_band(one.band.path, one.band.index, frame.grid, frame.piece, is_amplitude=one.band.is_amplitude)
        for one in frame.bands
    ]
    held = np.logical_and.reduce([numbers != 0 for numbers in stored])
    read = [np.where(held, one.numbers(each), 0) for one, each in zip(frame.bands, stored, strict=True)]
    planes: Planes = np.stack([*read, *(read[index] for index in frame.copied)]).astype(np.uint16)
    planes.flags.writeable = False
    return planes


def pictures_of(product: Product, described: Described, cameras: Cameras) -> tuple[Picture, ...]:
    """The frames of a product that hold anything, in the bands that the cameras have. Raises InputError.

    A surrogate for a band that the product has is not needed, and left out.
    """
    available = {band.name for band in product.bands}
    described = replace(described, surrogate={k: v for k, v in described.surrogate.items() if k not in available})
    chosen = _chosen(product, described, cameras)
    grid, gsd_m = _grid(chosen, described)
    names = tuple(band.name for band in chosen)
    copies = described.surrogates(product.name, names)
    bit_depth = described.bit_depth or product.bit_depth
    bands = tuple(_Digitised(band, _shift(band, bit_depth)) for band in chosen)
    copied = tuple(names.index(source) for _, source, _ in copies)
    shown = (*names, *(name for name, _, _ in copies))
    pieces = pieces_of(grid.height_px, grid.width_px, cameras.frame_hw(shown))
    held = _held(chosen, grid)
    kept = [piece for piece in pieces if _looks_held(held, piece)]
    if not kept:
        raise InputError(chosen[0].path, "holds nothing, or nothing where the scene's other bands do: every pixel is 0")
    factors = [factor for _, _, factor in copies]
    pictures = [
        Picture(
            name=piece.named(product.name, len(pieces)),
            pixels=ProductFrame(bands, copied, grid, piece),
            bands=shown,
            scale=_with_copies([one.scale for one in bands], copied, factors),
            offset=_with_copies([band.offset for band in chosen], copied, factors),
            bit_depth=bit_depth,
            gsd_m=gsd_m,
            surrogate=tuple(surrogate_note(*copy) for copy in copies),
            imagery=described.imagery,
            nodata=None,
            footprint_deg=grid.footprint_deg(piece),
            notes=(),
        )
        for piece in kept
    ]
    notes = [*product.notes, f"bands {', '.join(names)} at {gsd_m:g} m"]
    if len(pieces) > 1:
        notes.append(cut_note(len(kept), len(pieces), pieces[0]))
    return with_notes(pictures, tuple(notes))


def _chosen(product: Product, described: Described, cameras: Cameras) -> tuple[ProductBand, ...]:
    """One file of each band that is wanted: the coarsest that is still as fine as the grid."""
    available = {band.name for band in product.bands}
    wanted = cameras.bands_of(band.name for band in product.bands)
    sources = [origin["from"] for origin in described.surrogate.values() if origin["from"] in available]
    names = tuple(dict.fromkeys([*wanted, *sources]))
    finest = {name: min(band.gsd_m for band in product.bands if band.name == name) for name in names}
    grid_gsd_m = described.gsd_m or max(finest.values())

    def best(name: str) -> ProductBand:
        files = [band for band in product.bands if band.name == name]
        fine_enough = [band for band in files if band.gsd_m <= grid_gsd_m * 1.001]
        return max(fine_enough, key=lambda band: band.gsd_m) if fine_enough else min(files, key=lambda band: band.gsd_m)

    return tuple(best(name) for name in names)


def _grid(chosen: Sequence[ProductBand], described: Described) -> tuple[Grid, float]:
    """The grid of the coarsest band, or one as coarse or fine as `images.toml` asks."""
    coarsest = max(chosen, key=lambda band: band.gsd_m)
    grid = facts_of(coarsest.path).grid
    if described.gsd_m is None or abs(described.gsd_m - coarsest.gsd_m) < 1e-3 * coarsest.gsd_m:
        return grid, coarsest.gsd_m
    return grid.coarsened(described.gsd_m / coarsest.gsd_m), float(described.gsd_m)


def _shift(band: ProductBand, bit_depth: int) -> int:
    """How many low bits of a file's number a sensor of this depth did not have."""
    # Archives store reflectance in steps finer than the sensor's: kept, they would make the lossless images that
    # savings are measured against larger than what any camera sends.
    if band.is_amplitude or bit_depth >= 16:
        return 0
    levels = FULL_REFLECTANCE / abs(band.scale)
    return max(0, ceil(log2(levels / 2**bit_depth)))


def _held(chosen: Sequence[ProductBand], grid: Grid) -> Mask:
    """Where every band holds something, by few pixels. Reads every file once, so that a damaged one is told early."""
    sketches = [read_sketch(band.path, band.index, grid, _SKETCH_TIMES) for band in chosen]
    held: Mask = np.logical_and.reduce([sketch != 0 for sketch in sketches])
    return held


def _looks_held(held: Mask, piece: Piece) -> bool:
    rows, cols = (slice(part.start // _SKETCH_TIMES, ceil(part.stop / _SKETCH_TIMES)) for part in piece.slices)
    return bool(held[rows, cols].any())


def _with_copies(values: Sequence[float], copied: Sequence[int], factors: Sequence[float]) -> tuple[float, ...]:
    return (*values, *(values[index] * factor for index, factor in zip(copied, factors, strict=True)))
