"""Alerts of the page as GeoJSON: the same properties as `exports/alerts.geojson` has."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from groundstation.exports import geometry
from groundstation.web.view import AlertRow, MissionTable
from onboard.mission_time import NS_PER_S, utc_text


def feature_collection(mission: MissionTable, rows: Iterable[AlertRow]) -> dict[str, Any]:
    """A feature collection of points."""
    epoch = datetime.fromisoformat(mission["start_utc"])
    return {"type": "FeatureCollection", "features": [_feature(epoch, row) for row in rows]}


def _feature(epoch: datetime, row: AlertRow) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": row["id"],
        "geometry": geometry.point(row["latitude_deg"], row["longitude_deg"]),
        "properties": {
            "time_utc": utc_text(epoch, row["captured_ns"]),
            "satellite": row["satellite"],
            "task": row["task"],
            "class": row["class"],
            "confidence": row["confidence"],
            "size_class": row["size_class"],
            "frame_id": row["frame_id"],
            "box_px": row["box_px"],
            "model_sha256": row["model_sha256"],
            "archived_utc": utc_text(epoch, row["archived_ns"]),
            "event": row["event_id"] or None,
            "published": row["published"],
            "capture_to_alert_s": (row["archived_ns"] - row["captured_ns"]) / NS_PER_S,
            **(row["latency"] or {}),
        },
    }
