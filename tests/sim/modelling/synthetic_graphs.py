"""Small ONNX graphs of every kind of head, nobody's model, so that nothing is learnt by heart."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {
    "float32": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "float64": TensorProto.DOUBLE,
    "uint8": TensorProto.UINT8,
    "uint16": TensorProto.UINT16,
    "int8": TensorProto.INT8,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
    "string": TensorProto.STRING,
}
Length = int | str | None


class Graph:
    """Collects nodes and constants; every method returns the name of what it adds."""

    def __init__(
        self,
        shape: Sequence[Length] | None = (1, 3, 160, 160),
        *,
        dtype: str = "float32",
        name: str = "images",
        channels_last: bool = False,
    ) -> None:
        self.inputs = [helper.make_tensor_value_info(name, TYPES[dtype], shape)]
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        last = -1 if channels_last else 1
        self.channels = shape[last] if shape is not None and len(shape) > 1 else 3
        self.image = name
        if channels_last:
            self.image = self.add("Transpose", self.image, perm=[0, 3, 1, 2])
        if dtype != "float32":
            self.image = self.add("Cast", self.image, to=TensorProto.FLOAT)

    def add(self, operator: str, *inputs: str, n_outputs: int = 1, domain: str = "", **attributes: Any) -> str:
        names = [f"t{len(self.nodes)}_{index}" for index in range(n_outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, domain=domain, **attributes))
        return names[0]

    def constant(self, values: Any, dtype: type = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), f"c{len(self.constants)}"))
        return self.constants[-1].name

    def conv(self, source: str, n_in: int, n_out: int, *, side: int = 1, bias: Any = None, **attributes: Any) -> str:
        weight = np.random.default_rng(len(self.nodes)).normal(0, 0.5, (n_out, n_in, side, side))
        biases = [] if bias is None else [self.constant(bias)]
        return self.add("Conv", source, self.constant(weight), *biases, **attributes)

    def level(self, stride: int, n_out: int, bias: Any = None) -> str:
        """A map of n_out planes at a stride."""
        source = self.image
        if stride > 1:
            source = self.add("AveragePool", source, kernel_shape=[stride, stride], strides=[stride, stride])
        return self.conv(source, int(self.channels or 3), n_out, bias=bias)

    def rows(self, stride: int, width: int, *, anchors: int = 1, bias: Any = None) -> str:
        """(batch, cells x anchors, width) of a level."""
        repeated = None if bias is None else np.tile(bias, anchors)
        maps = self.level(stride, width * anchors, repeated)
        shape = self.constant([1, anchors, width, -1], np.int64)
        split = self.add("Transpose", self.add("Reshape", maps, shape), perm=[0, 1, 3, 2])
        return self.add("Reshape", split, self.constant([1, -1, width], np.int64))

    def output(self, source: str, name: str, shape: Sequence[Length] | None, dtype: str = "float32") -> "Graph":
        self.nodes.append(helper.make_node("Identity", [source], [name]))
        # The last operator itself makes the output, as exporters write it.
        maker = next((node for node in self.nodes if source in node.output), None)
        if maker is not None and sum(source in node.input for node in self.nodes) == 1:
            self.nodes.pop()
            maker.output[list(maker.output).index(source)] = name
        self.outputs.append(helper.make_tensor_value_info(name, TYPES[dtype], shape))
        return self

    def model(self, metadata: Mapping[str, str] | None = None, *, opset: int = 17, ir_version: int = 8) -> Any:
        graph = helper.make_graph(self.nodes, "synthetic", self.inputs, self.outputs, self.constants)
        domains = {node.domain for node in self.nodes if node.domain}
        opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in sorted(domains))]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=ir_version)
        helper.set_model_props(model, dict(metadata or {}))
        return model

    def save(self, path: Path, metadata: Mapping[str, str] | None = None, **versions: int) -> Path:
        path.write_bytes(self.model(metadata, **versions).SerializeToString())
        return path


def cells(height_px: int, width_px: int, strides: Sequence[int] = (8, 16, 32)) -> int:
    return sum((height_px // stride) * (width_px // stride) for stride in strides)


def detector_rows(graph: Graph, width: int, *, anchors: int = 1, bias: Any = None) -> str:
    """All levels' rows, one after the other."""
    parts = [graph.rows(stride, width, anchors=anchors, bias=bias) for stride in (8, 16, 32)]
    return graph.add("Concat", *parts, axis=1)


def decoded_bias(n_classes: int, *, objectness: bool, side_px: int = 160) -> list[float]:
    """Boxes near the far corner, scores about one half: what decoded rows may hold."""
    return [side_px * 0.9, side_px * 0.9, 20.0, 20.0, *([0.5] if objectness else []), *([0.5] * n_classes)]


def segmentation(
    shape: Sequence[Length] = (1, 3, 64, 64), *, n_classes: int = 1, sigmoid: bool = True, **options: Any
) -> Graph:
    """Planes of the image's size."""
    graph = Graph(shape, **options)
    planes = graph.level(1, n_classes)
    if sigmoid:
        planes = graph.add("Sigmoid", planes)
    last = options.get("channels_last", False)
    if last:
        planes = graph.add("Transpose", planes, perm=[0, 2, 3, 1])
    height, width = (shape[1], shape[2]) if last else (shape[2], shape[3])
    lengths = (shape[0], height, width, n_classes) if last else (shape[0], n_classes, height, width)
    return graph.output(planes, "planes", lengths)
