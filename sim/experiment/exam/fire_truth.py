"""What the fire exam holds, counted: the figures that are frozen with its plan."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sim.experiment.exam.fire_plan import Plan
from sim.experiment.exam.fire_scene import ExamScene, draw_exam_scene
from sim.experiment.exam.fire_sources import Wanted
from sim.experiment.exam.fire_wider import WiderScene, draw_wider_scene
from sim.experiment.exam.scoring import components

FIRE_FREE = Wanted("none")


def draw_set(plan: Plan, name: str, count: int | None = None) -> list[ExamScene]:
    """One of part one's sets, or its first `count` scenes; those named ..._fire_free hold no fire."""
    wanted = FIRE_FREE if name.endswith("fire_free") else None
    count = plan.scenes[name] if count is None else count
    return [draw_exam_scene(plan.part_one, plan.streams[name], index, wanted) for index in range(count)]


def draw_theme(plan: Plan, theme: str, *, burning: bool, count: int | None = None) -> list[WiderScene]:
    """One theme of part two, or its first `count` scenes."""
    part = plan.part_two
    stream = plan.streams["wider" if burning else "wider_fire_free"]
    if count is None:
        count = part.scenes_per_theme if burning else part.fire_free_per_theme
    side = part.side_px
    return [draw_wider_scene(theme, stream, index, side_px=side, burning=burning) for index in range(count)]


def counted(plan: Plan, scenes: Sequence[ExamScene | WiderScene]) -> dict[str, Any]:
    """Objects, pixels of fire, ground and mean reflectance of a set."""
    return {
        "scenes": len(scenes),
        "objects": sum(components(scene.fire_swir2 > plan.fire_swir2)[0] for scene in scenes),
        "fire_pixels": int(sum((scene.fire_swir2 > plan.fire_swir2).sum() for scene in scenes)),
        "area_km2": round(sum(scene.area_km2 for scene in scenes), 1),
        "mean_reflectance": round(_mean(scene.reflectance.mean() for scene in scenes), 3),
    }


def _mean(values: Iterable[Any]) -> float:
    return float(np.mean([float(value) for value in values]))


def drawn_truth(plan: Plan, share: float = 1.0) -> dict[str, Any]:
    """Counts of all sets that are judged, or of the first `share` of each."""
    counts = {
        name: counted(plan, draw_set(plan, name, max(1, round(share * plan.scenes[name]))))
        for name in ("validation", "held_out", "fire_free")
    }
    for theme in plan.part_two.themes:
        few = max(1, round(share * plan.part_two.scenes_per_theme))
        counts[theme] = counted(plan, draw_theme(plan, theme, burning=True, count=few))
    return counts
