"""Writes formulas over images as ONNX graphs: a `Plane` is used as a number, and every operator adds a node.

Opset 17 of plain operators, which any onnxruntime of these years runs on any device. Needs the package onnx.
"""

from dataclasses import dataclass
from itertools import count
from math import prod

import onnx
from onnx import NodeProto, TensorProto, helper

OPSET, IR_VERSION = 17, 8
SHAPE = ("batch", "height", "width")


class Graph:
    """Collects nodes and constants, named in the order of writing: the same script gives the same bytes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._nodes: list[NodeProto] = []
        self._constants: dict[tuple[object, ...], TensorProto] = {}
        self._names = (f"t{number}" for number in count())

    def input(self, name: str, channels: int) -> "Plane":
        """The image that goes in: float32 (batch, channels, height, width)."""
        batch, height, width = SHAPE
        self._input = helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, channels, height, width])
        return Plane(self, name)

    def add(self, operator: str, *inputs: "Plane | float", **attributes: object) -> "Plane":
        """One more node over planes and numbers."""
        names = [term.name if isinstance(term, Plane) else self._number(term) for term in inputs]
        output = next(self._names)
        self._nodes.append(helper.make_node(operator, names, [output], name=output, **attributes))
        return Plane(self, output)

    def integers(self, *values: int) -> "Plane":
        """A constant list of whole numbers, as operators take for axes and positions."""
        return Plane(self, self._constant(TensorProto.INT64, [len(values)], values))

    def model(self, output: "Plane", name: str, description: str) -> onnx.ModelProto:
        """The finished, checked model with the single-channel output `name`."""
        batch, height, width = SHAPE
        self._nodes.append(helper.make_node("Identity", [output.name], [name], name=name))
        result = helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 1, height, width])
        graph = helper.make_graph(self._nodes, self.name, [self._input], [result], list(self._constants.values()))
        graph.doc_string = description
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="skysift")
        onnx.checker.check_model(model, full_check=True)
        return model

    def _number(self, value: float) -> str:
        # One element of rank 4, so that it broadcasts over any image.
        return self._constant(TensorProto.FLOAT, [1, 1, 1, 1], (float(value),))

    def _constant(self, kind: int, shape: list[int], values: tuple[float, ...]) -> str:
        key = (kind, *values)
        if key not in self._constants:
            self._constants[key] = helper.make_tensor(f"c{len(self._constants)}", kind, shape, values)
        return str(self._constants[key].name)


@dataclass(frozen=True, eq=False)
class Plane:
    """A tensor (batch, channels, height, width) of a graph: numbers, or truth values after a comparison."""

    graph: Graph
    name: str

    def __add__(self, other: "Plane | float") -> "Plane":
        return self.graph.add("Add", self, other)

    def __sub__(self, other: "Plane | float") -> "Plane":
        return self.graph.add("Sub", self, other)

    def __mul__(self, other: "Plane | float") -> "Plane":
        return self.graph.add("Mul", self, other)

    def __rmul__(self, other: float) -> "Plane":
        return self.graph.add("Mul", self, other)

    def __truediv__(self, other: "Plane | float") -> "Plane":
        return self.graph.add("Div", self, other)

    def __lt__(self, other: "Plane | float") -> "Plane":
        return self.graph.add("Less", self, other)

    def __le__(self, other: "Plane | float") -> "Plane":
        return self.graph.add("LessOrEqual", self, other)

    def __gt__(self, other: "Plane | float") -> "Plane":
        return self.graph.add("Greater", self, other)

    def __ge__(self, other: "Plane | float") -> "Plane":
        return self.graph.add("GreaterOrEqual", self, other)

    def __and__(self, other: "Plane") -> "Plane":
        return self.graph.add("And", self, other)

    def __or__(self, other: "Plane") -> "Plane":
        return self.graph.add("Or", self, other)

    def __invert__(self) -> "Plane":
        return self.graph.add("Not", self)

    def at_least(self, floor: "Plane | float") -> "Plane":
        """The larger of the two, pixel by pixel."""
        return self.graph.add("Max", self, floor)

    def sqrt(self) -> "Plane":
        """Square root."""
        return self.graph.add("Sqrt", self)

    def log(self) -> "Plane":
        """Natural logarithm."""
        return self.graph.add("Log", self)

    def sigmoid(self) -> "Plane":
        """1 / (1 + exp(-x))."""
        return self.graph.add("Sigmoid", self)

    def numbers(self) -> "Plane":
        """Truth values as 1.0 and 0.0."""
        return self.graph.add("Cast", self, to=TensorProto.FLOAT)

    def channel(self, index: int) -> "Plane":
        """One channel alone, (batch, 1, height, width)."""
        whole = self.graph.integers
        return self.graph.add("Slice", self, whole(index), whole(index + 1), whole(1))

    def grown(self) -> "Plane":
        """Truth values, true too where one of the eight neighbours is."""
        spread = self.graph.add("MaxPool", self.numbers(), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        return spread > 0.5

    def smoothed(self, side_px: int) -> "Plane":
        """Mean over a square window, clipped at the image's edge."""
        reach = side_px // 2
        return self.graph.add("AveragePool", self, kernel_shape=[side_px] * 2, pads=[reach] * 4)

    def box_sum(self, side_px: int) -> "Plane":
        """Sum over a square window of odd side; outside the image there is nothing.

        Rows, then columns, each as two halves that share the centre: onnxruntime pools a window of up to 32 pixels
        thirty times as fast as a longer one.
        """
        half = side_px // 2 + 1
        total = self
        for axis in (0, 1):
            window = [half, 1] if axis == 0 else [1, half]
            before, after = [0, 0, 0, 0], [0, 0, 0, 0]
            before[axis], after[axis + 2] = half - 1, half - 1
            halves = [
                self.graph.add("AveragePool", total, kernel_shape=window, pads=pads, count_include_pad=1)
                for pads in (before, after)
            ]
            total = (halves[0] + halves[1]) * half - total
        return total


def stack(*planes: Plane) -> Plane:
    """Planes as the channels of one."""
    return planes[0].graph.add("Concat", *planes, axis=1)


def operations_per_px(model: onnx.ModelProto, side_px: int) -> int:
    """Additions, multiplications, comparisons and moves per pixel of a square image, rounded up.

    Every value that a node writes counts as one operation, or as many as the window has pixels where the node pools.
    """
    fixed = onnx.ModelProto.FromString(model.SerializeToString())
    for value in (*fixed.graph.input, *fixed.graph.output):
        for axis, length in ((0, 1), (2, side_px), (3, side_px)):
            value.type.tensor_type.shape.dim[axis].dim_value = length
    inferred = onnx.shape_inference.infer_shapes(fixed, data_prop=True).graph
    sizes = {
        value.name: prod(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in (*inferred.value_info, *inferred.output)
    }
    total = 0
    for node in inferred.node:
        window = [attribute.ints for attribute in node.attribute if attribute.name == "kernel_shape"]
        total += sizes[node.output[0]] * (prod(window[0]) if window else 1)
    return -(-total // side_px**2)
