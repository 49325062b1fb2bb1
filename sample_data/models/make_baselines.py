"""Writes the classical baselines, each a folder with model.onnx and card.toml. Needs the package onnx.

    python sample_data/models/make_baselines.py

BASELINES.md tells what they are; the same script gives the same bytes.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cfar_baselines
import fire_baselines
import onnx
from onnx_planes import Graph, Plane, operations_per_px

HERE = Path(__file__).resolve().parent
TILE_PX = 256

CARD = """[model]
name = "{name}"
version = "1.0.0"
task = "{task}"
licence = "Apache-2.0"
description = "{description}"

[input]
name = "{input_name}"
layout = "NCHW"
units = "{units}"
bands = [{bands}]
tile_px = {tile_px}
overlap_px = {overlap_px}

[output]
head = "segmentation"
classes = ["{target}"]
threshold = 0.5
min_pixels = 1

# Additions, multiplications and comparisons: a pooling adds every pixel of its window. None is a convolution.
[cost]
macs_per_px = {operations}
memory_mb = {memory_mb}
"""


@dataclass(frozen=True)
class Baseline:
    """A detector: what its card says, and how its graph is written.

    `memory_mb` is what opening the graph and one tile took (onnxruntime on Linux; see sim/modelling/memory.py), and a
    little more.
    """

    name: str
    description: str
    write: Callable[[Graph], Plane]
    task: str
    units: str
    bands: tuple[str, ...]
    target: str
    overlap_px: int
    memory_mb: int

    def model(self) -> onnx.ModelProto:
        """Its graph, checked."""
        graph = Graph(self.name)
        return graph.model(self.write(graph), fire_baselines.OUTPUT, self.description)

    def card(self, model: onnx.ModelProto) -> str:
        """Its card, as TOML."""
        return CARD.format(
            name=self.name,
            task=self.task,
            description=self.description,
            input_name=model.graph.input[0].name,
            units=self.units,
            bands=", ".join(f'"{band}"' for band in self.bands),
            tile_px=TILE_PX,
            overlap_px=self.overlap_px,
            target=self.target,
            operations=operations_per_px(model, TILE_PX),
            memory_mb=self.memory_mb,
        )


def _fire(
    name: str, description: str, test: Callable[[fire_baselines.Bands], Plane], overlap_px: int, memory_mb: int
) -> Baseline:
    def write(graph: Graph) -> Plane:
        return test(fire_baselines.read_bands(graph)).numbers()

    bands = fire_baselines.BANDS
    return Baseline(name, description, write, "wildfire", "reflectance", bands, "fire", overlap_px, memory_mb)


def _cfar(name: str, description: str, write: Callable[[Graph], Plane], memory_mb: int) -> Baseline:
    # The ring reaches 20 pixels, and the cells in it one more; neighbours share twice that.
    bands = cfar_baselines.BANDS
    return Baseline(name, description, write, "raft", "sigma0", bands, "small-target", 48, memory_mb)


CONTEXT_OVERLAP_PX = 64
"""A window reaches 30 pixels, and what is certain fire in it was grown by one; neighbours share twice that."""
GROWN_OVERLAP_PX = 8
"""A test without a window looks at eight neighbours."""

BASELINES = (
    _fire(
        "kumar-roy",
        "Kumar and Roy 2018 (GOLI) on four bands: water test without blue and green, eight windows for the growing one",
        fire_baselines.kumar_roy,
        CONTEXT_OVERLAP_PX,
        memory_mb=25,
    ),
    _fire(
        "murphy",
        "Murphy et al. 2016 (HOTMAP): saturation is a SWIR reflectance of 1.0, there being no flag",
        fire_baselines.murphy,
        GROWN_OVERLAP_PX,
        memory_mb=5,
    ),
    _fire(
        "schroeder",
        "Schroeder et al. 2016 on four bands: red for coastal aerosol, its water test without blue and green",
        fire_baselines.schroeder,
        CONTEXT_OVERLAP_PX,
        memory_mb=12,
    ),
    _cfar(
        "ca-cfar",
        "Cell-averaging CFAR on 3 x 3 pixel cells; about 1 false object per km2 of drawn sea, most in spiky seas",
        cfar_baselines.ca_cfar,
        memory_mb=5,
    ),
    _cfar(
        "log-cfar",
        "Two-parameter CFAR on the logarithm of 3 x 3 pixel cells; about 1 false object per km2 of drawn sea",
        cfar_baselines.log_cfar,
        memory_mb=7,
    ),
)


def write_baselines(root: Path) -> None:
    """Write every baseline's folder under `root`."""
    for baseline in BASELINES:
        model = baseline.model()
        folder = root / baseline.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
        (folder / "card.toml").write_text(baseline.card(model), "utf-8")


if __name__ == "__main__":
    write_baselines(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
