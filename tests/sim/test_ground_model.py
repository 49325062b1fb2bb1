"""Which model judges candidates on the ground, and what it is refused for before anything flies."""

from pathlib import Path

import pytest

from onboard.errors import InputError
from onboard.payload.models import ModelCard, load_card
from sim import api
from sim.experiment.compare import compare
from sim.ground_model import check_ground_model, ground_card
from sim.resolve import model_folder
from sim.scenario import Scenario
from tests.models_for_tests import write_model


def watch(strategy: str, ground: Path) -> Scenario:
    return api.load("wildfire-watch", strategy=strategy).model_copy(update={"ground_model": str(ground)})


def flown(scenario: Scenario) -> ModelCard:
    return load_card(model_folder(scenario))


def test_without_a_ground_model_the_one_that_flies_judges() -> None:
    scenario = api.load("wildfire-watch", strategy="cascade").model_copy(update={"ground_model": ""})
    card = flown(scenario)
    assert ground_card(scenario, card) is card


def test_the_shipped_ground_model_judges_what_the_shipped_models_send(tmp_path: Path) -> None:
    for strategy in ("cascade", "detections"):
        scenario = api.load("wildfire-watch", strategy=strategy)
        assert ground_card(scenario, flown(scenario)).name == "wildfire-ground"
        check_ground_model(scenario, tmp_path)


WRONG = {
    "task": (
        {"task": "raft"},
        r"model\.task = 'raft': the scenario looks for wildfire; name another with ground_model",
    ),
    "classes": ({"classes": ("smoke",)}, r"output\.classes = \['smoke'\]: must be those of the model that flies: fire"),
    "bands": (
        {"bands": ("red", "lwir1")},
        r"input\.bands = \['lwir1'\]: are not in the chips, which have those of wildfire-swir",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_ground_model_is_refused_where_it_would_judge(case: str, tmp_path: Path) -> None:
    wrong, told = WRONG[case]
    folder = write_model(tmp_path / "heavy", **wrong)
    scenario = watch("cascade", folder)
    for check in (lambda: ground_card(scenario, flown(scenario)), lambda: check_ground_model(scenario, tmp_path)):
        with pytest.raises(InputError, match=rf"heavy/card\.toml: {told}"):
            check()
    other = watch("detections", folder)
    card = flown(other)
    assert ground_card(other, card) is card


@pytest.mark.parametrize("strategy", ["cascade", "detections"])
def test_a_corrupt_graph_is_found_before_the_flight(strategy: str, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "heavy", graph=b"no graph")
    scenario = watch(strategy, folder)
    with pytest.raises(InputError, match=r"heavy/model\.onnx"):
        ground_card(scenario, flown(scenario))


def test_a_stand_in_of_the_ground_models_is_a_band_of_the_chips(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "heavy", bands=("green", "red"))
    card = folder / "card.toml"
    card.write_text(
        card.read_text("utf-8").replace("[output]", 'false_colour = { green = "nir" }\n\n[output]'), "utf-8"
    )
    scenario = watch("cascade", folder)
    assert ground_card(scenario, flown(scenario)).bands == ("green", "red")


@pytest.mark.parametrize("model", ["raft-sar", "raft-sar-int8"])
def test_a_model_that_reads_the_sea_off_its_tile_judges_no_chips(model: str, tmp_path: Path) -> None:
    scenario = api.load("sea-rescue", strategy="cascade", models={"raft": model})
    told = r"card\.toml: input\.least_side_px = 256: is more than the 32 pixels of a candidate's chip"
    with pytest.raises(InputError, match=told):
        check_ground_model(scenario, tmp_path)
    with pytest.raises(InputError, match=rf"--strategies = 'cascade': none of these can be flown: .*{told}"):
        compare(scenario, tmp_path, ("cascade",))
    check_ground_model(api.load("sea-rescue"), tmp_path)
