"""Capella's detected radar products, GEO and GEC: an amplitude GeoTIFF, and its metadata as JSON beside it or in it.

Backscatter = (number x scale_factor)²: sigma0 where `radiometry` says sigma_nought, as it does for GEO (Capella SAR
Products Format Specification). The number 0 means that there is nothing.
"""

import json
import re
from math import cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import tifffile

from onboard.errors import InputError
from sim.scenes.products.product import Product, ProductBand
from sim.scenes.products.rasters import facts_of
from sim.scenes.sar_sea import BIT_DEPTH

WHAT = "a Capella product"
_IMAGE = re.compile(r"CAPELLA_.*(?<!_preview)\.tiff?", re.IGNORECASE)
_DETECTED = ("GEO", "GEC")


def is_image(path: Path) -> bool:
    """Whether a file is the image of such a product."""
    return bool(_IMAGE.fullmatch(path.name))


def belongs(path: Path) -> bool:
    """Whether a file is of such a product: its image, a preview, a thumbnail."""
    return path.name.upper().startswith("CAPELLA_")


def read_product(path: Path) -> Product:
    """The product of an image. Raises InputError."""
    source, metadata = _metadata(path)
    kind = str(metadata.get("product_type", "GEO")).upper()
    if kind not in _DETECTED:
        raise InputError(source, f"only {' and '.join(_DETECTED)} are read", key="product_type", value=kind)
    image, radar = _table(source, metadata, "collect", "image"), _table(source, metadata, "collect", "radar")
    sent, received = (str(radar.get(f"{way}_polarization", "")).lower() or "?" for way in ("transmit", "receive"))
    band = f"{sent[0]}{received[0]}"
    if band not in ("hh", "hv", "vh", "vv"):
        raise InputError(source, "must be H or V", key="collect.radar.transmit_polarization", value=sent)
    factor, how = _amplitude_factor(source, image)
    facts = facts_of(path)
    if facts.dtype not in ("uint8", "uint16"):
        raise InputError(path, f"must hold amplitudes as whole numbers, and holds {facts.dtype}")
    gsd_m = facts.gsd_m or 1.0
    note = f"Capella {kind}, {how}; calibration {image.get('calibration', 'not told')}"
    return Product(path.stem, (ProductBand(band, path, gsd_m, factor, is_amplitude=True),), BIT_DEPTH, (note,))


def _metadata(path: Path) -> tuple[Path, dict[str, Any]]:
    """The extended JSON beside the image, or what the image's own description holds."""
    for source in (path.with_name(f"{path.stem}_extended.json"), path.with_suffix(".json")):
        if source.is_file() and "collect" in (found := _parsed(source, source.read_bytes())):
            return source, found
    try:
        with tifffile.TiffFile(path) as tiff:
            text = str(tiff.pages.first.description)
    except Exception as error:
        raise InputError(path, f"cannot be read, it may be truncated: {error}") from None
    if not text.lstrip().startswith("{"):
        raise InputError(path, f"needs its metadata, {path.stem}_extended.json, beside it")
    return path, _parsed(path, text)


def _parsed(source: Path, text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError(source, f"is not readable as JSON: {error}") from None
    return found if isinstance(found, dict) else {}


def _table(source: Path, metadata: dict[str, Any], *keys: str) -> dict[str, Any]:
    found: Any = metadata
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise InputError(source, "must be an object", key=".".join(keys), value=found)
    return found


def _amplitude_factor(source: Path, image: dict[str, Any]) -> tuple[float, str]:
    """What a number is multiplied by to give the root of sigma0, and how that is told."""
    factor: Any = image.get("scale_factor")
    if type(factor) not in (int, float) or not factor > 0:
        raise InputError(source, "must be a number above 0", key="collect.image.scale_factor", value=factor)
    radiometry = str(image.get("radiometry", "sigma_nought")).lower()
    told = f"sigma0 = (number x {factor:g})²"
    if radiometry.startswith("sigma"):
        return float(factor), told
    centre = image.get("center_pixel")
    angle_deg: Any = centre.get("incidence_angle") if isinstance(centre, dict) else None
    turned = {"beta_nought": sin, "gamma_nought": cos}.get(radiometry)
    if turned is None or type(angle_deg) not in (int, float) or not 0 < angle_deg < 90:
        rule = "must be sigma_nought, or beta_nought or gamma_nought with center_pixel.incidence_angle"
        raise InputError(source, rule, key="collect.image.radiometry", value=radiometry)
    share = turned(radians(angle_deg))
    return float(factor) * sqrt(share), f"{told} x {share:.3f}, from {radiometry} at the centre's {angle_deg:.1f}°"
