"""Tiny ONNX models whose answers are known by arithmetic."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CARD = """[model]
name = "{name}"
version = "1.0"
task = "{task}"
licence = "Apache-2.0"

[input]
name = "{input_name}"
layout = "NCHW"
bands = {bands}
tile_px = {tile_px}
overlap_px = {overlap_px}
units = "reflectance"

[output]
head = "segmentation"
classes = {classes}
threshold = {threshold}
min_pixels = {min_pixels}
"""


def threshold_graph(
    n_bands: int, level: float, *, steepness: float = 40.0, n_classes: int = 1, tile_px: int | None = None
) -> bytes:
    """ONNX of sigmoid(steepness x (sum of bands - level)), float32 NCHW, every class alike."""
    side: tuple[str | int, ...] = ("H", "W") if tile_px is None else (tile_px, tile_px)
    source = helper.make_tensor_value_info("reflectance", TensorProto.FLOAT, [1, n_bands, *side])
    result = helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1, n_classes, *side])
    constants = [
        numpy_helper.from_array(np.full((n_classes, n_bands, 1, 1), steepness, np.float32), "weight"),
        numpy_helper.from_array(np.full(n_classes, -steepness * level, np.float32), "bias"),
    ]
    nodes = [
        helper.make_node("Conv", ["reflectance", "weight", "bias"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
    ]
    return _serialised(nodes, source, result, constants)


def logit_graph(n_bands: int, *, gain: float = 1.0) -> bytes:
    """ONNX that puts out gain x the sum of its bands: no probability."""
    source = helper.make_tensor_value_info("reflectance", TensorProto.FLOAT, [1, n_bands, "H", "W"])
    result = helper.make_tensor_value_info("probability", TensorProto.FLOAT, [1, 1, "H", "W"])
    weight = numpy_helper.from_array(np.full((1, n_bands, 1, 1), gain, np.float32), "weight")
    nodes = [helper.make_node("Conv", ["reflectance", "weight"], ["probability"])]
    return _serialised(nodes, source, result, [weight])


def class_number_graph(gain: float) -> bytes:
    """ONNX that puts out gain x its one band, cut to whole numbers: a map of classes."""
    source = helper.make_tensor_value_info("reflectance", TensorProto.FLOAT, [1, 1, "H", "W"])
    result = helper.make_tensor_value_info("numbers", TensorProto.INT32, [1, 1, "H", "W"])
    nodes = [
        helper.make_node("Mul", ["reflectance", "gain"], ["scaled"]),
        helper.make_node("Cast", ["scaled"], ["numbers"], to=TensorProto.INT32),
    ]
    return _serialised(nodes, source, result, [numpy_helper.from_array(np.float32(gain), "gain")])


def write_model(
    folder: Path,
    *,
    graph: bytes | None = None,
    bands: tuple[str, ...] = ("swir2",),
    level: float = 0.5,
    steepness: float = 40.0,
    classes: tuple[str, ...] = ("fire",),
    tile_px: int = 64,
    overlap_px: int = 16,
    threshold: float = 0.5,
    min_pixels: int = 1,
    task: str = "wildfire",
    name: str = "threshold",
    input_name: str = "reflectance",
) -> Path:
    """A model folder; without `graph`, a threshold on the sum of the bands' reflectance."""
    if graph is None:
        graph = threshold_graph(len(bands), level, steepness=steepness, n_classes=len(classes))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph)
    card = CARD.format(
        name=name,
        task=task,
        input_name=input_name,
        bands=list(bands),
        tile_px=tile_px,
        overlap_px=overlap_px,
        classes=list(classes),
        threshold=threshold,
        min_pixels=min_pixels,
    )
    (folder / "card.toml").write_text(card, "utf-8")
    return folder


def _serialised(
    nodes: list[onnx.NodeProto],
    source: onnx.ValueInfoProto,
    result: onnx.ValueInfoProto,
    constants: list[onnx.TensorProto],
) -> bytes:
    graph = helper.make_graph(nodes, "for_tests", [source], [result], constants)
    # Opset 17 and IR 8: what the shipped recipe writes, and any onnxruntime of these years reads.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data
