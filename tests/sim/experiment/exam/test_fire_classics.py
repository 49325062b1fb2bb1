"""Published active-fire tests on pixels whose answers follow from the papers' conditions."""

import numpy as np
import pytest

from sim.experiment.exam.fire_bands import NIR, RED, SWIR1, SWIR2, spectrum
from sim.experiment.exam.fire_classics import classics, kumar_roy, murphy, schroeder
from sim.experiment.exam.fire_plan import fire_plan
from sim.experiment.exam.fire_survey import survey_part_one
from sim.experiment.exam.fire_truth import draw_set

SATURATION = np.array([1.3] * 5 + [1.0, 1.0])
MIDDLE = (40, 40)


def meadow() -> np.ndarray:
    """Grass with a little noise, shape (7, 80, 80)."""
    rng = np.random.default_rng(1)
    flat = np.repeat(spectrum("grass"), 80 * 80).reshape(7, 80, 80)
    return (flat * rng.normal(1, 0.02, flat.shape)).astype(np.float32)


def test_grass_is_no_fire() -> None:
    assert not any(mask.any() for mask in classics(meadow(), SATURATION).values())


def test_a_hot_pixel_is_fire_by_every_test() -> None:
    picture = meadow()
    picture[(SWIR1, *MIDDLE)], picture[(SWIR2, *MIDDLE)] = 0.45, 0.9
    for name, mask in classics(picture, SATURATION).items():
        assert mask[MIDDLE], name
        assert mask.sum() == 1, name


def test_schroeder_asks_more_than_potential_fire() -> None:
    """SWIR2 / NIR of 1.9 and an excess of .18 make a candidate; SWIR2 / SWIR1 of 1.5 rejects it (equation 6)."""
    picture = meadow()
    picture[(NIR, *MIDDLE)], picture[(SWIR2, *MIDDLE)] = 0.2, 0.4
    picture[(SWIR1, *MIDDLE)] = 0.4 / 1.7
    assert schroeder(picture)[MIDDLE]
    picture[(SWIR1, *MIDDLE)] = 0.4 / 1.5
    assert not schroeder(picture)[MIDDLE]


def test_schroeder_knows_pixels_that_fold_over() -> None:
    picture = meadow()
    picture[(SWIR1, *MIDDLE)], picture[(SWIR2, *MIDDLE)] = 0.9, 0.05
    assert schroeder(picture)[MIDDLE]


@pytest.mark.parametrize(("swir2", "is_fire"), [(0.151, True), (0.149, False)])
def test_murphy_asks_for_brightness(swir2: float, is_fire: bool) -> None:
    picture = meadow()
    picture[(SWIR1, *MIDDLE)], picture[(NIR, *MIDDLE)], picture[(SWIR2, *MIDDLE)] = 0.1, 0.1, swir2
    assert murphy(picture, SATURATION)[MIDDLE] == is_fire


def test_murphy_grows_into_saturated_neighbours() -> None:
    picture = meadow()
    picture[(SWIR1, *MIDDLE)], picture[(SWIR2, *MIDDLE)] = 0.3, 0.9
    picture[SWIR1, 40, 41] = 1.0
    assert murphy(picture, SATURATION)[40, 41]
    picture[SWIR1, 40, 41] = 0.3
    assert not murphy(picture, SATURATION)[40, 41]


def test_kumar_roy_line() -> None:
    """Red at or below .53 SWIR2 - .214 is fire without more ado."""
    picture = meadow()
    picture[(SWIR2, *MIDDLE)] = 0.9
    picture[(RED, *MIDDLE)] = 0.53 * 0.9 - 0.215
    assert kumar_roy(picture)[MIDDLE]


def test_baselines_reproduce_published_order_on_the_exam() -> None:
    """On the first scenes: Schroeder is the careful one, Murphy the eager one, the vote lies between."""
    plan = fire_plan()
    survey = survey_part_one(plan, draw_set(plan, "held_out", 25), [])
    recall = {name: survey.of(name).figures()["object_recall"] for name in ("schroeder", "murphy", "voting")}
    false = {name: survey.of(name).false_detections for name in ("schroeder", "murphy", "voting")}
    assert 0.55 < recall["schroeder"] < recall["voting"] < recall["murphy"] < 0.95
    assert false["schroeder"] < false["murphy"]
    assert false["voting"] < false["murphy"]
