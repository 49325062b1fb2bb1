"""When to try which delivery, and when to give one up. The present is an argument: seconds of any steady clock."""

import heapq
from dataclasses import dataclass, replace
from enum import Enum

from groundstation.publications import Delivery


class Verdict(Enum):
    """What a sink made of a delivery: took it, could not now, or never will."""

    DELIVERED = "delivered"
    NOT_NOW = "not now"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """A sink's verdict on a delivery, in words where it is not good, and how long it asks to be left alone."""

    verdict: Verdict
    told: str = ""
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential back-off: `first_wait_s` after the first failure, twice as long after each more, to a limit."""

    attempts: int = 10
    first_wait_s: float = 1.0
    most_wait_s: float = 300.0

    def wait_s(self, attempts: int) -> float:
        """How long to wait after that many failures."""
        return min(self.first_wait_s * 2.0 ** min(attempts - 1, 60), self.most_wait_s)


@dataclass(frozen=True, slots=True)
class Settled:
    """How a delivery stands after an attempt: delivered, given up, or (`verdict` NOT_NOW) to be tried again."""

    delivery_id: int
    attempts: int
    verdict: Verdict
    told: str


class DeliveryQueue:
    """One sink's deliveries: in order of publication, but one that waits after a failure lets others pass."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._waiting: list[tuple[float, int, Delivery]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def due_s(self) -> float | None:
        """When the next one is due; None while none waits."""
        return self._waiting[0][0] if self._waiting else None

    def add(self, delivery: Delivery, due_s: float) -> None:
        """Queue a delivery."""
        heapq.heappush(self._waiting, (due_s, delivery.delivery_id, delivery))

    def take(self, now_s: float) -> Delivery | None:
        """The next delivery that is due."""
        return heapq.heappop(self._waiting)[2] if self._waiting and self._waiting[0][0] <= now_s else None

    def settle(self, delivery: Delivery, answer: Answer, now_s: float) -> Settled:
        """What follows from a sink's answer; a delivery that was not taken is queued again, or given up."""
        attempts = delivery.attempts + 1
        verdict = answer.verdict
        if verdict is Verdict.NOT_NOW and attempts >= self._policy.attempts:
            verdict = Verdict.REFUSED
        if verdict is Verdict.NOT_NOW:
            asked_s = min(answer.wait_s, self._policy.most_wait_s)
            wait_s = max(self._policy.wait_s(attempts), asked_s)
            self.add(replace(delivery, attempts=attempts), now_s + wait_s)
        return Settled(delivery.delivery_id, attempts, verdict, answer.told)
