"""Landsat Collection 2 scenes as USGS delivers them: a GeoTIFF a band, and an MTL file in text or JSON.

Level 1: top-of-atmosphere reflectance = (number x mult + add) / sin(Sun's elevation at the scene's centre). Level 2:
surface reflectance = number x mult + add. Each level's mult and add are in a group of the MTL of its own (USGS,
Landsat 8-9 Collection 2 Data Format Control Book). The number 0 means that there is nothing.
"""

import json
import re
from math import radians, sin
from pathlib import Path
from typing import Any

from onboard.errors import InputError
from sim.scenes.products.band_names import landsat_bands
from sim.scenes.products.product import Product, ProductBand

WHAT = "a Landsat product"
_MTL = re.compile(r"(.+)_MTL\.(json|txt)", re.IGNORECASE)
_ROOT = "LANDSAT_METADATA_FILE"
_LEVEL1, _LEVEL2 = "LEVEL1_RADIOMETRIC_RESCALING", "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS"
_BIT_DEPTHS = {"LC08": 12, "LO08": 12, "LC09": 14, "LO09": 14}
"""Of what OLI and OLI-2 send (USGS); TM and ETM+ sent 8 bits."""
_PAN_GSD_M, _GSD_M = 15.0, 30.0

Groups = dict[str, dict[str, Any]]


def is_product(folder: Path) -> bool:
    """Whether a folder holds such scenes."""
    return bool(_scenes(folder))


def read_products(folder: Path) -> tuple[Product, ...]:
    """The scenes of a folder, by name. Raises InputError."""
    return tuple(_product(name, mtl) for name, mtl in sorted(_scenes(folder).items()))


def _scenes(folder: Path) -> dict[str, Path]:
    """An MTL file for each scene, the JSON where there are both."""
    if not folder.is_dir():
        return {}
    matched = [(_MTL.fullmatch(path.name), path) for path in sorted(folder.iterdir(), reverse=True)]
    return {match[1]: path for match, path in matched if match}


def _product(name: str, mtl: Path) -> Product:
    groups = _groups(mtl)
    contents = groups.get("PRODUCT_CONTENTS", {})
    if not contents:
        raise InputError(mtl, "has no group PRODUCT_CONTENTS: only Collection 2 is read, this looks like Collection 1")
    numbered = landsat_bands(name.upper())
    if not numbered:
        raise InputError(mtl, "only scenes of TM, ETM+, OLI and OLI-2 are read: LT04, LT05, LE07, LC08, LC09")
    is_surface = str(contents.get("PROCESSING_LEVEL", "")).startswith("L2")
    group = _LEVEL2 if is_surface else _LEVEL1
    sine, notes = 1.0, [f"Landsat Collection 2 level {2 if is_surface else 1}"]
    if is_surface:
        notes[0] += ", surface reflectance"
    else:
        elevation_deg = _number(mtl, groups, "IMAGE_ATTRIBUTES", "SUN_ELEVATION")
        if elevation_deg <= 0:
            raise InputError(
                mtl, "the Sun must be up: there is no reflectance", key="SUN_ELEVATION", value=elevation_deg
            )
        sine = sin(radians(elevation_deg))
        notes[0] += f", top-of-atmosphere reflectance with the Sun at {elevation_deg:.1f}° all over the scene"
    bands = []
    for number, band in numbered.items():
        path = mtl.parent / str(contents.get(f"FILE_NAME_BAND_{number}", ""))
        if path.is_file() and f"REFLECTANCE_MULT_BAND_{number}" in groups.get(group, {}):
            mult, add = (_number(mtl, groups, group, f"REFLECTANCE_{word}_BAND_{number}") for word in ("MULT", "ADD"))
            gsd_m = _PAN_GSD_M if band == "pan" else _GSD_M
            bands.append(ProductBand(band, path, gsd_m, mult / sine, add / sine))
    if not bands:
        raise InputError(mtl, "none of the bands that it names lies beside it, FILE_NAME_BAND_1 and so on")
    return Product(name, tuple(bands), _BIT_DEPTHS.get(name[:4].upper(), 8), tuple(notes))


def _groups(mtl: Path) -> Groups:
    """Keys by group: several groups hold keys of the same name."""
    try:
        text = mtl.read_text("utf-8")
        found = json.loads(text)[_ROOT] if mtl.suffix.lower() == ".json" else _parsed(text)
        return {name: keys for name, keys in found.items() if isinstance(keys, dict)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(mtl, f"is not readable as an MTL file: {error!r}") from None


def _parsed(text: str) -> Groups:
    groups: Groups = {}
    current = ""
    for line in text.splitlines():
        key, equals, value = (part.strip() for part in line.partition("="))
        if key == "GROUP":
            current = value
        elif equals and key != "END_GROUP":
            groups.setdefault(current, {})[key] = value.strip('"')
    return groups


def _number(mtl: Path, groups: Groups, group: str, key: str) -> float:
    value = groups.get(group, {}).get(key)
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError(mtl, f"must tell a number, in the group {group}", key=key, value=value or "nothing") from None
