"""Makes this folder's model: trains a widened wildfire-swir on, chooses the operating point, exports ONNX.

Run from the repository's root, with the `train` extra (torch) installed; about ten minutes on one idle core:

    python sample_data/models/wildfire-ground/train.py

Writes model.onnx, card.toml and recipe.json beside itself; `skysift exam wildfire --write` then writes evaluation.json.
Begins with what wildfire-swir/train.py left in build/train, or makes that first.
Seeds and steps are fixed; another processor or library rounds otherwise: compare figures after retraining, not bits.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from sample_data.models.training.fire_recipe import GROUND, make  # noqa: E402

if __name__ == "__main__":
    make(HERE, GROUND)
