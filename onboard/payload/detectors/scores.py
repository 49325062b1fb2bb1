"""From raw class scores to the candidates that reach the threshold. All that comes after works on these few."""

from functools import cache
from math import inf, log
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from onboard.payload.detectors.boxes import Floats, Indices

Activation = Literal["none", "sigmoid", "softmax"]
"""What turns the graph's class scores into probabilities; where it is not "none", objectness goes through a sigmoid.

Projects export both activated, or neither.
"""

Raw = NDArray[Any]
"""What the graph put out, in its own number type."""


class Candidates(NamedTuple):
    """Rows that reach the threshold, their scores and classes, each of shape (n,)."""

    rows: Indices
    scores: Floats
    class_indices: NDArray[np.int64]


_NO_CANDIDATES = Candidates(np.empty(0, np.intp), np.empty(0), np.empty(0, np.int64))


def sigmoid(raw: Raw) -> Floats:
    """1 / (1 + exp(-raw)), without overflow."""
    signed: Floats = np.tanh(0.5 * raw.astype(np.float64))
    return 0.5 * (signed + 1.0)


def softmax(raw: Raw) -> Floats:
    """Softmax over the last axis."""
    values: Floats = raw.astype(np.float64)
    powers: Floats = np.exp(values - values.max(axis=-1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def activated(raw: Raw, activation: Activation) -> Floats:
    """Probabilities of raw class scores, the classes along the last axis."""
    if activation == "sigmoid":
        return sigmoid(raw)
    if activation == "softmax":
        return softmax(raw)
    return raw.astype(np.float64)


def activated_objectness(raw: Raw, activation: Activation) -> Floats:
    """Probabilities that there is any object at all."""
    return activated(raw, "none" if activation == "none" else "sigmoid")


@cache
def raw_floor(threshold: float, activation: Activation) -> float:
    """A raw score below which none reaches the threshold; what lies above it is yet to be judged exactly."""
    if activation == "softmax":
        return -inf
    bar = threshold if activation == "none" else log(threshold / (1.0 - threshold))
    return bar - 1e-3 * max(1.0, abs(bar))  # half precision has steps of 1/1024


def objectness_floor(threshold: float, activation: Activation) -> float:
    """As `raw_floor`, of raw objectness."""
    return raw_floor(threshold, "none" if activation == "none" else "sigmoid")


def reaching(scores: Raw, threshold: float) -> Indices:
    """Indices of the scores (n,) at or above the threshold, and of what is no number: it must not vanish unseen."""
    return (~(scores < threshold)).nonzero()[0]


def best_classes(class_scores: Raw, threshold: float, activation: Activation) -> Candidates:
    """Each row's best class out of raw scores (n, classes), where it reaches the threshold."""
    rows = reaching(class_scores.max(axis=1), raw_floor(threshold, activation))
    if not len(rows):  # most tiles end here
        return _NO_CANDIDATES
    probabilities = activated(class_scores[rows], activation)
    scores = probabilities.max(axis=1)
    kept = reaching(scores, threshold)
    return Candidates(rows[kept], scores[kept], probabilities[kept].argmax(axis=1))


def best_classes_of_objects(objectness: Raw, class_scores: Raw, threshold: float, activation: Activation) -> Candidates:
    """As `best_classes`, the score being objectness (n,) times the best class's probability."""
    # A probability is at most 1: where objectness misses the threshold, the product does too.
    rows = reaching(objectness, objectness_floor(threshold, activation))
    if not len(rows):  # most tiles end here
        return _NO_CANDIDATES
    probabilities = activated(class_scores[rows], activation)
    scores = activated_objectness(objectness[rows], activation) * probabilities.max(axis=1)
    kept = reaching(scores, threshold)
    return Candidates(rows[kept], scores[kept], probabilities[kept].argmax(axis=1))
