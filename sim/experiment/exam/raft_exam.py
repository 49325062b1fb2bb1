"""The raft exam: every figure of a raft model on the frozen plan, beside CFAR detectors, and its bars."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from onboard.payload.models import load_card
from sim.data import sample_path
from sim.experiment.exam.raft_bars import bars
from sim.experiment.exam.raft_detector import RaftDetector
from sim.experiment.exam.raft_pictures import check_pictures, examine_pictures
from sim.experiment.exam.raft_plan import RaftPlan, raft_plan
from sim.experiment.exam.raft_scoring import Tally
from sim.experiment.exam.raft_survey import Cell, Survey, survey

Tell = Callable[[str], None]
MODELS = ("raft-sar", "raft-sar-int8")
BASELINE_NAMES = ("log-CFAR", "K-CFAR", "CA-CFAR", "OS-CFAR")
STRATA = {
    "wind_m_s": (0.0, 4.0, 8.0, 12.0, 99.0),
    "cross_section_m2": (0.0, 2.0, 5.0, 10.0, 1e9),
    "looks": (1, 2, 4, 10),
    "contrast_db": (-99.0, -3.0, 0.0, 3.0, 6.0, 99.0),
}
"""Edges of the ranges, lower end inclusive, by which detection is told."""


def _quiet(_: str) -> None:
    pass


def _strata(tally: Tally, threshold: float) -> dict[str, list[dict[str, float]]]:
    """Detection by what the sea and the raft are like."""
    told = {}
    for name, edges in STRATA.items():
        values = np.array([getattr(one, name) for one in tally.hunted])
        rows = []
        for low, high in pairwise(edges):
            among = (values >= low) & (values < high)
            if among.any():
                detection = round(tally.detection(threshold, among), 4)
                rows.append({"from": low, "to": high, "rafts": int(among.sum()), "detection": detection})
        told[name] = rows
    return told


def _grid(plan: RaftPlan, name: str, found: Survey) -> list[dict[str, Any]]:
    """Detection in each cell at the rate of the plan; the threshold is of the validation seeds."""
    threshold = found.validation[name].threshold_at(plan.grid.false_per_km2)
    return [
        {
            "looks": cell.looks,
            "wind_m_s": cell.wind_m_s,
            "rcs_m2": cell.rcs_m2,
            "rafts": len(tallies[name].hunted),
            "detection": round(tallies[name].detection(threshold), 4),
        }
        for cell, tallies in found.grid.items()
    ]


def _common(plan: RaftPlan, name: str, found: Survey) -> dict[str, Any]:
    """What is told of models and of baselines alike."""
    held_out, grid = found.held_out[name], _grid(plan, name, found)
    wind, rcs, looks = plan.grid.key_cell
    key = Cell(wind, rcs, looks)
    return {
        "rates": held_out.curve(plan.rates_per_km2),
        "strata_at_1_per_km2": _strata(held_out, held_out.threshold_at(1.0)),
        "grid": grid,
        "key_cell": next(row for row, cell in zip(grid, found.grid, strict=True) if cell == key),
        "wider": found.wider[name].curve(plan.rates_per_km2),
        "area_km2": round(held_out.area_km2, 1),
        "rafts": len(held_out.hunted),
    }


def _at_card(tally: Tally, threshold: float) -> dict[str, float]:
    false = tally.false_per_km2(threshold)
    return {
        "threshold": threshold,
        "recall": round(tally.detection(threshold), 4),
        "false_per_km2": round(false, 4),
        "false_per_1000_km2": round(1000 * false, 1),
    }


THRESHOLDS = (
    0.02,
    0.05,
    0.1,
    0.15,
    0.2,
    0.3,
    0.4,
    0.5,
    0.6,
    0.7,
    0.8,
    0.85,
    0.9,
    0.93,
    0.95,
    0.97,
    0.98,
    0.99,
    0.995,
    0.999,
)
"""At which a spacecraft may be flown: the points of `curve`."""


def told(found: Survey, folders: Sequence[Path], real: Path | None) -> dict[str, Any]:
    """All figures out of a survey's counts; `real` pictures are looked at here."""
    plan = raft_plan()
    baselines = {name: _common(plan, name, found) for name in BASELINE_NAMES}
    answer: dict[str, Any] = {
        "plan_sha256": plan.sha256,
        "imagery": "synthetic sea, implanted rafts",
        "baselines": baselines,
        "models": {},
    }
    for folder in folders:
        card, name = load_card(folder), folder.name
        held_out = found.held_out[name]
        figures = {
            "model_sha256": card.sha256,
            "card": _at_card(held_out, card.threshold),
            "card_wider": _at_card(found.wider[name], card.threshold),
            "curve": [_at_card(held_out, threshold) for threshold in THRESHOLDS],
            "real": examine_pictures(card, real),
        } | _common(plan, name, found)
        answer["models"][name] = figures | {"bars": bars(figures, baselines)}
    return answer


def raft_exam(models: Sequence[Path] = (), *, real: Path | None = None, tell: Tell = _quiet) -> dict[str, Any]:
    """Examine the models in these folders, the shipped ones where none is named. `real`: where real pictures are.

    The answer holds `plan_sha256`, `imagery`, `baselines` by name, and under `models` by name: `card`, `card_wider`,
    `curve` (by threshold, over `area_km2`), `rates`, `strata_at_1_per_km2`, `grid`, `key_cell`, `wider`, `real`
    and `bars`. Raises InputError.
    """
    folders = list(models) or [sample_path("models", name) for name in MODELS]
    check_pictures(real)
    for folder in folders:
        RaftDetector(folder)  # what is wrong with it is told before the long work
    tell(f"{sum(raft_plan().scenes.values())} seas, each with {len(BASELINE_NAMES)} CFAR detectors")
    found = survey(folders)
    tell("figures, and real pictures where there are any")
    return told(found, folders, real)
