"""A folder of the user's pictures, as a camera would digitise them; its `images.toml` says what they are.

Keys: `gsd_m`; `bands` in file order, "" for one to ignore; `scale` and `offset` per band of the file,
physical value = number x scale + offset; `bit_depth`; `nodata`; `surrogate`; `imagery`, where it is not real.
What is not said is inferred, and told in the notes.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onboard.errors import InputError
from onboard.payload.card_layout import BAND_NAMES, check_known_keys
from onboard.payload.imagery import Planes
from sim.scenes.picture_files import SUFFIXES, PictureFile, read_picture_file

DEFAULT_GSD_M = 10.0
IMAGERY = ("real", "synthetic", "implanted")
"""What a figure made with the pictures must say of them."""
FLOAT_BIT_DEPTH = 12
"""Depth to digitise fractions at where none is stated: that of most multispectral imagers."""

_COARSEST_STEP = 1 / 200
"""Up to this physical step whole numbers are fine enough: a little coarser than 8-bit reflectance."""
_INFERRED_BANDS = {1: ("pan",), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "nir")}

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture: `planes` uint16 (bands, height, width), physical value = number x scale + offset.

    `surrogate` tells, for each of the last bands, of which other band it is a copy. `nodata` (height, width)
    is true where the picture holds nothing, its numbers being 0; None where it is whole. `footprint_deg` is
    as in `imagery.Frame`, None without geographic coordinates. `notes` tell what was inferred.
    """

    name: str
    planes: Planes
    bands: tuple[str, ...]
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    bit_depth: int
    gsd_m: float
    surrogate: tuple[str, ...]
    imagery: str
    nodata: Mask | None
    footprint_deg: tuple[float, ...] | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Described:
    """What `images.toml` says; None or empty where it says nothing."""

    source: Path
    gsd_m: float | None = None
    bands: list[str] | None = None
    scale: list[float] | None = None
    offset: list[float] | None = None
    bit_depth: int | None = None
    nodata: float | None = None
    surrogate: dict[str, dict[str, Any]] = field(default_factory=dict)
    imagery: str = "real"


def read_image_folder(folder: Path) -> tuple[Picture, ...]:
    """Every picture of a folder (GeoTIFF, PNG, JPEG, NPY), sorted by file name.

    Raises InputError that names the file, the key, the value and the rule.
    """
    if not folder.is_dir():
        raise InputError(folder, "no such folder")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise InputError(folder, f"holds no picture; known kinds: {' '.join(SUFFIXES)}")
    described = _read_description(folder / "images.toml")
    return tuple(_picture(path, described) for path in paths)


def _read_description(source: Path) -> _Described:
    if not source.exists():
        return _Described(source)
    try:
        found = tomllib.loads(source.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(source, f"is not readable as TOML: {error}") from None
    check_known_keys(source, found, _RULES)
    for key, value in found.items():
        holds, rule = _RULES[key]
        if not holds(value):
            raise InputError(source, rule, key=key, value=value)
    lengths = {key: len(found[key]) for key in ("bands", "scale", "offset") if key in found}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{key} has {length}" for key, length in lengths.items())
        raise InputError(source, f"lists must have one entry for each band of the file: {told}")
    for name, origin in found.get("surrogate", {}).items():
        check_known_keys(source, origin, ("from", "factor"), f"surrogate.{name}.")
    return _Described(source, **found)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and isfinite(value)  # type: ignore[arg-type]


def _is_numbers(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_number, value))


def _is_bands(value: object) -> bool:
    if not isinstance(value, list):
        return False
    named = [band for band in value if band != ""]
    return 0 < len(named) == len(set(map(str, named))) and all(band in BAND_NAMES for band in named)


def _is_surrogate(value: object) -> bool:
    return isinstance(value, dict) and all(
        name in BAND_NAMES
        and isinstance(origin, dict)
        and isinstance(origin.get("from"), str)
        and _is_number(origin.get("factor", 1.0))
        for name, origin in value.items()
    )


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "gsd_m": (lambda value: _is_number(value) and value > 0, "must be a number above 0"),
    "bands": (_is_bands, f'must be different names, or "" to ignore; known: {", ".join(BAND_NAMES)}'),
    "scale": (_is_numbers, "must be a list of numbers"),
    "offset": (_is_numbers, "must be a list of numbers"),
    "bit_depth": (lambda value: type(value) is int and 1 <= value <= 16, "must be a whole number, 1 to 16"),
    "nodata": (lambda value: type(value) in (int, float), "must be a number"),
    "imagery": (lambda value: value in IMAGERY, f"must be one of {', '.join(IMAGERY)}"),
    "surrogate": (_is_surrogate, 'must be like { swir1 = { from = "swir2", factor = 1.0 } }, of known bands'),
}


def _picture(path: Path, described: _Described) -> Picture:
    file = read_picture_file(path)
    notes: list[str] = []
    bands = described.bands or _inferred_bands(path, file, notes)
    for key, listed in (("bands", bands), ("scale", described.scale), ("offset", described.offset)):
        if listed is not None and len(listed) != len(file.values):
            rule = f"the file has {len(file.values)} bands, and {key} has {len(listed)}"
            raise InputError(path, rule, key=key, value=listed)
    used = [index for index, band in enumerate(bands) if band]
    dtype = file.values.dtype
    unit = 1.0 if dtype.kind == "f" else 1.0 / np.iinfo(dtype).max
    if described.scale is None:
        notes.append("physical values assumed" if unit == 1.0 else f"scale 1/{np.iinfo(dtype).max} assumed")
    scale, offset = described.scale or [unit] * len(bands), described.offset or [0.0] * len(bands)
    if any(scale[index] == 0 for index in used):
        raise InputError(described.source, "must not be 0 for a band that is used", key="scale", value=scale)
    bit_depth = described.bit_depth or (FLOAT_BIT_DEPTH if dtype.kind == "f" else min(16, 8 * dtype.itemsize))
    empty = _empty(file.values[used], file.nodata if described.nodata is None else described.nodata)
    digitised = [_digitise(file.values[index], scale[index], offset[index], bit_depth, empty, notes) for index in used]
    names = [bands[index] for index in used]
    told = _add_surrogates(path, described, names, digitised)
    return Picture(
        name=path.name,
        planes=np.stack([numbers for numbers, _, _ in digitised]),
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
    n_colours = len(file.values) - file.has_alpha
    if n_colours not in _INFERRED_BANDS:
        rule = f'{n_colours} bands; write an images.toml that names them, as bands = ["red", "", "nir"]'
        raise InputError(path, rule)
    bands = [*_INFERRED_BANDS[n_colours], *[""] * file.has_alpha]
    notes.append(f"bands {', '.join(filter(None, bands))} assumed")
    return bands


def _gsd_m(described: _Described, file: PictureFile, notes: list[str]) -> float:
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
    described: _Described,
    names: list[str],
    digitised: list[tuple[NDArray[np.uint16], float, float]],
) -> tuple[str, ...]:
    """Append copies of bands under other names; returns what to tell of each."""
    told = []
    for name, origin in described.surrogate.items():
        source, factor = origin["from"], origin.get("factor", 1.0)
        if name in names or source not in names:
            rule = f"{path.name} must have the band {source} and not the band {name}"
            raise InputError(described.source, rule, key=f"surrogate.{name}", value=origin)
        numbers, scale, offset = digitised[names.index(source)]
        names.append(name)
        digitised.append((numbers, scale * factor, offset * factor))
        told.append(f"{name} is {source} x {factor:g}")
    return tuple(told)
