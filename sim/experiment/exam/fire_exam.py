"""The fire exam: every figure of a wildfire model on the frozen plan, beside the published tests, and its bars."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sim.data import sample_path
from sim.experiment.exam.fire_bands import BIOMES
from sim.experiment.exam.fire_bars import bars, ground_bars, integer_bars
from sim.experiment.exam.fire_detector import FireDetector
from sim.experiment.exam.fire_pictures import check_pictures, examine_pictures
from sim.experiment.exam.fire_plan import Plan, fire_plan
from sim.experiment.exam.fire_scene import draw_exam_scene
from sim.experiment.exam.fire_sources import Wanted
from sim.experiment.exam.fire_survey import (
    CARD,
    VIEWS,
    Survey,
    detection_share,
    survey_earth,
    survey_part_one,
    survey_part_two,
    survey_views,
)
from sim.experiment.exam.fire_truth import draw_set, draw_theme
from sim.experiment.exam.scoring import lowest_within

CLASSICS = ("schroeder", "murphy", "kumar_roy", "voting")
YARDSTICKS = ("schroeder", "murphy", "kumar-roy")
"""The shipped four-band graphs of the published tests, for part two."""
LIGHT, GROUND = "wildfire-swir", "wildfire-ground"
MODELS = (LIGHT, "wildfire-swir-int8", GROUND)
VIEWED_SCENES = 200
"""Of the held-out ones, to show with a band missing."""
INTEGERS = "-int8"
"""Of a model's name: the same in 8-bit integers, held against the float model beside it."""
Tell = Callable[[str], None]


def _quiet(_: str) -> None:
    pass


def _curve(plan: Plan, name: str, held_out: Survey, fire_free: Survey) -> list[dict[str, float]]:
    """One point a threshold: false alarms where nothing burns, and what is found where something does."""
    points = []
    for threshold in plan.thresholds:
        figures = held_out.of(name, threshold).figures()
        points.append(
            {
                "threshold": threshold,
                "false_per_1000_km2": fire_free.of(name, threshold).figures()["false_per_1000_km2"],
                "recall": figures["object_recall"],
                "object_f1": figures["object_f1"],
                "pixel_f1": figures["pixel_f1"],
            }
        )
    return points


def _at_rate(plan: Plan, name: str, rate: float, validation: Survey, held_out: Survey, fire_free: Survey) -> Any:
    """Figures at the threshold that the validation seeds give for a rate of false alarms."""
    rates = validation.rates(name, plan.thresholds)
    threshold = lowest_within(plan.thresholds, rates, plan.rate_margin * rate)
    false = fire_free.of(name, threshold).figures()["false_per_1000_km2"]
    figures = held_out.of(name, threshold).figures()
    return {"rate": rate, "threshold": threshold, "fire_free_per_1000_km2": false} | figures


def _classics(held_out: Survey, fire_free: Survey) -> dict[str, Any]:
    return {
        name: held_out.of(name).figures()
        | {"fire_free_per_1000_km2": fire_free.of(name).figures()["false_per_1000_km2"]}
        for name in CLASSICS
    }


def _biomes(name: str, held_out: Survey) -> dict[str, Any]:
    """Object F1 by biome, beside the best published test there."""
    rows = {}
    for biome in BIOMES:
        best = max(CLASSICS, key=lambda test: held_out.of(test, "", biome).figures()["object_f1"])
        rows[biome] = {
            "object_f1": held_out.of(name, CARD, biome).figures()["object_f1"],
            "pixel_f1": held_out.of(name, CARD, biome).figures()["pixel_f1"],
            "best_classical": best,
            "best_classical_object_f1": held_out.of(best, "", biome).figures()["object_f1"],
        }
    return rows


def _detection(plan: Plan, detectors: Sequence[FireDetector], thresholds: dict[str, float]) -> list[dict[str, Any]]:
    """Share of isolated fires found, by temperature and area."""
    rows = []
    for hot, temperature_k in enumerate(plan.detection.temperature_k):
        for area_m2 in plan.detection.area_m2:
            wanted = Wanted("points", area_m2, temperature_k)
            first = hot * plan.detection.scenes  # the same scenes for every area, so that only the fires differ
            seeds = range(first, first + plan.detection.scenes)
            scenes = [draw_exam_scene(plan.part_one, plan.streams["detection"], seed, wanted) for seed in seeds]
            shares = detection_share(scenes, detectors, thresholds)
            rows.append({"temperature_k": temperature_k, "area_m2": area_m2, **shares})
    return rows


def _part_two(plan: Plan, detectors: Sequence[FireDetector], yardsticks: Sequence[FireDetector]) -> dict[str, Any]:
    """By detector and theme: figures where it burns, and false alarms where it does not."""
    every = [*detectors, *yardsticks]
    rows: dict[str, Any] = {detector.name: {} for detector in every}
    for theme in plan.part_two.themes:
        hot = survey_part_two(plan, draw_theme(plan, theme, burning=True), every)
        cold = survey_part_two(plan, draw_theme(plan, theme, burning=False), every)
        for name in rows:
            false = cold.of(name, CARD).figures()["false_per_1000_km2"]
            rows[name][theme] = hot.of(name, CARD).figures() | {"fire_free_per_1000_km2": false}
    return rows


def _own(row: dict[str, Any], name: str) -> dict[str, Any]:
    """A row of detection shares with one model's, as `model`, beside the published tests'."""
    return {key: row[key] for key in ("temperature_k", "area_m2", "fires", *CLASSICS)} | {"model": row[name]}


def _figures(plan: Plan, detector: FireDetector, held_out: Survey, fire_free: Survey) -> dict[str, Any]:
    """What part one says of a model at its card's threshold, and at all others."""
    card, name = detector.card, detector.name
    false = fire_free.of(name, CARD).figures()["false_per_1000_km2"]
    at_card = held_out.of(name, CARD).figures() | {"fire_free_per_1000_km2": false}
    return {
        "model_sha256": card.sha256,
        "card": {"threshold": card.threshold, "min_pixels": card.min_pixels} | at_card,
        "exam_curve": _curve(plan, name, held_out, fire_free),
        "biomes": _biomes(name, held_out),
    }


def _compare(answer: dict[str, Any], detectors: Sequence[FireDetector]) -> None:
    """What is asked of models beside each other: integers beside floats, the ground's beside the one aloft."""
    models = answer["models"]
    for detector in detectors:
        figures, floats = models[detector.name], detector.name.removesuffix(INTEGERS)
        if detector.name != floats and floats in models:
            figures["bars"] += integer_bars(figures, models[floats], detector.card.path.stat().st_size)
        if detector.name == GROUND and LIGHT in models:
            figures["bars"] = ground_bars(figures, answer["classics"], models[LIGHT])


def wildfire_exam(models: Sequence[Path] = (), *, real: Path | None = None, tell: Tell = _quiet) -> dict[str, Any]:
    """Examine the models in these folders, the shipped ones where none is named. `real`: where real pictures are.

    The answer holds `plan_sha256`, `classics`, and under `models` by name: `card`, `rates`, `exam_curve`, `biomes`,
    `detection`, `views`, `part_two`, `real` and `bars`; `curve` is over frames of a seeded Earth, as a mission meets
    them, its false alarms over `area_km2` where nothing burns. Raises InputError.
    """
    check_pictures(real)
    plan = fire_plan()
    detectors = [FireDetector(folder) for folder in models or [sample_path("models", name) for name in MODELS]]
    tell("validation: thresholds for rates of false alarms")
    validation = survey_part_one(plan, draw_set(plan, "validation_fire_free"), detectors, with_classics=False)
    tell("part one: held-out seeds")
    held_out = survey_part_one(plan, draw_set(plan, "held_out"), detectors)
    tell("part one: scenes without fire")
    fire_free = survey_part_one(plan, draw_set(plan, "fire_free"), detectors)
    answer: dict[str, Any] = {
        "plan_sha256": plan.sha256,
        "imagery": "synthetic",
        "classics": _classics(held_out, fire_free),
    }
    few = plan.detection.false_alarms_per_1000_km2
    of_rate = {"few": few} | {name: answer["classics"][name]["fire_free_per_1000_km2"] for name in CLASSICS}
    rates = {
        detector.name: {
            key: _at_rate(plan, detector.name, rate, validation, held_out, fire_free) for key, rate in of_rate.items()
        }
        for detector in detectors
    }
    tell("part one: isolated fires of set sizes")
    detection = _detection(plan, detectors, {name: rows["few"]["threshold"] for name, rows in rates.items()})
    tell("part one with a band missing")
    views = survey_views(plan, draw_set(plan, "held_out", VIEWED_SCENES), detectors)
    tell("frames of a seeded Earth")
    earth = survey_earth(plan, detectors)
    tell("part two: scars, haze, coast, industry")
    yardsticks = [FireDetector(folder) for folder in (sample_path("models", name) for name in YARDSTICKS)]
    part_two = _part_two(plan, detectors, yardsticks)
    answer["part_two_yardsticks"] = {each.name: part_two[each.name] for each in yardsticks}
    answer["models"] = {}
    for detector in detectors:
        figures = _figures(plan, detector, held_out, fire_free) | {
            "rates": rates[detector.name],
            "views": {view: views.of(detector.name, CARD, view).figures() for view in VIEWS},
            "curve": _curve(plan, detector.name, *earth),
            "area_km2": round(earth[1].of(detector.name, CARD).area_km2, 1),
            "detection": [_own(row, detector.name) for row in detection],
            "part_two": part_two[detector.name],
            "real": examine_pictures(detector, real),
        }
        answer["models"][detector.name] = figures | {"bars": bars(figures, answer["classics"])}
    _compare(answer, detectors)
    return answer
