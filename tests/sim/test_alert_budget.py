"""Thresholds from a budget of false alerts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from onboard.errors import InputError
from onboard.payload.models import ModelCard, load_card
from sim import api
from sim.alert_budget import aloft, budgeted, commanded_threshold, evaluation_of, imaged_km2, on_ground
from sim.data import sample_path
from sim.modelling.prepare import prepare
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


SHIPPED = ("wildfire-swir", "wildfire-swir-int8", "wildfire-ground", "raft-sar", "raft-sar-int8")
NONE_SEEN = {"threshold": 0.99, "false_per_1000_km2": 0.0, "recall": 0.5}


@pytest.mark.parametrize(
    ("evaluation", "rate", "told"),
    [
        ({"curve": [*CURVE, NONE_SEEN], "area_km2": 2000.0}, 0.1, "having seen none in 2,000 km2: up to "),
        ({"curve": [*CURVE, NONE_SEEN]}, 0.1, "having seen none in 1,000 km2: up to "),
        ({"curve": [*CURVE, NONE_SEEN], "area_km2": 40_000.0}, 0.1, ""),
        ({"curve": [NONE_SEEN]}, 0.1, "having seen none at any threshold"),
        ({"curve": [*CURVE, NONE_SEEN], "area_km2": 2000.0}, 1.5, ""),
    ],
)
def test_what_an_evaluation_cannot_tell_is_said(evaluation: object, rate: float, told: str, card: ModelCard) -> None:
    """Three in the area look like none in one of twenty: 1.5 on 1,000 km2 for 2,000 km2, .075 for 40,000."""
    card.path.with_name("evaluation.json").write_text(json.dumps(evaluation), "utf-8")
    scenario = allowing(rate)
    (note,) = budgeted(card, scenario, plan(scenario).exposures).notes
    assert (told in note) if told else ("having seen none" not in note)


def test_the_rule_of_three_is_over_what_is_imaged_a_day(card: ModelCard) -> None:
    evaluation = {"curve": [*CURVE, NONE_SEEN], "area_km2": 1e3}
    card.path.with_name("evaluation.json").write_text(json.dumps(evaluation), "utf-8")
    scenario = allowing(0.1)
    exposures = plan(scenario).exposures
    (note,) = budgeted(card, scenario, exposures).notes
    daily_km2 = imaged_km2(scenario, exposures) * 86400.0 / 1500.0
    assert f"up to {3 * daily_km2 / 1000.0:.3g} a day would have looked the same" in note


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_evaluations_tell_their_area(name: str) -> None:
    """Rates are whole numbers of false alerts on it; a rate of the raft exam has one place."""
    curve, area_km2 = evaluation_of(sample_path("models", name) / "evaluation.json")
    assert area_km2 is not None
    for point in curve:
        alerts = point.false_per_1000_km2 * area_km2 / 1000.0
        assert alerts == pytest.approx(round(alerts), rel=5e-4, abs=0.02)


def test_pictures_have_no_budget(card: ModelCard) -> None:
    scenario = watch("scene={source='images',images='.'}", "alerts.false_alerts_per_day=5")
    with pytest.raises(InputError, match=r"alerts\.false_alerts_per_day = 5.0: needs scenes that are drawn"):
        budgeted(card, scenario, ())
    without = watch("scene={source='images',images='.'}")
    assert budgeted(card, without, ()).card == card


def test_a_bare_graph_is_told_that_it_has_no_evaluation(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    bare = prepare(folder / "model.onnx", "wildfire", tmp_path / "scratch")
    scenario = allowing(10.0)
    exposures = plan(scenario).exposures
    with (
        pytest.raises(InputError, match=r"model/model\.onnx: alerts.*needs .*a bare graph has no folder$"),
        bare.named_as_given(),
    ):
        budgeted(load_card(bare.folder), scenario, exposures)


@pytest.mark.parametrize(
    "evaluation",
    [
        *({}, {"curve": []}, {"curve": [{"threshold": 0.5}]}, [], {"curve": 3}),
        {"curve": [{"threshold": 0.5, "false_per_1000_km2": 10**400, "recall": 1}]},
        {"curve": CURVE, "area_km2": "wide"},
        {"curve": CURVE, "area_km2": 0},
    ],
)
def test_an_evaluation_without_a_curve_is_told(evaluation: object, card: ModelCard) -> None:
    card.path.with_name("evaluation.json").write_text(json.dumps(evaluation), "utf-8")
    scenario = allowing(10.0)
    with pytest.raises(InputError, match=r"evaluation\.json.*alerts\.false_alerts_per_day.*curve"):
        budgeted(card, scenario, plan(scenario).exposures)
    card.path.with_name("evaluation.json").unlink()
    with pytest.raises(InputError, match=r"model: alerts\.false_alerts_per_day: needs \"curve\".*evaluation\.json"):
        budgeted(card, scenario, plan(scenario).exposures)
