"""Counts what happens in a flight: its records, and how often each fault struck."""

from collections import Counter

from sim.facts import FaultInjected
from sim.world.world import World


class Witness:
    """An observer of a run (`sim.run.Observer`)."""

    def __init__(self) -> None:
        self.records = 0
        self.struck: Counter[str] = Counter()

    def record(
        self,
        _now_ns: int,
        _node: str,
        _granted: tuple[object, ...],
        answers: tuple[object, ...],
        _world: World,
        /,
    ) -> None:
        """Take one record."""
        self.records += 1
        for answer in answers:
            if isinstance(answer, FaultInjected):
                self.struck[answer.fault] += 1

    def close(self) -> None:
        """Nothing is held open."""
