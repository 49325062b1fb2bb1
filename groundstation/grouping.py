"""Which alerts are of one event.

Two alerts of one task are *linked* where they are near in time, |t1 - t2| <= `gap_s`, and near in space:

    d - r1 - r2  <=  join_distance_m + drift_m_s |t1 - t2| + sigmas sqrt(e1² + e2²)

with d the distance of their boxes' centres, r half a box's diagonal, and e one sigma of position. In one frame, and in
frames that a satellite took less than `steady_s` apart, the last term is zero: what such alerts are off by, they are
off by together.

An event is a connected component of links (single linkage), and components do not depend on the order in which links
are found: whatever arrives when, twice or late, the same alerts make the same events. An event is known by its earliest
alert, so it keeps its identifier as it grows; it takes another only where an earlier alert arrives late, or where an
alert joins two events.

Where targets stand closer than positions are known, alerts of several become one event: nobody could tell them apart.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groundstation.alerts import EARTH_RADIUS_M, Alert, AlertKey, alert_key
from groundstation.events import Event, EventRule, Sighting, direction, event_id, summarise
from groundstation.screening import KnownSites
from onboard.mission_time import NS_PER_S, to_ns

MAX_POSITION_ERROR_M = 1_000_000.0
"""Beyond it a position says nothing."""
_FIRST_ROOM = 256
_ALERT = np.dtype(
    [
        *(("direction", np.float64, 3), ("radius_m", np.float64), ("position_error_m", np.float64)),
        *(("exposed_ns", np.int64), ("frame_id", np.int64), ("class_index", np.int64), ("confidence", np.float64)),
        *(("spacecraft", np.int32), ("task", np.int32), ("model", np.int32), ("box", np.int32, 4)),
        *(("group", np.int32), ("size_class", np.int8), ("counts", np.bool_)),
    ]
)
"""All of an alert that events are made from: some 130 bytes, an eighth of what it takes as objects."""
_OF_KEY = ["exposed_ns", "spacecraft", "frame_id", "task", "class_index", "model"]
_OF_SIGHTING = ("radius_m", "position_error_m", "confidence", "size_class", "counts")


@dataclass(frozen=True, slots=True)
class Changes:
    """Events that are new or have changed, by identifier, and which former identifiers each now stands for.

    `keys` are of an event's alerts, earliest first.
    """

    events: tuple[Event, ...]
    replaced: dict[str, str]
    keys: dict[str, list[AlertKey]]


class EventGrouper:
    """Holds all alerts, as rows of an array, and which belong together: an alert may come however late, and join.

    Incremental: an alert is compared with near ones. `class_name` tells an alert's class by name; None, where nobody
    knows, is of no class that the rule leaves out.
    """

    def __init__(self, rule: EventRule, class_name: Callable[[Alert], str | None] = lambda _alert: None) -> None:
        self._rule, self._class_name = rule, class_name
        self._sites = KnownSites(rule.known_sites, rule.sigmas)
        self._room = np.zeros(_FIRST_ROOM, _ALERT)
        self._count = 0
        self._names: list[Any] = []
        self._numbers: dict[Any, int] = {}
        # A group is known by the number of one of its rows. One of a single row is not here.
        self._members: dict[int, list[int]] = {}

    def add(self, alerts: Iterable[Alert]) -> Changes:
        """Take alerts in; known ones change nothing."""
        first = self._count
        known: dict[int, set[AlertKey]] = {}
        for alert in alerts:
            key = alert_key(alert)
            if key.exposed_ns not in known:
                known[key.exposed_ns] = self._keys_at(key.exposed_ns)
            if key not in known[key.exposed_ns]:
                known[key.exposed_ns].add(key)
                self._append(alert, key)
        new = range(first, self._count)
        former: dict[int, set[str]] = {}
        near = self._near(first) if new else np.empty(0, np.intp)
        touched = {self._join(row, near, first, former) for row in new}
        return self._changes({group for group in touched if self._rows["group"][group] == group}, former)

    def events(self) -> list[Event]:
        """Every event, earliest first."""
        return [event for event, _ in self.with_keys()]

    def with_keys(self) -> list[tuple[Event, list[AlertKey]]]:
        """Every event, earliest first, and the keys of its alerts, earliest first."""
        return sorted(map(self._event, np.unique(self._rows["group"]).tolist()), key=_by_time)

    @property
    def _rows(self) -> NDArray[np.void]:
        return self._room[: self._count]

    def _rows_of(self, group: int) -> list[int]:
        return self._members.get(group, [group])

    def _keys_at(self, exposed_ns: int) -> set[AlertKey]:
        """Keys of the alerts that are known from one instant."""
        at = np.nonzero(self._rows["exposed_ns"] == exposed_ns)[0]
        return {one.key for one in self._sightings(at.tolist())}

    def _append(self, alert: Alert, key: AlertKey) -> None:
        if self._count == len(self._room):
            room = np.zeros(2 * self._count, _ALERT)
            room[: self._count] = self._room
            self._room = room
        self._room[self._count] = (
            direction(alert),
            alert.radius_m,
            alert.found.position_error_m,
            *(key.exposed_ns, key.frame_id, key.class_index, alert.detection.confidence),
            *map(self._number, (key.spacecraft, key.task, key.model_sha256_prefix)),
            key.box,
            *(self._count, alert.detection.size_class, self._counts(alert)),
        )
        self._count += 1

    def _sightings(self, rows: list[int]) -> list[Sighting]:
        """Alerts as objects, for a moment."""
        taken, names = self._room[rows], self._names
        keys = (
            AlertKey(exposed_ns, names[spacecraft], frame_id, names[task], (*box,), class_index, names[model])
            for box, (exposed_ns, spacecraft, frame_id, task, class_index, model) in zip(
                taken["box"].tolist(), taken[_OF_KEY].tolist(), strict=True
            )
        )
        places = map(tuple, taken["direction"].tolist())
        return list(starmap(Sighting, zip(keys, places, *(taken[name].tolist() for name in _OF_SIGHTING), strict=True)))

    def _counts(self, alert: Alert) -> bool:
        """Whether an alert is a sighting that confirms."""
        return (
            alert.detection.confidence >= self._rule.least_confidence
            and not self._sites.hold(alert)
            and not (self._rule.unpublished_classes and self._class_name(alert) in self._rule.unpublished_classes)
        )

    def _number(self, name: Any) -> int:
        if name not in self._numbers:
            self._numbers[name] = len(self._names)
            self._names.append(name)
        return self._numbers[name]

    def _near(self, first: int) -> NDArray[np.intp]:
        """Rows that could be linked to any row from `first` on, those among them: a ball around the new ones."""
        rows, new = self._rows, self._rows[first:]
        gap_ns = to_ns(self._rule.gap_s)
        in_time = (rows["exposed_ns"] >= new["exposed_ns"].min() - gap_ns) & (
            rows["exposed_ns"] <= new["exposed_ns"].max() + gap_ns
        )
        centre_m = EARTH_RADIUS_M * new["direction"].mean(axis=0)
        spread_m = np.linalg.norm(EARTH_RADIUS_M * new["direction"] - centre_m, axis=1).max()
        # The square root of two squares is at most their sum; a millimetre is for rounding.
        bound_m = (
            spread_m
            + self._reach_m(new).max()
            + self._reach_m(rows)
            + self._rule.join_distance_m
            + self._rule.drift_m_s * self._rule.gap_s
            + 1e-3
        )
        in_space = np.linalg.norm(EARTH_RADIUS_M * rows["direction"] - centre_m, axis=1) <= bound_m
        return np.nonzero(in_time & in_space)[0]

    def _reach_m(self, rows: NDArray[np.void]) -> NDArray[np.float64]:
        reach_m: NDArray[np.float64] = rows["radius_m"] + self._rule.sigmas * _error_m(rows)
        return reach_m

    def _linked(self, row: int, near: NDArray[np.intp]) -> NDArray[np.intp]:
        """Which of the rows `near` are linked to a row."""
        one, others = self._rows[row], self._rows[near]
        dx, dy, dz = (EARTH_RADIUS_M * others["direction"] - EARTH_RADIUS_M * one["direction"]).T
        apart_ns = np.abs(others["exposed_ns"] - one["exposed_ns"])
        error_m = np.sqrt(_error_m(one) ** 2 + _error_m(others) ** 2)
        is_one_frame = others["frame_id"] == one["frame_id"]
        is_steady = is_one_frame | (apart_ns < to_ns(self._rule.steady_s))
        error_m[is_steady & (others["spacecraft"] == one["spacecraft"])] = 0.0
        allowed_m = (
            self._rule.join_distance_m
            + self._rule.drift_m_s * (apart_ns / NS_PER_S)
            + self._rule.sigmas * error_m
            + (one["radius_m"] + others["radius_m"])
        )
        is_linked = (np.sqrt(dx * dx + dy * dy + dz * dz) <= allowed_m) & (others["task"] == one["task"])
        linked: NDArray[np.intp] = near[is_linked & (apart_ns <= to_ns(self._rule.gap_s))]
        return linked

    def _join(self, row: int, near: NDArray[np.intp], first: int, former: dict[int, set[str]]) -> int:
        """Unite the groups that a row is linked to, in the largest of them; that group.

        `former` gathers the identifiers of the events that, before row `first`, were what goes into a group.
        """
        groups = {int(group) for group in np.unique(self._rows["group"][self._linked(row, near)])}
        kept = max(groups, key=lambda group: (len(self._rows_of(group)), group))
        for group in groups:
            if group not in former:
                former[group] = self._event_before(group, first)
        for group in sorted(groups - {kept}):
            moved = self._rows_of(group)
            self._members.pop(group, None)
            self._rows["group"][moved] = kept
            self._members[kept] = [*self._rows_of(kept), *moved]
            former[kept] |= former.pop(group)
        return kept

    def _event_before(self, group: int, first: int) -> set[str]:
        """The identifier of the event that a group was before row `first`, if it was one."""
        rows = [row for row in self._rows_of(group) if row < first]
        return {event_id(min(one.key for one in self._sightings(rows)))} if rows else set()

    def _changes(self, groups: set[int], former: dict[int, set[str]]) -> Changes:
        changed: dict[str, Event] = {}
        replaced: dict[str, str] = {}
        keys: dict[str, list[AlertKey]] = {}
        for group in groups:
            event, its_keys = self._event(group)
            changed[event.event_id], keys[event.event_id] = event, its_keys
            replaced |= dict.fromkeys(former[group] - {event.event_id}, event.event_id)
        return Changes(tuple(changed[name] for name in sorted(changed)), dict(sorted(replaced.items())), keys)

    def _event(self, group: int) -> tuple[Event, list[AlertKey]]:
        sightings = self._sightings(self._rows_of(group))
        return summarise(self._rule, sightings), sorted(one.key for one in sightings)


class AlertGrouper(EventGrouper):
    """Holds the alerts themselves too, and their events: some two kilobytes each, for who shows all of them."""

    def __init__(self, rule: EventRule, class_name: Callable[[Alert], str | None] = lambda _alert: None) -> None:
        super().__init__(rule, class_name)
        self._alerts: dict[AlertKey, Alert] = {}
        self._events: dict[str, tuple[Event, list[AlertKey]]] = {}

    def add(self, alerts: Iterable[Alert]) -> Changes:
        """Take alerts in; known ones change nothing."""
        alerts = tuple(alerts)
        for alert in alerts:
            self._alerts.setdefault(alert_key(alert), alert)
        changes = super().add(alerts)
        for former_id in changes.replaced:
            self._events.pop(former_id, None)
        self._events |= {event.event_id: (event, changes.keys[event.event_id]) for event in changes.events}
        return changes

    def with_keys(self) -> list[tuple[Event, list[AlertKey]]]:
        """Every event, earliest first, and the keys of its alerts, earliest first."""
        return sorted(self._events.values(), key=_by_time)

    def with_alerts(self) -> list[tuple[Event, list[Alert]]]:
        """Every event, earliest first, and its alerts, earliest first."""
        return [(event, [self._alerts[key] for key in keys]) for event, keys in self.with_keys()]


def _error_m(rows: NDArray[np.void]) -> NDArray[np.float64]:
    error_m: NDArray[np.float64] = np.minimum(rows["position_error_m"], MAX_POSITION_ERROR_M)
    return error_m


def _by_time(told: tuple[Event, list[AlertKey]]) -> tuple[int, str]:
    event, _ = told
    return event.first_ns, event.event_id
