"""The drawn scenes that this folder's model learns from, is tuned on, and is judged on."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sim.scenes.sensor import digitise
from sim.scenes.wildfire import draw_wildfire

SIDE_PX = 128
SCENES = {"training": 3600, "validation": 300, "held_out": 500}
STREAMS = {"training": 1, "validation": 2, "held_out": 3}
FAINT_SWIR2 = 0.012
"""Fire between this and FIRE_SWIR2 is neither rewarded nor punished."""


@dataclass(frozen=True)
class Study:
    """Drawn scenes: digital numbers (n, 4, side, side), fire-made SWIR2 change (n, side, side), area."""

    planes: NDArray[np.uint16]
    fire_swir2: NDArray[np.float16]
    area_km2: float


def draw_study(name: str) -> Study:
    """The scenes of one named set; scene i of a set is the same in every run."""
    count = SCENES[name]
    planes = np.empty((count, 4, SIDE_PX, SIDE_PX), np.uint16)
    fire = np.empty((count, SIDE_PX, SIDE_PX), np.float16)
    area_km2 = 0.0
    for index in range(count):
        rng = np.random.default_rng([STREAMS[name], index])
        gsd_m = float(rng.choice([10.0, 20.0, 30.0], p=[0.15, 0.5, 0.35]))
        zenith_deg = float(rng.uniform(15, 72))
        scene = draw_wildfire(rng, side_px=SIDE_PX, gsd_m=gsd_m, sun_zenith_deg=zenith_deg)
        planes[index], fire[index] = digitise(scene.reflectance), scene.fire_swir2
        area_km2 += (SIDE_PX * gsd_m / 1000) ** 2
    return Study(planes, fire, area_km2)
