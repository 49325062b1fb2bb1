"""A model's threshold from a budget: so many false alerts a day, over the ground that is imaged in one."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from onboard.errors import InputError
from onboard.payload.models import ModelCard
from onboard.strategy import STRATEGIES
from sim.equipment.records import text_of
from sim.scenario import Scenario
from sim.world.camera import Exposure

_KEY = "alerts.false_alerts_per_day"
_CURVE = "curve"


class CurvePoint(NamedTuple):
    """What a model does from a threshold up, by its own evaluation."""

    threshold: float
    false_per_1000_km2: float
    recall: float


class Budgeted(NamedTuple):
    """A card with the threshold that keeps a budget, and what to say of that."""

    card: ModelCard
    notes: tuple[str, ...] = ()


def aloft(card: ModelCard, scenario: Scenario, exposures: Iterable[Exposure]) -> Budgeted:
    """The card that flies: at the scenario's threshold, at one that keeps its budget, or at its own.

    Where a model on the ground has the last word, the budget is that model's.
    """
    if scenario.alerts.threshold is not None:
        return Budgeted(replace(card, threshold=scenario.alerts.threshold))
    return Budgeted(card) if STRATEGIES[scenario.strategy].awaits_verdict else budgeted(card, scenario, exposures)


def on_ground(card: ModelCard, scenario: Scenario, exposures: Iterable[Exposure]) -> Budgeted:
    """The card of the model that judges candidates, which keeps the budget."""
    return budgeted(card, scenario, exposures) if STRATEGIES[scenario.strategy].awaits_verdict else Budgeted(card)


def commanded_threshold(card: ModelCard, scenario: Scenario) -> float:
    """What a spacecraft is told of its threshold: -1 where it is the model's own, whichever flies."""
    alerts = scenario.alerts
    is_own = alerts.threshold is None and (
        alerts.false_alerts_per_day is None or STRATEGIES[scenario.strategy].awaits_verdict
    )
    return -1.0 if is_own else card.threshold


def budgeted(card: ModelCard, scenario: Scenario, exposures: Iterable[Exposure]) -> Budgeted:
    """The lowest threshold at which the model keeps a scenario's budget by its evaluation; its card's without one.

    Where even the highest is too many, that one, and it is said. Raises InputError where there is no curve.
    """
    allowed = scenario.alerts.false_alerts_per_day
    if allowed is None:
        return Budgeted(card)
    area_km2 = imaged_km2(scenario, exposures) * 86400.0 / scenario.duration_s
    curve = sorted(curve_of(card.path.with_name("evaluation.json")), reverse=True)
    chosen = curve[0]
    for point in curve:
        if point.false_per_1000_km2 * area_km2 / 1000.0 > allowed:
            break
        chosen = point
    expected = chosen.false_per_1000_km2 * area_km2 / 1000.0
    told = (
        f"{card.name}: threshold {chosen.threshold:g} for {allowed:g} false alerts a day over {area_km2:,.0f} km2; its"
        f" evaluation expects {expected:.3g}, at a recall of {chosen.recall:.3f}"
    )
    if expected > allowed:
        told += ", and knows no higher threshold"
    return Budgeted(replace(card, threshold=chosen.threshold), (told,))


def imaged_km2(scenario: Scenario, exposures: Iterable[Exposure]) -> float:
    """The ground that frames show, overlaps and second looks counted each time: every one can raise false alerts."""
    frame_px = [one.instrument.width_px * one.instrument.height_px for one in scenario.satellite]
    return sum(frame_px[exposure.satellite] * (exposure.gsd_m / 1000.0) ** 2 for exposure in exposures)


def curve_of(path: Path) -> list[CurvePoint]:
    """The `curve` of an evaluation: a list of {threshold, false_per_1000_km2, recall}. Raises InputError."""
    rule = f'needs "{_CURVE}", a list of threshold, false_per_1000_km2 and recall, in the evaluation of its model'
    try:
        points = [CurvePoint(*(float(row[name]) for name in CurvePoint._fields)) for row in _evaluation(path)[_CURVE]]
    except (KeyError, TypeError, ValueError):
        raise InputError(path, rule, key=_KEY) from None
    if not points or not all(0.0 < point.threshold < 1.0 and point.false_per_1000_km2 >= 0.0 for point in points):
        raise InputError(path, f"{rule}: thresholds between 0 and 1, rates from 0 up", key=_KEY)
    return points


def _evaluation(path: Path) -> dict[str, list[dict[str, float]]]:
    found = json.loads(text_of(path))
    if not isinstance(found, dict):
        raise TypeError("not a table")
    return found
