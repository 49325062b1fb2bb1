"""Runs a graph once. For the child process only: it loads onnxruntime, and the graph is of unknown origin."""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from onboard.errors import InputError
from sim.modelling.metadata import printable
from sim.modelling.sandbox import forget_peak, held_memory_bytes, peak_memory_bytes

MAX_OUTPUT_BYTES = 256_000_000
_NUMBERS = {f"tensor({name})": name for name in ("float16", "uint8", "uint16", "int8", "int32", "int64", "double")}
_FOLDER_OF_WEIGHTS = "session.model_external_initializers_file_folder_path"


def run(request: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs for a sample frame at the first of `shapes` that the graph runs on, and the memory that took.

    Raises InputError where it opens or runs at none, or an output holds NaN or infinity.
    """
    path = Path(request["path"])
    session, before_bytes, opened_bytes = _opened(path)
    failure = ""
    for shape in request["shapes"]:
        image = sample_image(
            tuple(shape), request["channel_axis"], request["dtype"], request["scale"], request["offset"]
        )
        forget_peak()
        try:
            outputs = session.run(None, {request["name"]: image})
        except MemoryError:
            raise
        except Exception as error:
            failure = failure or str(error)
            continue
        peak_bytes = max(opened_bytes, peak_memory_bytes()) - before_bytes
        names = [output.name for output in session.get_outputs()]
        told = [_told(path, name, np.asarray(output)) for name, output in zip(names, outputs, strict=True)]
        return {"shape": shape, "outputs": told, "peak_memory_bytes": max(0, peak_bytes)}
    if _is_for_memory(failure):
        raise MemoryError(failure)
    sizes = ", ".join("x".join(map(str, shape)) for shape in request["shapes"])
    raise InputError(path, f"fails on an image of {sizes}: {reason(failure)}; try it in onnxruntime, export it again")


def measure(request: Mapping[str, Any]) -> dict[str, Any]:
    """The most memory that opening the graph and running it once took, on an even image like that of a card.

    Lengths that the graph fixes are the graph's. A graph that opens and fails to run has taken what opening took:
    why it fails is for others to tell.
    """
    session, before_bytes, opened_bytes = _opened(Path(request["path"]))
    images = {node.name: _even(node, request["shape"], request["value"]) for node in session.get_inputs()}
    forget_peak()
    try:
        session.run(None, images)
    except MemoryError:
        raise
    except Exception as error:
        if _is_for_memory(str(error)):
            raise MemoryError from None
    return {"peak_memory_bytes": max(0, max(opened_bytes, peak_memory_bytes()) - before_bytes)}


def _even(node: Any, lengths: list[int], value: float) -> NDArray[Any]:
    wanted = lengths if len(node.shape) == len(lengths) else [1] * len(node.shape)
    shape = [own if isinstance(own, int) else length for own, length in zip(node.shape, wanted, strict=True)]
    return np.full(shape, value).astype(_NUMBERS.get(node.type, "float32"))


def _opened(path: Path) -> tuple[Any, int, int]:
    """A session, the memory held before it was opened, and the peak while it was."""
    _warm_up()
    before_bytes = held_memory_bytes()
    forget_peak()
    session = _open(path, str(path))
    return session, before_bytes, peak_memory_bytes()


def _warm_up() -> None:
    """Load what onnxruntime itself takes for any graph, which is not the model's."""
    shape = ["n"]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Sigmoid", ["x"], ["y"])],
        "smallest",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, shape)],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    session = _open(Path(), model.SerializeToString())
    session.run(None, {"x": np.zeros(1, np.float32)})


def _is_for_memory(failure: str) -> bool:
    return "llocate memory" in failure or "bad_alloc" in failure


def reason(message: str) -> str:
    """The heart of onnxruntime's message: without its own source files and codes."""
    parts = [part for part in message.replace("\n", " ").split(" : ") if "ONNXRuntimeError" not in part]
    return printable(" : ".join(part for part in parts if not part.strip().isdigit()) or message, 200)


def sample_image(shape: tuple[int, ...], channel_axis: int, dtype: str, scale: float, offset: float) -> NDArray[Any]:
    """A made-up frame: slopes, noise and a few bright blocks of 0..1, times scale plus offset, in the input's type."""
    batch, *rest = shape
    height, width = rest[1:] if channel_axis == 1 else rest[:2]
    channels = shape[channel_axis]
    rows, cols = np.mgrid[0:height, 0:width]
    slope = 0.2 + 0.2 * rows / height + 0.1 * cols / width
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, (channels, height, width))
    planes = slope + noise
    for share in (0.2, 0.5, 0.75):
        top, left = int(share * height), int((1 - share) * width * 0.9)
        planes[:, top : top + max(2, height // 16), left : left + max(2, width // 16)] += 0.4
    values = np.clip(planes, 0.0, 1.0) * scale + offset
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        values = np.clip(np.rint(values), limits.min, limits.max)
    image = np.broadcast_to(values, (batch, *values.shape))
    image = image if channel_axis == 1 else np.moveaxis(image, 1, 3)
    return np.ascontiguousarray(image, dtype=kind)


def measured_shapes(request: Mapping[str, Any], model: Any, names: list[str]) -> dict[str, tuple[int, ...]]:
    """Shapes of intermediate tensors, from running the graph once with them as outputs."""
    path = Path(request["path"])
    already = {value.name for value in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in already)
    session = _open(path, model.SerializeToString())
    image = sample_image(tuple(request["shape"]), request["channel_axis"], request["dtype"], 1.0, 0.0)
    try:
        outputs = session.run(names, {request["name"]: image})
    except MemoryError:
        raise
    except Exception as error:
        raise InputError(path, f"its lengths cannot be measured: {reason(str(error))}; export it again") from None
    return {name: output.shape for name, output in zip(names, outputs, strict=True) if isinstance(output, np.ndarray)}


def _open(path: Path, graph: str | bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry(_FOLDER_OF_WEIGHTS, str(path.parent.resolve()))
    options.enable_cpu_mem_arena = False  # so that the memory measured is the memory needed
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as error:
        if _is_for_memory(str(error)):
            raise MemoryError from None
        raise InputError(path, f"is refused by onnxruntime: {reason(str(error))}; export it again") from None


def _told(path: Path, name: str, output: NDArray[Any]) -> dict[str, Any]:
    if output.dtype.kind not in "fiub":
        raise InputError(path, f"its output {name!r} holds {output.dtype}, which no head reads; export numbers")
    if output.nbytes > MAX_OUTPUT_BYTES:
        rule = f"its output {name!r} takes {output.nbytes / 1e6:,.0f} MB for one image"
        raise InputError(path, f"{rule}, more than {MAX_OUTPUT_BYTES / 1e6:,.0f}; export one that ends smaller")
    if not np.isfinite(output).all():
        bad = int(prod(output.shape) - np.isfinite(output).sum())
        rule = f"puts out NaN or infinity in {bad} of {output.size} numbers of {name!r} for a sample frame"
        raise InputError(path, f"{rule}; check its normalisation, and half precision that overflows")
    return {"name": name, "dtype": str(output.dtype), "shape": list(output.shape), "data": output.tobytes()}
