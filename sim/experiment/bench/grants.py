"""How many grants a second one process answers: an event out, a command back, in lock step."""

import time
from pathlib import Path

from onboard.events import HousekeepingSampled
from onboard.mission_time import NS_PER_S
from sim.experiment.bench.figure import Benchmark, Figure
from sim.experiment.bench.satellites import flying_satellites

GRANTS = 5000
FIGURES = (Figure("grants", "1/s", "wall time of grants with housekeeping to one satellite", bar=5000.0),)


def measure(scratch: Path) -> tuple[float, ...]:
    """One long exchange."""
    with flying_satellites(1, scratch) as (node,):
        started_s = time.perf_counter()
        for second in range(GRANTS):
            node.grant(second * NS_PER_S, (HousekeepingSampled(0.873, 300.1, sunlit=True),))
            assert len(node.collect()) == 1
        return (GRANTS / (time.perf_counter() - started_s),)


BENCHMARK = Benchmark(FIGURES, measure, is_quick=True)
