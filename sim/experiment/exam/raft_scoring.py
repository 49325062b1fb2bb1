"""How the raft exam counts: peaks of a score map, which of them are targets, and curves over all thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.sar_study import StudySea

Floats = NDArray[np.float64]

PEAK_M = 6.0
"""A peak is the highest within a square of this side: two targets are never so near."""
FOUND_M, EXCUSED_M = 6.0, 12.0
"""A target is found by a peak within 6 m (0.7 of its size, if that is more); what lies within 12 m of it (its own size,
if that is more) is at least no false alarm."""
MISSED = -1e9


@dataclass(frozen=True, slots=True)
class Peaks:
    """Local maxima of a score map: places in pixels of the picture, and scores; shape (n,)."""

    rows: Floats
    columns: Floats
    scores: Floats

    @classmethod
    def of(
        cls, scores: NDArray[np.floating], gsd_m: float, pixels_a_cell: int = 1, *, least: float = -np.inf
    ) -> "Peaks":
        """Of a map one cell of which is `pixels_a_cell` pixels wide; those below `least` are left out."""
        side = max(3, round(PEAK_M / gsd_m / pixels_a_cell) | 1)
        highest = cv2.dilate(scores, np.ones((side, side), np.uint8))
        rows, columns = np.nonzero((scores == highest) & (scores >= least))
        middle = (pixels_a_cell - 1) / 2
        at = scores[rows, columns].astype(np.float64)
        down, right = (np.asarray(cells * pixels_a_cell + middle, np.float64) for cells in (rows, columns))
        return cls(down, right, at)


@dataclass(frozen=True, slots=True)
class Hunted:
    """What became of one raft: the score of the best peak on it, or MISSED; and what it was."""

    score: float
    cross_section_m2: float
    wind_m_s: float
    looks: int
    contrast_db: float


@dataclass(slots=True)
class Tally:
    """Counts of one detector over many seas."""

    hunted: list[Hunted] = field(default_factory=list)
    false_scores: list[float] = field(default_factory=list)
    area_km2: float = 0.0

    def add(self, sea: StudySea, peaks: Peaks) -> None:
        """Count a sea. A small craft is no raft, and finding it no false alarm; a ship or iceberg excuses nothing."""
        unexplained = np.ones(len(peaks.scores), bool)
        for target in sea.targets:
            distance_m = np.hypot(peaks.rows - target.row, peaks.columns - target.column) * sea.gsd_m
            near = distance_m < max(FOUND_M, 0.7 * target.size_m)
            unexplained &= distance_m >= max(EXCUSED_M, target.size_m)
            if target.kind == "raft" and not sea.hides(target):
                best = float(peaks.scores[near].max()) if near.any() else MISSED
                self.hunted.append(
                    Hunted(best, target.cross_section_m2, sea.state.wind_m_s, sea.aperture.looks, target.contrast_db)
                )
        self.false_scores += peaks.scores[unexplained].tolist()
        self.area_km2 += sea.area_km2

    def join(self, other: "Tally") -> None:
        """Take over another's counts."""
        self.hunted += other.hunted
        self.false_scores += other.false_scores
        self.area_km2 += other.area_km2

    def threshold_at(self, false_per_km2: float) -> float:
        """The score above which so many false alarms lie on a km2; MISSED where fewer lie there at all."""
        falling = np.sort(self.false_scores)[::-1]
        allowed = round(false_per_km2 * self.area_km2)
        return float(falling[allowed]) if allowed < len(falling) else MISSED

    def detection(self, threshold: float, among: NDArray[np.bool_] | None = None) -> float:
        """The share of rafts whose score lies above a threshold: of all, or of those in a mask of shape (n,)."""
        scores = np.array([one.score for one in self.hunted])
        scores = scores if among is None else scores[among]
        return float((scores > threshold).mean()) if len(scores) else float("nan")

    def false_per_km2(self, threshold: float) -> float:
        """False alarms above a threshold on a km2."""
        return float((np.array(self.false_scores) > threshold).sum() / self.area_km2)

    def curve(self, rates_per_km2: Sequence[float]) -> list[dict[str, float]]:
        """Operating points at false alarm rates."""
        points = []
        for rate in rates_per_km2:
            threshold = self.threshold_at(rate)
            points.append(
                {
                    "false_per_km2": rate,
                    "detection": round(self.detection(threshold), 4),
                    "threshold": threshold,
                }
            )
        return points
