"""Joules generated = stored + spent + lost, and heat in = stored + emitted, for every satellite."""

from sim.facts import EnergyAccounted, HeatAccounted

RELATIVE_TOLERANCE = 1e-9
ROUNDING_J = 1e-5
"""The facts are rounded to 1e-6 J each."""


class EnergyCloses:
    """Checks each satellite's accounts when the world states them."""

    def __init__(self) -> None:
        self.violations: list[str] = []

    def record(self, now_ns: int, _node: str, _granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record."""
        for fact in answers:
            if isinstance(fact, EnergyAccounted):
                spent_j = sum(joules for _, joules in fact.spent_j)
                gap_j = fact.generated_j - fact.stored_j - spent_j - fact.lost_j
                self._check(now_ns, f"{fact.satellite}'s energy", gap_j, fact.generated_j + spent_j)
            elif isinstance(fact, HeatAccounted):
                gap_j = fact.warmed_j - fact.stored_j - fact.emitted_j
                self._check(now_ns, f"{fact.satellite}'s heat", gap_j, fact.warmed_j + fact.emitted_j)

    def finish(self) -> None:
        """Nothing is left open."""

    def _check(self, now_ns: int, whose: str, gap_j: float, throughput_j: float) -> None:
        if abs(gap_j) > RELATIVE_TOLERANCE * throughput_j + ROUNDING_J:
            self.violations.append(f"{now_ns} ns: {whose} account is off by {gap_j} J")
