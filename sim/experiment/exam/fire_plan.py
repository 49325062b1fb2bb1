"""The fire exam's frozen plan: what is drawn, of which seeds, and by which rules it is judged."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from sim.data import sample_path
from sim.experiment.exam.plans import plan_sha256, with_tuples

PLAN = ("exam", "wildfire.json")


@dataclass(frozen=True, slots=True)
class PartOne:
    """What part one draws at random: ranges (low, high), and shares beside what they are of."""

    side_px: int
    gsd_m: tuple[float, ...]
    gsd_share: tuple[float, ...]
    sun_zenith_deg: tuple[float, float]
    kinds: tuple[str, ...]
    kind_share: tuple[float, ...]
    point_area_m2: tuple[float, float]
    point_temperature_k: tuple[float, float]
    point_splits_from_m2: float
    haze: tuple[float, float]
    psf_sigma_px: tuple[float, float]
    misregistration_sigma_px: float
    parallax_share: float
    noise: tuple[float, float]
    folding_share: float


@dataclass(frozen=True, slots=True)
class PartTwo:
    """Themes of the wider part, and how many scenes of each, with fires and without."""

    side_px: int
    themes: tuple[str, ...]
    scenes_per_theme: int
    fire_free_per_theme: int


@dataclass(frozen=True, slots=True)
class Detection:
    """Isolated fires of set sizes, and the rate of false alarms at which their detection is told."""

    area_m2: tuple[float, ...]
    temperature_k: tuple[float, ...]
    scenes: int
    scenes_note: str
    false_alarms_per_1000_km2: float


@dataclass(frozen=True, slots=True)
class OverEarth:
    """Frames of a seeded Earth, as a mission's imager sees them: how many with fires and without."""

    seed: int
    side_px: int
    gsd_m: float
    burning: int
    fire_free: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole plan; `sha256` is of its canonical JSON, `truth` what was drawn when it was frozen."""

    part_one: PartOne
    part_two: PartTwo
    earth: OverEarth
    streams: dict[str, int]
    scenes: dict[str, int]
    detection: Detection
    thresholds: tuple[float, ...]
    fire_swir2: float
    faint_swir2: float
    rate_margin: float
    sha256: str
    truth: dict[str, Any]


@cache
def fire_plan() -> Plan:
    """The plan as shipped in sample_data."""
    document = json.loads(sample_path(*PLAN).read_text("utf-8"))
    plan = document["plan"]
    return Plan(
        part_one=PartOne(**with_tuples(plan["part_one"])),
        part_two=PartTwo(**with_tuples(plan["part_two"])),
        earth=OverEarth(**plan["earth"]),
        streams=plan["streams"],
        scenes=plan["scenes"],
        detection=Detection(**with_tuples(plan["detection"])),
        thresholds=tuple(plan["thresholds"]),
        fire_swir2=plan["rules"]["fire_swir2"],
        faint_swir2=plan["rules"]["faint_swir2"],
        rate_margin=plan["rules"]["rate_margin"],
        sha256=plan_sha256(plan),
        truth=document.get("truth", {}),
    )
