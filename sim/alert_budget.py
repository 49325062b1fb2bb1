"""A model's threshold from a budget: so many false alerts a day, over the ground that is imaged in one."""

import json
from collections.abc import Iterable
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import NamedTuple

from onboard.errors import InputError
from onboard.payload.models import ModelCard
from onboard.strategy import STRATEGIES
from sim.equipment.records import text_of
from sim.scenario import Scenario
from sim.scene_settings import PICTURED
from sim.world.camera import Exposure

_KEY = "alerts.false_alerts_per_day"
_CURVE, _AREA = "curve", "area_km2"
RULE_OF_THREE = 3.0
"""So many can be expected, at 95 %, where none was seen."""


class CurvePoint(NamedTuple):
    """What a model does from a threshold up, by its own evaluation."""

    threshold: float
    false_per_1000_km2: float
    recall: float


class Evaluation(NamedTuple):
    """A model's curve, and the area on which its false alerts were counted; None where nobody says."""

    curve: tuple[CurvePoint, ...]
    area_km2: float | None = None

    @property
    def resolved_km2(self) -> float | None:
        """That area, or the least on which the lowest rate of the curve above none can have been counted.

        None where there is neither.
        """
        rates = [point.false_per_1000_km2 for point in self.curve if point.false_per_1000_km2]
        return self.area_km2 or (1000.0 / min(rates) if rates else None)


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

    Where even the highest is too many, that one, and it is said; so is what an evaluation that saw no false alert could
    not have told. Raises InputError where there is no curve, and for pictures.
    """
    allowed = scenario.alerts.false_alerts_per_day
    if allowed is None:
        return Budgeted(card)
    if scenario.scene.source in PICTURED:
        rule = "needs scenes that are drawn: pictures are shown once, not every day"
        raise InputError(scenario.name, rule, key=_KEY, value=allowed)
    daily_km2 = imaged_km2(scenario, exposures) * 86400.0 / scenario.duration_s
    evaluation = evaluation_of(card.path.with_name("evaluation.json"))
    curve = sorted(evaluation.curve, reverse=True)
    chosen = curve[0]
    for point in curve:
        if point.false_per_1000_km2 * daily_km2 / 1000.0 > allowed:
            break
        chosen = point
    expected = chosen.false_per_1000_km2 * daily_km2 / 1000.0
    told = (
        f"{card.name}: threshold {chosen.threshold:g} for {allowed:g} false alerts a day over {daily_km2:,.0f} km2; its"
        f" evaluation expects {expected:.3g}, at a recall of {chosen.recall:.3f}"
    )
    if expected > allowed:
        told += ", and knows no higher threshold"
    elif not expected:
        told += _unseen(evaluation, daily_km2, allowed)
    return Budgeted(replace(card, threshold=chosen.threshold), (told,))


def _unseen(evaluation: Evaluation, daily_km2: float, allowed: float) -> str:
    """What to say of a rate of none, which an evaluation over a limited area cannot tell from a low one."""
    area_km2 = evaluation.resolved_km2
    if area_km2 is None:
        return ", having seen none at any threshold, over an area that it does not tell"
    missed = RULE_OF_THREE / area_km2 * daily_km2
    if missed <= allowed:
        return ""
    return f", having seen none in {area_km2:,.0f} km2: up to {missed:.3g} a day would have looked the same"


def imaged_km2(scenario: Scenario, exposures: Iterable[Exposure]) -> float:
    """The ground that frames show, overlaps and second looks counted each time: every one can raise false alerts."""
    frame_px = [one.instrument.width_px * one.instrument.height_px for one in scenario.satellite]
    return sum(frame_px[exposure.satellite] * (exposure.gsd_m / 1000.0) ** 2 for exposure in exposures)


def evaluation_of(path: Path) -> Evaluation:
    """A model's evaluation: its `curve`, a list of {threshold, false_per_1000_km2, recall}, and `area_km2` where it
    says so. Raises InputError."""
    rule = f'needs "{_CURVE}", a list of threshold, false_per_1000_km2 and recall, in the {path.name} of its folder'
    try:
        table = json.loads(text_of(path))
        curve = tuple(CurvePoint(*(float(row[name]) for name in CurvePoint._fields)) for row in table[_CURVE])
        area_km2 = None if table.get(_AREA) is None else float(table[_AREA])
    except InputError:
        raise InputError(path.parent, rule, key=_KEY) from None
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        raise InputError(path, rule, key=_KEY) from None
    if not curve or not all(0.0 < point.threshold < 1.0 and 0.0 <= point.false_per_1000_km2 < inf for point in curve):
        raise InputError(path, f"{rule}: thresholds between 0 and 1, rates from 0 up", key=_KEY)
    if area_km2 is not None and not 0.0 < area_km2 < inf:
        raise InputError(path, f'"{_AREA}", over which the curve was measured, must be above 0', key=_KEY)
    return Evaluation(curve, area_km2)
