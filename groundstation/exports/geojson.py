"""Alerts as a GeoJSON feature collection (RFC 7946)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from groundstation.alerts import Alert
from onboard.mission_time import utc_text

SIZE_CLASSES = "ABCDEFGH"
"""Letters for the decades of area of `onboard.payload.detections`."""
_POSITION_DIGITS = 6


def feature(alert: Alert, epoch: datetime, class_names: tuple[str, ...], extra: Mapping[str, Any]) -> dict[str, Any]:
    """One alert as a point."""
    found, box = alert.found, alert.detection
    position = [round(alert.longitude_deg, _POSITION_DIGITS), round(alert.latitude_deg, _POSITION_DIGITS)]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": position},
        "properties": {
            "time_utc": utc_text(epoch, found.exposed_ns),
            "satellite": alert.spacecraft,
            "task": found.task,
            "class": class_names[box.class_index],
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


def collection(
    alerts: Iterable[Alert],
    epoch: datetime,
    class_names: tuple[str, ...],
    extra: Callable[[Alert], Mapping[str, Any]],
) -> dict[str, Any]:
    """Alerts as a feature collection; `extra` adds what only the caller knows of one."""
    features = [feature(alert, epoch, class_names, extra(alert)) for alert in alerts]
    return {"type": "FeatureCollection", "features": features}
