"""A network in 8-bit integers: static, one scale a channel of the weights, onnxruntime's tools only, no torch.

All from the first convolution on becomes integers; what comes before it (logarithms, ratios) and the last convolution,
whose answer is compared with thresholds, stay float32. A rectifier vanishes into the scale of what it follows: codes
begin at zero, and none is spent on what it would cut off.

Weights take 7 of the 8 bits: without VNNI, onnxruntime adds two products of 8 x 8 bits in 16 bits on x86, which
overflow where weights are full (its session.x64quantprecision avoids that too, but not every user sets it).
"""

import logging
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tomli_w
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from onboard.payload.models import load_card
from sample_data.models.training.rounding import rounded, small_kernels
from sim.experiment.bench.integers import SUFFIX
from sim.modelling.memory import measured_mb

INTEGERS = ("Conv", "Relu", "MaxPool", "Resize", "Concat")
"""Operators that become integers."""

Floats = NDArray[np.float32]


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    """Pictures (C, H, W), one at a time under the name of the graph's input."""

    def __init__(self, name: str, pictures: Iterable[Floats]) -> None:
        self._name = name
        self._pictures: Iterator[Floats] = iter(pictures)

    def get_next(self) -> dict[str, Floats] | None:
        picture = next(self._pictures, None)
        return None if picture is None else {self._name: np.ascontiguousarray(picture[None], np.float32)}


def quantise(source: Path, target: Path, pictures: Iterable[Floats]) -> None:
    """Write the graph at `source` in integers. Scales span what `pictures`, as the graph takes them, (C, H, W), excite.

    Some dozens that are like those of use: what none of them reaches is clipped later.
    """
    floats, shown = onnx.load(source), list(pictures)
    graph = floats.graph
    floating = kept_in_floats(graph)
    whole = [name for name in small_kernels(graph) if name not in floating]
    with tempfile.TemporaryDirectory() as scratch:
        settled, draft = Path(scratch) / "settled.onnx", Path(scratch) / "model.onnx"
        onnx.save(rounded(floats, whole, shown), settled)
        with _without_advice():
            quantize_static(
                str(settled),
                str(draft),
                _Pictures(graph.input[0].name, shown),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
                activation_type=QuantType.QUInt8,
                op_types_to_quantize=list(INTEGERS),
                nodes_to_exclude=floating,
            )
        model = onnx.load(draft)
    del model.graph.value_info[:]  # shapes of every intermediate: some kilobytes of uplink
    onnx.checker.check_model(model, full_check=True)
    target.write_bytes(model.SerializeToString(deterministic=True))


def ship(folder: Path, pictures: Iterable[Floats]) -> Path:
    """Quantise a model's folder into one beside it, with the card of the float model; answers with the new folder.

    The card differs in name, description and memory alone: thresholds are those of the float model.
    """
    target = folder.with_name(folder.name + SUFFIX)
    target.mkdir(exist_ok=True)
    quantise(folder / "model.onnx", target / "model.onnx", pictures)
    card = tomllib.loads((folder / "card.toml").read_text("utf-8"))
    card["model"]["name"] += SUFFIX
    card["model"]["description"] += ", in 8-bit integers"
    _write_card(target, card)
    card["cost"]["memory_mb"] = measured_mb(load_card(target))
    _write_card(target, card)
    return target


def kept_in_floats(graph: Any) -> list[str]:
    """Names of nodes that stay floats: before the first convolution of their way, and from the last one on."""
    makers = {name: node for node in graph.node for name in node.output}
    users: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)

    def before(node: Any) -> list[Any]:
        return [makers[name] for name in node.input if name in makers]

    def behind(node: Any) -> list[Any]:
        return [user for name in node.output for user in users.get(name, [])]

    return [
        node.name
        for node in graph.node
        if (node.op_type == "Concat" and not _meets_convolution(node, before))
        or (node.op_type in INTEGERS and not _meets_convolution(node, behind))
    ]


def _meets_convolution(node: Any, onward: Callable[[Any], list[Any]]) -> bool:
    """Whether a convolution lies somewhere on the way from a node, itself left out."""
    waiting, seen = onward(node), set()
    while waiting:
        met = waiting.pop()
        if met.op_type == "Conv":
            return True
        if met.output[0] not in seen:
            seen.add(met.output[0])
            waiting += onward(met)
    return False


@contextmanager
def _without_advice() -> Iterator[None]:
    """The tool asks for a step of its own beforehand; torch's export has folded what that would fold."""
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)
    try:
        yield
    finally:
        logging.getLogger().setLevel(level)


def _write_card(folder: Path, card: dict[str, Any]) -> None:
    (folder / "card.toml").write_text(tomli_w.dumps(card), "utf-8")
