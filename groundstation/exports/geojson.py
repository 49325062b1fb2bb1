"""Alerts and events as GeoJSON feature collections (RFC 7946)."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from groundstation.alerts import Alert
from groundstation.events import Event
from groundstation.exports import geometry
from groundstation.exports.mission import Mission
from groundstation.publishing import ReportedEvent
from onboard.mission_time import utc_text
from onboard.payload.products import locate

SIZE_CLASSES = "ABCDEFGH"
"""Letters for the decades of area of `onboard.payload.detections`."""
MOST_HULL_RADIUS_M = 1e6
"""An event beyond this is no place any more, and drawn as a point."""


def collection(
    alerts: Iterable[Alert],
    epoch: datetime,
    class_name: Callable[[Alert], str],
    extra: Callable[[Alert], Mapping[str, Any]],
) -> dict[str, Any]:
    """Alerts as a feature collection; `extra` adds what only the caller knows of one."""
    return _collection(_alert(alert, epoch, class_name(alert), extra(alert)) for alert in alerts)


def alert_collection(
    alerts: Iterable[Alert], mission: Mission, extra: Callable[[Alert], Mapping[str, Any]] = lambda _: {}
) -> dict[str, Any]:
    """Alerts as a feature collection, with what the ground knows, and `extra` of each."""
    return collection(
        alerts,
        mission.epoch,
        lambda alert: _class_name(alert, mission),
        lambda alert: {"model_sha256": _model_sha256(alert, mission), **extra(alert)},
    )


def event_collection(events: Iterable[ReportedEvent], mission: Mission) -> dict[str, Any]:
    """Events as a feature collection: a point for one detection, else the outline of the boxes."""
    return _collection(
        event_feature(reported.event, mission, reported.published_ns, _outline(reported), reported.former_ids)
        for reported in events
    )


def event_feature(
    event: Event,
    mission: Mission,
    published_ns: int | None,
    shape: geometry.Geometry | None = None,
    former_ids: tuple[str, ...] = (),
) -> dict[str, Any]:
    """One event: a point without a `shape`."""
    classes = {mission.class_name(event.task, prefix, index) for prefix, index in event.classes}
    return {
        "type": "Feature",
        "id": event.event_id,
        "geometry": shape or geometry.point(event.latitude_deg, event.longitude_deg),
        "properties": {
            "id": event.event_id,
            "task": event.task,
            "classes": sorted(classes),
            "first_utc": mission.utc_text(event.first_ns),
            "last_utc": mission.utc_text(event.last_ns),
            "satellites": list(event.satellites),
            "sightings": event.sightings,
            "detections": event.detections,
            "confidence": round(event.confidence, 3),
            "size_class": SIZE_CLASSES[event.size_class],
            "latitude_deg": round(event.latitude_deg, geometry.DIGITS),
            "longitude_deg": round(event.longitude_deg, geometry.DIGITS),
            "radius_m": round(event.radius_m, 1),
            "confirmed": event.is_confirmed,
            "published": published_ns is not None,
            "published_utc": None if published_ns is None else mission.utc_text(published_ns),
            "former_ids": list(former_ids),
        },
    }


def event_line(event: Event, mission: Mission, published_ns: int) -> bytes:
    """What sinks get: the event as one line of JSON, without its end."""
    return json.dumps(event_feature(event, mission, published_ns), separators=(",", ":")).encode()


def _collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def _alert(alert: Alert, epoch: datetime, class_name: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    found, box = alert.found, alert.detection
    return {
        "type": "Feature",
        "geometry": geometry.point(alert.latitude_deg, alert.longitude_deg),
        "properties": {
            "time_utc": utc_text(epoch, found.exposed_ns),
            "satellite": alert.spacecraft,
            "task": found.task,
            "class": class_name,
            "confidence": round(box.confidence, 3),
            "size_class": SIZE_CLASSES[box.size_class],
            "frame_id": found.frame_id,
            "box_px": [box.x0, box.y0, box.x1, box.y1],
            "position_error_m": found.position_error_m,
            "model_sha256": found.model_sha256_prefix.hex(),
            "archived_utc": utc_text(epoch, alert.archived_ns),
            **extra,
        },
    }


def _class_name(alert: Alert, mission: Mission) -> str:
    return mission.class_name(alert.found.task, alert.found.model_sha256_prefix, alert.detection.class_index)


def _model_sha256(alert: Alert, mission: Mission) -> str:
    return mission.model_sha256(alert.found.task, alert.found.model_sha256_prefix)


def _outline(reported: ReportedEvent) -> geometry.Geometry | None:
    event = reported.event
    if event.detections == 1 or event.radius_m > MOST_HULL_RADIUS_M:
        return None
    corners: list[geometry.Point] = []
    for alert in reported.alerts:
        box = alert.detection
        latitudes, longitudes = locate(alert.found, (box.x0, box.x1, box.x1, box.x0), (box.y0, box.y0, box.y1, box.y1))
        corners += zip(longitudes.tolist(), latitudes.tolist(), strict=True)
    return geometry.polygon(geometry.hull(corners, (event.longitude_deg, event.latitude_deg)))
