"""Writes model.onnx and card.toml: raft-sar in 8-bit integers. Needs no torch, and takes half a minute.

From the repository's root:

    python sample_data/models/raft-sar-int8/make.py
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
from sim.scenes.sar_study import draw_study_sea  # noqa: E402

SEAS = 48
STREAM = 18
"""Of seeds: no sea of training or of an exam."""


def calibration() -> Iterator[NDArray[np.float32]]:
    """Drawn seas with all that is on them, as sigma0."""
    for index in range(SEAS):
        yield draw_study_sea(np.random.default_rng([STREAM, index])).sigma0[None].astype(np.float32)


if __name__ == "__main__":
    print(ship(HERE.with_name(HERE.name.removesuffix(SUFFIX)), calibration()))
