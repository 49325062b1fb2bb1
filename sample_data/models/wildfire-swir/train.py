"""Makes this folder's model: draws scenes, trains in three stages, chooses the operating point, exports ONNX.

Run from the repository's root, with the `train` extra (torch) installed; about fifteen minutes on one idle core:

    python sample_data/models/wildfire-swir/train.py

Writes model.onnx, card.toml and recipe.json beside itself; then quantise (../wildfire-swir-int8/make.py), and let
`skysift exam wildfire --write` write evaluation.json.
Seeds and steps are fixed; another processor or library rounds otherwise: compare figures after retraining, not bits.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from sample_data.models.training.fire_recipe import SWIR, make  # noqa: E402

if __name__ == "__main__":
    make(HERE, SWIR)
