"""A folder of the user's pictures, as a camera would digitise them; its `images.toml` says what they are.

What is not said is inferred, and told in the notes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from sim.equipment.instrument import Instrument
from sim.scenes.images_toml import Described, read_description, surrogate_note
from sim.scenes.picture import Cameras, Mask, cut
from sim.scenes.picture import Picture as Picture
from sim.scenes.picture_files import RASTER_SUFFIXES, SUFFIXES, PictureFile, read_picture_file
from sim.scenes.products.finding import advice, find_products
from sim.scenes.products.geotiff import enriched
from sim.scenes.products.rasters import read_all, require

DEFAULT_GSD_M = 10.0
FLOAT_BIT_DEPTH = 12
"""Depth to digitise fractions at where none is stated: that of most multispectral imagers."""
MAX_PICTURE_BYTES = 4 * 10**9
"""A picture that tells nothing of itself is read at once, for its values are spread over their range."""

_COARSEST_STEP = 1 / 200
"""Up to this physical step whole numbers are fine enough: a little coarser than 8-bit reflectance."""
_INFERRED_BANDS = {1: ("pan",), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "nir")}


def read_image_folder(folder: Path, instruments: Sequence[Instrument] = ()) -> tuple[Picture, ...]:
    """Every satellite product of a folder and every other picture, each sorted by name.

    What is larger than the frame of every instrument that fits is cut to frames. Of a product the bands of the
    instruments are taken. Raises InputError that names the file, the key, the value and the rule.
    """
    if not folder.is_dir():
        raise InputError(folder, "is a file; name the folder it lies in" if folder.exists() else "no such folder")
    described, cameras = read_description(folder / "images.toml"), Cameras(tuple(instruments))
    products, others = find_products(folder, described, cameras)
    paths = [path for path in others if path.suffix.lower() in (*SUFFIXES, *RASTER_SUFFIXES)]
    if not paths and not products:
        raise InputError(folder, f"holds no picture; known kinds: {' '.join(SUFFIXES)}; {advice(folder)}")
    pictures = [frame for path in paths for frame in _frames(path, described, cameras)]
    return (*products, *pictures)


def _frames(path: Path, described: Described, cameras: Cameras) -> tuple[Picture, ...]:
    picture = _picture(path, described)
    return cut(picture, cameras.frame_hw(picture.bands))


def _read(path: Path) -> PictureFile:
    if path.suffix.lower() in RASTER_SUFFIXES:
        require(path, "a JPEG 2000 picture")
        file = PictureFile(read_all(path))
    else:
        file = read_picture_file(path)
    if file.values.nbytes > MAX_PICTURE_BYTES:
        rule = f"holds {file.values.nbytes / 1e9:.1f} GB of pixels, and at most {MAX_PICTURE_BYTES / 1e9:g} are read"
        raise InputError(path, f"{rule}: cut it first, with gdal_translate -srcwin or the like")
    return enriched(path, file)


def _picture(path: Path, described: Described) -> Picture:
    file = _read(path)
    notes: list[str] = []
    bands = described.bands or _inferred_bands(path, file, notes)
    for key, listed in (("bands", bands), ("scale", described.scale), ("offset", described.offset)):
        if listed is not None and len(listed) != len(file.values):
            rule = f"the file has {len(file.values)} bands, and {key} has {len(listed)}"
            raise InputError(path, rule, key=key, value=listed)
    used = [index for index, band in enumerate(bands) if band]
    dtype = file.values.dtype
    unit = 1.0 if dtype.kind == "f" else 1.0 / np.iinfo(dtype).max
    if described.scale is None and file.scale is not None:
        notes.append("scale and offset from the file")
    elif described.scale is None:
        notes.append("physical values assumed" if unit == 1.0 else f"scale 1/{np.iinfo(dtype).max} assumed")
    scale = described.scale or list(file.scale or [unit] * len(bands))
    offset = described.offset or list((described.scale is None and file.offset) or [0.0] * len(bands))
    if any(scale[index] == 0 for index in used):
        raise InputError(described.source, "must not be 0 for a band that is used", key="scale", value=scale)
    bit_depth = described.bit_depth or (FLOAT_BIT_DEPTH if dtype.kind == "f" else min(16, 8 * dtype.itemsize))
    empty = _empty(file.values[used], file.nodata if described.nodata is None else described.nodata)
    digitised = [_digitise(file.values[index], scale[index], offset[index], bit_depth, empty, notes) for index in used]
    names = [bands[index] for index in used]
    if file.n_control_points:
        notes.append(f"placed by {file.n_control_points} ground control points")
    told = _add_surrogates(path, described, names, digitised)
    return Picture(
        name=path.name,
        pixels=np.stack([numbers for numbers, _, _ in digitised]),
        bands=tuple(names),
        scale=tuple(scale for _, scale, _ in digitised),
        offset=tuple(offset for _, _, offset in digitised),
        bit_depth=bit_depth,
        gsd_m=_gsd_m(described, file, notes),
        surrogate=told,
        imagery=described.imagery,
        nodata=empty if empty.any() else None,
        footprint_deg=file.footprint_deg,
        notes=tuple(notes),
    )


def _inferred_bands(path: Path, file: PictureFile, notes: list[str]) -> list[str]:
    if file.bands:
        notes.append(f"bands {', '.join(filter(None, file.bands))} from the file")
        return list(file.bands)
    n_colours = len(file.values) - file.has_alpha
    if n_colours not in _INFERRED_BANDS:
        rule = f'{n_colours} bands; write an images.toml that names them, as bands = ["red", "", "nir"]'
        raise InputError(path, rule)
    bands = [*_INFERRED_BANDS[n_colours], *[""] * file.has_alpha]
    notes.append(f"bands {', '.join(filter(None, bands))} assumed")
    return bands


def _gsd_m(described: Described, file: PictureFile, notes: list[str]) -> float:
    if described.gsd_m is not None:
        return float(described.gsd_m)
    notes.append("gsd_m from the file" if file.gsd_m else f"gsd_m {DEFAULT_GSD_M:g} assumed")
    return file.gsd_m or DEFAULT_GSD_M


def _empty(values: NDArray[Any], nodata: float | None) -> Mask:
    """Where any band is no number, or every band is the nodata value; (height, width)."""
    # Every band: a single band of a dark pixel may well be the 0 that marks an empty one.
    empty: Mask = ~np.isfinite(values).all(axis=0)
    return empty if nodata is None else empty | (values == nodata).all(axis=0)


def _digitise(
    values: NDArray[Any], scale: float, offset: float, bit_depth: int, empty: Mask, notes: list[str]
) -> tuple[NDArray[np.uint16], float, float]:
    """Digital numbers with their scale and offset; 0 where empty.

    Whole numbers that fit stay as they are, and fractions are rounded where a step of 1 is fine enough. All
    else is spread over the picture's range: no fixed one suits reflectance, radar decibels and counts.
    """
    filled = np.where(empty, 0, values)
    held = filled[~empty]
    low, high = (float(held.min()), float(held.max())) if held.size else (0.0, 0.0)
    is_whole = values.dtype.kind != "f"
    if low >= 0 and high <= 65_535 and (is_whole or abs(scale) <= _COARSEST_STEP):
        return np.rint(filled).astype(np.uint16), float(scale), float(offset)
    step = 1.0 if is_whole and high - low <= 65_535 else (high - low) / (2**bit_depth - 1) or 1.0
    notes.append(f"values {low:g} to {high:g} digitised in steps of {step:g}")
    numbers = np.where(empty, 0, np.rint((filled - low) / step)).astype(np.uint16)
    return numbers, scale * step, offset + scale * low


def _add_surrogates(
    path: Path,
    described: Described,
    names: list[str],
    digitised: list[tuple[NDArray[np.uint16], float, float]],
) -> tuple[str, ...]:
    """Append copies of bands under other names; returns what to tell of each."""
    copies = described.surrogates(path.name, tuple(names))
    for name, source, factor in copies:
        numbers, scale, offset = digitised[names.index(source)]
        names.append(name)
        digitised.append((numbers, scale * factor, offset * factor))
    return tuple(surrogate_note(*copy) for copy in copies)
