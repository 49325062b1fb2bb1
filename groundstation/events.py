"""Events: what alerts of several frames and satellites tell of one place, and whether that is sure enough to tell.

An event is *confirmed* where it was seen in enough different frames, or by one alert of enough confidence. More alerts
never take a confirmation back. Alerts that are less sure than the rule asks, that lie at a place known to be hot, or
that are of a class nobody asked for belong to events as any other, and confirm none.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, fsum, hypot, radians, sin, sqrt

from groundstation.alerts import EARTH_RADIUS_M, Alert, AlertKey
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


@dataclass(frozen=True, slots=True)
class Sighting:
    """What an event needs of an alert. `direction` is a unit vector; `counts` is whether it may confirm."""

    key: AlertKey
    direction: tuple[float, float, float]
    radius_m: float
    position_error_m: float
    confidence: float
    size_class: int
    counts: bool


def summarise(rule: EventRule, sightings: Sequence[Sighting]) -> Event:
    """The event of alerts, at least one. Their order does not matter, to the last bit."""
    keys = [one.key for one in sightings]
    earliest = min(keys)
    centre, latitude_deg, longitude_deg = _mean_place([one.direction for one in sightings])
    return Event(
        event_id=event_id(earliest),
        task=earliest.task,
        first_ns=earliest.exposed_ns,
        last_ns=max(key.exposed_ns for key in keys),
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        radius_m=max(_distance_m(centre, one.direction) + (one.radius_m + one.position_error_m) for one in sightings),
        detections=len(sightings),
        sightings=_frames(sightings),
        satellites=tuple(sorted({key.spacecraft for key in keys})),
        confidence=max(one.confidence for one in sightings),
        size_class=max(one.size_class for one in sightings),
        classes=tuple(sorted({(key.model_sha256_prefix, key.class_index) for key in keys})),
        is_confirmed=_is_confirmed(rule, [one for one in sightings if one.counts]),
    )


def _frames(sightings: Iterable[Sighting]) -> int:
    return len({(one.key.spacecraft, one.key.frame_id) for one in sightings})


def _is_confirmed(rule: EventRule, counted: Sequence[Sighting]) -> bool:
    return bool(counted) and rule.confirms(_frames(counted), max(one.confidence for one in counted))


def _mean_place(directions: Iterable[tuple[float, float, float]]) -> tuple[tuple[float, ...], float, float]:
    """Mean of directions (Gade 2010, J. Navigation 63), and its latitude and longitude in degrees."""
    x, y, z = (fsum(axis) for axis in zip(*directions, strict=True))
    length = sqrt(x * x + y * y + z * z)
    assert length > 0.0, "alerts all around the Earth in one event"
    return (x / length, y / length, z / length), degrees(atan2(z, hypot(x, y))), degrees(atan2(y, x))


def _distance_m(a: Sequence[float], b: Sequence[float]) -> float:
    """Great-circle distance of two directions."""
    chord = sqrt(fsum((p - q) ** 2 for p, q in zip(a, b, strict=True)))
    return 2.0 * EARTH_RADIUS_M * asin(min(1.0, chord / 2.0))
