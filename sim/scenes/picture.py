"""A picture of the user's, as a camera would expose it, and how one larger than a camera's frame is cut."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from onboard.payload.footprints import locate
from onboard.payload.imagery import Planes
from sim.equipment.instrument import Instrument

Mask = NDArray[np.bool_]
FootprintDeg = tuple[float, ...]


class StoredPixels(Protocol):
    """Planes that are read from files when they are wanted: a scene of a satellite's is larger than memory may be."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Bands, height and width."""

    def read(self) -> Planes:
        """The planes. Raises InputError where a file is damaged."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture: planes uint16 (bands, height, width), physical value = number x scale + offset.

    `surrogate` tells, for each of the last bands, of which other band it is a copy. `nodata` (height, width)
    is true where the picture holds nothing, its numbers being 0; None where it is whole, or not read yet.
    `footprint_deg` is as in `imagery.Frame`, None without geographic coordinates. `notes` tell what was inferred.
    """

    name: str
    pixels: Planes | StoredPixels
    bands: tuple[str, ...]
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    bit_depth: int
    gsd_m: float
    surrogate: tuple[str, ...]
    imagery: str
    nodata: Mask | None
    footprint_deg: FootprintDeg | None
    notes: tuple[str, ...]

    @property
    def planes(self) -> Planes:
        """The pixels, read anew from stored ones at every call."""
        return self.pixels if isinstance(self.pixels, np.ndarray) else self.pixels.read()

    @property
    def shape(self) -> tuple[int, ...]:
        """Bands, height and width, without reading."""
        return self.pixels.shape


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle of a picture; `row` and `col` are of its first pixel."""

    row: int
    col: int
    height_px: int
    width_px: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        return slice(self.row, self.row + self.height_px), slice(self.col, self.col + self.width_px)

    @property
    def corners_px(self) -> tuple[tuple[int, int], ...]:
        """Column and row of its corners, in the order of a footprint."""
        rows, cols = self.slices
        return (cols.start, rows.start), (cols.stop, rows.start), (cols.stop, rows.stop), (cols.start, rows.stop)

    def named(self, name: str, n_pieces: int) -> str:
        """The name of the piece of a picture."""
        return f"{name}@{self.row},{self.col}" if n_pieces > 1 else name


@dataclass(frozen=True, slots=True)
class Cameras:
    """What the instruments that fly can take of a picture: their bands, and the smallest frame among those that fit."""

    instruments: tuple[Instrument, ...] = ()

    def bands_of(self, available: Iterable[str]) -> tuple[str, ...]:
        """The bands that any instrument has; all, where none has any or nobody says what flies."""
        found = tuple(dict.fromkeys(available))
        seen = {band for instrument in self.instruments for band in instrument.bands}
        return tuple(band for band in found if band in seen) or found

    def frame_hw(self, bands: Sequence[str]) -> tuple[int, int] | None:
        """Height and width of the smallest frame of instruments with one of these bands; None without any."""
        fitting = [instrument for instrument in self.instruments if set(instrument.bands) & set(bands)]
        if not fitting:
            return None
        return min(fit.height_px for fit in fitting), min(fit.width_px for fit in fitting)


def pieces_of(height_px: int, width_px: int, frame_hw: tuple[int, int] | None) -> tuple[Piece, ...]:
    """The fewest pieces that fit a frame: nearly alike, without gap or overlap, so that nothing counts twice."""
    frame_height, frame_width = frame_hw or (height_px, width_px)
    return tuple(
        Piece(row, col, height, width)
        for row, height in _evenly(height_px, frame_height)
        for col, width in _evenly(width_px, frame_width)
    )


def _evenly(length_px: int, frame_px: int) -> Iterator[tuple[int, int]]:
    n = ceil(length_px / frame_px)
    edges = [length_px * k // n for k in range(n + 1)]
    return ((start, end - start) for start, end in pairwise(edges))


def cut(picture: Picture, frame_hw: tuple[int, int] | None) -> tuple[Picture, ...]:
    """A picture in memory as frames; those that hold nothing are left out. The first bears the notes."""
    _, height, width = picture.shape
    pieces = pieces_of(height, width, frame_hw)
    if len(pieces) == 1:
        return (picture,)
    planes = picture.planes
    cuts = []
    for piece in pieces:
        empty = None if picture.nodata is None else picture.nodata[piece.slices]
        if empty is not None and empty.all():
            continue
        corners = picture.footprint_deg and _corners_deg(picture.footprint_deg, width, height, piece)
        cuts.append(
            replace(
                picture,
                name=piece.named(picture.name, len(pieces)),
                pixels=planes[:, *piece.slices],
                nodata=empty if empty is not None and empty.any() else None,
                footprint_deg=corners,
                notes=(),
            )
        )
    return with_notes(cuts, (*picture.notes, cut_note(len(cuts), len(pieces), pieces[0])))


def cut_note(n_kept: int, n_pieces: int, piece: Piece) -> str:
    """How a picture was cut."""
    empty = f", {n_pieces - n_kept} of them empty and left out" if n_kept < n_pieces else ""
    return f"cut into {n_pieces} frames of up to {piece.height_px} x {piece.width_px} pixels{empty}"


def with_notes(pictures: Sequence[Picture], notes: tuple[str, ...]) -> tuple[Picture, ...]:
    """Pictures of one scene, of which the first bears the notes."""
    return tuple(replace(picture, notes=notes if at == 0 else ()) for at, picture in enumerate(pictures))


def _corners_deg(footprint_deg: FootprintDeg, width_px: int, height_px: int, piece: Piece) -> FootprintDeg:
    xs, ys = zip(*piece.corners_px, strict=True)
    latitudes, longitudes = locate(footprint_deg, width_px, height_px, xs, ys)
    return tuple(float(degrees) for corner in zip(latitudes, longitudes, strict=True) for degrees in corner)
