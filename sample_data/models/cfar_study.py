"""Measures the CFAR baselines on drawn seas: their false objects and recall at several thresholds.

    python sample_data/models/cfar_study.py

The thresholds in cfar_baselines.py are those at which it counts one false object per km2 over both sets of seas.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sim.scenes.sar_sea import draw_sar_sea
from sim.scenes.truth import Target

HERE = Path(__file__).resolve().parent
MODELS = ("ca-cfar", "log-cfar")
SCENES, SIDE_PX, GSD_M, RAFTS_PER_KM2, SHIPS_PER_KM2 = 150, 1024, 1.0, 6.0, 0.3
STREAMS = {"first seas": 21, "second seas": 22}
SHIFTS = (-3.0, -2.0, -1.0, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 1.0, 2.0, 3.0)
"""Thresholds to try, from the one built in."""
REACH_PX = 2


@dataclass(frozen=True)
class Point:
    """An operating point."""

    shift: float
    false_per_km2: float
    recall: float


def seas(stream: int) -> Iterator[tuple[NDArray[np.float32], tuple[Target, ...], tuple[Target, ...]]]:
    """Drawn seas of random wind and incidence: sigma0, rafts, ships."""
    for index in range(SCENES):
        rng = np.random.default_rng([stream, index])
        scene = draw_sar_sea(
            rng,
            height_px=SIDE_PX,
            width_px=SIDE_PX,
            gsd_m=GSD_M,
            rafts_per_km2=RAFTS_PER_KM2,
            ships_per_km2=SHIPS_PER_KM2,
        )
        yield scene.sigma0, scene.raft_targets, scene.ship_targets


def _labels_near(labels: NDArray[np.int32], target: Target) -> set[int]:
    rows = slice(max(0, target.y0 - REACH_PX), target.y1 + REACH_PX)
    columns = slice(max(0, target.x0 - REACH_PX), target.x1 + REACH_PX)
    return set(np.unique(labels[rows, columns]).tolist()) - {0}


def count(mask: NDArray[np.bool_], rafts: tuple[Target, ...], ships: tuple[Target, ...]) -> tuple[int, int]:
    """False objects, and rafts found. What touches a ship is neither."""
    found, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    touched = [_labels_near(labels, target) for target in rafts]
    explained = set[int]().union(*touched, *(_labels_near(labels, target) for target in ships))
    return found - 1 - len(explained), sum(map(bool, touched))


def measure(stream: int) -> dict[str, list[Point]]:
    """Operating points of every model over SHIFTS."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    sessions = {
        name: onnxruntime.InferenceSession(str(HERE / name / "model.onnx"), options, providers=["CPUExecutionProvider"])
        for name in MODELS
    }
    counts, rafts_drawn = {name: np.zeros((len(SHIFTS), 2)) for name in MODELS}, 0
    for sigma0, rafts, ships in seas(stream):
        rafts_drawn += len(rafts)
        for name, session in sessions.items():
            probability = session.run(None, {"sigma0": sigma0[None]})[0][0, 0].astype(np.float64)
            counts[name] += [count(probability >= 1 / (1 + np.exp(-shift)), rafts, ships) for shift in SHIFTS]
    area_km2 = SCENES * (SIDE_PX * GSD_M / 1000) ** 2
    return {
        name: [
            Point(shift, float(false / area_km2), float(found / rafts_drawn))
            for shift, (false, found) in zip(SHIFTS, counts[name], strict=True)
        ]
        for name in MODELS
    }


if __name__ == "__main__":
    for seeds, stream in STREAMS.items():
        for name, points in measure(stream).items():
            for point in points:
                print(f"{name} {seeds}: {point.shift:+.1f} {point.false_per_km2:8.2f}/km2 recall {point.recall:.3f}")
