"""Writes model.onnx and card.toml: wildfire-swir in 8-bit integers. Needs no torch, and takes half a minute.

From the repository's root:

    python sample_data/models/wildfire-swir-int8/make.py
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from sample_data.models.training.quantise import ship  # noqa: E402
from sim.experiment.bench.integers import SUFFIX  # noqa: E402
from sim.scenes.sensor import REFLECTANCE_SCALE, digitise  # noqa: E402
from sim.scenes.wildfire import draw_wildfire  # noqa: E402

SCENES = 64
STREAM = 17
"""Of seeds: no scene of training or of an exam."""
SIDE_PX = 128


def calibration() -> Iterator[NDArray[np.float32]]:
    """Drawn scenes as they fly, every fourth without near infrared: then its logarithm and ratios lie far out."""
    for index in range(SCENES):
        rng = np.random.default_rng([STREAM, index])
        gsd_m, zenith_deg = float(rng.choice([10.0, 20.0, 30.0])), float(rng.uniform(15, 72))
        scene = draw_wildfire(rng, side_px=SIDE_PX, gsd_m=gsd_m, sun_zenith_deg=zenith_deg)
        planes = digitise(scene.reflectance) * np.float32(REFLECTANCE_SCALE)
        if index % 4 == 3:
            planes[1] = 0.0
        yield planes


if __name__ == "__main__":
    print(ship(HERE.with_name(HERE.name.removesuffix(SUFFIX)), calibration()))
