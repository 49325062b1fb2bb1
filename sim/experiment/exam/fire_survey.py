"""Counts of detectors and of published tests over the sets of the fire exam."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.experiment.exam.fire_bands import FLOWN
from sim.experiment.exam.fire_classics import classics
from sim.experiment.exam.fire_detector import FireDetector
from sim.experiment.exam.fire_plan import Plan
from sim.experiment.exam.fire_scene import ExamScene
from sim.experiment.exam.fire_wider import WiderScene
from sim.experiment.exam.scoring import Tally, Truth, grown
from sim.scenes.earth.chips import draw_earth_chip
from sim.scenes.sensor import FLIGHT_SENSOR
from sim.scenes.spectra import NIR, RED, SWIR1, SWIR2, Plane, Planes

CARD = "card"
VIEWS = ("nir_missing", "red_missing", "swir1_from_swir2")
"""What products without a band are shown as: a band of zeros is missing, and SWIR2 may stand in for SWIR1."""
Point = float | str
"""A threshold, or CARD for the card's own with its least size, or "" for a test that has none."""


@dataclass(slots=True)
class Survey:
    """Counts by detector, point and stratum; "" is the stratum of all."""

    counts: dict[tuple[str, Point, str], Tally] = field(default_factory=lambda: defaultdict(Tally))

    def add(self, name: str, point: Point, strata: Iterable[str], counted: Tally) -> None:
        """Count a scene for all of its strata."""
        for stratum in ("", *strata):
            self.counts[name, point, stratum] += counted

    def of(self, name: str, point: Point = "", stratum: str = "") -> Tally:
        """Counts of one detector."""
        return self.counts.get((name, point, stratum), Tally())

    def rates(self, name: str, thresholds: Sequence[float]) -> list[float]:
        """False detections per 1,000 km² at each threshold."""
        return [self.of(name, each).figures()["false_per_1000_km2"] for each in thresholds]


def _truth(plan: Plan, fire_swir2: Plane, area_km2: float) -> Truth:
    return Truth.of(fire_swir2, plan.fire_swir2, plan.faint_swir2, area_km2)


def _count(plan: Plan, survey: Survey, detector: FireDetector, picture: Planes, truth: Truth, stratum: str) -> None:
    """One scene's counts at the card's threshold, for its stratum too, and at all others."""
    probability = detector.probability(picture)
    survey.add(detector.name, CARD, [stratum] if stratum else [], truth.tally(detector.mask(probability)))
    for threshold in plan.thresholds:
        survey.add(detector.name, threshold, (), truth.tally(detector.mask(probability, threshold)))


def survey_part_one(
    plan: Plan, scenes: Iterable[ExamScene], detectors: Sequence[FireDetector], *, with_classics: bool = True
) -> Survey:
    """All detectors at all thresholds, and the published tests; strata are biomes."""
    survey = Survey()
    for scene in scenes:
        truth = _truth(plan, scene.fire_swir2, scene.area_km2)
        for detector in detectors:
            _count(plan, survey, detector, scene.reflectance[FLOWN], truth, scene.biome)
        if with_classics:
            for name, mask in classics(scene.reflectance, scene.saturation).items():
                survey.add(name, "", [scene.biome], truth.tally(mask))
    return survey


def survey_part_two(plan: Plan, scenes: Iterable[WiderScene], detectors: Sequence[FireDetector]) -> Survey:
    """All detectors at their cards' thresholds; strata are themes."""
    survey = Survey()
    for scene in scenes:
        truth = _truth(plan, scene.fire_swir2, scene.area_km2)
        for detector in detectors:
            mask = detector.mask(detector.probability(scene.reflectance))
            survey.add(detector.name, CARD, [scene.theme], truth.tally(mask))
    return survey


def seen_as(view: str, planes: Planes) -> Planes:
    """A picture (4, h, w) of a product that lacks a band."""
    shown = planes.copy()
    if view == "swir1_from_swir2":
        shown[SWIR1] = shown[SWIR2]
    else:
        shown[NIR if view == "nir_missing" else RED] = 0
    return shown


def survey_views(plan: Plan, scenes: Iterable[ExamScene], detectors: Sequence[FireDetector]) -> Survey:
    """All detectors at their cards' thresholds where a band is missing; strata are VIEWS."""
    survey = Survey()
    for scene in scenes:
        truth = _truth(plan, scene.fire_swir2, scene.area_km2)
        for detector in detectors:
            for view in VIEWS:
                mask = detector.mask(detector.probability(seen_as(view, scene.reflectance[FLOWN])))
                survey.add(detector.name, CARD, [view], truth.tally(mask))
    return survey


def survey_earth(plan: Plan, detectors: Sequence[FireDetector]) -> tuple[Survey, Survey]:
    """All detectors at all thresholds over frames of a seeded Earth: where it burns, and where nothing is hot.

    As a mission's imager sees it; static hot spots are left out, which a list of them takes care of.
    """
    earth = plan.earth
    surveys = (Survey(), Survey())
    area_km2 = (earth.side_px * earth.gsd_m / 1000.0) ** 2
    for survey, count, density in zip(surveys, (earth.burning, earth.fire_free), (None, 0.0), strict=True):
        for index in range(count):
            chip = draw_earth_chip(
                earth.seed,
                index,
                earth.side_px,
                sensor=FLIGHT_SENSOR,
                gsd_m=earth.gsd_m,
                fires_per_1000_km2=density,
            )
            truth = _truth(plan, chip.fire_swir2, area_km2)
            for detector in detectors:
                _count(plan, survey, detector, chip.reflectance, truth, "")
    return surveys


def detection_share(
    scenes: Sequence[ExamScene], detectors: Sequence[FireDetector], thresholds: dict[str, float]
) -> dict[str, float]:
    """Share of isolated fires found: of the detectors at a threshold each, and of the published tests.

    A fire counts where a detected pixel lies within a pixel of its own. Those at the picture's edge are left out.
    """
    found: dict[str, int] = defaultdict(int)
    fires = 0
    for scene in scenes:
        side = scene.fire_swir2.shape[0]
        inner = [site for site in scene.points if min(site) > 2 and max(site) < side - 3]
        if not inner:
            continue
        masks = classics(scene.reflectance, scene.saturation)
        for detector in detectors:
            probability = detector.probability(scene.reflectance[FLOWN])
            masks[detector.name] = detector.mask(probability, thresholds[detector.name])
        fires += len(inner)
        rows, columns = np.array(inner).T
        for name, mask in masks.items():
            found[name] += int(grown(mask)[rows, columns].sum())
    return {name: round(count / max(fires, 1), 4) for name, count in found.items()} | {"fires": fires}
