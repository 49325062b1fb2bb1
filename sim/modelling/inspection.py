"""Checks the structure of a graph and reads its facts. For the child process only: it loads onnx and onnxruntime."""

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from onboard.errors import InputError
from sim.modelling.external import external_files
from sim.modelling.image_input import find_image
from sim.modelling.metadata import parse_metadata, printable
from sim.modelling.protobuf import (
    DTYPES,
    Shape,
    constants,
    dtype_name,
    image_inputs,
    inferred_shapes,
    maker_of,
    nodes,
    shape_of,
    tensors,
    texts,
)

MAX_NODES = 50_000
"""Some twenty times the largest detectors; a million nodes take the runtime minutes."""
MAX_OUTPUTS = 64
MAX_RANK = 8
_NAMED = 5
"""Most culprits that one message lists."""

_STANDARD = ("", "ai.onnx", "ai.onnx.ml")
_RUNTIME_DOMAIN = "com.microsoft"
_OLDEST_OPSET = 7
"""The oldest that onnxruntime promises to run."""


def inspect(request: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of the graph at `path` as plain values. Raises InputError where it is not sound."""
    path = Path(request["path"])
    data = path.read_bytes()
    model = _parsed(path, data)
    _check_versions(path, model)
    _check_operators(path, model)
    # Before the checker, which says in its own words what these say with advice.
    _check_tensors(path, model)
    external = external_files(path, model)
    image = find_image(path, model)
    _check_outputs(path, model)
    _check_structure(path, model)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    parse_metadata(path, properties)
    return {
        "sha256": sha256(data).hexdigest(),
        "file_bytes": len(data),
        "external": external,
        "producer": printable(f"{model.producer_name} {model.producer_version}", 100),
        "opset": _opset(model),
        "operators": dict(sorted(Counter(_operator(node) for node in nodes(model)).items())),
        "metadata": properties,
        "parameters": _parameters(model),
        **image,
        "outputs": _outputs(path, model, image["image"]),
    }


def _parsed(path: Path, data: bytes) -> Any:
    model = onnx.ModelProto()
    try:
        model.ParseFromString(data)
    except Exception:
        raise InputError(path, "is not an ONNX model, or is cut short; copy or export it again") from None
    if not model.HasField("graph") or not model.graph.node:
        raise InputError(path, "is not an ONNX model: it holds no graph; export it again")
    # What is not UTF-8 comes out of the parser as bytes.
    if not all(isinstance(text, str) for text in texts(model)):
        raise InputError(path, "holds names that are not UTF-8, it may be damaged; copy or export it again")
    return model


def _opset(model: Any) -> int:
    return max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=0)


def _check_versions(path: Path, model: Any) -> None:
    opset = _opset(model)
    if not opset:
        if others := ", ".join(printable(entry.domain, 60) for entry in model.opset_import):
            raise InputError(
                path, f"has operators of {others} alone, as those for tables; a network that takes an image is needed"
            )
        raise InputError(path, "names no opset, it may be cut short; export it again")
    if opset < _OLDEST_OPSET:
        rule = f"is of opset {opset}, older than onnxruntime runs; convert it to opset {_OLDEST_OPSET} or later"
        raise InputError(path, rule)
    newest = onnx.defs.onnx_opset_version()
    if opset > newest or not _runtime_takes(opset, onnx.IR_VERSION_2021_7_30):
        while not _runtime_takes(newest, onnx.IR_VERSION_2021_7_30):
            newest -= 1
        rule = f"is of opset {opset}, and this onnxruntime takes up to {newest}; export it with opset {newest} or less"
        raise InputError(path, rule)
    if model.ir_version > onnx.IR_VERSION or not _runtime_takes(_OLDEST_OPSET, model.ir_version):
        rule = f"is of format version (ir_version) {model.ir_version}, which this onnxruntime does not take"
        raise InputError(path, f"{rule}; export it with ir_version {onnx.IR_VERSION_2021_7_30}")


def _runtime_takes(opset: int, ir_version: int) -> bool:
    """Whether the installed onnxruntime opens the smallest of graphs of this version: it has no list to ask."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "probe", ends[:1], ends[1:])
    probe = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        onnxruntime.InferenceSession(probe.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except Exception:
        return False
    return True


def _operator(node: Any) -> str:
    return node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"


def _check_operators(path: Path, model: Any) -> None:
    """Every operator must be in the standard, in onnxruntime's own domain, or a function the file brings along."""
    own = {(function.domain, function.name) for function in model.functions}
    versions = {entry.domain or "ai.onnx": entry.version for entry in model.opset_import}
    count, unknown = 0, set()
    for node in nodes(model):
        count += 1
        if count > MAX_NODES:
            raise InputError(path, f"has more than {MAX_NODES} nodes; simplify the graph")
        if (node.domain, node.op_type) in own or node.domain == _RUNTIME_DOMAIN:
            continue
        version = versions.get(node.domain or "ai.onnx", 0)
        if node.domain not in _STANDARD or not _is_defined(node.op_type, node.domain, version):
            unknown.add(printable(_operator(node), 60))
    if unknown:
        names = ", ".join(sorted(unknown)[:_NAMED]) + (", …" if len(unknown) > _NAMED else "")
        rule = f"uses operators that opset {_opset(model)} does not have: {names}"
        raise InputError(path, f"{rule}; replace them, or export with an opset that has them")


def _is_defined(operator: str, domain: str, version: int) -> bool:
    try:
        onnx.defs.get_schema(operator, version, "" if domain == "ai.onnx" else domain)
    except Exception:
        return False
    return True


def _check_structure(path: Path, model: Any) -> None:
    try:
        # By path, so that the checker finds weights in other files; they were seen to lie in the folder.
        onnx.checker.check_model(str(path))
    except Exception as error:
        rule = f"breaks the rules of ONNX: {printable(str(error), 200)}; export it again"
        raise InputError(path, rule) from None
    names = [value.name for value in (*image_inputs(model), *model.graph.output)]
    if odd := next((name for name in names if not name or not name.isprintable() or len(name) > 200), None):
        rule = f"has an input or output with an unusable name, {printable(odd, 30)!r}; rename it"
        raise InputError(path, rule)


def _check_tensors(path: Path, model: Any) -> None:
    """Constants must be of a known type and as large as they say, weights in other files apart."""
    for tensor in tensors(model):
        known = tensor.data_type in TensorProto.DataType.values() and min(tensor.dims, default=0) >= 0
        if known and tensor.HasField("raw_data") and tensor.data_type in DTYPES:
            known = len(tensor.raw_data) == np.dtype(DTYPES[tensor.data_type]).itemsize * prod(tensor.dims)
        if not known:
            rule = f"has a damaged tensor, {printable(tensor.name, 60)!r}: its type or size is not that of its numbers"
            raise InputError(path, f"{rule}; copy or export it again")


def _check_outputs(path: Path, model: Any) -> None:
    if not 0 < len(model.graph.output) <= MAX_OUTPUTS:
        raise InputError(path, f"has {len(model.graph.output)} outputs; it must have 1 to {MAX_OUTPUTS}")
    for value in model.graph.output:
        name = printable(value.name, 60)
        if not value.type.HasField("tensor_type"):
            rule = f"its output {name!r} is no tensor; export it without sequences and maps (zipmap=False)"
            raise InputError(path, rule)
        if shape_of(value) is None:
            rule = f"its output {name!r} has an unknown shape; run onnx.shape_inference.infer_shapes over it"
            raise InputError(path, f"{rule}, or export it with a fixed input size")


def _parameters(model: Any) -> int:
    """Numbers in the tensors that hold weights: floats, and integers of quantised layers, not lengths or axes."""
    whole = (TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL, TensorProto.STRING)
    kept = constants(model.graph).values()
    return sum(prod(tensor.dims) for tensor in kept if tensor.data_type not in whole)


def _outputs(path: Path, model: Any, image: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = {image["name"]: tuple(image["shape"])} if None not in image["shape"] else {}
    shapes = inferred_shapes(path, model, given)
    return [_output(path, value, maker_of(model.graph, value.name), shapes) for value in model.graph.output]


def _output(path: Path, value: Any, maker: Any, shapes: Mapping[str, tuple[int, Shape]]) -> dict[str, Any]:
    declared = shape_of(value)
    assert declared is not None, "refused before"
    dtype = dtype_name(value.type.tensor_type.elem_type)
    if dtype not in ("float32", "float16", "float64", "bool") and "int" not in dtype:
        raise InputError(path, f"its output {value.name!r} holds {dtype}, which no head reads; export numbers")
    if len(declared) > MAX_RANK:
        rule = f"its output {value.name!r} has {len(declared)} axes; no head reads more than {MAX_RANK}"
        raise InputError(path, rule)
    _, inferred = shapes.get(value.name, (0, declared))
    return {
        "name": value.name,
        "dtype": dtype,
        "shape": list(_merged(declared, inferred)),
        "maker": "" if maker is None else _operator(maker),
        "choices": _choices(maker, shapes),
    }


def _choices(maker: Any, shapes: Mapping[str, tuple[int, Shape]]) -> int | None:
    """Out of how many an ArgMax picks one."""
    if maker is None or maker.op_type != "ArgMax" or maker.input[0] not in shapes:
        return None
    axis = next((entry.i for entry in maker.attribute if entry.name == "axis"), 0)
    _, shape = shapes[maker.input[0]]
    return shape[axis] if -len(shape) <= axis < len(shape) else None


def _merged(declared: Shape, inferred: Shape) -> Shape:
    """What the graph says, filled in by what follows from it."""
    if len(declared) != len(inferred):
        return declared
    return tuple(follows if said is None else said for said, follows in zip(declared, inferred, strict=True))
