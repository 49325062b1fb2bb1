"""Writes model.onnx and card.toml: published cloud tests on red, near infrared, SWIR1 and SWIR2 reflectance.

    python sample_data/models/cloud-mask/make.py

The same script gives the same bytes. Needs the package onnx.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from fire_baselines import INPUT, OUTPUT, Bands, ratio, read_bands  # noqa: E402
from onnx_planes import Graph, Plane, operations_per_px  # noqa: E402

NAME = "cloud-mask"
ABOUT = "Thick cloud by brightness and ratios of four bands, thresholds of Sen2Cor, ACCA, Fmask and the snow index"
TILE_PX = 256

CARD = """[model]
name = "{name}"
version = "1.0.0"
task = "cloud"
licence = "Apache-2.0"
description = "{about}"

[input]
name = "{input_name}"
layout = "NCHW"
units = "reflectance"
bands = ["red", "nir", "swir1", "swir2"]
tile_px = {tile_px}
overlap_px = 0

[output]
head = "segmentation"
classes = ["cloud"]
threshold = 0.5
min_pixels = 1

# Additions, multiplications and comparisons. None is a convolution.
[cost]
macs_per_px = {operations}
memory_mb = 5
"""

BRIGHT_RED = 0.25
"""Cloud from here on is certain by brightness: upper threshold of step 1a of Sen2Cor (Louis and others 2016, ESA Living
Planet Symposium, SP-740; Main-Knorn and others 2017, Proc. SPIE 10427), cited from memory."""
SNOW_INDEX = 0.4
"""From here on it is snow: Hall, Riggs and Salomonson 1995, Remote Sensing of Environment 54:127. Published with green;
here red stands for it, which on snow and cloud reflects alike. Cited from memory."""
ROCK_RATIO = 1.0
"""NIR / SWIR1 of rocks and sand is below: filter 7 of ACCA (Irish 2000, Proc. SPIE 4049:348)."""
PLANT_RATIO = 2.0
"""NIR / red of growing plants is above: filter 5 of ACCA, 2.35 in Irish and others 2006."""
DARK_SWIR2 = 0.03
"""SWIR2 of water is below: the basic test of Fmask (Zhu and Woodcock 2012, Remote Sensing of Environment 118:83).
Cited from memory."""


def cloud(bands: Bands) -> Plane:
    """Where all tests say cloud. A missing band, which is zeros, makes one of them fail: then nothing is cloud."""
    snow_index = ratio(bands.red - bands.swir1, bands.red + bands.swir1)
    return (
        (bands.red > BRIGHT_RED)
        & ~(snow_index > SNOW_INDEX)
        & (bands.nir > bands.swir1 * ROCK_RATIO)
        & ~(bands.nir > bands.red * PLANT_RATIO)
        & (bands.swir2 > DARK_SWIR2)
    )


def write(folder: Path) -> None:
    """Write the model's folder."""
    graph = Graph(NAME)
    model = graph.model(cloud(read_bands(graph)).numbers(), OUTPUT, ABOUT)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    operations = operations_per_px(model, TILE_PX)
    card = CARD.format(name=NAME, about=ABOUT, input_name=INPUT, tile_px=TILE_PX, operations=operations)
    (folder / "card.toml").write_text(card, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
