"""The wider part of the fire exam, the views with a band missing, and the bars."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from sim.experiment.exam.fire_bars import bars, ground_bars, integer_bars
from sim.experiment.exam.fire_plan import fire_plan
from sim.experiment.exam.fire_survey import VIEWS, seen_as
from sim.experiment.exam.fire_wider import draw_wider_scene
from sim.scenes.spectra import NIR, RED, SWIR1, SWIR2

THEMES = fire_plan().part_two.themes


@pytest.mark.parametrize("theme", THEMES)
def test_themes_burn_where_asked_and_are_drawn_again_alike(theme: str) -> None:
    hot = [draw_wider_scene(theme, 5, index, side_px=64, burning=True) for index in range(8)]
    cold = [draw_wider_scene(theme, 5, index, side_px=64, burning=False) for index in range(8)]
    assert max(scene.fire_swir2.max() for scene in hot) > 0.05
    assert max(scene.fire_swir2.max() for scene in cold) == 0.0
    again = draw_wider_scene(theme, 5, 3, side_px=64, burning=True)
    assert (again.reflectance == hot[3].reflectance).all()


def test_scars_reach_what_real_ones_do() -> None:
    """SWIR2 over NIR of 4 and more in land that does not burn, as in fresh scars seen by Sentinel-2."""
    scars = [draw_wider_scene("scars", 6, index, side_px=96, burning=False).reflectance for index in range(12)]
    highest = [np.percentile(picture[SWIR2] / np.maximum(picture[NIR], 0.02), 99) for picture in scars]
    assert max(highest) > 4.0


def test_views_lack_what_they_say() -> None:
    picture = np.random.default_rng(1).uniform(0.1, 0.4, (4, 8, 8)).astype(np.float32)
    seen = {view: seen_as(view, picture) for view in VIEWS}
    assert not seen["nir_missing"][NIR].any()
    assert not seen["red_missing"][RED].any()
    assert (seen["swir1_from_swir2"][SWIR1] == picture[SWIR2]).all()
    assert picture.min() > 0.0


def figures(share: float) -> dict[str, Any]:
    """Of a model that is as good in everything."""
    row = dict.fromkeys(("pixel_f1", "object_precision", "object_recall", "object_f1"), share)
    rate = row | {"fire_free_per_1000_km2": 20.0, "rate": 300.0}
    pairs = product((800.0, 1000.0), (3.0, 10.0))
    sizes = [{"temperature_k": kelvin, "area_m2": area, "model": share} for kelvin, area in pairs]
    return {
        "card": row,
        "rates": {"schroeder": rate, "few": rate | {"rate": 30.0}},
        "detection": sizes,
        "biomes": {"forest": row | {"best_classical_object_f1": 0.8}},
        "part_two": {"haze": row},
        "real": {"skipped": "none here"},
    }


PUBLISHED = {"pixel_f1": 0.75, "object_f1": 0.8, "object_recall": 0.7, "fire_free_per_1000_km2": 300.0}
CLASSICS = {"schroeder": PUBLISHED, "voting": PUBLISHED}


def test_bars_hold_for_the_good_and_not_for_the_bad() -> None:
    assert all(bar["ok"] for bar in bars(figures(0.93), CLASSICS))
    assert sum(not bar["ok"] for bar in bars(figures(0.4), CLASSICS)) >= 7


def test_real_pictures_ask_only_where_they_are() -> None:
    real = {
        "fire_s2_swir": {"object_recall": 0.99, "pixel_precision_2_px": 0.7},
        "fire_s2_burned": {"false_objects": 3},
    }
    asked = bars(figures(0.93) | {"real": real}, CLASSICS)
    assert [bar["ok"] for bar in asked[-3:]] == [True, False, False]
    assert len(asked) == len(bars(figures(0.93), CLASSICS)) + 3


def test_integers_are_held_to_every_share() -> None:
    near, far = (integer_bars(figures(share), figures(0.93), 200_000) for share in (0.935, 0.95))
    assert all(bar["ok"] for bar in near)
    assert not far[0]["ok"]
    assert not integer_bars(figures(0.93), figures(0.93), 300_000)[1]["ok"]


def test_the_ground_model_is_held_to_the_light_one() -> None:
    light, better, worse = (figures(share) for share in (0.93, 0.94, 0.92))
    for each in (light, better, worse):
        each["card"]["fire_free_per_1000_km2"] = 20.0
    assert all(bar["ok"] for bar in ground_bars(better, CLASSICS, light))
    assert [bar["ok"] for bar in ground_bars(worse, CLASSICS, light)][-2:] == [False, True]
