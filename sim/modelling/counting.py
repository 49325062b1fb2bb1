"""Counts multiply-accumulates from the shapes of tensors. For the child process only: it loads onnx."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor, log2, prod
from pathlib import Path
from typing import Any

import onnx
from onnx import inliner

from onboard.errors import InputError
from sim.modelling.protobuf import MOVERS, Shape, inferred_shapes
from sim.modelling.running import measured_shapes

Lengths = tuple[int, ...]
Sizes = Mapping[str, Lengths]
"""Lengths of a graph's tensors by name, where they are known."""


def _convolution(_source: Lengths, weights: Lengths, result: Lengths) -> int:
    """Each output number sums (input channels / groups) x kernel products; weights are (out, in / groups, kernel)."""
    return prod(result) * prod(weights[1:])


def _transposed_convolution(source: Lengths, weights: Lengths, _result: Lengths) -> int:
    """Each input number meets (output channels / groups) x kernel weights; weights are (in, out / groups, kernel)."""
    return prod(source) * prod(weights[1:])


def _product(source: Lengths, _weights: Lengths, result: Lengths) -> int:
    """Each output number sums as many products as the rows of the first factor are long."""
    return prod(result) * (source[-1] if source else 1)


@dataclass(frozen=True, slots=True)
class _Counted:
    """How an operator multiplies; which of its inputs are the image and the weights."""

    macs: Callable[[Lengths, Lengths, Lengths], int]
    source: int = 0
    weights: int = 1


_COUNTED = {
    "Conv": _Counted(_convolution),
    "FusedConv": _Counted(_convolution),
    "ConvInteger": _Counted(_convolution),
    "QLinearConv": _Counted(_convolution, weights=3),
    "ConvTranspose": _Counted(_transposed_convolution),
    "MatMul": _Counted(_product),
    "FusedMatMul": _Counted(_product),
    "MatMulInteger": _Counted(_product),
    "QLinearMatMul": _Counted(_product, weights=3),
    "Gemm": _Counted(_product),
    "FusedGemm": _Counted(_product),
}
_UNCOUNTED = {
    *("Attention", "MultiHeadAttention", "QAttention", "GroupQueryAttention", "Einsum", "DeformConv"),
    *("LSTM", "GRU", "RNN", "If", "Loop", "Scan", "MatMulNBits", "QGemm", "NhwcConv"),
}
_DOWNSAMPLING = {"Conv", "FusedConv", "ConvInteger", "QLinearConv", "MaxPool", "AveragePool"}
_UNPADDED = 1.07
"""By how much the ratio of sides may exceed a stride because convolutions without padding cut the border."""


def count(request: Mapping[str, Any]) -> dict[str, Any]:
    """Work of the whole batch, and stride, of the graph at `path`.

    `macs` are operations on single numbers where nothing is multiplied and accumulated: `is_pointwise`.
    """
    path, shape = Path(request["path"]), tuple(request["shape"])
    model = onnx.load_model(str(path), load_external_data=False)
    if model.functions:
        model = inliner.inline_local_functions(model)
    known = inferred_shapes(path, model, {request["name"]: shape})
    sizes = {name: whole for name, (_, lengths) in known.items() if (whole := _whole(lengths)) is not None}
    sizes |= {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    if missing := _missing(model.graph, sizes):
        sizes |= measured_shapes(request, model, missing)
    macs = sum(_macs(path, node, sizes) for node in model.graph.node)
    return {
        "macs": macs or sum(_operations(node, sizes) for node in model.graph.node),
        "is_pointwise": not macs,
        "stride_px": _stride_px(model.graph, sizes, shape[2:] if request["channel_axis"] == 1 else shape[1:3]),
        "uncounted": sorted({node.op_type for node in model.graph.node} & _UNCOUNTED),
    }


def _whole(shape: Shape) -> Lengths | None:
    lengths = tuple(length for length in shape if length is not None)
    return lengths if len(lengths) == len(shape) else None


def _missing(graph: Any, sizes: Sizes) -> list[str]:
    """Results without known lengths, where a counted operator needs one; else none."""
    results = [name for node in graph.node for name in node.output if name and name not in sizes]
    unknown = set(results)
    needed = {name for node in graph.node if node.op_type in _COUNTED for name in (*node.input, *node.output)}
    return results if unknown & (needed or unknown) else []


def _gemm_source(node: Any, source: Lengths) -> Lengths:
    transposed = any(entry.name == "transA" and entry.i for entry in node.attribute)
    return source[::-1] if node.op_type in ("Gemm", "FusedGemm") and transposed else source


def _macs(path: Path, node: Any, sizes: Sizes) -> int:
    how = _COUNTED.get(node.op_type)
    if how is None:
        return 0
    names = (node.input[how.source], node.input[how.weights], node.output[0])
    if any(name not in sizes for name in names):
        rule = f"its layer {node.name or node.op_type!r} has unknown lengths; export it with a fixed input size"
        raise InputError(path, rule)
    source, weights, result = (sizes[name] for name in names)
    return how.macs(_gemm_source(node, source), weights, result)


def _operations(node: Any, sizes: Sizes) -> int:
    """One for each number that a node reads or makes, whichever are more; none for what only moves them."""
    if node.op_type in MOVERS or node.op_type in ("Constant", "ConstantOfShape", "Shape", "Concat", "Split"):
        return 0
    return max((prod(sizes[name]) for name in (*node.input, *node.output) if name in sizes), default=0)


def _stride_px(graph: Any, sizes: Sizes, tile_px: Lengths) -> int:
    """The largest power of two by which a layer sees the image smaller; layers that see one pixel are global."""
    largest = 1.0
    for node in graph.node:
        lengths = sizes.get(node.output[0], ()) if node.op_type in _DOWNSAMPLING else ()
        if len(lengths) == 4 and min(lengths[2:]) > 1:
            largest = max(largest, *(whole / part for whole, part in zip(tile_px, lengths[2:], strict=True)))
    return int(2 ** floor(log2(largest * _UNPADDED))) if largest < max(tile_px) else ceil(largest)
