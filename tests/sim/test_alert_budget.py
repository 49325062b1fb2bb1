"""Thresholds from a budget of false alerts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from onboard.errors import InputError
from onboard.payload.models import ModelCard, load_card
from sim import api
from sim.alert_budget import aloft, budgeted, commanded_threshold, imaged_km2, on_ground
from sim.planning import plan
from sim.scenario import Scenario
from tests.models_for_tests import write_model

CURVE = [
    {"threshold": 0.5, "false_per_1000_km2": 100.0, "recall": 0.9},
    {"threshold": 0.9, "false_per_1000_km2": 1.0, "recall": 0.7},
    {"threshold": 0.7, "false_per_1000_km2": 10.0, "recall": 0.8},
]


@pytest.fixture
def card(tmp_path: Path) -> ModelCard:
    folder = write_model(tmp_path / "model")
    (folder / "evaluation.json").write_text(json.dumps({"curve": CURVE}), "utf-8")
    return load_card(folder)


def watch(*settings: str) -> Scenario:
    return api.load("wildfire-watch", settings=("duration_s=1500", *settings))


def allowing(alerts_per_1000_km2: float, *settings: str) -> Scenario:
    """A budget of so many false alerts on what is imaged."""
    scenario = watch()
    daily_km2 = imaged_km2(scenario, plan(scenario).exposures) * 86400.0 / 1500.0
    return watch(f"alerts.false_alerts_per_day={alerts_per_1000_km2 * daily_km2 / 1000.0}", *settings)


@pytest.mark.parametrize(("rate", "threshold"), [(1000.0, 0.5), (99.0, 0.7), (10.01, 0.7), (9.9, 0.9), (1.001, 0.9)])
def test_the_lowest_threshold_that_keeps_the_budget(rate: float, threshold: float, card: ModelCard) -> None:
    scenario = allowing(rate)
    chosen = budgeted(card, scenario, plan(scenario).exposures)
    assert chosen.card == replace(card, threshold=threshold)
    (note,) = chosen.notes
    assert f"threshold {threshold:g}" in note
    assert "knows no higher" not in note


def test_where_the_curve_ends_the_highest_is_taken_and_it_is_said(card: ModelCard) -> None:
    scenario = allowing(0.5)
    chosen = budgeted(card, scenario, plan(scenario).exposures)
    assert chosen.card.threshold == 0.9
    assert "knows no higher threshold" in chosen.notes[0]


def test_a_second_look_is_imaged_too() -> None:
    once, twice = watch(), watch(*(f"satellite.{n}.instrument.looks_per_scene=2" for n in range(3)))
    areas = [imaged_km2(one, plan(one).exposures) for one in (once, twice)]
    assert areas[1] == pytest.approx(2 * areas[0], rel=0.02)


def test_without_a_budget_the_card_decides(card: ModelCard) -> None:
    assert aloft(card, watch(), ()).card == card
    assert commanded_threshold(card, watch()) == -1.0


def test_the_scenarios_own_threshold_flies(card: ModelCard) -> None:
    scenario = watch("alerts.threshold=0.3")
    flown = aloft(card, scenario, ()).card
    assert flown.threshold == commanded_threshold(flown, scenario) == 0.3


def test_under_cascade_the_budget_is_the_grounds(card: ModelCard) -> None:
    scenario = allowing(99.0, "strategy=cascade")
    exposures = plan(scenario).exposures
    assert aloft(card, scenario, exposures).card == card
    assert commanded_threshold(card, scenario) == -1.0
    assert on_ground(card, scenario, exposures).card.threshold == 0.7
    other = allowing(99.0)
    assert on_ground(card, other, exposures).card == card
    assert commanded_threshold(aloft(card, other, exposures).card, other) == 0.7


@pytest.mark.parametrize("evaluation", [{}, {"curve": []}, {"curve": [{"threshold": 0.5}]}, [], {"curve": 3}])
def test_an_evaluation_without_a_curve_is_told(evaluation: object, card: ModelCard) -> None:
    card.path.with_name("evaluation.json").write_text(json.dumps(evaluation), "utf-8")
    scenario = allowing(10.0)
    with pytest.raises(InputError, match=r"evaluation\.json.*alerts\.false_alerts_per_day.*curve"):
        budgeted(card, scenario, plan(scenario).exposures)
    card.path.with_name("evaluation.json").unlink()
    with pytest.raises(InputError, match=r"evaluation\.json"):
        budgeted(card, scenario, plan(scenario).exposures)
