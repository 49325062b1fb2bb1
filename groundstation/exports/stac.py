"""A SpatioTemporal Asset Catalog (STAC 1.1.0): a collection a satellite, an item a frame that has a product.

Links are relative and no document names itself (a self-contained catalogue): the folder can be moved or served.
Only core fields and those with our prefix, so that nothing needs an extension's schema.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from groundstation.alerts import OF_LISTS, alerts_of, read_list
from groundstation.archive import Archive, ArchivedProduct, ProductEntry
from groundstation.chips import chips_of
from groundstation.exports import chips, geometry
from groundstation.exports.geojson import alert_collection
from groundstation.exports.geotiff import geotiff
from groundstation.exports.mission import Mission
from onboard.comms.packets import ProductKind
from onboard.payload.products import DetectionList, ImageProduct, awaits_verdict, decode_image

STAC_VERSION = "1.1.0"
EMULATED = "Emulated: no spacecraft took part."
_ASSETS = {ProductKind.IMAGE: "image", ProductKind.THUMBNAIL: "thumbnail"}
"""What images are called as assets."""
_OF_FRAMES = (ProductKind.IMAGE, *OF_LISTS, ProductKind.THUMBNAIL)
"""Kinds of products that are of a frame; the first of them says best where it lies."""

Json = dict[str, Any]
Files = Iterator[tuple[str, bytes]]
"""Paths in the catalogue's folder, and what is to be written there."""
_Asset = tuple[str, str, bytes, Json]
"""An asset's name, its file's suffix and content, and what the item says of it."""


def catalogue(archive: Archive, mission: Mission) -> Files:
    """The files of the catalogue, one at a time, so that one frame's pixels are in memory at most."""
    entries = sorted(
        (entry for entry in archive.product_list() if entry.kind in _OF_FRAMES),
        key=lambda entry: (entry.spacecraft, entry.frame_id, _OF_FRAMES.index(entry.kind), entry.product_id),
    )
    children: list[str] = []
    for satellite, own in groupby(entries, key=lambda entry: entry.spacecraft):
        items: list[Json] = []
        for frame_id, products in groupby(own, key=lambda entry: entry.frame_id):
            frame = _Frame(f"{satellite}-{frame_id:06d}", satellite)
            yield from frame.take(archive, mission, products)
            if frame.shown is not None:
                items.append(frame.item(mission))
                yield f"{satellite}/{frame.name}/{frame.name}.json", _bytes(items[-1])
        if items:
            children.append(satellite)
            yield f"{satellite}/collection.json", _bytes(_collection(satellite, mission, items))
    yield "catalog.json", _bytes(_root(mission, children))


class _Frame:
    """One item in the making."""

    def __init__(self, name: str, satellite: str) -> None:
        self.name, self.satellite = name, satellite
        self.shown: DetectionList | ImageProduct | None = None
        self._assets: Json = {}
        self._properties: Json = {}

    def take(self, archive: Archive, mission: Mission, entries: Iterable[ProductEntry]) -> Files:
        """The files of a frame's products; what cannot be read is left out."""
        for entry in entries:
            product = archive.product(entry.spacecraft, entry.product_id)
            assert product is not None
            for name, suffix, content, asset in self._made(product, mission):
                key = name if name not in self._assets else f"{name}-{entry.product_id}"
                self._assets[key] = {"href": f"./{key}{suffix}", **asset}
                yield f"{self.satellite}/{self.name}/{key}{suffix}", content

    def _made(self, product: ArchivedProduct, mission: Mission) -> Iterator[_Asset]:
        """A product's assets."""
        if product.kind in OF_LISTS:
            if found := read_list(product.payload, product.archived_ns, product.clock_offset_ns):
                yield from self._detections(product, found, mission)
        elif image := _read_image(product.payload):
            yield self._image(image, product.kind)

    def item(self, mission: Mission) -> Json:
        """The item, once its products are taken."""
        assert self.shown is not None
        shape = geometry.polygon(geometry.footprint(self.shown))
        instrument = mission.instruments.get(self.satellite)
        return {
            "type": "Feature",
            "stac_version": STAC_VERSION,
            "id": self.name,
            "collection": self.satellite,
            "geometry": shape,
            "bbox": geometry.bounds(shape),
            "properties": {
                "datetime": mission.utc_text(self.shown.exposed_ns),
                "title": f"Frame {self.shown.frame_id} of {self.satellite}",
                "description": EMULATED,
                "platform": self.satellite,
                "mission": mission.name,
                **({"instruments": [instrument]} if instrument else {}),
                "gsd": round(geometry.pixel_m(self.shown), 2),
                "skysift:frame_id": self.shown.frame_id,
                **self._properties,
            },
            "links": [
                _link("root", "../../catalog.json"),
                _link("parent", "../collection.json"),
                _link("collection", "../collection.json"),
            ],
            "assets": self._assets,
        }

    def _detections(self, product: ArchivedProduct, found: DetectionList, mission: Mission) -> Iterator[_Asset]:
        self.shown = self.shown or found
        listed = "candidates" if awaits_verdict(product.payload) else "detections"
        self._properties |= {
            "skysift:task": found.task,
            f"skysift:{listed}": len(found.detections),
            "skysift:model_sha256": mission.model_sha256(found.task, found.model_sha256_prefix),
        }
        # A list that came by itself as well lists the same.
        if product.kind is ProductKind.ALERT or listed not in self._assets:
            alerts = alerts_of(self.satellite, found, product.archived_ns)
            features = _bytes(alert_collection(alerts, mission))
            yield listed, ".geojson", features, _asset(listed.capitalize(), "application/geo+json", "data")
        for chip in chips_of(self.satellite, product.payload, product.archived_ns, product.clock_offset_ns):
            prefix, box = found.model_sha256_prefix, chip.alert.detection
            title = f"{mission.class_name(found.task, prefix, box.class_index)}, confidence {box.confidence:.3f}"
            bands = [{"name": band} for band in dict.fromkeys(chips.shown_bands(chip))]
            asset = {**_asset(title, "image/png", "visual"), "bands": bands}
            yield f"chip-{chip.number}", ".png", chips.picture(chip), asset

    def _image(self, image: ImageProduct, kind: ProductKind) -> _Asset:
        is_whole = kind is ProductKind.IMAGE
        self.shown = image if is_whole else self.shown or image
        whole = "Pixels with losses by JPEG 2000" if image.codec == "jpeg2000" else "Pixels as the sensor gave them"
        title, role = (whole, "data") if is_whole else ("The frame, shortened", "overview")
        bands = [{"name": band} for band in image.bands]
        asset = {**_asset(title, "image/tiff; application=geotiff", role), "bands": bands}
        return _ASSETS[kind], ".tif", geotiff(image), asset


def _read_image(payload: bytes) -> ImageProduct | None:
    try:
        return decode_image(payload)
    except ValueError:
        return None


def _asset(title: str, media_type: str, role: str) -> Json:
    return {"title": title, "type": media_type, "roles": [role]}


def _collection(satellite: str, mission: Mission, items: list[Json]) -> Json:
    boxes = [item["bbox"] for item in items]
    is_cut = any(box[0] > box[2] for box in boxes)
    west, east = (-180.0, 180.0) if is_cut else (min(box[0] for box in boxes), max(box[2] for box in boxes))
    taken = sorted(item["properties"]["datetime"] for item in items)
    return {
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "id": satellite,
        "title": f"{satellite} in {mission.name}",
        "description": f"What {satellite} sent down. {EMULATED}",
        "license": "other",
        "extent": {
            "spatial": {"bbox": [[west, min(box[1] for box in boxes), east, max(box[3] for box in boxes)]]},
            "temporal": {"interval": [[taken[0], taken[-1]]]},
        },
        "links": [
            _link("root", "../catalog.json"),
            _link("parent", "../catalog.json"),
            *(_link("item", f"./{item['id']}/{item['id']}.json", "application/geo+json") for item in items),
        ],
    }


def _root(mission: Mission, satellites: list[str]) -> Json:
    described = mission.description.rstrip(".")
    return {
        "type": "Catalog",
        "stac_version": STAC_VERSION,
        "id": mission.name,
        "title": mission.name,
        "description": f"{described}. {EMULATED}" if described else EMULATED,
        "links": [
            _link("root", "./catalog.json"),
            *(_link("child", f"./{satellite}/collection.json") for satellite in satellites),
        ],
    }


def _link(relation: str, href: str, media_type: str = "application/json") -> Json:
    return {"rel": relation, "href": href, "type": media_type}


def _bytes(document: Json) -> bytes:
    return json.dumps(document, indent=1).encode() + b"\n"
