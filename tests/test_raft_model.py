"""The shipped raft models: what they say of drawn seas as they fly, and of real radar pictures where these are."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from onboard.payload.detections import Detection
from onboard.payload.models import ModelCard, load_card
from sim.alert_budget import evaluation_of
from sim.data import sample_path
from sim.experiment.exam.raft_detector import LARGE, SMALL, flown
from sim.experiment.exam.raft_pictures import OPEN_SEA, SHIPS, examine_pictures
from sim.experiment.exam.raft_plan import PLAN_SHA256
from sim.scenes.sar_sea import SIGMA0_SCALE, SarScene, digitise_sigma0, draw_sar_sea

REAL = Path(__file__).resolve().parents[1] / "../shared/data"
MODELS = ("raft-sar", "raft-sar-int8")


@pytest.fixture(params=MODELS, scope="module")
def card(request: pytest.FixtureRequest) -> ModelCard:
    return load_card(sample_path("models", request.param))


def sea(seed: int, rafts_per_km2: float = 0.0, ships_per_km2: float = 0.0) -> SarScene:
    return draw_sar_sea(
        np.random.default_rng(seed),
        height_px=512,
        width_px=512,
        gsd_m=1.0,
        wind_m_s=4.0,
        incidence_deg=35.0,
        rafts_per_km2=rafts_per_km2,
        ships_per_km2=ships_per_km2,
    )


def seen(card: ModelCard, sigma0: NDArray[np.float32], name: str) -> list[Detection]:
    found = flown(card, digitise_sigma0(sigma0[0]), SIGMA0_SCALE, 1.0)
    return [one for one in found if card.classes[one.class_index] == name]


def touches(one: Detection, box: tuple[int, int, int, int], reach_px: int = 2) -> bool:
    x0, y0, x1, y1 = box
    across = one.x0 - reach_px < x1 and x0 < one.x1 + reach_px
    return across and one.y0 - reach_px < y1 and y0 < one.y1 + reach_px


def test_its_classes_and_its_bytes(card: ModelCard) -> None:
    assert card.classes == (SMALL, LARGE)
    assert card.surface == "sea"
    assert card.path.stat().st_size <= (250_000 if "int8" in card.name else 650_000)


def test_an_empty_sea_in_a_breeze_is_nearly_silent(card: ModelCard) -> None:
    false = sum(len(seen(card, sea(seed).sigma0, SMALL)) for seed in range(6))
    assert false <= 3  # 1.6 km2


def test_rafts_in_a_breeze_are_found_where_they_are(card: ModelCard) -> None:
    rafts = found = 0
    for seed in range(10, 14):
        scene = sea(seed, rafts_per_km2=40.0)
        small = seen(card, scene.sigma0, SMALL)
        rafts += len(scene.raft_targets)
        found += sum(
            any(touches(one, (raft.x0, raft.y0, raft.x1, raft.y1)) for one in small) for raft in scene.raft_targets
        )
    assert rafts > 20
    assert found / rafts > 0.35


def test_a_ship_is_a_ship(card: ModelCard) -> None:
    ships = found = rafts_beside = 0
    for seed in range(20, 26):
        scene = sea(seed, ships_per_km2=6.0)
        large, small = (seen(card, scene.sigma0, name) for name in (LARGE, SMALL))
        boxes = [(ship.x0, ship.y0, ship.x1, ship.y1) for ship in scene.ship_targets]
        ships += len(boxes)
        found += sum(any(touches(one, box, 0) for one in large) for box in boxes)
        rafts_beside += len(small)
    assert ships > 4
    assert found / ships > 0.85
    assert rafts_beside <= 2


def test_a_picture_without_calibration_is_read_as_one_of_a_usual_sea(card: ModelCard) -> None:
    """Whatever its unit: no sea is as bright as these."""
    scene = sea(30, rafts_per_km2=40.0)
    numbers = digitise_sigma0(scene.sigma0[0])
    first, second = (flown(card, numbers, scale, 1.0) for scale in (1.0, 256.0))
    assert first == second
    assert any(card.classes[one.class_index] == SMALL for one in first)


def test_where_no_data_is_nothing_is(card: ModelCard) -> None:
    assert not flown(card, np.zeros((300, 400), np.uint16), SIGMA0_SCALE, 1.0)
    scene = sea(31)
    numbers = digitise_sigma0(scene.sigma0[0])
    numbers[:, 200:] = 0
    assert all(one.x0 < 210 for one in flown(card, numbers, SIGMA0_SCALE, 1.0))


def test_the_evaluation_is_of_this_graph_and_this_plan(card: ModelCard) -> None:
    told = json.loads(card.path.with_name("evaluation.json").read_text("utf-8"))
    assert told["plan_sha256"] == PLAN_SHA256
    assert told["sha256"] == card.sha256
    assert told["version"] == card.version
    assert evaluation_of(card.path.with_name("evaluation.json")).curve


def test_real_ships_are_found_and_a_real_sea_is_silent(card: ModelCard) -> None:
    """The bars of the exam: .95 of ships, three false small targets a Mpx."""
    if not (REAL / SHIPS).is_dir() or not (REAL / OPEN_SEA).is_dir():
        pytest.skip("no real radar pictures beside the repository")
    figures = examine_pictures(card, REAL)
    assert figures[SHIPS]["recall"] >= 0.95
    assert figures[OPEN_SEA]["false_small_targets_per_mpx"] <= 3.0
