import json
import runpy
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
import tifffile

from sim.scenes.sensor import digitise
from sim.scenes.truth import FIRE_SWIR2
from sim.scenes.wildfire import WildfireScene, draw_flight_scene, draw_wildfire

SCENES = Path(__file__).resolve().parents[3] / "sample_data" / "scenes"


def _study(seed: int, side_px: int = 96) -> WildfireScene:
    rng = np.random.default_rng(seed)
    return draw_wildfire(rng, side_px=side_px, gsd_m=20.0, sun_zenith_deg=45.0)


def test_a_seed_is_a_scene() -> None:
    first, again, other = _study(4), _study(4), _study(5)
    assert first.reflectance.tobytes() == again.reflectance.tobytes()
    assert first.fire_swir2.tobytes() == again.fire_swir2.tobytes()
    assert first.targets == again.targets
    assert first.reflectance.tobytes() != other.reflectance.tobytes()


@pytest.mark.parametrize("side_px", [16, 100, 257])
def test_any_size(side_px: int) -> None:
    scene = _study(9, side_px)
    assert scene.reflectance.shape == (4, side_px, side_px)
    assert scene.fire_swir2.shape == (side_px, side_px)
    assert scene.reflectance.dtype == scene.fire_swir2.dtype == np.float32
    assert np.isfinite(scene.reflectance).all()
    assert scene.reflectance.min() >= 0


def test_study_scenes_hold_every_kind() -> None:
    scenes = [_study(seed) for seed in range(60)]
    counts = [len(scene.targets) for scene in scenes]
    assert 0.15 < np.mean([count == 0 for count in counts]) < 0.6
    assert max(counts) > 20
    assert max(target.pixels for scene in scenes for target in scene.targets) > 100
    for scene in scenes:
        assert sum(target.pixels for target in scene.targets) == int((scene.fire_swir2 > FIRE_SWIR2).sum())


def test_no_fires_no_truth() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        scene = draw_wildfire(rng, side_px=96, gsd_m=20.0, sun_zenith_deg=30.0, fire_count=0)
        assert scene.targets == ()
        assert not scene.fire_swir2.any()


def test_flight_density_is_the_number_of_fires() -> None:
    """20 fires per 1000 km² over 26 km² scenes: about one in two; targets say so to a factor of a few."""
    lit = 0
    for seed in range(60):
        scene = draw_flight_scene(
            np.random.default_rng(seed), side_px=256, gsd_m=20.0, sun_zenith_deg=40.0, fires_per_1000_km2=20.0
        )
        lit += bool(scene.targets)
    expected = 60 * (1 - np.exp(-20.0 * (256 * 0.02) ** 2 / 1000))
    assert 0.6 * expected < lit <= 1.4 * expected


def test_fire_stands_out_in_flight() -> None:
    scene = draw_flight_scene(
        np.random.default_rng(2), side_px=512, gsd_m=20.0, sun_zenith_deg=40.0, fires_per_1000_km2=60.0
    )
    assert scene.targets
    lit = scene.fire_swir2 > 0.3
    assert np.median(scene.reflectance[3][lit]) > np.quantile(scene.reflectance[3][~lit], 0.9)


def test_a_frame_is_drawn_in_no_time() -> None:
    """A camera's frame of 1024 x 1024 may cost 0.8 CPU seconds; three times that allows for a slow host."""
    started = time.process_time()
    draw_flight_scene(np.random.default_rng(1), side_px=1024, gsd_m=20.0, sun_zenith_deg=40.0, fires_per_1000_km2=20.0)
    assert time.process_time() - started < 2.4


def test_small_pictures_are_what_their_script_draws() -> None:
    script = runpy.run_path(str(SCENES / "make_wildfire_small.py"))
    folder = SCENES / "wildfire-small"
    settings = tomllib.loads((folder / "images.toml").read_text())
    truth = json.loads((folder / "truth.json").read_text())["targets"]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 900_000
    assert settings["bands"] == ["red", "nir", "swir1", "swir2"]
    assert len(truth) == len(list(folder.glob("*.tif"))) == len(script["RECIPES"])
    for recipe in script["RECIPES"]:
        scene = script["draw"](recipe)
        stored = tifffile.imread(folder / f"{recipe.name}.tif")
        assert stored.dtype == np.uint16
        assert stored.shape == (128, 128, 4)
        # Another processor's sine and exponential, or another release's blur, may round to the neighbouring level.
        difference = np.moveaxis(stored, -1, 0).astype(np.int32) - digitise(scene.reflectance)
        assert np.mean(difference != 0) < 0.01
        assert np.mean(np.abs(difference) > 1) < 0.001
        assert len(truth[f"{recipe.name}.tif"]) == len(scene.targets)


def test_clouds_are_told_pixel_by_pixel() -> None:
    """Two scenes in five have a cloud; the others have none. What it covers is brighter in the red than the rest."""
    scenes = [_study(seed) for seed in range(40)]
    shares = np.array([scene.cloudy.mean() for scene in scenes])
    assert all(scene.cloudy.shape == (96, 96) for scene in scenes)
    assert 0.05 < (shares > 0.1).mean() < 0.6
    mixed = [scene for scene, share in zip(scenes, shares, strict=True) if 0.2 < share < 0.8]
    assert mixed
    brighter = [
        scene.reflectance[0][scene.cloudy].mean() > scene.reflectance[0][~scene.cloudy].mean() for scene in mixed
    ]
    assert np.mean(brighter) > 0.7
