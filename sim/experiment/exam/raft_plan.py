"""The raft exam's frozen plan: what is drawn, of which seeds, and by which rules it is judged."""

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sim.data import sample_path
from sim.experiment.exam.plans import plan_sha256, with_tuples
from sim.scenes.sar_law import STUDY_LAW, SeaLaw

PLAN = ("exam", "raft.json")
PLAN_SHA256 = "da0f4be6e8720585fbde3dfeafa9f18c19f3ce9e061f0e82f443536651130991"
"""Of the plan as it was before the shipped model was trained."""


@dataclass(frozen=True, slots=True)
class DetectionGrid:
    """Rafts of set cross-sections in set winds and looks, at one false alarm rate; `key_scenes` are of the cell that
    a bar names, `scenes` of any other."""

    wind_m_s: tuple[float, ...]
    rcs_m2: tuple[float, ...]
    looks: tuple[int, ...]
    gsd_m: float
    rafts: int
    scenes: int
    key_cell: tuple[float, float, int]
    key_scenes: int
    false_per_km2: float


@dataclass(frozen=True, slots=True)
class RaftPlan:
    """The whole plan. `law` is of part one and `wider` of part two; `truth` is what was drawn when it was frozen."""

    law: SeaLaw
    wider: SeaLaw
    streams: dict[str, int]
    scenes: dict[str, int]
    rates_per_km2: tuple[float, ...]
    grid: DetectionGrid
    sha256: str
    truth: dict[str, Any]


@cache
def raft_plan() -> RaftPlan:
    """The plan as shipped in sample_data."""
    document = json.loads(sample_path(*PLAN).read_text("utf-8"))
    plan = document["plan"]
    law = SeaLaw(**with_tuples(plan["part_one"]))
    assert law == STUDY_LAW, "the law of the exam's first part is the one that training draws by"
    return RaftPlan(
        law=law,
        wider=replace(law, **with_tuples(plan["part_two"])),
        streams=plan["streams"],
        scenes=plan["scenes"],
        rates_per_km2=tuple(plan["rates_per_km2"]),
        grid=DetectionGrid(**with_tuples(plan["grid"])),
        sha256=plan_sha256(plan),
        truth=document["truth"],
    )
