"""Strategies made comparable: recall at one rate of false alerts, bytes at one recall.

A model's threshold trades recall for false alerts, and a strategy trades recall for bytes: who sets either free can
show any saving. So what arrived is kept as a curve over confidence. Pure functions of numbers that stand in
`summary.json`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import floor
from typing import Any, NamedTuple

from onboard.payload.detections import CONFIDENCE_STEPS

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class RecallCurve:
    """How many of `truth` targets are found, and how many alerts are false, from each confidence up.

    `threshold` falls strictly, the counts beside it never do. `area_km2` is of all exposed frames, and `truth` of the
    targets in them: dropped frames count.
    """

    truth: int
    area_km2: float
    threshold: tuple[float, ...] = ()
    found: tuple[int, ...] = ()
    false_alerts: tuple[int, ...] = ()

    @classmethod
    def of(cls, truth: int, area_km2: float, found: Iterable[float], false_alerts: Iterable[float]) -> "RecallCurve":
        """The curve of the highest confidence with which each target found was found, and of each false alert's."""
        counts = Counter(map(_step, found)), Counter(map(_step, false_alerts))
        steps = sorted(set().union(*counts), reverse=True)
        return cls(
            truth,
            area_km2,
            tuple(step / CONFIDENCE_STEPS for step in steps),
            *(tuple(accumulate(count[step] for step in steps)) for count in counts),
        )

    @classmethod
    def from_table(cls, score: Mapping[str, Any]) -> "RecallCurve":
        """The curve in one task's `score` of a summary."""
        by_confidence = score["by_confidence"]
        return cls(
            score["truth"],
            score["area_km2"],
            *(tuple(by_confidence[name]) for name in ("threshold", "found", "false_alerts")),
        )

    def as_table(self) -> dict[str, object]:
        """The `by_confidence` entry of a task's score."""
        return {
            "threshold": list(self.threshold),
            "found": list(self.found),
            "false_alerts": list(self.false_alerts),
        }

    @property
    def false_alerts_per_1000_km2(self) -> float | None:
        """The rate with all that arrived; None over no area."""
        return self._rate(self.false_alerts[-1] if self.false_alerts else 0)

    def _rate(self, false_alerts: int) -> float | None:
        return false_alerts * 1000.0 / self.area_km2 if self.area_km2 else None


class OperatingPoint(NamedTuple):
    """A confidence from which alerts count, and the recall that leaves.

    `threshold` is 0 where all count, above 1 where none may; `recall` is None where there is nothing to find.
    """

    threshold: float
    recall: float | None


def at_rate(curve: RecallCurve, false_alerts_per_1000_km2: float) -> OperatingPoint:
    """The lowest threshold that raises false alerts at no more than this rate."""
    allowed = floor(false_alerts_per_1000_km2 * curve.area_km2 / 1000.0 + _ROUNDING)
    within = sum(count <= allowed for count in curve.false_alerts)
    found = curve.found[within - 1] if within else 0
    threshold = 0.0
    if within < len(curve.threshold):
        threshold = (_step(curve.threshold[within]) + 1) / CONFIDENCE_STEPS
    return OperatingPoint(threshold, found / curve.truth if curve.truth else None)


def common_rate(curves: Iterable[RecallCurve]) -> float | None:
    """The highest rate of false alerts that all curves can be held to: the lowest of their own.

    A curve on which nothing was found has no say: silence would hold the others to no false alert at all.
    """
    rates = [curve.false_alerts_per_1000_km2 for curve in curves if curve.found and curve.found[-1]]
    return min((rate for rate in rates if rate is not None), default=None)


def savings_at_equal_recall(
    bytes_a: float, recall_a: float | None, bytes_b: float, recall_b: float | None
) -> float | None:
    """How many times as many bytes as `a` the strategy `b` needs, at the recall of the poorer of the two.

    The richer one sends only that part of its frames which gives the poorer one's recall: targets lie in frames as
    they fall, so bytes go with recall. 0 where only `b` found anything; None where it did not, or `a` sent nothing.
    """
    if not recall_b or recall_a is None:
        return None
    if not recall_a:
        return 0.0
    recall = min(recall_a, recall_b)
    needed_a, needed_b = bytes_a * recall / recall_a, bytes_b * recall / recall_b
    return needed_b / needed_a if needed_a else None


def _step(confidence: float) -> int:
    return round(confidence * CONFIDENCE_STEPS)
