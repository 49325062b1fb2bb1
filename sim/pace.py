"""How fast virtual time may pass. Pace never touches a result."""

import time
from collections.abc import Callable
from typing import Protocol

from onboard.mission_time import NS_PER_S

LONGEST_NAP_S = 0.2
"""While a run waits, it looks this often whether everybody is still there."""


class Pace(Protocol):
    """Holds the run until an instant may be reached."""

    def wait_until(self, now_ns: int, look: Callable[[], None]) -> None:
        """Return when virtual time may become `now_ns`; call `look` now and then while waiting."""


class AsFastAsPossible:
    """Never waits."""

    def wait_until(self, _now_ns: int, _look: Callable[[], None]) -> None:
        """Return at once."""


class RealTime:
    """Virtual time runs `factor` times as fast as the wall clock, or slower where the host cannot keep up."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._started_s: float | None = None

    def wait_until(self, now_ns: int, look: Callable[[], None]) -> None:
        """Sleep for what is left, in naps."""
        if self._started_s is None:
            self._started_s = time.monotonic()
        due_s = self._started_s + now_ns / NS_PER_S / self._factor
        while (ahead_s := due_s - time.monotonic()) > 0:
            look()
            time.sleep(min(ahead_s, LONGEST_NAP_S))
