"""Reads a graph of unknown origin: sound or refused, before anything runs."""

from pathlib import Path

from onboard.errors import InputError
from sim.modelling.facts import (
    MAX_MODEL_BYTES,
    ExternalFile,
    GraphFacts,
    Preprocess,
    TensorFacts,
    tensor_facts,
    too_large,
)
from sim.modelling.metadata import parse_metadata
from sim.modelling.sandbox import ask

__all__ = ["ExternalFile", "GraphFacts", "Preprocess", "TensorFacts", "read_graph"]

TIME_LIMIT_S = 30.0
MEMORY_LIMIT_BYTES = 4_000_000_000
"""For checking alone: parser, checker and shape inference each hold a copy of the weights."""

_OTHER_FORMATS = (
    (0, b"PK\x03\x04", "is a ZIP archive, as PyTorch checkpoints and Keras models are; export the model to ONNX"),
    (0, b"\x80\x02", "is a Python pickle, as old PyTorch checkpoints are; export the model to ONNX"),
    (0, b"\x89HDF", "is an HDF5 file, as Keras models are; export the model to ONNX"),
    (4, b"TFL3", "is a TensorFlow Lite model; convert it to ONNX"),
    (4, b"ORTM", "is a model in onnxruntime's own format; hand over the ONNX file it was made from"),
    (0, b"version https://git-lfs", "is a Git LFS pointer and not the file itself; run git lfs pull"),
    (0, b"<", "is a web page or XML; download the file itself"),
)
"""Where in the file, which bytes, and what they mean: what people hand over in place of an ONNX file."""


def read_graph(path: Path, *, timeout_s: float = TIME_LIMIT_S, memory_bytes: int = MEMORY_LIMIT_BYTES) -> GraphFacts:
    """Facts of a sound ONNX file that takes one image.

    It is parsed and checked in a child process with limits of time and memory. Raises InputError, one line with
    advice: not ONNX, cut short, too large, weights outside the folder, operators or an opset unknown to the
    installed onnxruntime, an input that is no single image, outputs of unknown rank, hostile metadata.
    """
    _check_file(path)
    request = {"path": str(path)}
    told = ask("inspect", request, source=path, timeout_s=timeout_s, memory_bytes=memory_bytes)
    return GraphFacts(
        path=path,
        file_bytes=told["file_bytes"],
        sha256=told["sha256"],
        external=tuple(ExternalFile(*entry) for entry in told["external"]),
        producer=told["producer"],
        opset=told["opset"],
        inputs=(tensor_facts(told["image"]),),
        outputs=tuple(tensor_facts(table) for table in told["outputs"]),
        channel_axis=told["channel_axis"],
        channel_reason=told["channel_reason"],
        preprocess=tuple(Preprocess(operator, tuple(constant)) for operator, constant in told["preprocess"]),
        operators=told["operators"],
        metadata=told["metadata"],
        hints=parse_metadata(path, told["metadata"]),
        parameters=told["parameters"],
    )


def whole_file(facts: GraphFacts, *, timeout_s: float = TIME_LIMIT_S, memory_bytes: int = MEMORY_LIMIT_BYTES) -> bytes:
    """The ONNX file, with the weights inside that it keeps in other files: what is sent to a satellite is one file.

    Raises InputError where they do not go into one file.
    """
    if not facts.external:
        return facts.path.read_bytes()
    request = {"path": str(facts.path)}
    merged: bytes = ask("merge", request, source=facts.path, timeout_s=timeout_s, memory_bytes=memory_bytes)["model"]
    return merged


def _check_file(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise InputError(ascii(str(path)), "its name must be UTF-8; rename it") from None
    try:
        if not path.is_file():
            rule = "is a folder; name the .onnx file" if path.is_dir() else "no such file; name an .onnx file"
            raise InputError(path, rule)
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(64)
    except (OSError, ValueError) as error:
        raise InputError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if not size:
        raise InputError(path, "is empty; copy or export it again")
    if size > MAX_MODEL_BYTES:
        raise InputError(path, too_large(size))
    for position, mark, rule in _OTHER_FORMATS:
        if start.lstrip(b"\xef\xbb\xbf \r\n")[position:].startswith(mark):
            raise InputError(path, rule)
