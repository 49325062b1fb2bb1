"""What flying a network costs over running it: the engine beside bare `session.run` on the same tiles."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard, load_card
from sim.experiment.bench.figure import Benchmark, Figure
from sim.experiment.bench.satellites import MODEL
from sim.modelling import speed

SIDE_PX, LARGE_SIDE_PX = 1024, 4096
PAIRS, LARGE_PAIRS = 9, 1
DETECTOR_PX = 416
FIGURES = (
    Figure("engine_unet", "x", "CPU time of the engine over bare session.run, wildfire model", 1.03, is_ceiling=True),
    Figure("engine_light", "x", "the same with a detector of 420 MMAC, 416x416x3", 1.05, is_ceiling=True),
    Figure("engine_4096", "x", "a 4096x4096x4 frame out of mass memory over tiles x bare", 1.1, is_ceiling=True),
)


def measure(scratch: Path) -> tuple[float, ...]:
    """Each ratio is the median of pairs, engine and bare in turn."""
    unet, detector = load_card(MODEL), load_card(_light_detector(scratch / "detector"))
    return (
        _ratio(unet, SIDE_PX, PAIRS),
        _ratio(detector, SIDE_PX, PAIRS),
        _ratio(unet, LARGE_SIDE_PX, LARGE_PAIRS),
    )


BENCHMARK = Benchmark(FIGURES, measure)


def _ratio(card: ModelCard, frame_px: int, pairs: int) -> float:
    return 1.0 + speed.measure(card, InferenceEngine(card), frame_px, pairs).overhead


def _light_detector(folder: Path) -> Path:
    """Seven convolutions with random weights and a head like FastestDet's, which finds nothing."""
    rng = np.random.default_rng(0)
    nodes, weights, name, channels = [], [], "image", 3
    for index, (made, stride) in enumerate([(16, 2), (32, 2), (64, 2), (64, 1), (64, 1), (64, 1), (6, 1)]):
        kernel = rng.normal(0.0, (2.0 / (9 * channels)) ** 0.5, (made, channels, 3, 3)).astype(np.float32)
        bias = np.full(made, -10.0 if made == 6 else 0.0, np.float32)
        weights += [
            numpy_helper.from_array(kernel * (made != 6), f"k{index}"),
            numpy_helper.from_array(bias, f"b{index}"),
        ]
        convolved = "cells" if made == 6 else f"c{index}"
        nodes.append(
            helper.make_node(
                "Conv", [name, f"k{index}", f"b{index}"], [convolved], strides=[stride] * 2, pads=[1, 1, 1, 1]
            )
        )
        name, channels = f"r{index}", made
        if made != 6:
            nodes.append(helper.make_node("Relu", [convolved], [name]))
    side = DETECTOR_PX // 8
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 3, DETECTOR_PX, DETECTOR_PX))],
        [helper.make_tensor_value_info("cells", TensorProto.FLOAT, (1, 6, side, side))],
        weights,
    )
    folder.mkdir()
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "model.onnx"
    )
    (folder / "card.toml").write_text(_CARD, "utf-8")
    return folder


_CARD = f"""
[model]
name = "light-detector"
version = "1"
task = "objects"
licence = "none"
description = "random weights"
[input]
name = "image"
layout = "NCHW"
units = "reflectance"
bands = ["red", "nir", "swir1"]
scale = 255.0
tile_px = {DETECTOR_PX}
overlap_px = 64
stride_px = 8
[output]
head = "fastestdet"
classes = ["object"]
threshold = 0.5
activation = "sigmoid"
"""
