"""The operating point of a wildfire model, chosen on the exam's validation seeds, and its card."""

from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import onnxruntime
import tomli_w

from onboard.payload.models import load_card
from sim.experiment.exam.fire_bands import FLOWN
from sim.experiment.exam.fire_plan import fire_plan
from sim.experiment.exam.fire_truth import draw_set
from sim.experiment.exam.scoring import Tally, Truth
from sim.modelling.graph import read_graph
from sim.modelling.macs import count_macs
from sim.modelling.memory import measured_mb

CHOSEN_BY = "highest sum of pixel F1 and object F1 on the validation seeds"
LIKELY = (0.3, 0.4, 0.5, 0.6)
CERTAIN = (0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95)
THRESHOLD = 0.5
"""Of the card: the graph has both probabilities of the chosen point at one half."""
TILE_PX, OVERLAP_PX, STRIDE_PX = 256, 64, 16


class Point(NamedTuple):
    """A pixel is fire from a `likely` probability, where one of its 3 x 3 neighbours has a `certain` one."""

    likely: float
    certain: float


def draft_card(folder: Path, *, version: str, description: str) -> None:
    """Write card.toml of the graph that lies in the folder."""
    card: dict[str, Any] = {
        "model": {
            "name": folder.name,
            "version": version,
            "task": "wildfire",
            "licence": "Apache-2.0",
            "description": description,
        },
        "input": {
            "name": "reflectance",
            "layout": "NCHW",
            "units": "reflectance",
            "bands": ["red", "nir", "swir1", "swir2"],
            "tile_px": TILE_PX,
            "overlap_px": OVERLAP_PX,
            "stride_px": STRIDE_PX,
        },
        "output": {
            "head": "segmentation",
            "classes": ["fire"],
            "threshold": THRESHOLD,
            "min_pixels": 1,
            "surface": "land",
        },
        "cost": {
            "macs_per_px": round(count_macs(read_graph(folder / "model.onnx"), (TILE_PX, TILE_PX)).macs_per_px),
            "memory_mb": 1,
        },
    }
    _write(folder, card)
    card["cost"]["memory_mb"] = measured_mb(load_card(folder))
    _write(folder, card)


def choose(raw: Path) -> tuple[Point, list[dict[str, float]]]:
    """The best operating point of the bare network, an ONNX file of probabilities; and the figures of all points."""
    plan = fire_plan()
    session = onnxruntime.InferenceSession(str(raw), providers=["CPUExecutionProvider"])
    tallies: dict[Point, Tally] = {Point(*point): Tally() for point in product(LIKELY, CERTAIN)}
    for scene in draw_set(plan, "validation"):
        seen = session.run(None, {"reflectance": scene.reflectance[None, FLOWN]})[0][0, 0]
        around = cv2.dilate(seen, np.ones((3, 3), np.uint8))
        truth = Truth.of(scene.fire_swir2, plan.fire_swir2, plan.faint_swir2, scene.area_km2)
        for point in tallies:
            tallies[point] += truth.tally((seen >= point.likely) & (around >= point.certain))
    rows = [point._asdict() | counted.figures() for point, counted in tallies.items()]
    best = max(rows, key=lambda row: row["pixel_f1"] + row["object_f1"])
    return Point(best["likely"], best["certain"]), rows


def _write(folder: Path, card: dict[str, Any]) -> None:
    (folder / "card.toml").write_text(tomli_w.dumps(card), "utf-8")
