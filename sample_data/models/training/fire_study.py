"""What the wildfire models learn from: drawn scenes of four kinds, on seeds that no exam and no flight uses.

Some are drawn as part one of the exam, some as its wider part, some as `sim/scenes/wildfire.py` draws for study, and
some are cut out of frames of a seeded Earth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.experiment.exam.fire_bands import FLOWN
from sim.experiment.exam.fire_plan import fire_plan
from sim.experiment.exam.fire_scene import draw_exam_scene
from sim.experiment.exam.fire_wider import draw_wider_scene
from sim.scenes.earth.chips import draw_earth_chip
from sim.scenes.sensor import digitise
from sim.scenes.truth import label_targets
from sim.scenes.wildfire import draw_wildfire

SIDE_PX = 128
LIKE_THE_EXAM = 3200
WIDER_BURNING, WIDER_FIRE_FREE = 350, 150
"""Of each theme."""
FOR_STUDY = 800
EARTH_FRAMES, EARTH_SIDE_PX = 500, 256
STREAM, WIDER_STREAM, STUDY_STREAM, EARTH_SEED = 1101, 1111, 1112, 1201
LEAST_WEIGHT, MOST_WEIGHT, EVEN_PX = 0.3, 8.0, 20.0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Study:
    """Digital numbers (n, 4, side, side), fire-made SWIR2 change and weights of fires (n, side, side)."""

    planes: NDArray[np.uint16]
    fire_swir2: NDArray[np.float16]
    weights: NDArray[np.float16]


def _of_earth() -> Iterator[tuple[Floats, Floats]]:
    """Tiles of frames, a fire somewhere in most frames."""
    for index in range(EARTH_FRAMES):
        frame = draw_earth_chip(EARTH_SEED, index, EARTH_SIDE_PX)
        for row in range(0, EARTH_SIDE_PX, SIDE_PX):
            for column in range(0, EARTH_SIDE_PX, SIDE_PX):
                tile = np.s_[..., row : row + SIDE_PX, column : column + SIDE_PX]
                yield frame.reflectance[tile], frame.fire_swir2[tile]


def _drawn() -> Iterator[tuple[Floats, Floats]]:
    """Reflectance (4, side, side) and fire of every scene, in a fixed order."""
    plan = fire_plan()
    assert plan.streams["training"] == STREAM
    for index in range(LIKE_THE_EXAM):
        scene = draw_exam_scene(plan.part_one, STREAM, index)
        yield scene.reflectance[FLOWN], scene.fire_swir2
    for theme in plan.part_two.themes:
        for index in range(WIDER_BURNING + WIDER_FIRE_FREE):
            wider = draw_wider_scene(theme, WIDER_STREAM, index, side_px=SIDE_PX, burning=index < WIDER_BURNING)
            yield wider.reflectance, wider.fire_swir2
    for index in range(FOR_STUDY):
        rng = np.random.default_rng([STUDY_STREAM, index])
        gsd_m, zenith_deg = float(rng.choice([10.0, 20.0, 30.0])), float(rng.uniform(15, 72))
        own = draw_wildfire(rng, side_px=SIDE_PX, gsd_m=gsd_m, sun_zenith_deg=zenith_deg)
        yield own.reflectance, own.fire_swir2


def object_weights(fire_swir2: Floats) -> NDArray[np.float16]:
    """Weights under which every fire counts about the same: 20 / its size in pixels, within 0.3 and 8."""
    labels, targets = label_targets(fire_swir2)
    by_label = np.clip([EVEN_PX / target.pixels for target in targets], LEAST_WEIGHT, MOST_WEIGHT)
    return np.concatenate([[1.0], by_label]).astype(np.float16)[labels]


def draw_study(kept: Path, *, of_earth: bool = False) -> Study:
    """All scenes but the Earth's, or the Earth's alone; drawn once, then read from the file `kept`."""
    if not kept.is_file():
        drawn = _of_earth() if of_earth else _drawn()
        scenes = [(digitise(planes), fire.astype(np.float16), object_weights(fire)) for planes, fire in drawn]
        kept.parent.mkdir(parents=True, exist_ok=True)
        planes, fire, weights = (np.stack(part) for part in zip(*scenes, strict=True))
        np.savez(kept, planes=planes, fire=fire, weights=weights)
    with np.load(kept) as file:
        return Study(file["planes"], file["fire"], file["weights"])


def together(*studies: Study) -> Study:
    """Several as one."""
    parts = zip(*((one.planes, one.fire_swir2, one.weights) for one in studies), strict=True)
    return Study(*(np.concatenate(part) for part in parts))
