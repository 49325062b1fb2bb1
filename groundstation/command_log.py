"""What became of every telecommand, for people and reports. Numbers and repeats are the command queue's affair."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundstation.command_queue import CommandChanged, State
from groundstation.database import Database

_INSTANTS = {
    State.QUEUED: "queued_ns",
    State.RADIATED: "radiated_ns",
    State.ACCEPTED: "accepted_ns",
    State.COMPLETED: "ended_ns",
    State.FAILED: "ended_ns",
    State.REFUSED: "ended_ns",
}
"""The column that keeps when a telecommand first reached a state."""


@dataclass(frozen=True, slots=True)
class LoggedCommand:
    """A row of the command table: instants are None, and `sequence` is 0, until they are known."""

    spacecraft: str
    order: int
    sequence: int
    word: str
    state: str
    queued_ns: int | None
    radiated_ns: int | None
    accepted_ns: int | None
    ended_ns: int | None
    reason: str


class CommandLog:
    """Durable with the archive's next commit, like what it is told of."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def note(self, now_ns: int, change: CommandChanged) -> None:
        """Log that a telecommand reached a state. What is told twice keeps its first instant."""
        instant = _INSTANTS[State(change.state)]
        self._db.execute(
            f"INSERT INTO command (spacecraft, order_number, sequence, word, state, reason, {instant})"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence,"
            f" state = excluded.state, reason = excluded.reason, {instant} = coalesce({instant}, excluded.{instant})",
            *(change.spacecraft, change.order, change.sequence, change.word, change.state, change.reason, now_ns),
        )

    def all(self) -> Iterator[LoggedCommand]:
        """Every telecommand, by spacecraft and order."""
        rows = self._db.rows(
            "SELECT spacecraft, order_number, sequence, word, state, queued_ns, radiated_ns, accepted_ns, ended_ns,"
            " reason FROM command ORDER BY spacecraft, order_number"
        )
        return (LoggedCommand(*row) for row in rows)
