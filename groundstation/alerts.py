"""Alerts: detections that have arrived on the ground, with their place on the Earth."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundstation.archive import Archive
from onboard.comms.packets import ProductKind
from onboard.payload.detections import Detection
from onboard.payload.products import DetectionList, decode, locate


@dataclass(frozen=True, slots=True)
class Alert:
    """One detection of an archived list. The position is of its box's centre."""

    spacecraft: str
    found: DetectionList
    detection: Detection
    latitude_deg: float
    longitude_deg: float
    archived_ns: int


def alerts_of(spacecraft: str, found: DetectionList, archived_ns: int) -> Iterator[Alert]:
    """A list's detections, located."""
    boxes = found.detections
    latitudes, longitudes = locate(
        found, [(box.x0 + box.x1) / 2 for box in boxes], [(box.y0 + box.y1) / 2 for box in boxes]
    )
    for box, latitude_deg, longitude_deg in zip(boxes, latitudes.tolist(), longitudes.tolist(), strict=True):
        yield Alert(spacecraft, found, box, latitude_deg, longitude_deg, archived_ns)


def archived_alerts(archive: Archive) -> Iterator[Alert]:
    """Every alert that arrived as a detection list, by spacecraft and product."""
    for product in archive.products(ProductKind.ALERT):
        yield from alerts_of(product.spacecraft, decode(product.payload), product.archived_ns)
