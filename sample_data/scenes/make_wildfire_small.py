"""Draws the pictures of wildfire-small: six scenes to run the pipeline on without any download.

    python sample_data/scenes/make_wildfire_small.py

Writes 16-bit four-band TIFF, images.toml and truth.json into the folder wildfire-small beside this script.
"""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import tifffile

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sim.scenes.sensor import FLIGHT_SENSOR, REFLECTANCE_SCALE, digitise
from sim.scenes.spectra import BANDS
from sim.scenes.truth import FIRE_SWIR2
from sim.scenes.wildfire import WildfireScene, draw_wildfire

FOLDER = Path(__file__).resolve().parent / "wildfire-small"
SIDE_PX = 128
GSD_M = 20.0

IMAGES_TOML = f"""\
# Drawn by make_wildfire_small.py: digital number = reflectance / (2 / 4095), 12 bits in 16
gsd_m = {GSD_M}
bands = [{", ".join(f'"{band}"' for band in BANDS)}]
scale = [{", ".join(f"{REFLECTANCE_SCALE:.10f}" for _ in BANDS)}]
offset = [0.0, 0.0, 0.0, 0.0]
bit_depth = 12
imagery = "synthetic"
"""


@dataclass(frozen=True)
class Recipe:
    """What makes one picture. The seeds are the first six in a row; no model had a say."""

    name: str
    seed: int
    fire_count: int
    sun_zenith_deg: float


RECIPES = (
    Recipe("quiet", 11, 0, 30.0),
    Recipe("one-fire", 12, 1, 35.0),
    Recipe("three-fires", 13, 3, 25.0),
    Recipe("low-sun", 14, 3, 68.0),
    Recipe("many-fires", 15, 8, 40.0),
    Recipe("quiet-low-sun", 16, 0, 65.0),
)


def draw(recipe: Recipe) -> WildfireScene:
    """The scene of one recipe."""
    rng = np.random.default_rng(recipe.seed)
    return draw_wildfire(
        rng,
        side_px=SIDE_PX,
        gsd_m=GSD_M,
        sun_zenith_deg=recipe.sun_zenith_deg,
        fire_count=recipe.fire_count,
        sensor=FLIGHT_SENSOR,
    )


def truth_of(scene: WildfireScene) -> list[dict[str, float]]:
    """Targets as JSON holds them."""
    return [{**asdict(target), "peak": round(target.peak, 4)} for target in scene.targets]


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    truth = {}
    for recipe in RECIPES:
        scene = draw(recipe)
        name = f"{recipe.name}.tif"
        pixels = np.moveaxis(digitise(scene.reflectance), 0, -1)
        tifffile.imwrite(
            FOLDER / name,
            pixels,
            photometric="minisblack",
            planarconfig="contig",
            extrasamples=["unspecified"] * 3,
            compression="zlib",
            predictor=True,
            metadata=None,
            software=False,
        )
        truth[name] = truth_of(scene)
    (FOLDER / "images.toml").write_text(IMAGES_TOML)
    answer = {"fire_swir2_threshold": FIRE_SWIR2, "targets": truth}
    (FOLDER / "truth.json").write_text(json.dumps(answer, indent=1) + "\n")


if __name__ == "__main__":
    main()
