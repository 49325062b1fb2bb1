"""What a step of power and heat costs a satellite of a large fleet: five nodes, panels, battery, heater."""

import time
from pathlib import Path

import numpy as np

from sim.data import sample_path
from sim.equipment.bus import Bus
from sim.equipment.records import read_record
from sim.experiment.bench.figure import Benchmark, Figure
from sim.world.energy import SATELLITES_AT_ONCE, Energy, Surroundings
from sim.world.loads import USES
from sim.world.spacecraft import spacecraft_of

SATELLITES, STEPS, STEP_S = 10_000, 20, 10.0
FIGURES = (
    Figure("plant", "ns", "CPU of power and heat, per satellite-step at 10,000 6U", bar=300.0, is_ceiling=True),
    Figure("plant_single", "us", "CPU of a step for a single satellite"),
)


def measure(_: Path) -> tuple[float, ...]:
    """The quickest of some steps: a processor's caches are others' too. The surroundings are not part of it."""
    return _step_s(SATELLITES) / SATELLITES * 1e9, _step_s(1) * 1e6


BENCHMARK = Benchmark(FIGURES, measure, is_quick=True)


def _step_s(n_sat: int) -> float:
    """CPU of a step of all satellites, divided as a fleet is."""
    parts = [_Part(min(SATELLITES_AT_ONCE, n_sat - first)) for first in range(0, n_sat, SATELLITES_AT_ONCE)]
    took_s = []
    for _ in range(STEPS):
        started_s = time.process_time()
        for part in parts:
            part.step()
        took_s.append(time.process_time() - started_s)
    return min(took_s)


class _Part:
    """Some satellites under suns from everywhere."""

    def __init__(self, n_sat: int) -> None:
        bus = read_record(Bus, sample_path("buses", "6u-cubesat.toml"))
        self._energy = Energy(spacecraft_of([bus] * n_sat, np.full(n_sat, 6921.0)))
        rng = np.random.default_rng(n_sat)
        sun = rng.normal(size=(3, n_sat))
        self._around = Surroundings(
            np.asarray(sun / np.sqrt((sun**2).sum(axis=0)), np.float64),
            np.where(rng.random(n_sat) > 0.35, 1361.0, 0.0),
            rng.uniform(0.0, 300.0, n_sat),
            np.full(n_sat, 200.0),
        )
        self._demand_j = np.zeros((len(USES), n_sat))
        self._demand_j[USES.index("bus")] = 9.0 * STEP_S
        self._demand_j[USES.index("computer")] = 4.5 * STEP_S

    def step(self) -> None:
        """One step, with the demand asked anew."""
        self._energy.step(STEP_S, self._around, self._demand_j.copy())
