"""From what monitors say to the mode that follows; pure but for the time that the way out of safe mode takes."""

from onboard.comms.dictionary import Severity
from onboard.comms.health_reports import Cause
from onboard.mission_time import to_ns
from onboard.modes import Mode, Signal, next_mode
from onboard.monitors import Monitors

_HINDERS = (Severity.MEDIUM, Severity.HIGH)
"""Monitors that keep the spacecraft in safe mode and in recovery while they are raised."""


class Judgement:
    """Knows since when nothing has hindered the way back to nominal."""

    def __init__(self, monitors: Monitors, proven_after_s: float) -> None:
        self._monitors = monitors
        self._proven_after_ns = to_ns(proven_after_s)
        self._clear_since_ns: int | None = None

    def follow(
        self,
        now_ns: int,
        mode: Mode,
        commanded: tuple[Signal, ...] = (),
        held: tuple[Signal, ...] = (),
        *,
        is_helpless: bool = False,
    ) -> tuple[Mode, Cause]:
        """The mode after a reading, and why: what is held outranks limits, and a fault what is held.

        `is_helpless` where a unit fails that was cycled often enough: as much a fault as a monitor's.
        """
        signals = self._monitors.signals
        limits = tuple(signal for signal in signals if signal is not Signal.FAULT)
        faults = (Signal.FAULT,) if is_helpless or Signal.FAULT in signals else ()
        proven = self._proven(now_ns, mode, is_held=bool(held))
        after = next_mode(mode, (*commanded, *limits, *proven, *held, *faults))
        if after is not mode:
            self._clear_since_ns = None
        return after, Cause.COMMANDED if commanded else Cause.PROVEN if proven else Cause.MONITOR

    def _proven(self, now_ns: int, mode: Mode, *, is_held: bool) -> tuple[Signal, ...]:
        is_hindered = any(row.severity in _HINDERS for row in self._monitors.raised)
        if is_hindered or is_held or mode not in (Mode.SAFE, Mode.RECOVERY):
            self._clear_since_ns = None
            return ()
        if self._clear_since_ns is None or now_ns < self._clear_since_ns:
            self._clear_since_ns = now_ns
        return (Signal.PROVEN,) if now_ns - self._clear_since_ns >= self._proven_after_ns else ()
