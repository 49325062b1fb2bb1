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

import numpy as np
from numpy.typing import NDArray

from groundstation.alerts import EARTH_RADIUS_M, Alert, AlertKey, alert_key
from groundstation.events import Event, EventRule, direction, summarise
from groundstation.screening import KnownSites
from onboard.mission_time import NS_PER_S, to_ns

MAX_POSITION_ERROR_M = 1_000_000.0
"""Beyond it a position says nothing."""
_FIRST_ROOM = 256
_ALERT = np.dtype(
    [
        *(("place_m", np.float64, 3), ("radius_m", np.float64), ("error_m", np.float64), ("exposed_ns", np.int64)),
        *(("frame", np.int64), ("spacecraft", np.int64), ("task", np.int64), ("group", np.int64)),
    ]
)


@dataclass(frozen=True, slots=True)
class Changes:
    """Events that are new or have changed, by identifier, and which former identifiers each now stands for."""

    events: tuple[Event, ...]
    replaced: dict[str, str]


class EventGrouper:
    """Holds all alerts, about a kilobyte each, and their events. Incremental: an alert is compared with near ones.

    `class_name` tells an alert's class by name; None, where nobody knows, is of no class that the rule leaves out.
    """

    def __init__(self, rule: EventRule, class_name: Callable[[Alert], str | None] = lambda _alert: None) -> None:
        self._rule, self._class_name = rule, class_name
        self._sites = KnownSites(rule.known_sites, rule.sigmas)
        self._alerts: list[Alert] = []
        self._counted: list[bool] = []
        self._rows = np.zeros(_FIRST_ROOM, _ALERT)
        self._known: set[AlertKey] = set()
        self._numbers: dict[object, int] = {}
        self._members: dict[int, list[int]] = {}
        self._events: dict[int, Event] = {}

    def add(self, alerts: Iterable[Alert]) -> Changes:
        """Take alerts in; known ones change nothing."""
        first = len(self._alerts)
        for alert in alerts:
            key = alert_key(alert)
            if key not in self._known:
                self._known.add(key)
                self._append(alert, key)
        new = range(first, len(self._alerts))
        former: dict[int, set[str]] = {}
        near = self._near(first) if new else np.empty(0, np.intp)
        touched = {self._join(row, near, former) for row in new}
        return self._changes(touched & self._members.keys(), former)

    def events(self) -> list[Event]:
        """Every event, earliest first."""
        return sorted(self._events.values(), key=_by_time)

    def with_alerts(self) -> list[tuple[Event, list[Alert]]]:
        """Every event, earliest first, and its alerts, earliest first."""
        groups = sorted(self._events, key=lambda group: _by_time(self._events[group]))
        return [
            (self._events[group], sorted((self._alerts[row] for row in self._members[group]), key=alert_key))
            for group in groups
        ]

    def _append(self, alert: Alert, key: AlertKey) -> None:
        row = len(self._alerts)
        if row == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros(row, _ALERT)])
        self._alerts.append(alert)
        self._counted.append(self._counts(alert))
        self._members[row] = [row]
        self._rows[row] = (
            tuple(EARTH_RADIUS_M * part for part in direction(alert)),
            alert.radius_m,
            min(alert.found.position_error_m, MAX_POSITION_ERROR_M),
            key.exposed_ns,
            self._number((key.spacecraft, key.frame_id)),
            self._number(key.spacecraft),
            self._number((key.task,)),
            row,
        )

    def _counts(self, alert: Alert) -> bool:
        """Whether an alert is a sighting that confirms."""
        return (
            alert.detection.confidence >= self._rule.least_confidence
            and not self._sites.hold(alert)
            and not (self._rule.unpublished_classes and self._class_name(alert) in self._rule.unpublished_classes)
        )

    def _number(self, name: object) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def _near(self, first: int) -> NDArray[np.intp]:
        """Rows that could be linked to any row from `first` on, those among them: a ball around the new ones."""
        rows, new = self._rows[: len(self._alerts)], self._rows[first : len(self._alerts)]
        gap_ns = to_ns(self._rule.gap_s)
        in_time = (rows["exposed_ns"] >= new["exposed_ns"].min() - gap_ns) & (
            rows["exposed_ns"] <= new["exposed_ns"].max() + gap_ns
        )
        centre_m = new["place_m"].mean(axis=0)
        spread_m = np.linalg.norm(new["place_m"] - centre_m, axis=1).max()
        # The square root of two squares is at most their sum; a millimetre is for rounding.
        bound_m = (
            spread_m
            + self._reach_m(new).max()
            + self._reach_m(rows)
            + self._rule.join_distance_m
            + self._rule.drift_m_s * self._rule.gap_s
            + 1e-3
        )
        in_space = np.linalg.norm(rows["place_m"] - centre_m, axis=1) <= bound_m
        return np.nonzero(in_time & in_space)[0]

    def _reach_m(self, rows: NDArray[np.void]) -> NDArray[np.float64]:
        reach_m: NDArray[np.float64] = rows["radius_m"] + self._rule.sigmas * rows["error_m"]
        return reach_m

    def _linked(self, row: int, near: NDArray[np.intp]) -> NDArray[np.intp]:
        """Which of the rows `near` are linked to a row."""
        one, others = self._rows[row], self._rows[near]
        dx, dy, dz = (others["place_m"] - one["place_m"]).T
        apart_ns = np.abs(others["exposed_ns"] - one["exposed_ns"])
        error_m = np.sqrt(one["error_m"] ** 2 + others["error_m"] ** 2)
        is_steady = (others["spacecraft"] == one["spacecraft"]) & (apart_ns < to_ns(self._rule.steady_s))
        error_m[is_steady | (others["frame"] == one["frame"])] = 0.0
        allowed_m = (
            self._rule.join_distance_m
            + self._rule.drift_m_s * (apart_ns / NS_PER_S)
            + self._rule.sigmas * error_m
            + (one["radius_m"] + others["radius_m"])
        )
        is_linked = (np.sqrt(dx * dx + dy * dy + dz * dz) <= allowed_m) & (others["task"] == one["task"])
        linked: NDArray[np.intp] = near[is_linked & (apart_ns <= to_ns(self._rule.gap_s))]
        return linked

    def _join(self, row: int, near: NDArray[np.intp], former: dict[int, set[str]]) -> int:
        """Unite the groups that a row is linked to, in the largest of them; that group.

        `former` gathers the identifiers of the events that go into a group.
        """
        groups = {int(group) for group in np.unique(self._rows["group"][self._linked(row, near)])}
        kept = max(groups, key=lambda group: (len(self._members[group]), group))
        for group in sorted(groups - {kept}):
            moved = self._members.pop(group)
            self._rows["group"][moved] = kept
            self._members[kept] += moved
            former.setdefault(kept, set()).update(former.pop(group, ()))
            if event := self._events.pop(group, None):
                former[kept].add(event.event_id)
        return kept

    def _changes(self, groups: set[int], former: dict[int, set[str]]) -> Changes:
        changed: dict[str, Event] = {}
        replaced: dict[str, str] = {}
        for group in groups:
            rows = self._members[group]
            event = summarise(self._rule, [self._alerts[row] for row in rows], [self._counted[row] for row in rows])
            before = self._events.get(group)
            self._events[group] = changed[event.event_id] = event
            old_ids = former.get(group, set()) | ({before.event_id} if before else set())
            replaced |= dict.fromkeys(old_ids - {event.event_id}, event.event_id)
        return Changes(tuple(changed[name] for name in sorted(changed)), dict(sorted(replaced.items())))


def _by_time(event: Event) -> tuple[int, str]:
    return event.first_ns, event.event_id
