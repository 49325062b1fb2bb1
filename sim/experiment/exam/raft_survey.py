"""Draws the raft exam's seas and has every detector look at each: what it found, and what it took for a target."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.experiment.exam.raft_cfar import BASELINES
from sim.experiment.exam.raft_detector import RaftDetector
from sim.experiment.exam.raft_plan import RaftPlan, raft_plan
from sim.experiment.exam.raft_scoring import Peaks, Tally
from sim.scenes.sar_law import SeaLaw
from sim.scenes.sar_study import StudySea, Wish, draw_study_sea
from sim.workers import submit, worker_processes

SEAS_AT_ONCE = 50

Tallies = dict[str, Tally]
"""By detector: the baselines of `raft_cfar`, and models by their folder's name."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the detection grid."""

    wind_m_s: float
    rcs_m2: float
    looks: int


@dataclass(slots=True)
class Survey:
    """Counts over all parts of the exam; the grid's cells apart."""

    validation: Tallies = field(default_factory=dict)
    held_out: Tallies = field(default_factory=dict)
    wider: Tallies = field(default_factory=dict)
    grid: dict[Cell, Tallies] = field(default_factory=dict)


def cells_of(plan: RaftPlan) -> tuple[Cell, ...]:
    """The grid's cells, in the order in which their scenes are numbered."""
    grid = plan.grid
    return tuple(Cell(wind, rcs, looks) for looks in grid.looks for wind in grid.wind_m_s for rcs in grid.rcs_m2)


def look(sea: StudySea, detectors: Sequence[RaftDetector], tallies: Tallies, *, with_baselines: bool) -> None:
    """Have all detectors look at a sea, and count."""
    if with_baselines:
        sigma0 = sea.sigma0.astype(np.float64)
        for name, statistic in BASELINES.items():
            tallies.setdefault(name, Tally()).add(sea, Peaks.of(statistic(sigma0, sea.gsd_m), sea.gsd_m))
    for detector in detectors:
        tallies.setdefault(detector.name, Tally()).add(sea, detector.peaks(sea.sigma0, sea.gsd_m))


def tallied(
    folders: tuple[Path, ...], stream: int, law: SeaLaw, wish: Wish, seeds: range, with_baselines: bool
) -> Tallies:
    """Counts over some seeds of a stream."""
    detectors = [RaftDetector(folder) for folder in folders]
    tallies: Tallies = {}
    for seed in seeds:
        sea = draw_study_sea(np.random.default_rng([stream, seed]), wish, law=law)
        look(sea, detectors, tallies, with_baselines=with_baselines)
    return tallies


def joined(parts: Sequence[Tallies]) -> Tallies:
    """The sum of counts."""
    total: Tallies = {}
    for part in parts:
        for name, tally in part.items():
            total.setdefault(name, Tally()).join(tally)
    return total


def survey(folders: Sequence[Path], *, with_baselines: bool = True, workers: int | None = None) -> Survey:
    """The whole exam's counts for the models in these folders, and for the baselines; in worker processes."""
    plan, found = raft_plan(), Survey()
    with worker_processes(workers) as pool:

        def ask(stream: str, law: SeaLaw, wish: Wish, first: int, count: int) -> list[Future[Tallies]]:
            starts = range(first, first + count, SEAS_AT_ONCE)
            some = [range(start, min(start + SEAS_AT_ONCE, first + count)) for start in starts]
            number = plan.streams[stream]
            return [submit(pool, tallied, tuple(folders), number, law, wish, seeds, with_baselines) for seeds in some]

        parts = {
            "validation": ask("validation", plan.law, Wish(), 0, plan.scenes["validation"]),
            "held_out": ask("held_out", plan.law, Wish(), 0, plan.scenes["held_out"]),
            "wider": ask("wider", plan.wider, Wish(), 0, plan.scenes["wider"]),
        }
        cells, first = {}, 0
        for cell in cells_of(plan):
            is_key = (cell.wind_m_s, cell.rcs_m2, cell.looks) == plan.grid.key_cell
            count = plan.grid.key_scenes if is_key else plan.grid.scenes
            wish = Wish(cell.wind_m_s, cell.looks, plan.grid.gsd_m, plan.grid.rafts, cell.rcs_m2)
            cells[cell] = ask("grid", plan.law, wish, first, count)
            first += count
        found.validation, found.held_out, found.wider = (
            joined([future.result() for future in parts[name]]) for name in ("validation", "held_out", "wider")
        )
        found.grid = {cell: joined([future.result() for future in futures]) for cell, futures in cells.items()}
    return found
