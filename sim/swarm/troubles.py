"""Faults drawn by chance for a seed, of any kind in the catalogue: all over while there is time left to recover."""

import numpy as np

from sim.faults.catalogue import CATALOGUE
from sim.faults.drawing import draw_fault
from sim.scenario import Scenario
from sim.swarm.case import Table

MOST_FAULTS = 5
OVER_SHARE = 0.5
"""Of a flight: by then every fault that lasts has ended, and all others have struck."""


def draw_faults(rng: np.random.Generator, scenario: Scenario) -> list[Table]:
    """Up to `MOST_FAULTS` faults in order of time, each of any kind that the scenario has a target for."""
    latest_s = OVER_SHARE * scenario.duration_s
    rows = [CATALOGUE[name] for name in rng.choice(list(CATALOGUE), int(rng.integers(0, MOST_FAULTS + 1)))]
    faults = [draw_fault(rng, row, scenario, latest_s) for row in rows]
    return [fault.model_dump(exclude_none=True) for fault in sorted(faults, key=lambda fault: fault.at_s)]
