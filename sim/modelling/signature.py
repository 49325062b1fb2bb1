"""The outputs of a graph as head rules see them: names, lengths and, after a trial run, numbers."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onboard.payload.detectors.boxes import ROUNDING
from sim.modelling.facts import GraphFacts, TensorFacts
from sim.modelling.metadata import Hints
from sim.modelling.trial import Trial, usual_tile_px

_BOXES, _SCORES = r"box|loc|rect", r"score|conf|prob"

STRIDES = ((8, 16, 32), (8, 16, 32, 64), (4, 8, 16, 32), (16, 32), (8, 16))
"""Grids of detectors: the usual three, and with one more or less."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One output. `shape` has None for what is not known before a run; `values` is None before it.

    `maker` and `choices` are those of TensorFacts.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    maker: str
    choices: int | None
    values: NDArray[Any] | None

    @property
    def rank(self) -> int:
        """How many axes."""
        return len(self.shape)

    @property
    def is_whole(self) -> bool:
        """Whether it holds integers."""
        return "int" in self.dtype

    def named(self, pattern: str) -> bool:
        """Whether a regular expression occurs in the name."""
        return re.search(pattern, self.name, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """All that rules may look at."""

    tile_px: tuple[int, int]
    channels_last: bool
    outputs: tuple[Seen, ...]
    operators: Collection[str]
    hints: Hints

    def of_rank(self, rank: int) -> list[Seen]:
        """Outputs with so many axes."""
        return [output for output in self.outputs if output.rank == rank]

    def only(self, rank: int) -> Seen | None:
        """The one output with so many axes, alone but for the raw grids (rank 5) that old YOLOv5 exports add."""
        found = self.of_rank(rank)
        others = [output for output in self.outputs if output.rank not in (rank, 5)]
        return found[0] if len(found) == 1 and not others else None

    def cells(self, strides: Sequence[int] = STRIDES[0]) -> int:
        """Grid cells of a tile, all strides together."""
        height, width = self.tile_px
        return sum(-(-height // stride) * -(-width // stride) for stride in strides)

    def has_cells(self, count: int | None, anchors: int) -> bool | None:
        """Whether a length is so many anchors for each grid cell; None where it is not known."""
        if count is None:
            return None
        return count in {anchors * self.cells(strides) for strides in STRIDES}

    @property
    def suppresses(self) -> bool:
        """Whether the graph ends with non-maximum suppression, or picks its best boxes itself."""
        own = {"NonMaxSuppression", "TopK", "com.microsoft.NonMaxSuppression", "EfficientNMS_TRT"}
        return self.hints.nms or not own.isdisjoint(self.operators)


def signature(facts: GraphFacts, trial: Trial | None) -> Signature:
    """What is known of the outputs; lengths that the graph leaves open come from the trial run."""
    ran: Mapping[str, NDArray[Any]] = trial.outputs if trial else {}
    seen = [_seen(output, ran.get(output.name), facts.batch) for output in facts.outputs]
    tile_px = trial.tile_px if trial else usual_tile_px(facts)
    return Signature(tile_px, facts.channel_axis == 3, tuple(seen), facts.operators, facts.hints)


def _seen(output: TensorFacts, values: NDArray[Any] | None, batch: int) -> Seen:
    """What the first of `batch` images tells."""
    shape: tuple[int | None, ...] = output.shape if values is None else values.shape
    if batch > 1 and shape and shape[0] == batch:
        shape, values = (1, *shape[1:]), None if values is None else values[:1]
    return Seen(output.name, output.dtype, shape, output.maker, output.choices, values)


def lies_in(values: NDArray[Any] | None, low: float, high: float) -> bool | None:
    """Whether all values lie within limits; None without values."""
    if values is None or not values.size:
        return None
    return bool(values.min() >= low - ROUNDING and values.max() <= high + ROUNDING)


def reaches(rows: NDArray[Any] | None, tile_px: tuple[int, int]) -> bool | None:
    """Whether centres (n, x and y first) are spread over a tile in pixels, as decoded boxes are."""
    if rows is None or not rows.size:
        return None
    height, width = tile_px
    return bool(rows[..., 0].max() > width / 2 and rows[..., 1].max() > height / 2)


def sums_to_one(scores: NDArray[Any] | None) -> bool | None:
    """Whether classes on the last axis share one probability, as after a softmax."""
    if scores is None or not scores.size:
        return None
    return bool(np.allclose(scores.sum(axis=-1, dtype=np.float64), 1.0, atol=1e-2))


def boxes_of(pair: list[Seen]) -> Seen | None:
    """The output with four numbers a row; of two such, the one whose name or numbers say so."""
    fours = [output for output in pair if output.shape[2] == 4]
    if len(fours) == 2:
        shared = [sums_to_one(output.values) for output in fours]
        return fours[1] if fours[1].named(_BOXES) or fours[0].named(_SCORES) or shared == [True, False] else fours[0]
    return fours[0] if fours else None


def are_corners(boxes: NDArray[Any] | None) -> bool | None:
    """Whether nearly all rows are x0, y0, x1, y1 with the second corner beyond the first."""
    if boxes is None or not boxes.size:
        return None
    return bool((boxes[..., 2:] >= boxes[..., :2]).all(axis=-1).mean() > 0.9)


def are_parts(boxes: NDArray[Any] | None) -> bool | None:
    """Whether boxes are told in parts of the input's sides: about 0..1, and not all 0."""
    if boxes is None or not boxes.size:
        return None
    return bool(boxes.min() >= -0.5 and 0.0 < boxes.max() <= 1.5)


def is_embedding(values: NDArray[Any] | None) -> bool:
    """Whether the numbers of one image are a direction: of length 1, some below 0."""
    if values is None or values.ndim != 2 or values.shape[1] < 16 or values.min() >= 0.0:
        return False
    return bool(np.allclose(np.linalg.norm(values.astype(np.float64), axis=1), 1.0, atol=1e-3))
