"""Telecommands for one spacecraft: in order, each exactly once, however often the link or this computer fails.

A telecommand gets its number when it first goes up, not when it is ordered: so an operator's telecommands overtake a
model's parts that wait by the thousand. Number and telecommand are durable before either leaves.

Nothing is repeated because time has passed. Housekeeping says what was accepted when it was made: what was radiated
`settle_ns` before that and is not there is lost. What this computer knew of radiated telecommands dies with it; then
all that is not known as accepted goes up again, and the spacecraft ignores what it has.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from groundstation.grant_room import GrantRoom
from onboard.comms.records import Choice, Field, Octets, Whole, read_fields, write_fields
from onboard.comms.reports import MIN_REPORT_BYTES
from onboard.comms.telecommand_catalogue import Entry, decode, encode, entry_of, fitted
from onboard.comms.telecommand_packets import (
    COMMAND_OVERHEAD_BYTES,
    COMMAND_WINDOW,
    MAX_SEQUENCE,
    REPORT_OVERHEAD_BYTES,
    command_packet,
    report_packet,
)
from onboard.comms.telecommands import Telecommand
from onboard.payload.varints import Reader, varints
from onboard.storage import Store

BULK_WINDOW = 48
"""Numbers of the window that a model's parts may hold at a time, so that an operator's telecommand finds one free."""
MAX_PENDING = 100_000


class State(StrEnum):
    """How far a telecommand has come. What is refused had no effect; what failed was begun in vain."""

    QUEUED = "queued"
    RADIATED = "radiated"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    FAILED = "failed"
    REFUSED = "refused"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RADIATED}),
    State.RADIATED: frozenset({State.ACCEPTED, State.COMPLETED, State.FAILED, State.REFUSED}),
    State.ACCEPTED: frozenset({State.COMPLETED, State.FAILED, State.REFUSED}),
    State.COMPLETED: frozenset(),
    State.FAILED: frozenset(),
    State.REFUSED: frozenset(),
}
"""A report may overtake the housekeeping that tells of acceptance. What ended stays as it is."""


@dataclass(frozen=True, slots=True)
class CommandChanged:
    """A telecommand reached a state. `order` counts a spacecraft's orders; `sequence` is 0 until it first goes up."""

    spacecraft: str
    order: int
    sequence: int
    word: str
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Order:
    order: int
    sequence: int
    state: State
    data: bytes
    entry: Entry


_FIELDS = (
    Field("order", Whole(), "its place among all orders"),
    Field("sequence", Whole(MAX_SEQUENCE), "its number on the link, 0 for none yet"),
    Field("state", Choice(tuple(State)), "how far it has come"),
    Field("data", Octets(2**16), "the telecommand"),
)
MakeReport = Callable[[int], bytes]
"""A report of at most that many bytes on what the archive has (`onboard.comms.reports`)."""
Changes = tuple[CommandChanged, ...]


class CommandQueue:
    """Methods that move telecommands to another state return which.

    `most_packet_bytes` is the longest packet that the smallest whole grant carries, `settle_ns` how long after it was
    handed out here a telecommand may at most arrive. Writes are durable with the store's next sync, which has to come
    before what `fill` laid out leaves.
    """

    def __init__(self, store: Store, spacecraft: str, most_packet_bytes: int, settle_ns: int) -> None:
        self._store = store
        self._spacecraft = spacecraft
        self._prefix = f"commands/{spacecraft}/"
        self._most_data_bytes = most_packet_bytes - COMMAND_OVERHEAD_BYTES
        self._settle_ns = settle_ns
        counters = Reader(store.get(f"{self._prefix}counters") or varints(1, 1, 0))
        self._next_order, self._next_sequence, self._accepted = (counters.varint() for _ in range(3))
        self._accepted_beyond: set[int] = set()
        self._has_heard = False
        self._waiting: dict[bool, deque[_Order]] = {False: deque(), True: deque()}
        self._numbered: dict[int, _Order] = {}
        self._in_flight: dict[int, int] = {}
        self._reports_sent = 0
        self._owes_commands = False
        orders = [_read(data) for _, data in store.items(f"{self._prefix}orders/")]
        for one in sorted(orders, key=lambda one: (one.sequence, one.order)):
            self._hold(one)

    @property
    def has_work(self) -> bool:
        """Whether anything is still to be accepted."""
        return any(self._waiting.values()) or any(one.state is State.RADIATED for one in self._numbered.values())

    def enqueue(self, *commands: Telecommand) -> Changes:
        """Take an order; a list too long for one packet becomes several telecommands. ValueError says why not any."""
        parts = [part for command in commands for part in fitted(command, self._most_data_bytes)]
        if len(self._numbered) + sum(map(len, self._waiting.values())) + len(parts) > MAX_PENDING:
            raise ValueError(f"more than {MAX_PENDING} telecommands would be pending")
        taken = [
            _Order(self._next_order + place, 0, State.QUEUED, encode(part), entry_of(part))
            for place, part in enumerate(parts)
        ]
        self._next_order += len(taken)
        self._save_counters()
        for one in taken:
            self._save(one)
            self._hold(one)
        return tuple(map(self._told, taken))

    def hear(self, told_ns: int, accepted: int, window: int) -> Changes:
        """Learn from housekeeping made at `told_ns` what was accepted: all up to a number, and a mask of those beyond.

        Acceptance is never taken back, so late housekeeping does no harm.
        """
        self._has_heard = True
        if accepted > self._accepted:
            self._accepted = accepted
            # Where this centre lost its store, it sent these before, or another did: their numbers are taken.
            self._next_sequence = max(self._next_sequence, accepted + 1)
            self._save_counters()
        beyond = {accepted + 1 + bit for bit in range(COMMAND_WINDOW) if window >> bit & 1}
        self._accepted_beyond = {number for number in self._accepted_beyond | beyond if number > self._accepted}
        self._in_flight = {
            number: radiated_ns
            for number, radiated_ns in self._in_flight.items()
            if radiated_ns + self._settle_ns > told_ns and not self._is_accepted(number)
        }
        return tuple(change for one in list(self._numbered.values()) for change in self._follow_acceptance(one))

    def telecommand(self, sequence: int) -> Telecommand | None:
        """The telecommand of a number that has not ended; None where there is none."""
        one = self._numbered.get(sequence)
        return None if one is None else decode(one.data)

    def tell(self, sequence: int, state: State, reason: str = "") -> Changes:
        """Learn from an event report how far a telecommand came; what is no news, or is not known, is passed over."""
        one = self._numbered.get(sequence)
        if one is None or state not in TRANSITIONS[one.state]:
            return ()
        return (self._change(one, state, reason),)

    def fill(self, now_ns: int, room: GrantRoom, report: MakeReport | None = None) -> Changes:
        """Lay packets into the room of a grant; returns the telecommands that go up for the first time.

        A report comes before telecommands and takes half the room at most where there are any. Where that leaves no
        room for one, telecommands come first in the next grant. So neither waits for the other to end.
        """
        are_first = self._owes_commands
        changes = self._put_commands(now_ns, room) if are_first else ()
        if report is not None:
            self._put_report(room, report, is_alone=not self._has_sendable)
        before = room.packets
        changes += self._put_commands(now_ns, room)
        self._owes_commands = not are_first and room.packets == before and self._has_sendable
        return changes

    def _put_report(self, room: GrantRoom, report: MakeReport, *, is_alone: bool) -> None:
        share = room.largest if is_alone else room.left_bytes // 2
        most = min(room.largest, max(share, REPORT_OVERHEAD_BYTES + MIN_REPORT_BYTES)) - REPORT_OVERHEAD_BYTES
        if most >= MIN_REPORT_BYTES:
            room.put(report_packet(self._reports_sent, report(most)))
            self._reports_sent += 1

    def _put_commands(self, now_ns: int, room: GrantRoom) -> Changes:
        for number, one in self._numbered.items():
            if self._is_lost(one) and room.put(command_packet(number, one.data)):
                self._in_flight[number] = now_ns
        return (*self._put_new(now_ns, room, is_bulk=False), *self._put_new(now_ns, room, is_bulk=True))

    def _put_new(self, now_ns: int, room: GrantRoom, *, is_bulk: bool) -> Changes:
        changes: list[CommandChanged] = []
        lane = self._waiting[is_bulk]
        while self._may_begin(is_bulk) and room.largest >= COMMAND_OVERHEAD_BYTES + len(lane[0].data):
            number = self._free_number()
            one = replace(lane.popleft(), sequence=number)
            self._next_sequence = number + 1
            self._save_counters()
            changes.append(self._change(one, State.RADIATED))
            self._in_flight[number] = now_ns
            room.put(command_packet(number, one.data))
        return tuple(changes)

    @property
    def _has_sendable(self) -> bool:
        return any(map(self._is_lost, self._numbered.values())) or self._may_begin(False) or self._may_begin(True)

    def _is_lost(self, one: _Order) -> bool:
        return one.state is State.RADIATED and one.sequence not in self._in_flight

    def _may_begin(self, is_bulk: bool) -> bool:
        # Before the first housekeeping of this process's life nothing is numbered: see `hear` on a lost store.
        last = min(self._accepted + COMMAND_WINDOW, MAX_SEQUENCE)
        if not self._waiting[is_bulk] or not self._has_heard or self._free_number() > last:
            return False
        going_up = (one for one in self._numbered.values() if one.state is State.RADIATED and one.entry.is_bulk)
        return not is_bulk or sum(1 for _ in going_up) < BULK_WINDOW

    def _free_number(self) -> int:
        number = self._next_sequence
        while number in self._accepted_beyond:
            number += 1
        return number

    def _is_accepted(self, number: int) -> bool:
        return number <= self._accepted or number in self._accepted_beyond

    def _follow_acceptance(self, one: _Order) -> Changes:
        changes: Changes = ()
        if one.state is State.RADIATED and self._is_accepted(one.sequence):
            changes += (self._change(one, State.ACCEPTED),)
        # What is not reported was executed when it had its turn, which is when all before it were accepted.
        if not one.entry.is_reported and one.sequence <= self._accepted:
            changes += (self._change(self._numbered[one.sequence], State.COMPLETED),)
        return changes

    def _change(self, one: _Order, state: State, reason: str = "") -> CommandChanged:
        assert state in TRANSITIONS[one.state]
        changed = replace(one, state=state)
        if TRANSITIONS[state]:
            self._numbered[one.sequence] = changed
            self._save(changed)
        else:
            self._numbered.pop(one.sequence)
            self._in_flight.pop(one.sequence, None)
            self._store.delete(self._key(one))
        return replace(self._told(changed), reason=reason)

    def _told(self, one: _Order) -> CommandChanged:
        return CommandChanged(self._spacecraft, one.order, one.sequence, one.entry.word, one.state)

    def _hold(self, one: _Order) -> None:
        if one.sequence:
            self._numbered[one.sequence] = one
        else:
            self._waiting[one.entry.is_bulk].append(one)

    def _key(self, one: _Order) -> str:
        return f"{self._prefix}orders/{one.order:010d}"

    def _save(self, one: _Order) -> None:
        self._store.put(self._key(one), write_fields(_FIELDS, one))

    def _save_counters(self) -> None:
        counters = varints(self._next_order, self._next_sequence, self._accepted)
        self._store.put(f"{self._prefix}counters", counters)


def _read(data: bytes) -> _Order:
    fields = read_fields(_FIELDS, Reader(data))
    command = decode(fields["data"])
    assert command is not None
    return _Order(entry=entry_of(command), **fields)
