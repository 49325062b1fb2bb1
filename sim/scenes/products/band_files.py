"""Sets of one file per band, as catalogues and downloads of single bands give them: `..._B04.tif`, `swir22.tif`."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from onboard.errors import InputError
from sim.scenes.images_toml import Described
from sim.scenes.products import sentinel2_safe
from sim.scenes.products.band_names import SENTINEL2, band_of, landsat_bands
from sim.scenes.products.product import Product, ProductBand
from sim.scenes.products.rasters import RasterFacts, facts_of

WHAT = "a set of one file per band"
SUFFIXES = (".tif", ".tiff", ".jp2")
_COMPANIONS = re.compile(
    r"(?:.*[_\-. ])?(?:SCL|AOT|WVP|TCI|PVI|VISUAL|THUMBNAIL|OVERVIEW|PREVIEW|QA_.*|SR_QA_.*|ST_.*)(?:_\d+m)?",
    re.IGNORECASE,
)
"""What catalogues and downloads put beside bands: masks, true colour, temperatures."""
_GSD_WORD = re.compile(r"\d+m")
_ESA = re.compile(r"T\d\d[A-Z]{3}_(\d{8})T\d{6}")
_OFFSET_SINCE = "20220125"
"""When processing baseline 04.00 began, whose numbers are 1000 greater."""
_LANDSAT_SURFACE = (2.75e-5, -0.2)
"""Scale and offset of every Collection 2 surface reflectance (USGS)."""


@dataclass(frozen=True, slots=True)
class BandFile:
    """A file whose name ends with a band's: `word` is how it says so."""

    path: Path
    scene: str
    word: str
    band: str


def band_files(paths: Iterable[Path]) -> dict[str, list[BandFile]]:
    """Sets by the part of their names that their files share; at least two bands each."""
    sets: dict[str, list[BandFile]] = defaultdict(list)
    for path in paths:
        if found := _band_file(path):
            sets[found.scene].append(found)
    return {scene: files for scene, files in sets.items() if len({file.band for file in files}) > 1}


def is_companion(path: Path) -> bool:
    """Whether a file beside a set is of its scene, and no band."""
    return bool(_COMPANIONS.fullmatch(path.stem))


def _band_file(path: Path) -> BandFile | None:
    if path.suffix.lower() not in SUFFIXES:
        return None
    *rest, word = re.split(r"[_\-. ]", path.stem)
    if rest and _GSD_WORD.fullmatch(word):
        *rest, word = rest
    scene = "_".join(rest)
    band = band_of(word, scene)
    return BandFile(path, scene, word, band) if band else None


def read_product(folder: Path, scene: str, files: list[BandFile], described: Described) -> Product:
    """The scene of a set. What the files do not tell, `images.toml` does, or their names do. Raises InputError."""
    if described.nodata not in (None, 0):
        rule = "must be 0 for a set of one file per band"
        raise InputError(described.source, rule, key="nodata", value=described.nodata)
    facts = {file.path: _facts(file.path) for file in files}
    calibrations, told = _calibrations(files, facts, described)
    bands = tuple(
        ProductBand(file.band, file.path, facts[file.path].gsd_m or described.gsd_m or 10.0, scale, offset)
        for file, (scale, offset) in zip(files, calibrations, strict=True)
    )
    bit_depth = sentinel2_safe.BIT_DEPTH if _is_sentinel2(files) else 16
    if any(facts[file.path].dtype == "uint8" for file in files):
        bit_depth = 8
    return Product(scene or folder.name, bands, bit_depth, (f"one file per band: {told}",))


def _facts(path: Path) -> RasterFacts:
    facts = facts_of(path)
    if len(facts.descriptions) != 1:
        raise InputError(path, f"is named as one band of a set, and has {len(facts.descriptions)}")
    if facts.dtype not in ("uint8", "uint16"):
        rule = f"holds {facts.dtype}; a set of one file per band must hold uint8 or uint16, 0 where there is nothing"
        raise InputError(path, rule)
    if facts.nodata not in (None, 0.0):
        raise InputError(path, "must be 0 in a set of one file per band", key="nodata", value=facts.nodata)
    return facts


def _calibrations(
    files: list[BandFile], facts: dict[Path, RasterFacts], described: Described
) -> tuple[list[tuple[float, float]], str]:
    """Scale and offset of each file, and where they are from."""
    if described.scale is not None:
        scales = _spread(described, "scale", described.scale, files)
        offsets = _spread(described, "offset", described.offset or [0.0], files)
        return list(zip(scales, offsets, strict=True)), "scale from images.toml"
    inferred, told = _inferred(files, facts)
    if described.offset is None:
        return inferred, told
    offsets = _spread(described, "offset", described.offset, files)
    calibrations = [(scale, offset) for (scale, _), offset in zip(inferred, offsets, strict=True)]
    return calibrations, f"{told}; offset from images.toml"


def _inferred(files: list[BandFile], facts: dict[Path, RasterFacts]) -> tuple[list[tuple[float, float]], str]:
    """The same, by what the files or their names tell."""
    tagged = [(facts[file.path].scales[0], facts[file.path].offsets[0]) for file in files]
    if all(scale != 1.0 for scale, _ in tagged):
        return tagged, "scale and offset from the files"
    scene = files[0].scene
    if _is_sentinel2(files):
        esa = _ESA.search(scene)
        offset = -0.1 if esa and esa[1] >= _OFFSET_SINCE else 0.0
        why = "as ESA's since 2022-01-25" if offset else "as ESA's until 2022-01-25, or harmonised since"
        return [(1e-4, offset)] * len(files), f"reflectance = number / 10000 {offset:+g} assumed, {why}"
    if landsat_bands(scene.upper()) and re.search(r"_SR\b|_SR_|_L2S[PR]_", f"{scene}_"):
        return [_LANDSAT_SURFACE] * len(files), "Landsat Collection 2 surface reflectance assumed"
    rule = "does not tell what its numbers mean: write an images.toml with scale = [0.0001], or one number per file"
    raise InputError(files[0].path, rule)


def _is_sentinel2(files: list[BandFile]) -> bool:
    return all(file.word.upper() in SENTINEL2 for file in files)


def _spread(described: Described, key: str, values: list[float], files: list[BandFile]) -> list[float]:
    if len(values) not in (1, len(files)):
        names = ", ".join(file.path.name for file in files)
        rule = f"must have one number for all, or one for each file in order: {names}"
        raise InputError(described.source, rule, key=key, value=values)
    return values * len(files) if len(values) == 1 else values
