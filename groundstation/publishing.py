"""From alerts to published events: grouped, kept in the archive, queued for the sinks when first confirmed."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import groupby

from groundstation.alerts import Alert, archived_alerts, class_names, ground_alerts
from groundstation.archive import Archive
from groundstation.events import Event, EventRule, event_id
from groundstation.grouping import AlertGrouper, EventGrouper
from groundstation.publications import Publications
from groundstation.screening import KnownSite

RULE_KEY = "ground/event-rule"


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """An event with its alerts, earliest first. `published_ns` is None where it is not confirmed.

    `former_ids` are what it, or events that went into it, were known by before.
    """

    event: Event
    alerts: tuple[Alert, ...]
    published_ns: int | None
    former_ids: tuple[str, ...]


class Publisher:
    """Keeps the archive's events as its alerts make them.

    What happens within `take` becomes durable with the archive's next commit, the alerts' products included. A
    publisher that starts on an archive puts right what a death, an older version or another rule left undone: in its
    first `take`.
    """

    def __init__(
        self, archive: Archive, rule: EventRule, sinks: Iterable[str], body: Callable[[Event, int], bytes]
    ) -> None:
        self._publications = Publications(archive)
        self._sinks, self._body = tuple(sinks), body
        self._grouper = EventGrouper(rule, class_names(archive))
        self._grouper.add(archived_alerts(archive))
        self._is_reconciled = False
        archive.store.put(RULE_KEY, json.dumps(rule, default=_own_fields).encode())

    def take(self, now_ns: int, alerts: Iterable[Alert]) -> tuple[Event, ...]:
        """Take alerts in; the events that this confirmed for the first time."""
        changes = self._grouper.add(alerts)
        events, replaced = changes.events, changes.replaced
        if not self._is_reconciled:
            self._is_reconciled = True
            events, replaced = self._left_undone()
        for event in events:
            self._publications.keep(event)
        for former_id, heir_id in replaced.items():
            self._publications.replace(former_id, heir_id)
        news = tuple(
            event for event in events if event.is_confirmed and self._publications.published_ns(event.event_id) is None
        )
        for event in news:
            body = self._body(event, now_ns)
            self._publications.publish(event.event_id, now_ns, dict.fromkeys(self._sinks, body))
        return news

    def _left_undone(self) -> tuple[tuple[Event, ...], dict[str, str]]:
        """Events that the archive does not hold as they are, and what became of those that are none any more."""
        reported = self._grouper.with_keys()
        known = self._publications.known()
        stale = known.keys() - {event.event_id for event, _ in reported}
        heirs = {event_id(key): event.event_id for event, keys in reported for key in keys if stale}
        undone = tuple(
            event
            for event, _ in reported
            if not self._publications.is_kept(event) or (event.is_confirmed and known[event.event_id] is None)
        )
        return undone, {former_id: heirs[former_id] for former_id in sorted(stale) if former_id in heirs}


def rule_of(archive: Archive) -> EventRule:
    """The rule that an archive's events were made by; the default one where none is noted."""
    noted = archive.store.get(RULE_KEY)
    return EventRule() if noted is None else _noted_rule(noted)


@lru_cache(maxsize=2)
def _noted_rule(noted: bytes) -> EventRule:
    """Remembered: a list of ten thousand known places is in it, and a run's end asks for it six times."""
    values = json.loads(noted)
    sites = tuple(KnownSite(**site) for site in values.pop("known_sites", ()))
    classes = tuple(values.pop("unpublished_classes", ()))
    return EventRule(**values, unpublished_classes=classes, known_sites=sites)


def reported_events(archive: Archive, rule: EventRule) -> list[ReportedEvent]:
    """The events of all alerts in an archive, earliest first, those that the ground found in images included.

    An archive that knows nothing of events, or that went by another rule, gets them as its alerts would have made them
    on arrival.
    """
    grouper = AlertGrouper(rule, class_names(archive))
    published_ns: dict[str, int] = {}
    alerts = sorted((*archived_alerts(archive), *ground_alerts(archive)), key=_by_arrival)
    for now_ns, arrived in groupby(alerts, key=_by_arrival):
        changes = grouper.add(arrived)
        for former_id, heir_id in changes.replaced.items():
            if former_id in published_ns:
                instant_ns = published_ns.pop(former_id)
                published_ns[heir_id] = min(instant_ns, published_ns.get(heir_id, instant_ns))
        for event in changes.events:
            if event.is_confirmed:
                published_ns.setdefault(event.event_id, now_ns)
    former_ids: dict[str, tuple[str, ...]] = {}
    if rule == rule_of(archive):
        publications = Publications(archive)
        published_ns |= {name: told_ns for name, told_ns in publications.known().items() if told_ns is not None}
        former_ids = publications.former_ids()
    return [
        ReportedEvent(event, tuple(members), published_ns.get(event.event_id), former_ids.get(event.event_id, ()))
        for event, members in grouper.with_alerts()
    ]


def _by_arrival(alert: Alert) -> int:
    return alert.archived_ns


def _own_fields(record: EventRule | KnownSite) -> dict[str, object]:
    """Not `asdict`, which copies ten thousand known sites one by one."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
