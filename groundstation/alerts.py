"""Alerts: detections that have arrived on the ground, with their place on the Earth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from groundstation.archive import Archive, ArchivedProduct
from groundstation.clock_correlation import offset_at
from onboard.comms.packets import ProductKind
from onboard.payload.detections import Detection
from onboard.payload.products import DetectionList, awaits_verdict, list_in, locate

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius R1 of GRS 80 (Moritz 2000, J. Geodesy 74)."""
OF_LISTS = (ProductKind.ALERT, ProductKind.CHIP)
"""Kinds of products that have a detection list, by itself or with chips."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One detection of an archived list. The position is of its box's centre, `radius_m` half the box's diagonal."""

    spacecraft: str
    found: DetectionList
    detection: Detection
    latitude_deg: float
    longitude_deg: float
    archived_ns: int
    radius_m: float


class AlertKey(NamedTuple):
    """What makes an alert itself, earliest first: the same detection received twice is one alert."""

    exposed_ns: int
    spacecraft: str
    frame_id: int
    task: str
    box: tuple[int, int, int, int]
    class_index: int
    model_sha256_prefix: bytes


def alert_key(alert: Alert) -> AlertKey:
    """An alert's identity and place in time."""
    found, box = alert.found, alert.detection
    return AlertKey(
        found.exposed_ns,
        alert.spacecraft,
        found.frame_id,
        found.task,
        (box.x0, box.y0, box.x1, box.y1),
        box.class_index,
        found.model_sha256_prefix,
    )


def read_list(payload: bytes, archived_ns: int, clock_offset_ns: int = 0) -> DetectionList | None:
    """The detection list in a product; None for bytes that are none, or that tell of a frame from the future.

    The instant of the exposure is corrected by how much its spacecraft's clock was ahead.
    """
    try:
        found = list_in(payload)
    except ValueError:
        return None
    if clock_offset_ns:
        found = replace(found, exposed_ns=max(0, found.exposed_ns - clock_offset_ns))
    return found if is_sound(found, archived_ns) else None


def is_sound(found: DetectionList, archived_ns: int) -> bool:
    """Whether a list tells of a frame of the past, and of a task that can be written into a document."""
    return found.exposed_ns <= archived_ns and found.task.isprintable()


def alerts_of(spacecraft: str, found: DetectionList, archived_ns: int) -> Iterator[Alert]:
    """A list's detections, located."""
    corners = np.array([(box.x0, box.y0, box.x1, box.y1) for box in found.detections], np.float64).reshape(-1, 4)
    x0, y0, x1, y1 = corners.T
    latitudes, longitudes = locate(found, (x0 + x1) / 2, (y0 + y1) / 2)
    radii_m = chord_m(*locate(found, x0, y0), *locate(found, x1, y1)) / 2
    places = zip(found.detections, latitudes.tolist(), longitudes.tolist(), radii_m.tolist(), strict=True)
    for box, latitude_deg, longitude_deg, radius_m in places:
        yield Alert(spacecraft, found, box, latitude_deg, longitude_deg, archived_ns, radius_m)


def archived_alerts(archive: Archive) -> Iterator[Alert]:
    """Every alert that arrived in a detection list, by spacecraft and product. Unreadable lists have none.

    Candidates are none before a model on the ground has looked at them: see `ground_alerts`.

    Where a frame's list came by itself and with chips, each alert is told once: as the first of the two brought it.
    """
    alerts: dict[AlertKey, Alert] = {}
    for product in archive.products(*OF_LISTS):
        found = None if awaits_verdict(product.payload) else _list_of(product)
        if found:
            for alert in alerts_of(product.spacecraft, found, product.archived_ns):
                known = alerts.setdefault(alert_key(alert), alert)
                if alert.archived_ns < known.archived_ns:
                    alerts[alert_key(alert)] = alert
    yield from alerts.values()


def _list_of(product: ArchivedProduct) -> DetectionList | None:
    return read_list(product.payload, product.archived_ns, product.clock_offset_ns)


def ground_alerts(archive: Archive) -> Iterator[Alert]:
    """Every alert that a model on the ground found in an archived image or chip, by spacecraft and product."""
    for spacecraft, archived_ns, payload in archive.ground_findings():
        if found := read_list(payload, archived_ns, offset_at(archive.store, spacecraft, archived_ns)):
            yield from alerts_of(spacecraft, found, archived_ns)


def class_names(archive: Archive) -> Callable[[Alert], str | None]:
    """What tells an alert's class by name; None for one of a model that the archive does not know so far."""

    def name(alert: Alert) -> str | None:
        model = archive.models().get((alert.found.model_sha256_prefix, alert.found.task))
        named = model.classes if model else ()
        return named[alert.detection.class_index] if alert.detection.class_index < len(named) else None

    return name


def chord_m(
    latitude_0_deg: NDArray[np.float64],
    longitude_0_deg: NDArray[np.float64],
    latitude_1_deg: NDArray[np.float64],
    longitude_1_deg: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Straight distances between points on the sphere (haversine without its arc)."""
    lat_0, lon_0, lat_1, lon_1 = map(np.radians, (latitude_0_deg, longitude_0_deg, latitude_1_deg, longitude_1_deg))
    haversine = np.sin((lat_1 - lat_0) / 2) ** 2 + np.cos(lat_0) * np.cos(lat_1) * np.sin((lon_1 - lon_0) / 2) ** 2
    chord_m: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.sqrt(haversine)
    return chord_m
