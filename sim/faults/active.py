"""Which faults hold now: what the parts of the world look at when it is their turn."""

from dataclasses import dataclass

from sim.faults.settings import Fault


@dataclass(frozen=True, slots=True)
class FaultDue:
    """A fault strikes or, where `is_over`, ends: the world's note to itself, and what an operator may order.

    With a `line`, of an operator's file, every fault of the kind ends there for whom it strikes.
    """

    fault: Fault
    is_over: bool = False
    line: str = ""


class ActiveFaults:
    """By kind and the node that is struck. Two of one kind may overlap: the worse one counts, until it ends."""

    def __init__(self) -> None:
        self._faults: dict[tuple[str, str], list[Fault]] = {}

    def begin(self, fault: Fault) -> None:
        """A fault strikes."""
        self._faults.setdefault((fault.kind, fault.target), []).append(fault)

    def end(self, fault: Fault) -> bool:
        """It is over; False where it was before."""
        held = self._faults.get((fault.kind, fault.target), [])
        if fault not in held:
            return False
        held.remove(fault)
        return True

    def of(self, kind: str, target: str) -> tuple[Fault, ...]:
        """Those of a kind that hold for a node."""
        return tuple(self._faults.get((kind, target), ()))

    def holds(self, kind: str, target: str) -> bool:
        """Whether any does."""
        return bool(self._faults.get((kind, target)))

    def worst(self, kind: str, target: str, key: str) -> float:
        """The greatest value of a key, 0 where none holds."""
        return max((float(getattr(fault, key)) for fault in self._faults.get((kind, target), ())), default=0.0)

    def all_of(self, kind: str) -> tuple[Fault, ...]:
        """Those of a kind, whomever they strike."""
        return tuple(fault for (one, _), faults in self._faults.items() if one == kind for fault in faults)
