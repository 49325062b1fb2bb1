"""Joules generated = stored + served + lost, for every satellite."""

from sim.facts import EnergyAccounted

RELATIVE_TOLERANCE = 1e-9
ROUNDING_J = 1e-5
"""The facts are rounded to 1e-6 J each."""


class EnergyCloses:
    """Checks each satellite's account when the world states it."""

    def __init__(self) -> None:
        self.violations: list[str] = []

    def record(self, now_ns: int, _node: str, _granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record."""
        for fact in answers:
            if isinstance(fact, EnergyAccounted):
                self._check(now_ns, fact)

    def finish(self) -> None:
        """Nothing is left open."""

    def _check(self, now_ns: int, account: EnergyAccounted) -> None:
        demanded_j = sum(joules for _, joules in account.spent_j)
        gap_j = account.generated_j - account.stored_j - (demanded_j - account.unserved_j) - account.lost_j
        if abs(gap_j) > RELATIVE_TOLERANCE * (account.generated_j + demanded_j) + ROUNDING_J:
            self.violations.append(f"{now_ns} ns: {account.satellite}'s energy account is off by {gap_j} J")
