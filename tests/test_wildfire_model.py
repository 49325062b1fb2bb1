"""The shipped wildfire models: cards, evaluations, and what they do on real pictures that they never saw."""

import json
import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from onboard.errors import InputError
from sim.data import sample_path
from sim.experiment.exam.fire_bands import FLOWN
from sim.experiment.exam.fire_detector import FireDetector
from sim.experiment.exam.fire_pictures import burning, burnt, examine_pictures
from sim.experiment.exam.fire_plan import fire_plan
from sim.experiment.exam.fire_survey import CARD, survey_part_one
from sim.experiment.exam.fire_truth import draw_set

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
LIGHT, INTEGERS, HEAVY = "wildfire-swir", "wildfire-swir-int8", "wildfire-ground"
NAMES = (LIGHT, INTEGERS, HEAVY)
needs_pictures = pytest.mark.skipif(not DATA.is_dir(), reason="real pictures are not here")


@pytest.fixture(scope="module", params=NAMES)
def folder(request: pytest.FixtureRequest) -> Path:
    return sample_path("models", request.param)


@pytest.fixture(scope="module")
def detector(folder: Path) -> FireDetector:
    return FireDetector(folder)


def test_card_and_evaluation_speak_of_this_file(folder: Path, detector: FireDetector) -> None:
    evaluation = json.loads((folder / "evaluation.json").read_text("utf-8"))
    assert evaluation["sha256"] == detector.card.sha256
    assert evaluation["version"] == detector.card.version
    assert evaluation["card"]["threshold"] == detector.card.threshold
    assert evaluation["plan_sha256"] == fire_plan().sha256
    assert evaluation["imagery"] == "synthetic"


def test_evaluation_holds_every_bar(folder: Path) -> None:
    bars = json.loads((folder / "evaluation.json").read_text("utf-8"))["bars"]
    assert len(bars) >= 10
    assert not [bar for bar in bars if not bar["ok"]]


def test_curves_fall(folder: Path) -> None:
    """A higher threshold never finds more, neither fires nor false alarms, but for pieces that come apart."""
    evaluation = json.loads((folder / "evaluation.json").read_text("utf-8"))
    for name in ("curve", "exam_curve"):
        thresholds, recall = ([row[key] for row in evaluation[name]] for key in ("threshold", "recall"))
        assert thresholds == sorted(thresholds)
        assert all(later <= earlier + 0.01 for earlier, later in pairwise(recall))


def test_light_one_is_small_enough_to_uplink() -> None:
    assert (sample_path("models", LIGHT) / "model.onnx").stat().st_size < 700_000


def test_heavy_one_costs_four_times_as_much() -> None:
    macs = [
        tomllib.loads((sample_path("models", name) / "card.toml").read_text("utf-8"))["cost"]["macs_per_px"]
        for name in (LIGHT, HEAVY)
    ]
    assert 3.0 < macs[1] / macs[0] < 5.0


def test_any_size_is_answered_with_probabilities(detector: FireDetector) -> None:
    for side in ((64, 64), (50, 83)):
        probability = detector.probability(np.full((4, *side), 0.2, np.float32))
        assert probability.shape == side
        assert probability.min() >= 0
        assert probability.max() <= 1


def test_nothing_is_found_in_nothing(detector: FireDetector) -> None:
    assert not detector.mask(detector.probability(np.zeros((4, 256, 256), np.float32))).any()


def test_beats_the_published_tests_on_the_first_held_out_scenes(detector: FireDetector) -> None:
    plan = fire_plan()
    scenes = draw_set(plan, "held_out", 40)
    survey = survey_part_one(plan, scenes, [detector])
    ours, vote = survey.of(detector.name, CARD).figures(), survey.of("voting").figures()
    assert scenes[0].reflectance[FLOWN].shape[0] == 4
    assert ours["pixel_f1"] > vote["pixel_f1"]
    assert ours["object_f1"] > vote["object_f1"]


@needs_pictures
def test_finds_real_fires_without_near_infrared(detector: FireDetector) -> None:
    figures = burning(detector, DATA)
    print(figures)
    assert figures["objects"] == 137
    assert figures["object_recall"] >= 0.97
    assert figures["pixel_precision_2_px"] >= 0.75


@needs_pictures
def test_burn_scars_are_not_fires(detector: FireDetector) -> None:
    figures = burnt(detector, DATA)
    print(figures)
    assert figures["pictures"] == 10
    assert figures["false_objects"] <= 2


def test_absent_pictures_are_said_to_be(detector: FireDetector, tmp_path: Path) -> None:
    assert "skipped" in examine_pictures(detector, None)
    with pytest.raises(InputError, match="--real: must hold fire_s2_swir/false_color"):
        examine_pictures(detector, tmp_path)
