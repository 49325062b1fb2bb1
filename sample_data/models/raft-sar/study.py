"""The seas that the raft model learns from: drawn once by the exam's two laws, of seeds that the exam never sees."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from sim.experiment.exam.raft_plan import raft_plan  # noqa: E402
from sim.scenes.sar_study import StudySea, draw_study_sea  # noqa: E402

PLAIN, WIDER, MORE = range(1500), range(1500, 2000), range(10_000, 14_000)
"""Seeds of the exam's first law, of its wider one, and of the first again."""
INVISIBLE_DB = -8.0
"""A target fainter than this against its water is neither asked for nor held against the model."""
HILL_M = 1.6
"""Deviation of the hill that marks a target, at least 1.2 pixels."""
UNJUDGED = -1.0


@dataclass(frozen=True)
class Study:
    """Sigma0; hills of small targets, 0 to 1, UNJUDGED round what cannot be seen; ships, ice and ghosts with a margin,
    and ships and ice alone. All (n, side, side)."""

    sigma0: NDArray[np.float32]
    hills: NDArray[np.float16]
    large: NDArray[np.bool_]
    hulls: NDArray[np.bool_]


def hills_of(sea: StudySea) -> NDArray[np.float16]:
    """A hill a target."""
    rows, columns = np.mgrid[: len(sea.sigma0), : len(sea.sigma0)]
    heights = np.zeros(rows.shape, np.float32)
    deviation_px = max(1.2, HILL_M / sea.gsd_m)
    for target in sea.targets:
        if sea.hides(target):
            continue
        square = (rows - target.row) ** 2 + (columns - target.column) ** 2
        hill = np.exp(-square / (2 * deviation_px**2))
        if target.contrast_db < INVISIBLE_DB:
            heights[(hill > 0.1) & (heights < 0.1)] = UNJUDGED
        else:
            heights = np.where(hill > 0.05, np.maximum(heights, hill), heights)
    return heights.astype(np.float16)


def draw_study(kept: Path) -> Study:
    """All seas; kept in a file for the next time."""
    if kept.is_file():
        arrays = np.load(kept)
        return Study(arrays["sigma0"], arrays["hills"], arrays["large"], arrays["hulls"])
    plan = raft_plan()
    stream = plan.streams["training"]
    laws = ((PLAIN, plan.law), (WIDER, plan.wider), (MORE, plan.law))
    seas = [draw_study_sea(np.random.default_rng([stream, seed]), law=law) for seeds, law in laws for seed in seeds]
    study = Study(
        np.stack([sea.sigma0 for sea in seas]),
        np.stack([hills_of(sea) for sea in seas]),
        np.stack([sea.large for sea in seas]),
        np.stack([sea.hulls for sea in seas]),
    )
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez(kept, sigma0=study.sigma0, hills=study.hills, large=study.large, hulls=study.hulls)
    return study
