"""Finds the image among a graph's inputs, its layout, and what the graph does to it first. For the child only."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from onboard.errors import InputError
from sim.modelling.facts import IMAGE_TYPES, MAX_CHANNELS, MAX_TILE_PX, MIN_TILE_PX
from sim.modelling.protobuf import Shape, constants, dtype_name, image_inputs, shape_of, small_numbers

_POINTWISE = {
    *("Add", "Sub", "Mul", "Div", "Cast", "Identity", "Clip", "Pad", "Pow", "Sqrt", "Log", "Neg", "Relu"),
    *("BatchNormalization", "InstanceNormalization"),
    *("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"),
}
"""What leaves axes where they are; an image is followed through these to the first layer."""
_ARITHMETIC = ("Add", "Sub", "Mul", "Div")
_LAYERS = {"Conv": 1, "QLinearConv": 3, "ConvInteger": 1, "com.microsoft.FusedConv": 1}
"""Operators whose input is NCHW, and which of their inputs are the weights."""
_TO_NCHW = (0, 3, 1, 2)
_MAX_STEPS = 64


def find_image(path: Path, model: Any) -> dict[str, Any]:
    """The one input (`image`), its channel axis and why, and the `preprocess` that it undergoes.

    Raises InputError where the graph takes anything but one image.
    """
    value = _only_input(path, model)
    dtype = dtype_name(value.type.tensor_type.elem_type)
    shape = shape_of(value)
    if dtype not in IMAGE_TYPES:
        rule = f"its input {value.name!r} is {dtype}, and an image is one of {', '.join(IMAGE_TYPES)}"
        raise InputError(path, f"{rule}; export it with a float32 input")
    if shape is None or len(shape) != 4:
        told = "an unknown shape" if shape is None else f"the shape {_shown(shape)}"
        rule = f"its input {value.name!r} has {told}, and an image has four axes, NCHW or NHWC"
        advice = "put the axis of the batch in front" if shape and len(shape) == 3 else "export it with those"
        raise InputError(path, f"{rule}; {advice}")
    steps, axis, channels = _follow(model.graph, value.name)
    axis, reason = _channel_axis(path, value.name, shape, axis)
    shape = _with_channels(path, value.name, shape, axis, channels)
    _check_lengths(path, value.name, shape, axis)
    return {
        "image": {"name": value.name, "dtype": dtype, "shape": list(shape), "maker": ""},
        "channel_axis": axis,
        "channel_reason": reason,
        "preprocess": steps,
    }


def _only_input(path: Path, model: Any) -> Any:
    inputs = image_inputs(model)
    if len(inputs) != 1:
        names = ", ".join(repr(value.name) for value in inputs[:5]) or "none"
        rule = f"must have one input, the image, and has {len(inputs)}: {names}"
        raise InputError(path, f"{rule}; make the others constants of the graph, or bands of one image")
    if not inputs[0].type.HasField("tensor_type"):
        raise InputError(path, f"its input {inputs[0].name!r} is no tensor; export it with an image as input")
    return inputs[0]


def _shown(shape: Shape) -> str:
    return "x".join("?" if length is None else str(length) for length in shape)


def _follow(graph: Any, name: str) -> tuple[list[tuple[str, tuple[float, ...]]], int | None, int | None]:
    """Operators from the image to the first layer; the axis of channels and their number, where that layer tells."""
    known = constants(graph)
    steps: list[tuple[str, tuple[float, ...]]] = []
    transposed = False
    for node in _chain(graph, name):
        if node.op_type == "Transpose":
            order = next((tuple(entry.ints) for entry in node.attribute if entry.name == "perm"), ())
            if order != _TO_NCHW or transposed:
                return steps, None, None
            transposed = True
        elif (kind := f"{node.domain}.{node.op_type}".removeprefix(".")) in _LAYERS:
            weights = known.get(next(iter(node.input[_LAYERS[kind] :]), ""))
            groups = next((entry.i for entry in node.attribute if entry.name == "group"), 1)
            channels = weights.dims[1] * groups if weights is not None and len(weights.dims) == 4 else None
            return steps, 3 if transposed else 1, channels
        elif node.op_type in _POINTWISE:
            steps.append((node.op_type, _constant(node, known)))
        else:
            break
    return steps, 3 if transposed else None, None


def _chain(graph: Any, name: str) -> Iterator[Any]:
    """Nodes that the image passes one after the other, as long as it does not branch."""
    for _ in range(_MAX_STEPS):
        users = [node for node in graph.node if name in node.input]
        if len(users) != 1 or not users[0].output:
            return
        yield users[0]
        name = users[0].output[0]


def _constant(node: Any, known: dict[str, Any]) -> tuple[float, ...]:
    if node.op_type not in _ARITHMETIC:
        return ()
    tensor = next((known[name] for name in node.input if name in known), None)
    return () if tensor is None else small_numbers(tensor, MAX_CHANNELS)


def _channel_axis(path: Path, name: str, shape: Shape, told: int | None) -> tuple[int, str]:
    """Which axis holds the channels: the graph's first layer tells, else the lengths do."""
    if told is not None:
        return told, "the graph transposes its input" if told == 3 else "its first convolution takes it as it is"
    lengths = {axis: shape[axis] for axis in (1, 3)}
    few = {axis: length for axis, length in lengths.items() if length is not None and 1 <= length <= MAX_CHANNELS}
    if not few:
        rule = f"its input {name!r} of shape {_shown(shape)} is no image: neither axis 1 nor axis 3"
        raise InputError(path, f"{rule} is a fixed number of 1 to {MAX_CHANNELS} channels; export it with one")
    axis = min(few, key=lambda one: (few[one], one))
    return axis, f"axis {axis} is short enough to be channels"


def _with_channels(path: Path, name: str, shape: Shape, axis: int, told: int | None) -> Shape:
    channels = shape[axis] if shape[axis] is not None else told
    if channels is None or not 1 <= channels <= MAX_CHANNELS:
        seen = "an unknown number of" if channels is None else str(channels)
        rule = f"its input {name!r} of shape {_shown(shape)} has {seen} channels on axis {axis}"
        raise InputError(path, f"{rule}, and an image has 1 to {MAX_CHANNELS}; export it with a fixed number")
    return (*shape[:axis], channels, *shape[axis + 1 :])


def _check_lengths(path: Path, name: str, shape: Shape, axis: int) -> None:
    for position, length in enumerate(shape):
        if length is None or position == axis:
            continue
        low, high = (1, 1024) if position == 0 else (MIN_TILE_PX, MAX_TILE_PX)
        if not low <= length <= high:
            what = "images at a time" if position == 0 else "pixels a side"
            rule = f"its input {name!r} of shape {_shown(shape)} takes {length} {what}; it must be {low} to {high}"
            raise InputError(path, f"{rule}, or any: export it so")
