"""What is really there: the targets of a scene, as a detector's answer is judged against them."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

FIRE_SWIR2 = 0.05
"""Noise-free fire-made change of SWIR2 reflectance from which a pixel counts as fire."""


@dataclass(frozen=True, slots=True)
class Target:
    """One connected piece of truth: its box in pixels (end exclusive), its size, and its highest value.

    `kind` is what it is, and `size_m2` how large, where the scene's source says so: empty and 0 where not. `onset_ns`
    is when it began, in mission elapsed time, before the start too; None where nobody knows.
    """

    x0: int
    y0: int
    x1: int
    y1: int
    pixels: int
    peak: float
    kind: str = ""
    size_m2: float = 0.0
    onset_ns: int | None = None


def label_targets(
    fire_swir2: NDArray[np.float32], threshold: float = FIRE_SWIR2
) -> tuple[NDArray[np.int32], tuple[Target, ...]]:
    """The 8-connected components above `threshold`: a map of labels (0 none, n the n-th) and targets."""
    lit = (fire_swir2 > threshold).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(lit, connectivity=8, ltype=cv2.CV_32S)
    targets = []
    for label in range(1, count):
        x0, y0, width, height, pixels = (int(value) for value in stats[label])
        window = np.s_[y0 : y0 + height, x0 : x0 + width]
        peak = float(fire_swir2[window][labels[window] == label].max())
        targets.append(Target(x0, y0, x0 + width, y0 + height, pixels, peak))
    return labels, tuple(targets)


def described(targets: tuple[Target, ...], kind: str, gsd_m: float) -> tuple[Target, ...]:
    """Targets with what they are, and the area of their pixels of `gsd_m` metres."""
    return tuple(replace(target, kind=kind, size_m2=round(target.pixels * gsd_m**2, 1)) for target in targets)


def targets_from(fire_swir2: NDArray[np.float32], threshold: float = FIRE_SWIR2) -> tuple[Target, ...]:
    """The 8-connected components of a fire-made change above `threshold`, in label order."""
    return label_targets(fire_swir2, threshold)[1]
