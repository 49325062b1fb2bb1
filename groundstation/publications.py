"""Events as the archive keeps them, and the outbox of their deliveries.

An event is queued for every sink in the commit that publishes it (transactional outbox), so that a death at any
instant neither forgets a delivery nor makes a second one. Once a sink answered, that is recorded here, once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from groundstation.archive import Archive
from groundstation.events import Event

_COLUMNS = (
    *("task", "first_ns", "last_ns", "latitude_deg", "longitude_deg", "radius_m", "detections", "sightings"),
    *("satellites", "confidence"),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A published event on its way to a sink."""

    delivery_id: int
    event_id: str
    sink: str
    body: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """How many deliveries were made, still wait, and were given up."""

    delivered: int
    waiting: int
    given_up: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A delivery that a sink has acknowledged, or, with an `error`, one that was given up."""

    event_id: str
    sink: str
    body: bytes
    queued_ns: int
    attempts: int
    utc: str
    error: str = ""


class Publications:
    """The archive's tables of events, deliveries and dead letters. The caller commits."""

    def __init__(self, archive: Archive) -> None:
        self._db = archive.database

    def keep(self, event: Event) -> None:
        """Add an event, or bring it up to date; whether it is published stays as it is."""
        self._db.execute(
            f"INSERT INTO event (event_id, {', '.join(_COLUMNS)}) VALUES (?{', ?' * len(_COLUMNS)})"
            f" ON CONFLICT DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in _COLUMNS)}",
            *(event.event_id, *_row(event)),
        )

    def is_kept(self, event: Event) -> bool:
        """Whether the archive holds an event as it is now."""
        return self._db.row(f"SELECT {', '.join(_COLUMNS)} FROM event WHERE event_id = ?", event.event_id) == _row(
            event
        )

    def replace(self, former_id: str, event_id: str) -> None:
        """Let an event stand for one that has gone into it: it was published when the first of them was.

        One that nobody knows leaves no trace.
        """
        if self._db.row("SELECT 1 FROM event WHERE event_id = ?", former_id) is None:
            return
        self._db.execute(
            "UPDATE event SET published_ns = (SELECT min(published_ns) FROM event WHERE event_id IN (?1, ?2))"
            " WHERE event_id = ?2",
            *(former_id, event_id),
        )
        self._db.execute("DELETE FROM event WHERE event_id = ?", former_id)
        self._db.execute("UPDATE former_event SET event_id = ? WHERE event_id = ?", event_id, former_id)
        self._db.execute("INSERT OR REPLACE INTO former_event VALUES (?, ?)", former_id, event_id)

    def publish(self, event_id: str, published_ns: int, bodies: Mapping[str, bytes]) -> None:
        """Note that an event is published, and queue a body for each sink that never had one, nor gave it up."""
        self._db.execute("UPDATE event SET published_ns = ? WHERE event_id = ?", published_ns, event_id)
        for sink, body in bodies.items():
            self._db.execute(
                "INSERT OR IGNORE INTO delivery (event_id, sink, body, queued_ns) SELECT ?1, ?2, ?3, ?4"
                " WHERE NOT EXISTS (SELECT 1 FROM dead_letter WHERE event_id = ?1 AND sink = ?2)",
                *(event_id, sink, body, published_ns),
            )

    def published_ns(self, event_id: str) -> int | None:
        """When an event that is kept was published; None where it was not."""
        row = self._db.row("SELECT published_ns FROM event WHERE event_id = ?", event_id)
        assert row is not None
        instant_ns: int | None = row[0]
        return instant_ns

    def known(self) -> dict[str, int | None]:
        """When each event was published, None where it was not."""
        return dict(self._db.rows("SELECT event_id, published_ns FROM event ORDER BY event_id"))

    def former_ids(self) -> dict[str, tuple[str, ...]]:
        """What an event was known by before, or the events that went into it were."""
        former: dict[str, tuple[str, ...]] = {}
        for former_id, event_id in self._db.rows("SELECT former_id, event_id FROM former_event ORDER BY former_id"):
            former[event_id] = (*former.get(event_id, ()), former_id)
        return former

    def undelivered(self, after_id: int = 0) -> Iterator[Delivery]:
        """Deliveries that wait, those numbered above `after_id`, in order of publication."""
        rows = self._db.rows(
            "SELECT delivery_id, event_id, sink, body, attempts FROM delivery"
            " WHERE delivered_utc IS NULL AND delivery_id > ? ORDER BY delivery_id",
            after_id,
        )
        return (Delivery(*row) for row in rows)

    def delivered(self, delivery_id: int, attempts: int, utc: str) -> None:
        """Note that the sink has acknowledged a delivery; a second time changes nothing."""
        self._db.execute(
            "UPDATE delivery SET delivered_utc = ?, attempts = ? WHERE delivered_utc IS NULL AND delivery_id = ?",
            *(utc, attempts, delivery_id),
        )

    def failed(self, delivery_id: int, attempts: int, error: str) -> None:
        """Note an attempt in vain; there will be another."""
        self._db.execute(
            "UPDATE delivery SET attempts = ?, last_error = ? WHERE delivery_id = ?", attempts, error, delivery_id
        )

    def given_up(self, delivery_id: int, attempts: int, error: str, utc: str) -> None:
        """Move a delivery to the dead letters."""
        self._db.execute(
            "INSERT INTO dead_letter SELECT delivery_id, event_id, sink, body, queued_ns, ?, ?, ? FROM delivery"
            " WHERE delivered_utc IS NULL AND delivery_id = ?",
            *(attempts, error, utc, delivery_id),
        )
        self._db.execute("DELETE FROM delivery WHERE delivered_utc IS NULL AND delivery_id = ?", delivery_id)

    def settled(self) -> list[Settled]:
        """Deliveries that are over, for an archive that takes this one's place."""
        columns = "event_id, sink, body, queued_ns, attempts"
        rows = (
            *self._db.rows(f"SELECT {columns}, delivered_utc FROM delivery WHERE delivered_utc IS NOT NULL"),
            *self._db.rows(f"SELECT {columns}, given_up_utc, last_error FROM dead_letter"),
        )
        return [Settled(*row) for row in rows]

    def adopt(self, settled: Iterable[Settled]) -> None:
        """Take over deliveries before their events are published, so that no sink hears of them again."""
        for one in settled:
            self.publish(one.event_id, one.queued_ns, {one.sink: one.body})
            row = self._db.row(
                "SELECT delivery_id FROM delivery WHERE event_id = ? AND sink = ? AND delivered_utc IS NULL",
                *(one.event_id, one.sink),
            )
            if row is None:
                continue
            if one.error:
                self.given_up(row[0], one.attempts, one.error, one.utc)
            else:
                self.delivered(row[0], one.attempts, one.utc)

    def counts(self) -> DeliveryCounts:
        """How deliveries stand."""
        row = self._db.row(
            "SELECT count(delivered_utc), count(*) - count(delivered_utc), (SELECT count(*) FROM dead_letter)"
            " FROM delivery"
        )
        assert row is not None
        return DeliveryCounts(*row)


def _row(event: Event) -> tuple[object, ...]:
    return (
        *(event.task, event.first_ns, event.last_ns, event.latitude_deg, event.longitude_deg, event.radius_m),
        *(event.detections, event.sightings, json.dumps(event.satellites), event.confidence),
    )
