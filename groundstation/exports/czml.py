"""What the ground knew and when, for Cesium: https://github.com/AnalyticalGraphicsInc/czml-writer/wiki/CZML-Guide.

Everything appears at the instant the ground learned of it: an alert when it was archived, an event when it was
published or first heard of, a pass as planned. Satellites' orbits are not the archive's affair.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from groundstation.alerts import Alert
from groundstation.exports.mission import Mission, Site, Window
from groundstation.publishing import ReportedEvent
from onboard.payload.products import DetectionList, ImageProduct

Json = dict[str, Any]
Footprint = tuple[str, DetectionList | ImageProduct, int]
"""Satellite, what shows the frame, and when it was archived."""

_ALERT, _EVENT, _PUBLISHED, _FRAME, _STATION, _CONTACT = (
    *((255, 200, 0, 255), (255, 255, 255, 90), (255, 40, 0, 120), (80, 160, 255, 50)),
    *((120, 255, 120, 255), (120, 255, 120, 255)),
)
_SPEED = 60


def document(
    mission: Mission, footprints: Iterable[Footprint], alerts: Iterable[Alert], events: Sequence[ReportedEvent]
) -> list[Json]:
    """The packets of a CZML file, the document's first."""
    return [
        _head(mission),
        *map(_station, mission.sites),
        *(_pass(window, mission) for window in mission.windows),
        *(_frame(number, *seen, mission) for number, seen in enumerate(footprints)),
        *(_alert(number, alert, mission) for number, alert in enumerate(alerts)),
        *_events(events, mission),
    ]


def _head(mission: Mission) -> Json:
    start, end = mission.utc_text(0), mission.utc_text(mission.end_ns)
    return {
        "id": "document",
        "name": f"{mission.name} (emulated)",
        "version": "1.0",
        "clock": {
            "interval": f"{start}/{end}",
            "currentTime": start,
            "multiplier": _SPEED,
            "range": "LOOP_STOP",
            "step": "SYSTEM_CLOCK_MULTIPLIER",
        },
    }


def _station(site: Site) -> Json:
    return {
        "id": f"station/{site.name}",
        "name": site.name,
        "position": _position(site.longitude_deg, site.latitude_deg, site.altitude_m),
        "point": _dot(_STATION, 10),
        "label": {"text": site.name, "font": "12pt sans-serif", "pixelOffset": {"cartesian2": [0, 18]}},
    }


def _pass(window: Window, mission: Mission) -> Json:
    return {
        "id": f"pass/{window.satellite}/{window.station}/{window.aos_ns}",
        "name": f"{window.satellite} over {window.station}",
        "description": f"up to {window.max_elevation_deg:.1f} degrees high, {window.volume_bytes} bytes planned",
        "availability": _interval(mission, window.aos_ns, window.los_ns),
        "position": {"reference": f"station/{window.station}#position"},
        "point": _dot(_CONTACT, 18),
        "label": {"text": window.satellite, "font": "10pt sans-serif", "pixelOffset": {"cartesian2": [0, -18]}},
    }


def _frame(
    number: int, satellite: str, shown: DetectionList | ImageProduct, archived_ns: int, mission: Mission
) -> Json:
    corners = zip(shown.footprint_deg[1::2], shown.footprint_deg[::2], strict=True)
    return {
        "id": f"frame/{satellite}/{shown.frame_id}/{number}",
        "name": f"frame {shown.frame_id} of {satellite}, exposed {mission.utc_text(shown.exposed_ns)}",
        "availability": _interval(mission, archived_ns, mission.end_ns),
        "polygon": {
            "positions": {"cartographicDegrees": [part for corner in corners for part in (*corner, 0.0)]},
            "material": _colour(_FRAME),
        },
    }


def _alert(number: int, alert: Alert, mission: Mission) -> Json:
    found, box = alert.found, alert.detection
    name = mission.class_name(found.task, found.model_sha256_prefix, box.class_index)
    return {
        "id": f"alert/{number}",
        "name": f"{name}, confidence {box.confidence:.3f}",
        "description": f"{alert.spacecraft}, frame {found.frame_id}, exposed {mission.utc_text(found.exposed_ns)}",
        "availability": _interval(mission, alert.archived_ns, mission.end_ns),
        "position": _position(alert.longitude_deg, alert.latitude_deg),
        "point": _dot(_ALERT, 5),
    }


def _events(events: Iterable[ReportedEvent], mission: Mission) -> Iterator[Json]:
    for reported in events:
        event, published_ns = reported.event, reported.published_ns
        heard_ns = min(alert.archived_ns for alert in reported.alerts) if published_ns is None else published_ns
        yield {
            "id": f"event/{event.event_id}",
            "name": f"{event.task}, {'not confirmed' if published_ns is None else 'published'}",
            "description": f"{event.sightings} sightings by {', '.join(event.satellites)}",
            "availability": _interval(mission, heard_ns, mission.end_ns),
            "position": _position(event.longitude_deg, event.latitude_deg),
            "ellipse": {
                "semiMajorAxis": round(event.radius_m, 1),
                "semiMinorAxis": round(event.radius_m, 1),
                "material": _colour(_EVENT if published_ns is None else _PUBLISHED),
            },
        }


def _interval(mission: Mission, start_ns: int, end_ns: int) -> str:
    return f"{mission.utc_text(start_ns)}/{mission.utc_text(max(start_ns, end_ns))}"


def _position(longitude_deg: float, latitude_deg: float, height_m: float = 0.0) -> Json:
    return {"cartographicDegrees": [longitude_deg, latitude_deg, height_m]}


def _dot(rgba: tuple[int, ...], size_px: int) -> Json:
    return {"color": {"rgba": list(rgba)}, "pixelSize": size_px}


def _colour(rgba: tuple[int, ...]) -> Json:
    return {"solidColor": {"color": {"rgba": list(rgba)}}}
