"""The executive: a heap of deliveries in one total order, and the loop that hands them out."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sim.pace import Pace

WORLD = "world"

Recorder = Callable[[int, str, tuple[object, ...], tuple[object, ...]], None]
"""Takes (instant, node, events, commands) of every grant."""
Inputs = Callable[[int, int], tuple["Delivery", ...] | None]
"""Takes the last instant and the next one; what came from outside the run meanwhile, to be delivered in between. None
where nothing came; after anything else, be it refused, the pace is asked anew."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for a node at an instant."""

    at_ns: int
    to: str
    message: object
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """What a node other than the world asked for or reported."""

    sender: str
    message: object


class Node(Protocol):
    """A participant that lives here or in its own process. Granting and collecting are apart, so that nodes
    granted the same instant work at the same time."""

    @property
    def deadline_ns(self) -> int:
        """When the participant next wants to be called if nothing else happens."""

    def grant(self, now_ns: int, events: tuple[object, ...]) -> None:
        """Let it begin."""

    def collect(self) -> tuple[object, ...]:
        """What followed."""

    def check(self) -> None:
        """Raise where the participant is no longer there."""


class Executive:
    """Moves virtual time. The heap's key (time, priority, insertion number) gives a total order.

    The world is one node among others; it alone answers with deliveries. What any other node sends goes to the world,
    at once: every byte between nodes passes through it.
    """

    def __init__(
        self, nodes: Mapping[str, Node], record: Recorder, pace: Pace, inputs: Inputs = lambda _last_ns, _next_ns: None
    ) -> None:
        self._nodes = nodes
        self._record = record
        self._pace = pace
        self._inputs = inputs
        self._heap: list[tuple[int, int, int, Delivery]] = []
        self._posted = 0
        self._now_ns = 0

    def open(self, answers: tuple[object, ...]) -> None:
        """Take what the world says before the start."""
        self._route(0, WORLD, (), answers)

    def post(self, deliveries: Iterable[Delivery]) -> None:
        """Queue deliveries."""
        for delivery in deliveries:
            assert delivery.at_ns >= self._now_ns, "a delivery into the past"
            self._posted += 1
            heapq.heappush(self._heap, (delivery.at_ns, delivery.priority, self._posted, delivery))

    def run(self, until_ns: int) -> None:
        """Advance to an instant, inclusive."""
        while (now_ns := self._next_ns(deadlines := self._deadlines())) <= until_ns:
            self._pace.wait_until(now_ns, self._check)
            if (came := self._inputs(self._now_ns, now_ns)) is not None:
                self.post(came)
                continue
            self._now_ns = now_ns
            due = self._due(now_ns, deadlines)
            for name, events in due.items():
                self._nodes[name].grant(now_ns, events)
            for name, events in due.items():
                self._route(now_ns, name, events, self._nodes[name].collect())

    def _check(self) -> None:
        for node in self._nodes.values():
            node.check()

    def _deadlines(self) -> dict[str, int]:
        return {name: node.deadline_ns for name, node in self._nodes.items()}

    def _next_ns(self, deadlines: dict[str, int]) -> int:
        deadline_ns = min(deadlines.values())
        next_ns = min(deadline_ns, self._heap[0][0]) if self._heap else deadline_ns
        return max(next_ns, self._now_ns)  # who started anew wants to be called at once

    def _due(self, now_ns: int, deadlines: dict[str, int]) -> dict[str, tuple[object, ...]]:
        due: dict[str, list[object]] = {name: [] for name, at_ns in deadlines.items() if at_ns <= now_ns}
        while self._heap and self._heap[0][0] <= now_ns:
            delivery = heapq.heappop(self._heap)[3]
            due.setdefault(delivery.to, []).append(delivery.message)
        return {name: tuple(events) for name, events in due.items()}

    def _route(self, now_ns: int, name: str, events: tuple[object, ...], answers: tuple[object, ...]) -> None:
        if name == WORLD:
            self.post(answer for answer in answers if isinstance(answer, Delivery))
            facts = tuple(answer for answer in answers if not isinstance(answer, Delivery))
            if facts:
                self._record(now_ns, name, (), facts)
        else:
            self.post(Delivery(now_ns, WORLD, Sent(name, answer)) for answer in answers)
            self._record(now_ns, name, events, answers)
