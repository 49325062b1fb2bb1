"""Published events as messages of the Common Alerting Protocol (OASIS CAP 1.2, 1 July 2010).

The status is `Test`, which all recipients disregard: an emulator's alert must never call anyone out.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.etree import ElementTree as Xml

from groundstation.events import Event
from groundstation.exports.geojson import SIZE_CLASSES
from groundstation.exports.mission import Mission
from groundstation.publishing import ReportedEvent

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
SENDER = "mission-centre@skysift.invalid"
"""RFC 2606 keeps the domain from ever being anybody's."""
NOTE = "Emulated: no spacecraft took part and nothing was observed. Disregard."

_CATEGORIES = {"wildfire": "Fire", "raft": "Rescue"}
"""Category of a task's events; `Other` for any task not listed."""
_URGENT = {"Fire", "Rescue"}


def messages(events: Iterable[ReportedEvent], mission: Mission) -> Iterator[tuple[str, bytes]]:
    """A file's name and one alert message for each published event."""
    for reported in events:
        if reported.published_ns is not None:
            yield f"{reported.event.event_id}.xml", message(reported, mission, reported.published_ns)


def message(reported: ReportedEvent, mission: Mission, published_ns: int) -> bytes:
    """An event as an alert, sent when it was published."""
    event = reported.event
    alert = Xml.Element("alert", xmlns=NAMESPACE)
    _texts(
        alert,
        identifier=f"{mission.name}.{event.event_id}",
        sender=SENDER,
        sent=_time(mission.utc(published_ns)),
        status="Test",
        msgType="Alert",
        source=f"skysift, scenario {mission.name}",
        scope="Restricted",
        restriction="For testing of systems only",
        note=NOTE,
    )
    _add_info(alert, reported, mission)
    Xml.indent(alert)
    text: bytes = Xml.tostring(alert, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add_info(alert: Xml.Element, reported: ReportedEvent, mission: Mission) -> None:
    event = reported.event
    category = _CATEGORIES.get(event.task, "Other")
    info = Xml.SubElement(alert, "info")
    _texts(
        info,
        language="en-US",
        category=category,
        event=event.task,
        urgency="Immediate" if category in _URGENT else "Unknown",
        severity="Unknown",
        certainty="Observed" if event.sightings > 1 else "Likely",
        onset=_time(mission.utc(event.first_ns)),
        senderName=f"Mission centre of {mission.name} (emulated)",
        headline=f"TEST: {event.task} seen from space at {_place(event)}",
        description=_description(event),
    )
    for name, value in _parameters(reported, mission):
        _texts(Xml.SubElement(info, "parameter"), valueName=name, value=value)
    _texts(Xml.SubElement(info, "area"), areaDesc=_place(event), circle=_circle(event))


def _texts(parent: Xml.Element, **texts: str) -> None:
    for name, text in texts.items():
        Xml.SubElement(parent, name).text = text


def _description(event: Event) -> str:
    seen = f"Detections: {event.detections}. Frames: {event.sightings}. Satellites: {', '.join(event.satellites)}."
    return f"{seen} Confidence up to {event.confidence:.3f}. {NOTE}"


def _parameters(reported: ReportedEvent, mission: Mission) -> Iterator[tuple[str, str]]:
    event = reported.event
    yield "lastSeen", mission.utc_text(event.last_ns)
    yield "satellites", " ".join(event.satellites)
    yield "sightings", str(event.sightings)
    yield "detections", str(event.detections)
    yield "confidence", f"{event.confidence:.3f}"
    yield "sizeClass", SIZE_CLASSES[event.size_class]
    yield "radius_m", f"{event.radius_m:.0f}"
    for prefix, index in event.classes:
        yield "class", mission.class_name(event.task, prefix, index)
    for prefix in sorted({prefix for prefix, _ in event.classes}):
        yield "modelSha256", mission.model_sha256(event.task, prefix)
    for former_id in reported.former_ids:
        yield "formerIdentifier", f"{mission.name}.{former_id}"


def _time(instant: datetime) -> str:
    """CAP 3.3.2: the zone of UTC is written -00:00, and there are no fractions."""
    return f"{instant:%Y-%m-%dT%H:%M:%S}-00:00"


def _place(event: Event) -> str:
    north, east = event.latitude_deg, event.longitude_deg
    return f"{abs(north):.4f}°{'N' if north >= 0 else 'S'} {abs(east):.4f}°{'E' if east >= 0 else 'W'}"


def _circle(event: Event) -> str:
    """Latitude and longitude in WGS 84, radius in km. It needs no care at the antimeridian, as a polygon would."""
    return f"{event.latitude_deg:.6f},{event.longitude_deg:.6f} {event.radius_m / 1000.0:.3f}"
