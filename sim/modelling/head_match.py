"""What a rule says of a graph: which head reads its outputs, and what it saw of them."""

from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from sim.modelling.signature import Seen

_LOGIT_MAKERS = {"Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "QLinearConv", "LogSoftmax"}
_PROBABILITY_MAKERS = {"Sigmoid", "Softmax", "HardSigmoid"}


@dataclass(frozen=True, slots=True, eq=False)
class HeadMatch:
    """A head that reads the outputs. `class_count` is None where lengths do not tell; `scores` are class scores,
    with or, for YuNet, instead of them objectness: projects activate both, or neither.

    `logits` tells whether scores are yet to be activated, where the graph shows it, and `activation` by what, where
    the rule knows; `convention` is the family by which the network is fed. `task` is what the metadata of such a
    graph calls it; `first_label` is the number of the first class that is no background, where labels are
    numbers; `exclusive` is whether the planes of a segmentation exclude each other.
    `notes` tell a person what the head leaves aside.
    """

    head: str
    outputs: tuple[str, ...]
    class_count: int | None
    reason: str
    assumed: bool = False
    convention: str = ""
    scores: NDArray[Any] | None = None
    logits: bool | None = None
    activation: Literal["", "none", "sigmoid", "softmax"] = ""
    task: str = "detect"
    first_label: int = 0
    exclusive: bool = True
    notes: tuple[str, ...] = ()


def shows_logits(output: Seen) -> bool | None:
    """Whether the operator that makes an output leaves numbers that are no probabilities yet."""
    if output.maker in _PROBABILITY_MAKERS:
        return False
    return True if output.maker in _LOGIT_MAKERS else None
