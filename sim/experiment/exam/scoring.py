"""Counting what a detector found against what is there: pixels, objects, false alarms. Shared by the exams."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.spectra import Mask

_SQUARE = np.ones((3, 3), np.uint8)


def grown(mask: Mask, by_px: int = 1) -> Mask:
    """A mask and all pixels within `by_px` of it (a square)."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _SQUARE, iterations=by_px) > 0)


def components(mask: Mask) -> tuple[int, NDArray[np.int32]]:
    """How many 8-connected components a mask has, and its map of them from 1."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8, ltype=cv2.CV_32S)
    return count - 1, labels


def labels_in(labels: NDArray[np.int32], mask: Mask) -> int:
    """How many labelled components have a pixel in the mask."""
    return int(np.count_nonzero(np.unique(labels[mask])))


def f1(precision: float, recall: float) -> float:
    """Harmonic mean; 0 where both are 0."""
    return 2 * precision * recall / max(precision + recall, 1e-9)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over scenes: of pixels, of objects that are there, and of detections (components of what was found)."""

    true_pixels: int = 0
    false_pixels: int = 0
    missed_pixels: int = 0
    objects: int = 0
    found: int = 0
    detections: int = 0
    false_detections: int = 0
    area_km2: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    def figures(self) -> dict[str, float]:
        """Rates, rounded to four places."""
        recall = self.found / max(self.objects, 1)
        precision = 1 - self.false_detections / max(self.detections, 1)
        wrong = self.false_pixels + self.missed_pixels
        figures = {
            "pixel_f1": 2 * self.true_pixels / max(2 * self.true_pixels + wrong, 1),
            "object_precision": precision,
            "object_recall": recall,
            "object_f1": f1(precision, recall),
            "false_per_1000_km2": 1000 * self.false_detections / max(self.area_km2, 1e-9),
        }
        return {name: round(value, 4) for name, value in figures.items()} | {"objects": self.objects}


@dataclass(frozen=True, slots=True)
class Truth:
    """What is there, out of a noise-free signal: made once a scene, asked at many thresholds."""

    true: Mask
    judged: Mask
    beside: Mask
    objects: int
    labels: NDArray[np.int32]
    area_km2: float

    @classmethod
    def of(cls, signal: NDArray[np.float32], certain: float, faint: float, area_km2: float) -> "Truth":
        """Above `certain` something is there; between `faint` and that nothing is judged."""
        true, something = signal > certain, signal > faint
        objects, labels = components(true)
        return cls(true, true | ~something, grown(something), objects, labels, area_km2)

    def tally(self, detected: Mask) -> Tally:
        """Counts of a detector's mask.

        An object is found where a detected pixel lies in it or beside it; a detection is false where it lies neither
        on nor beside anything, however faint.
        """
        missing = Tally(missed_pixels=int(self.true.sum()), objects=self.objects, area_km2=self.area_km2)
        if not detected.any():
            return missing
        count, detections = components(detected)
        if not self.beside.any():
            return replace(missing, false_pixels=int(detected.sum()), detections=count, false_detections=count)
        right = int((detected & self.true).sum())
        return replace(
            missing,
            true_pixels=right,
            false_pixels=int((detected & self.judged).sum()) - right,
            missed_pixels=missing.missed_pixels - right,
            found=labels_in(self.labels, grown(detected)) if self.objects else 0,
            detections=count,
            false_detections=count - labels_in(detections, self.beside),
        )


def tally(detected: Mask, signal: NDArray[np.float32], certain: float, faint: float, area_km2: float) -> Tally:
    """One mask's counts against a signal, as `Truth` has it."""
    return Truth.of(signal, certain, faint, area_km2).tally(detected)


def total(tallies: Sequence[Tally]) -> Tally:
    """The sum."""
    return sum(tallies, Tally())


def lowest_within(thresholds: Sequence[float], rates: Sequence[float], most: float) -> float:
    """The lowest threshold from which on every rate of false alarms is at most `most`; the highest where none is."""
    kept = thresholds[-1]
    for threshold, rate in zip(reversed(thresholds), reversed(rates), strict=True):
        if rate > most:
            break
        kept = threshold
    return kept
