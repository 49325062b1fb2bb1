"""Walks and trims an ONNX model as parsed. For the child process only: it loads onnx."""

from collections.abc import Iterator, Mapping
from itertools import chain
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from onboard.errors import InputError
from sim.modelling.metadata import printable

DTYPES: dict[int, str] = {
    onnx.TensorProto.FLOAT: "float32",
    onnx.TensorProto.FLOAT16: "float16",
    onnx.TensorProto.DOUBLE: "float64",
    onnx.TensorProto.BOOL: "bool",
    **{getattr(onnx.TensorProto, kind.upper()): kind for kind in ("int8", "int16", "int32", "int64")},
    **{getattr(onnx.TensorProto, kind.upper()): kind for kind in ("uint8", "uint16", "uint32", "uint64")},
}
_SMALL_BYTES = 4096
"""Tensors up to this size may be lengths and axes, which shape inference reads."""

MOVERS = {
    *("Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Gather", "Resize"),
    *("Upsample", "DepthToSpace"),
}
"""Operators that move, repeat or convert numbers and make no new ones, or only between them."""

Shape = tuple[int | None, ...]


def dtype_name(kind: int) -> str:
    """The numpy name of an ONNX element type, or ONNX's own in lower case."""
    if kind not in onnx.TensorProto.DataType.values():
        return f"of the unknown type {kind}"
    return DTYPES.get(kind) or str(onnx.TensorProto.DataType.Name(kind)).lower()


def graphs(model: Any) -> Iterator[Any]:
    """The graph, and those inside its control flow."""
    waiting = [model.graph]
    while waiting:
        graph = waiting.pop()
        yield graph
        waiting += chain.from_iterable(_inner_graphs(node) for node in graph.node)


def _inner_graphs(node: Any) -> Iterator[Any]:
    for attribute in node.attribute:
        if attribute.type == onnx.AttributeProto.GRAPH:
            yield attribute.g
        elif attribute.type == onnx.AttributeProto.GRAPHS:
            yield from attribute.graphs


def nodes(model: Any) -> Iterator[Any]:
    """Every node of the graph, of its control flow and of its local functions."""
    for graph in graphs(model):
        yield from graph.node
    for function in model.functions:
        waiting = list(function.node)
        while waiting:
            node = waiting.pop()
            yield node
            waiting += chain.from_iterable(graph.node for graph in _inner_graphs(node))


def tensors(model: Any) -> Iterator[Any]:
    """Every constant tensor, wherever it is kept."""
    for graph in graphs(model):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
    for node in nodes(model):
        for attribute in node.attribute:
            yield from (*attribute.tensors, *([attribute.t] if attribute.HasField("t") else []))
            sparse_tensors = [*attribute.sparse_tensors]
            if attribute.HasField("sparse_tensor"):
                sparse_tensors.append(attribute.sparse_tensor)
            for sparse in sparse_tensors:
                yield from (sparse.values, sparse.indices)


def texts(model: Any) -> Iterator[Any]:
    """Every name that a reader of the graph may look at."""
    yield from (model.producer_name, model.producer_version)
    yield from chain.from_iterable((entry.key, entry.value) for entry in model.metadata_props)
    yield from (entry.domain for entry in model.opset_import)
    for function in model.functions:
        yield from (function.domain, function.name)
    for node in nodes(model):
        yield from (node.op_type, node.domain, node.name, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)
    for graph in graphs(model):
        yield from (value.name for value in (*graph.input, *graph.output))
    for tensor in tensors(model):
        yield tensor.name
        yield from chain.from_iterable((entry.key, entry.value) for entry in tensor.external_data)


def is_external(tensor: Any) -> bool:
    """Whether the numbers lie in another file."""
    return bool(tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data)


def image_inputs(model: Any) -> list[Any]:
    """Inputs that are not initialisers: what a caller must give."""
    constants = {tensor.name for tensor in model.graph.initializer}
    constants |= {sparse.values.name for sparse in model.graph.sparse_initializer}
    return [value for value in model.graph.input if value.name not in constants]


def shape_of(value: Any) -> Shape | None:
    """The shape of a tensor's declaration, None for a dynamic length; None where even the rank is unknown.

    Some exporters write a dynamic length as -1.
    """
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return tuple(
        axis.dim_value if axis.HasField("dim_value") and axis.dim_value >= 0 else None for axis in tensor.shape.dim
    )


def constants(graph: Any) -> dict[str, Any]:
    """Tensors of a graph by name: its initialisers and the outputs of its Constant nodes."""
    found = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.output:
            for attribute in node.attribute:
                if attribute.name == "value":
                    found[node.output[0]] = attribute.t
    return found


def maker_of(graph: Any, name: str) -> Any:
    """The node that makes an output's numbers: behind those that only move them; None without one."""
    makers = {result: node for node in graph.node for result in node.output}
    node = makers.get(name)
    while node is not None and node.op_type in MOVERS and node.input and node.input[0] in makers:
        node = makers[node.input[0]]
    return node


def small_numbers(tensor: Any, most: int) -> tuple[float, ...]:
    """The numbers of a tensor of at most `most`, else none."""
    if is_external(tensor) or prod(tensor.dims) > most:
        return ()
    return tuple(np.asarray(numpy_helper.to_array(tensor), np.float64).reshape(-1).tolist())


def trimmed(model: Any, shape: Mapping[str, tuple[int, ...]]) -> Any:
    """A copy for shape inference: no heavy weights, no shapes but those of constants and of the given inputs."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for tensor in tensors(copy):
        if is_external(tensor) or tensor.ByteSize() > _SMALL_BYTES:
            hollow = onnx.TensorProto(name=tensor.name, dims=tensor.dims, data_type=tensor.data_type)
            tensor.CopyFrom(hollow)
    del copy.graph.value_info[:]
    for value in copy.graph.output:
        value.type.tensor_type.ClearField("shape")
    for value in copy.graph.input:
        if value.name in shape:
            value.type.tensor_type.ClearField("shape")
            for length in shape[value.name]:
                value.type.tensor_type.shape.dim.add().dim_value = length
    return copy


def inferred_shapes(path: Path, model: Any, shape: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, Shape]]:
    """Element type and shape of each tensor of the main graph, where onnx can tell, for inputs of the given shapes."""
    try:
        known = onnx.shape_inference.infer_shapes(trimmed(model, shape), data_prop=True)
    except Exception as error:
        rule = f"its shapes contradict each other: {printable(str(error), 200)}; export it again, with its own opset"
        raise InputError(path, rule) from None
    values = (*known.graph.input, *known.graph.value_info, *known.graph.output)
    told = {value.name: (value.type.tensor_type.elem_type, shape_of(value)) for value in values}
    return {name: (kind, lengths) for name, (kind, lengths) in told.items() if lengths is not None}
