"""The computer that a ground participant runs on: it may die, and boots; what was not committed is lost."""

from collections.abc import Callable
from typing import Any, Protocol

from groundstation.messages import ArchiveSampled, CommandsOrdered, FrontEndSampled, HostKilled
from onboard.wire import Participant

LASTING = (ArchiveSampled, FrontEndSampled)
"""What is so whoever has started anew since."""


class Mortal(Participant, Protocol):
    """A participant that can be let go of as a death would."""

    def crash(self) -> None:
        """Let go of files; what is not committed is lost."""


class Host:
    """Builds its participant, and builds it again after a death and the time that booting takes.

    Meanwhile frames and grants pass by; people and feeds that order something try again until somebody answers.
    """

    def __init__(self, build: Callable[[], Mortal]) -> None:
        self._build = build
        self._participant: Mortal | None = build()
        self._up_ns = 0
        self._orders: list[CommandsOrdered] = []
        self._states: dict[tuple[object, ...], Any] = {}

    @property
    def deadline_ns(self) -> int:
        """When it wants to be called: while it boots, when that is over."""
        return self._up_ns if self._participant is None else self._participant.deadline_ns

    def advance(self, now_ns: int, inbox: tuple[Any, ...]) -> tuple[Any, ...]:
        """The participant's advance, where there is one."""
        for event in inbox:
            if isinstance(event, HostKilled):
                self._die(now_ns, event.boot_ns)
            elif isinstance(event, LASTING):
                self._states[type(event), getattr(event, "station", "")] = event
        alive = tuple(event for event in inbox if not isinstance(event, HostKilled))
        if self._participant is not None:
            return self._participant.advance(now_ns, alive)
        self._orders += [event for event in alive if isinstance(event, CommandsOrdered)]
        if now_ns < self._up_ns:
            return ()
        self._participant = self._build()
        died_now = len(alive) < len(inbox)
        others = () if died_now else [event for event in alive if not isinstance(event, (*LASTING, CommandsOrdered))]
        waiting, self._orders = self._orders, []
        return self._participant.advance(now_ns, (*self._states.values(), *waiting, *others))

    def close(self) -> None:
        """Let go of files."""
        if self._participant is not None:
            self._participant.close()

    def _die(self, now_ns: int, boot_ns: int) -> None:
        if self._participant is not None:
            self._participant.crash()
        self._participant = None
        self._up_ns = max(self._up_ns, now_ns + boot_ns)
