"""What bands are called in file names and band descriptions of Sentinel-2, Landsat and STAC catalogues."""

import re
from collections.abc import Sequence

from onboard.payload.card_layout import BAND_NAMES

SENTINEL2 = {
    "B01": "coastal",
    "B02": "blue",
    "B03": "green",
    "B04": "red",
    "B05": "rededge1",
    "B06": "rededge2",
    "B07": "rededge3",
    "B08": "nir",
    "B8A": "nir08",
    "B09": "watervapour",
    "B10": "cirrus",
    "B11": "swir1",
    "B12": "swir2",
}
"""MSI's bands in the order of the band numbers in product metadata, 0 to 12 (Sentinel-2 Products Specification)."""
LANDSAT_OLI = {1: "coastal", 2: "blue", 3: "green", 4: "red", 5: "nir", 6: "swir1", 7: "swir2", 8: "pan", 9: "cirrus"}
LANDSAT_TM = {1: "blue", 2: "green", 3: "red", 4: "nir", 5: "swir1", 7: "swir2", 8: "pan"}
"""OLI of Landsat 8 and 9, and TM and ETM+ of 4, 5 and 7 (USGS); the thermal bands measure no reflectance."""

_STAC = {"swir16": "swir1", "swir22": "swir2", "rededge": "rededge1", "nir09": "watervapour"}
"""Common names of the STAC `eo` extension, and Earth Search's, that are not ours."""
_LANDSAT_BAND = re.compile(r"B(\d)$")


def landsat_bands(name: str) -> dict[int, str]:
    """Bands by number of the instrument that a product's name begins with; empty for another."""
    if name.startswith(("LC08", "LC09", "LO08", "LO09")):
        return LANDSAT_OLI
    return LANDSAT_TM if name.startswith(("LE07", "LT04", "LT05")) else {}


def band_of(word: str, scene: str = "") -> str | None:
    """The band that a word of a file's name means, or None; `scene` is the rest of the name.

    A number alone, as B4, means different bands on different satellites: it counts where the name is Landsat's.
    """
    if numbered := _LANDSAT_BAND.match(word.upper()):
        return landsat_bands(scene.upper()).get(int(numbered[1]))
    if word.upper() in SENTINEL2 and not landsat_bands(scene.upper()):
        return SENTINEL2[word.upper()]
    name = _STAC.get(word.lower(), word.lower())
    return name if name in BAND_NAMES else None


def bands_described(descriptions: Sequence[str]) -> tuple[str, ...] | None:
    """Bands by what a file calls them, "" for what is none; None where fewer than two are told, or one twice."""
    found = tuple(band_of(text.strip()) or "" for text in descriptions)
    named = [band for band in found if band]
    return found if len(named) > 1 and len(named) == len(set(named)) else None
