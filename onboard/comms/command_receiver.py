"""The spacecraft's end of telecommanding: any order in, the order of their numbers out, each exactly once.

A telecommand whose number lies within `COMMAND_WINDOW` of the last one executed is accepted: its bytes are put into
the store. What is told of it leaves after the store's sync, so no acceptance is ever taken back. Executing it and
marking it as executed are writes before one sync: after a death in between neither has happened, and the next boot
executes it.

So its effect must be a write to the same store, and what follows outside is derived from that at every boot (the mode
that is to be held, the frames still to be fetched). The catalogue's `Once` says how each kind achieves this. A reset's
effect is no write but a death: it is marked and synchronised first, or the computer would restart for ever.
"""

from collections.abc import Callable
from enum import StrEnum

from onboard.comms.telecommand_catalogue import Once, decode, entry_of
from onboard.comms.telecommand_packets import COMMAND_WINDOW
from onboard.comms.telecommands import Telecommand
from onboard.payload.varints import Reader, varints
from onboard.storage import Store

_EXECUTED = "commands/executed"
_HELD = "commands/held/"


class Acceptance(StrEnum):
    """What became of a telecommand that arrived."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    BEYOND_WINDOW = "beyond the window"


Execute = Callable[[int, Telecommand | None], None]
"""Gives the telecommand of a number its effect, in the store; None stands for bytes of no known telecommand."""


class CommandReceiver:
    """Telecommands accepted and not yet executed, 64 at most, and how far execution has come."""

    def __init__(self, store: Store) -> None:
        self._store = store
        mark = store.get(_EXECUTED)
        self._executed = 0 if mark is None else Reader(mark).varint()
        self._held = {int(key.removeprefix(_HELD), 16): data for key, data in store.items(_HELD)}

    @property
    def accepted(self) -> int:
        """The last number up to which all were accepted; 0 for none."""
        last = self._executed
        while last + 1 in self._held:
            last += 1
        return last

    @property
    def window(self) -> int:
        """Those accepted beyond: bit k is the number accepted + 1 + k. Bit 0 is never set."""
        first = self.accepted + 1
        return sum(1 << number - first for number in self._held if number > first)

    def receive(self, sequence: int, data: bytes) -> Acceptance:
        """Take a telecommand that arrived undamaged."""
        if sequence <= self._executed or sequence in self._held:
            return Acceptance.DUPLICATE
        if sequence > self._executed + COMMAND_WINDOW:
            return Acceptance.BEYOND_WINDOW
        self._store.put(_key(sequence), data)
        self._held[sequence] = data
        return Acceptance.ACCEPTED

    def execute(self, execute: Execute) -> bool:
        """Execute all that have their turn, in order; True where the last was a reset, and a restart has to follow.

        To be called at boot and after every arrival. The caller synchronises the store before it speaks or restarts;
        `execute` itself never does, or a death right after it would find an effect without its mark.
        """
        while (data := self._held.get(self._executed + 1)) is not None:
            sequence = self._executed + 1
            command = decode(data)
            execute(sequence, command)
            self._mark(sequence)
            if command is not None and entry_of(command).once is Once.MARKED_FIRST:
                return True
        return False

    def _mark(self, sequence: int) -> None:
        self._executed = sequence
        self._store.put(_EXECUTED, varints(sequence))
        self._store.delete(_key(sequence))
        del self._held[sequence]


def _key(sequence: int) -> str:
    return f"{_HELD}{sequence:08x}"
