"""Sentinel-2 Level-1C and Level-2A products as ESA delivers them, in SAFE folders.

Reflectance = (number + offset) / quantification value, both of the product's metadata; the offset, -1000 since
processing baseline 04.00 of 2022, is 0 where the metadata do not tell it (Sentinel-2 Products Specification).
The number 0 means that there is nothing.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

from onboard.errors import InputError
from sim.scenes.products.band_names import SENTINEL2
from sim.scenes.products.product import Product, ProductBand

WHAT = "a Sentinel-2 product"
BIT_DEPTH = 12
"""Of the MSI's detectors (ESA, Sentinel-2 User Handbook)."""
_GSD_M = dict(zip(SENTINEL2, (60, 10, 10, 10, 20, 20, 20, 10, 20, 60, 60, 20, 20), strict=True))
_METADATA = re.compile(r".*MTD.*L(1C|2A).*\.xml", re.IGNORECASE)
_IMAGE = re.compile(r".*_(B\d[0-9A])(?:_(10|20|60)m)?\.(?:jp2|tiff?)", re.IGNORECASE)


def is_product(folder: Path) -> bool:
    """Whether a folder is such a product."""
    return _metadata(folder) is not None


def read_products(folder: Path) -> tuple[Product, ...]:
    """A product for each granule, of which all but the oldest folders hold one. Raises InputError."""
    metadata = _metadata(folder)
    assert metadata is not None
    level, quantification, offsets = _radiometry(metadata)
    granules = sorted(path for path in (folder / "GRANULE").glob("*") if path.is_dir())
    images = [(granule, _images(granule)) for granule in granules]
    found = [(granule, bands) for granule, bands in images if bands]
    if not found:
        raise InputError(folder, "holds no band images, GRANULE/*/IMG_DATA/*_B02.jp2 and so on: is it all unpacked?")
    return tuple(
        _product(folder if len(found) == 1 else granule, level, quantification, offsets, bands)
        for granule, bands in found
    )


def _metadata(folder: Path) -> Path | None:
    if not folder.is_dir():
        return None
    return next((path for path in sorted(folder.iterdir()) if _METADATA.fullmatch(path.name)), None)


def _radiometry(metadata: Path) -> tuple[str, float, dict[int, float]]:
    """The level, the quantification value, and offsets by the number of the band."""
    try:
        root = ElementTree.parse(metadata).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise InputError(metadata, f"is not readable as XML: {error}") from None
    level, quantity, offset = (
        ("2A", "BOA_QUANTIFICATION_VALUE", "BOA_ADD_OFFSET")
        if "L2A" in metadata.name.upper()
        else ("1C", "QUANTIFICATION_VALUE", "RADIO_ADD_OFFSET")
    )
    value = _number(metadata, quantity, root.findtext(f".//{quantity}"))
    if value <= 0:
        raise InputError(metadata, "must be above 0", key=quantity, value=value)
    offsets = {}
    for element in root.iter(offset):
        offsets[int(_number(metadata, "band_id", element.get("band_id")))] = _number(metadata, offset, element.text)
    return level, value, offsets


def _number(metadata: Path, key: str, text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise InputError(metadata, "must tell a number", key=key, value=text or "nothing") from None


def _images(granule: Path) -> list[tuple[str, int, Path]]:
    """Band, sample distance in metres, and file, of a granule's images."""
    matched = [(_IMAGE.fullmatch(path.name), path) for path in sorted((granule / "IMG_DATA").rglob("*"))]
    named = [(match[1].upper(), match[2], path) for match, path in matched if match]
    return [(band, int(gsd or _GSD_M[band]), path) for band, gsd, path in named if band in SENTINEL2]


def _product(
    named_by: Path, level: str, quantification: float, offsets: dict[int, float], images: list[tuple[str, int, Path]]
) -> Product:
    bands = []
    for code, gsd_m, path in images:
        number = list(SENTINEL2).index(code)
        if offsets and number not in offsets:
            raise InputError(path, f"the product's metadata tell offsets, and none for its band, number {number}")
        offset = offsets.get(number, 0.0) / quantification
        bands.append(ProductBand(SENTINEL2[code], path, float(gsd_m), 1.0 / quantification, offset))
    surface = "surface" if level == "2A" else "top-of-atmosphere"
    told = sorted({f"{offset:+g}" for offset in offsets.values()}) or ["+0"]
    notes = [f"Sentinel-2 L{level}, {surface} reflectance = (number {' or '.join(told)}) / {quantification:g}"]
    if not any(band.name == "nir" for band in bands):
        narrow = [band for band in bands if band.name == "nir08"]
        bands += [ProductBand("nir", band.path, band.gsd_m, band.scale, band.offset) for band in narrow]
        notes += ["nir is B8A: there is no B08"] * bool(narrow)
    return Product(named_by.name, tuple(bands), BIT_DEPTH, tuple(notes))
