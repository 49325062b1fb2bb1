"""A small mission in trouble: flown with faults, and what its journal tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sim.experiment.results import Summary
from sim.facts import FaultCleared, FaultInjected
from sim.world.world import World
from tests.system.small_mission import fly

Wanted = TypeVar("Wanted")
Record = tuple[int, str, tuple[object, ...], tuple[object, ...]]
S = 10**9


class Witness:
    """Keeps every record, and the battery's true energy at the end."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.battery_j: list[float] = []
        self.temperature_k: list[float] = []

    def record(
        self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...], world: World
    ) -> None:
        self.records.append((now_ns, node, granted, answers))
        self.battery_j = world.plant.battery_energy_j.tolist()
        self.temperature_k = world.plant.battery_temperature_k.tolist()

    def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Flight:
    """What a run left."""

    summary: Summary
    witness: Witness
    directory: Path

    def told(self, kind: type[Wanted], node: str = "") -> list[tuple[int, Wanted]]:
        """Answers of a kind, of one node or of all, with their instants."""
        return [(now_ns, one) for now_ns, one in self._all(3, node) if isinstance(one, kind)]

    def given(self, kind: type[Wanted], node: str = "") -> list[tuple[int, Wanted]]:
        """Events of a kind that a node was granted."""
        return [(now_ns, one) for now_ns, one in self._all(2, node) if isinstance(one, kind)]

    @property
    def faults(self) -> list[tuple[int, str, str, bool]]:
        """Instant in seconds, kind, target, and whether it struck or ended."""
        found = self.told(FaultInjected) + self.told(FaultCleared)
        return [(now_ns // S, fact.fault, fact.satellite, isinstance(fact, FaultInjected)) for now_ns, fact in found]

    def _all(self, column: int, node: str) -> Iterator[tuple[int, object]]:
        for record in self.witness.records:
            if not node or record[1] == node:
                messages: Any = record[column]
                for message in messages:
                    yield record[0], message


def fault(kind: str, at_s: object = 50, **keys: object) -> str:
    """A fault as a setting writes it."""
    told = {"kind": kind, "at_s": at_s, **keys}
    values = (f"{key} = {value!r}" for key, value in told.items())
    return "{" + ", ".join(values) + "}"


def flown(mission: Path, out: Path, faults: Sequence[str], *settings: str, **options: Any) -> Flight:
    """A flight with faults; the checkers watch it, and its ledger is checked."""
    witness = Witness()
    result = fly(mission, out, f"fault=[{', '.join(faults)}]", *settings, observers=(witness,), **options)
    return Flight(result.summary, witness, out)
