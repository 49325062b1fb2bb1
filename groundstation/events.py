"""Events: what alerts of several frames and satellites tell of one place, and whether that is sure enough to tell.

An event is *confirmed* where it was seen in enough different frames, or by one alert of enough confidence. More alerts
never take a confirmation back. Alerts that are less sure than the rule asks, that lie at a place known to be hot, or
that are of a class nobody asked for belong to events as any other, and confirm none.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, fsum, hypot, radians, sin, sqrt

from groundstation.alerts import EARTH_RADIUS_M, Alert, AlertKey, alert_key
from groundstation.screening import KnownSite


@dataclass(frozen=True, slots=True)
class EventRule:
    """When alerts are of one event (see `groundstation.grouping`), and when an event is confirmed.

    The least confidence that confirms alone is the model's affair, and the scenario's to say.

    Only alerts of `least_confidence`, outside `known_sites` and of no class in `unpublished_classes` are `counted` as
    sightings. Frames of one satellite that are less than `steady_s` apart are off their places together, as what its
    attitude is off by moves slowly.
    """

    join_distance_m: float = 100.0
    sigmas: float = 2.0
    gap_s: float = 21_600.0
    drift_m_s: float = 0.0
    sightings: int = 2
    confidence: float = 0.99
    least_confidence: float = 0.0
    steady_s: float = 0.0
    unpublished_classes: tuple[str, ...] = ()
    known_sites: tuple[KnownSite, ...] = ()

    def confirms(self, sightings: int, confidence: float) -> bool:
        """Whether so many frames, and so much confidence at best, are enough."""
        return sightings >= self.sightings or confidence >= self.confidence


@dataclass(frozen=True, slots=True)
class Event:
    """Alerts of one task that belong together. `sightings` counts frames, `detections` alerts.

    Around the position, the mean of the alerts', `radius_m` holds every box with one sigma of its position error.
    A class is a pair: the first four bytes of the model's SHA-256, and the class's index in that model.
    """

    event_id: str
    task: str
    first_ns: int
    last_ns: int
    latitude_deg: float
    longitude_deg: float
    radius_m: float
    detections: int
    sightings: int
    satellites: tuple[str, ...]
    confidence: float
    size_class: int
    classes: tuple[tuple[bytes, int], ...]
    is_confirmed: bool


def event_id(earliest: AlertKey) -> str:
    """An identifier that everyone derives alike: the task and 64 bits of the SHA-256 of the earliest alert's key."""
    digest = hashlib.sha256(repr(tuple(earliest)).encode()).hexdigest()
    task = "".join(letter if letter.isalnum() else "-" for letter in earliest.task)
    return f"{task}-{digest[:16]}"


def direction(alert: Alert) -> tuple[float, float, float]:
    """Unit vector from the Earth's centre."""
    lat, lon = radians(alert.latitude_deg), radians(alert.longitude_deg)
    return cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)


def summarise(rule: EventRule, alerts: Sequence[Alert], counted: Sequence[bool]) -> Event:
    """The event of these alerts, at least one, and whether each counts towards its confirmation.

    Their order does not matter, to the last bit.
    """
    keys = [alert_key(alert) for alert in alerts]
    earliest = min(keys)
    centre, latitude_deg, longitude_deg = _mean_place(alerts)
    sightings = len({(key.spacecraft, key.frame_id) for key in keys})
    confidence = max(alert.detection.confidence for alert in alerts)
    return Event(
        event_id=event_id(earliest),
        task=earliest.task,
        first_ns=earliest.exposed_ns,
        last_ns=max(key.exposed_ns for key in keys),
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        radius_m=max(_distance_m(centre, direction(alert)) + _uncertainty_m(alert) for alert in alerts),
        detections=len(alerts),
        sightings=sightings,
        satellites=tuple(sorted({key.spacecraft for key in keys})),
        confidence=confidence,
        size_class=max(alert.detection.size_class for alert in alerts),
        classes=tuple(sorted({(key.model_sha256_prefix, key.class_index) for key in keys})),
        is_confirmed=_is_confirmed(rule, [alert for alert, counts in zip(alerts, counted, strict=True) if counts]),
    )


def _is_confirmed(rule: EventRule, alerts: Sequence[Alert]) -> bool:
    sightings = len({(alert.spacecraft, alert.found.frame_id) for alert in alerts})
    return bool(alerts) and rule.confirms(sightings, max(alert.detection.confidence for alert in alerts))


def _mean_place(alerts: Iterable[Alert]) -> tuple[tuple[float, ...], float, float]:
    """Mean direction of the alerts (Gade 2010, J. Navigation 63), and its latitude and longitude in degrees."""
    x, y, z = (fsum(axis) for axis in zip(*map(direction, alerts), strict=True))
    length = sqrt(x * x + y * y + z * z)
    assert length > 0.0, "alerts all around the Earth in one event"
    return (x / length, y / length, z / length), degrees(atan2(z, hypot(x, y))), degrees(atan2(y, x))


def _distance_m(a: Sequence[float], b: Sequence[float]) -> float:
    """Great-circle distance of two directions."""
    chord = sqrt(fsum((p - q) ** 2 for p, q in zip(a, b, strict=True)))
    return 2.0 * EARTH_RADIUS_M * asin(min(1.0, chord / 2.0))


def _uncertainty_m(alert: Alert) -> float:
    return alert.radius_m + alert.found.position_error_m
