"""How fast virtual time may pass. Pace never touches a result."""

import time
from collections.abc import Callable
from math import inf
from typing import Protocol

from onboard.mission_time import NS_PER_S

LONGEST_NAP_S = 0.2
"""While a run waits, it looks this often whether everybody is still there."""

LATE_S = 0.25
"""What a steered run may be late by and make up for."""


class Pace(Protocol):
    """Holds the run until an instant may be reached."""

    def wait_until(self, now_ns: int, look: Callable[[], None]) -> None:
        """Return when virtual time may become `now_ns`; call `look` now and then while waiting."""


class AsFastAsPossible:
    """Never waits."""

    def wait_until(self, _now_ns: int, _look: Callable[[], None]) -> None:
        """Return at once."""


class RealTime:
    """Virtual time runs `factor` times as fast as the wall clock, or slower where the host cannot keep up.

    Until `from_ns` it runs as fast as possible.
    """

    def __init__(self, factor: float, from_ns: int = 0) -> None:
        self._factor = factor
        self._from_ns = from_ns
        self._started_s: float | None = None

    def wait_until(self, now_ns: int, look: Callable[[], None]) -> None:
        """Sleep for what is left, in naps."""
        if now_ns <= self._from_ns:
            return
        if self._started_s is None:
            self._started_s = time.monotonic()
        due_s = self._started_s + (now_ns - self._from_ns) / NS_PER_S / self._factor
        while (ahead_s := due_s - time.monotonic()) > 0:
            look()
            time.sleep(min(ahead_s, LONGEST_NAP_S))


class SteeredClock:
    """Virtual time by the wall clock, whose readings are arguments: held, let go, and of any factor, None for no limit.

    Pace is a ceiling: where the host cannot keep up the clock does not run ahead of the run.
    """

    def __init__(self, factor: float | None) -> None:
        self.factor = factor
        self.is_held = False
        self._from_ns = 0
        self._from_s: float | None = None

    def now_ns(self, wall_s: float) -> int:
        """The instant that has been reached, or, without a limit, the last that the run has reached."""
        if self.is_held or self.factor is None or self._from_s is None:
            return self._from_ns
        return self._from_ns + int((wall_s - self._from_s) * self.factor * NS_PER_S)

    def ahead_s(self, next_ns: int, wall_s: float) -> float:
        """How long the run has to wait for an instant; infinite while the clock is held short of it."""
        if next_ns <= self._from_ns:
            return 0.0
        if self.is_held:
            return inf
        if self.factor is None or self._from_s is None:
            return 0.0
        return max(0.0, self._from_s + (next_ns - self._from_ns) / NS_PER_S / self.factor - wall_s)

    def reach(self, next_ns: int, wall_s: float) -> None:
        """The run goes on to an instant. What it is late by is not made up for."""
        if next_ns <= self._from_ns:
            return
        grace_ns = LATE_S * (self.factor or 0.0) * NS_PER_S
        if self.factor is None or self._from_s is None or self.now_ns(wall_s) - next_ns > grace_ns:
            self.stop_at(next_ns, wall_s)

    def set_factor(self, factor: float | None, wall_s: float, limit_ns: int) -> None:
        """Change the pace from now on, which is at most `limit_ns`."""
        self.stop_at(min(self.now_ns(wall_s), limit_ns), wall_s)
        self.factor = factor

    def hold(self, wall_s: float, limit_ns: int) -> None:
        """Stop."""
        self.stop_at(min(self.now_ns(wall_s), limit_ns), wall_s)
        self.is_held = True

    def let_go(self, wall_s: float) -> None:
        """Go on from where it stopped; a clock that runs is left alone."""
        if self.is_held:
            self.is_held, self._from_s = False, wall_s

    def stop_at(self, now_ns: int, wall_s: float) -> None:
        """Be at an instant."""
        self._from_ns, self._from_s = now_ns, wall_s
