"""Classical detectors of small targets on sea, applied exactly and each with the window that suits a raft.

Every function takes linear sigma0 of shape (height, width) and gives a score map of that shape: higher is more like a
target. A threshold on it is a constant-false-alarm-rate test; the exam sets it by the false alarms that it counts.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELL_M, GUARD_M, RING_M = 3.0, 10.0, 40.0
"""Sides of the squares: the cell is about a raft, the guard holds all of it, the ring is the sea round it."""

ORDER = 0.75
"""The ring's quantile that an order statistic takes for its level (Rohling 1983, IEEE Transactions on Aerospace and
Electronic Systems 19:608)."""
_ORDER_STEP_PX = 4


def odd_px(length_m: float, gsd_m: float) -> int:
    """The odd number of pixels next to a length."""
    return max(1, round(length_m / gsd_m)) | 1


def _mean(values: Floats, side_px: int) -> Floats:
    return np.asarray(cv2.blur(values, (side_px, side_px), borderType=cv2.BORDER_REFLECT), np.float64)


def _ring_mean(values: Floats, gsd_m: float) -> Floats:
    guard, ring = odd_px(GUARD_M, gsd_m), odd_px(RING_M, gsd_m)
    total = _mean(values, ring) * ring**2 - _mean(values, guard) * guard**2
    return np.asarray(total / (ring**2 - guard**2))


def cells(sigma0: Floats, gsd_m: float) -> Floats:
    """Means over raft-sized cells."""
    return _mean(np.asarray(sigma0, np.float64), odd_px(CELL_M, gsd_m))


def ca_cfar(sigma0: Floats, gsd_m: float) -> Floats:
    """Cell averaging: cell over mean of the ring (Finn and Johnson 1968, RCA Review 29:414)."""
    return np.asarray(cells(sigma0, gsd_m) / np.maximum(_ring_mean(np.asarray(sigma0, np.float64), gsd_m), 1e-12))


def log_cfar(sigma0: Floats, gsd_m: float) -> Floats:
    """Two parameters of the logarithm (Goldstein 1973, IEEE Transactions on Aerospace and Electronic Systems 9:84)."""
    level = np.log(cells(sigma0, gsd_m) + 1e-9)
    mean = _ring_mean(level, gsd_m)
    variance = _ring_mean(level**2, gsd_m) - mean**2
    return np.asarray((level - mean) / np.sqrt(np.maximum(variance, 1e-4)))


def k_cfar(sigma0: Floats, gsd_m: float) -> Floats:
    """Minus the logarithm of the false alarm probability of a cell, were the sea's cells gamma-distributed.

    A gamma variate of the ring's mean and variance stands for the K distribution of multi-look intensity.
    """
    cell = cells(sigma0, gsd_m)
    mean = np.maximum(_ring_mean(np.asarray(sigma0, np.float64), gsd_m), 1e-12)
    spread = np.maximum(_ring_mean(cell**2, gsd_m) / mean**2 - 1, 1e-3)
    return _gamma_surprise(1 / spread, cell / mean)


def os_cfar(sigma0: Floats, gsd_m: float) -> Floats:
    """Cell over the third quartile of the ring, of which one place in a few is looked at."""
    cell = cells(sigma0, gsd_m)
    height_px, width_px = cell.shape
    reach = odd_px(RING_M, gsd_m) // 2
    guard = odd_px(GUARD_M, gsd_m) // 2
    steps = range(-reach, reach + 1, max(1, reach // 4))
    offsets = [(down, right) for down in steps for right in steps if max(abs(down), abs(right)) > guard]
    padded = np.pad(cell, reach, mode="symmetric").astype(np.float32)
    ring = np.stack(
        [
            padded[reach + down : reach + down + height_px, reach + right : reach + right + width_px][
                ::_ORDER_STEP_PX, ::_ORDER_STEP_PX
            ]
            for down, right in offsets
        ]
    )
    rank = int(ORDER * len(offsets))
    level = np.partition(ring, rank, axis=0)[rank]
    fine = cv2.resize(level, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cell / np.maximum(fine, 1e-12), np.float64)


BASELINES = {"log-CFAR": log_cfar, "K-CFAR": k_cfar, "CA-CFAR": ca_cfar, "OS-CFAR": os_cfar}


_SHAPES = np.geomspace(0.03, 1001.0, 96)
_RATIOS = np.geomspace(1e-3, 3e4, 1024)


@lru_cache(maxsize=1)
def _surprise_table() -> NDArray[np.float32]:
    """Minus log of the upper tail of a gamma variate of mean 1, shape (shape parameters, ratios).

    Its density over the logarithm of the ratio is summed from above, all in logarithms: the exam asks for tails far
    below what a probability can hold.
    """
    log_ratio = np.log(_RATIOS)
    log_density = _SHAPES[:, None] * (log_ratio - _RATIOS)
    tail = np.logaddexp.accumulate(log_density[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(tail[:, :1] - tail, dtype=np.float32)


def _gamma_surprise(shape_parameter: Floats, ratio: Floats) -> Floats:
    """Minus the logarithm of the probability that a gamma variate of mean 1 exceeds a ratio, from the table."""

    def place(values: Floats, grid: Floats) -> NDArray[np.float32]:
        step = np.log(grid[1] / grid[0])
        places = np.log(np.maximum(values, grid[0]) / grid[0]) / step
        return np.asarray(np.clip(places, 0, len(grid) - 1), dtype=np.float32)

    found = cv2.remap(_surprise_table(), place(ratio, _RATIOS), place(shape_parameter, _SHAPES), cv2.INTER_LINEAR)
    return np.asarray(found, np.float64)
