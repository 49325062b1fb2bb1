"""The plant's accounts, of all satellites at once and at every tick: joules in = stored + spent + lost; so for heat."""

import numpy as np

from sim.checkers.energy import RELATIVE_TOLERANCE
from sim.world.plant import Plant

LEAST_GAP_J = 1e-6
"""What adding up a flight's ticks may cost beside the relative tolerance."""


class PlantCloses:
    """Looks at the truth, which no record tells before the end: for an observer that has the world."""

    def check(self, now_ns: int, plant: Plant) -> None:
        """Raises AssertionError where an account does not close."""
        spent_j = plant.spent_j.sum(axis=0)
        gaps = (
            ("energy", plant.generated_j - plant.stored_j - spent_j - plant.lost_j, plant.generated_j + spent_j),
            ("heat", plant.warmed_j - plant.heat_stored_j - plant.emitted_j, plant.warmed_j + plant.emitted_j),
        )
        for name, gap_j, throughput_j in gaps:
            beyond = np.abs(gap_j) - RELATIVE_TOLERANCE * np.abs(throughput_j) - LEAST_GAP_J
            assert beyond.max() <= 0, f"{now_ns} ns: a satellite's {name} account is off by {gap_j.tolist()} J"
