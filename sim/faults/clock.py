"""On-board clocks: what a spacecraft takes for the time. Whoever is beyond one sees every instant by it.

Time that a spacecraft counts is true time x (1 + drift) + offset. Planned passes and captures come when its clock says
so; what it exposes is stamped by it. The executive, the world and every account keep true time.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from onboard.events import FrameCaptured
from onboard.mission_time import NEVER_NS
from sim.executive import Node

_PARTS = 10**9


class OnboardClock:
    """Integer nanoseconds; the drift is in parts of a thousand million. It never shows less than 0."""

    def __init__(self) -> None:
        self._true_ns = self._shown_ns = self._drift_ppb = 0

    @property
    def is_true(self) -> bool:
        """Whether it shows what it should."""
        return self._true_ns == self._shown_ns and not self._drift_ppb

    def read(self, true_ns: int) -> int:
        """What it shows at an instant, not before it was last set."""
        elapsed_ns = true_ns - self._true_ns
        return max(0, self._shown_ns + elapsed_ns + elapsed_ns * self._drift_ppb // _PARTS)

    def shows_at(self, shown_ns: int) -> int:
        """From which true instant on it shows this, as it runs now."""
        if shown_ns >= NEVER_NS or self.is_true:
            return shown_ns
        ahead_ns = shown_ns - self._shown_ns
        true_ns = self._true_ns + -(-ahead_ns * _PARTS // (_PARTS + self._drift_ppb))
        while self.read(true_ns) < shown_ns:
            true_ns += 1
        return max(self._true_ns, true_ns)

    def drift(self, now_ns: int, drift_ppm: float) -> None:
        """Run at another rate from now on."""
        self._set(now_ns, self.read(now_ns), round(drift_ppm * 1000))

    def jump(self, now_ns: int, offset_ns: int) -> None:
        """Show so much more from now on."""
        self._set(now_ns, self.read(now_ns) + offset_ns, self._drift_ppb)

    def _set(self, now_ns: int, shown_ns: int, drift_ppb: int) -> None:
        self._true_ns, self._shown_ns, self._drift_ppb = now_ns, shown_ns, drift_ppb


class ClockedNode:
    """A spacecraft behind its clock, wherever it lives."""

    def __init__(self, node: Node, clock: OnboardClock) -> None:
        self._node = node
        self._clock = clock

    @property
    def deadline_ns(self) -> int:
        """When its clock will show the instant that it waits for."""
        return self._clock.shows_at(self._node.deadline_ns)

    def grant(self, now_ns: int, events: tuple[Any, ...]) -> None:
        """Time may move on; it is told what its clock shows."""
        if self._clock.is_true:
            self._node.grant(now_ns, events)
        else:
            self._node.grant(self._clock.read(now_ns), tuple(map(self._stamped, events)))

    def collect(self) -> tuple[object, ...]:
        """What followed."""
        return self._node.collect()

    def check(self) -> None:
        """Raise where it is no longer there."""
        self._node.check()

    def _stamped(self, event: object) -> object:
        if not isinstance(event, FrameCaptured):
            return event
        return FrameCaptured(replace(event.frame, exposed_ns=self._clock.read(event.frame.exposed_ns)))


def clocks_for(names: Sequence[str]) -> dict[str, OnboardClock]:
    """One for each spacecraft."""
    return {name: OnboardClock() for name in names}
