"""Judges this folder's model on drawn scenes of held-out seeds; writes card.toml and evaluation.json.

`train.py` ends with it. It also runs alone, without torch:

    python sample_data/models/wildfire-swir/evaluate.py

The operating point is chosen on the validation seeds, the figures are of the held-out seeds.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from study import FAINT_SWIR2, SCENES, STREAMS, Study, draw_study

from sim.scenes.sensor import REFLECTANCE_SCALE
from sim.scenes.spectra import NIR, RED, SWIR1, SWIR2
from sim.scenes.truth import FIRE_SWIR2, label_targets

HERE = Path(__file__).resolve().parent
VERSION = "1.0.0"
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
MIN_PIXELS = (1, 2)

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
_SQUARE = np.ones((3, 3), np.uint8)


def _as_drawn(reflectance: Floats) -> None:
    """All bands present."""


def _without(band: int) -> Callable[[Floats], None]:
    def view(reflectance: Floats) -> None:
        reflectance[band] = 0

    return view


def _surrogate(reflectance: Floats) -> None:
    reflectance[SWIR1] = reflectance[SWIR2]


VIEWS: dict[str, Callable[[Floats], None]] = {
    "all_bands": _as_drawn,
    "nir_missing": _without(NIR),
    "red_missing": _without(RED),
    "swir1_from_swir2": _surrogate,
}


@dataclass(frozen=True)
class Tally:
    """Counts over scenes. An object is an 8-connected component; it is found where a detection comes within a
    pixel of it, and a detection is false where it comes within a pixel of no fire, however faint.
    """

    true_pixels: int = 0
    false_pixels: int = 0
    missed_pixels: int = 0
    objects: int = 0
    found: int = 0
    detections: int = 0
    false_detections: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Tally(*(mine + its for mine, its in pairs))

    def figures(self, area_km2: float) -> dict[str, float]:
        """Rates, rounded to four places."""
        recall = self.found / max(self.objects, 1)
        precision = 1 - self.false_detections / max(self.detections, 1)
        wrong = self.false_pixels + self.missed_pixels
        figures = {
            "pixel_f1": 2 * self.true_pixels / max(2 * self.true_pixels + wrong, 1),
            "object_precision": precision,
            "object_recall": recall,
            "object_f1": 2 * precision * recall / max(precision + recall, 1e-9),
            "false_objects_per_1000_km2": 1000 * self.false_detections / area_km2,
        }
        return {name: round(value, 4) for name, value in figures.items()}


def _grown(mask: Mask) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _SQUARE) > 0)


def _labels_in(labels: NDArray[np.int32], mask: Mask) -> int:
    return int(np.count_nonzero(np.unique(labels[mask])))


def tally(detected: Mask, fire_swir2: Floats) -> Tally:
    """One scene's counts."""
    labels, targets = label_targets(fire_swir2)
    count, detections = cv2.connectedComponents(detected.astype(np.uint8), connectivity=8)
    fire, faint = fire_swir2 > FIRE_SWIR2, fire_swir2 > FAINT_SWIR2
    return Tally(
        true_pixels=int((detected & fire).sum()),
        false_pixels=int((detected & ~faint).sum()),
        missed_pixels=int((~detected & fire).sum()),
        objects=len(targets),
        found=_labels_in(labels, _grown(detected)),
        detections=count - 1,
        false_detections=count - 1 - _labels_in(detections, _grown(faint)),
    )


def large_enough(mask: Mask, min_pixels: int) -> Mask:
    """The 8-connected components of at least `min_pixels`."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= min_pixels
    keep[0] = False
    return np.asarray(keep[labels])


def hotmap(reflectance: Floats) -> Mask:
    """The thresholds of Murphy et al. 2016 (Remote Sensing of Environment 178:31), as a yardstick."""
    _, nir, swir1, swir2 = np.maximum(reflectance, 1e-4)
    certain = (swir2 / swir1 >= 1.4) & (swir2 / nir >= 1.4) & (swir2 >= 0.15)
    saturated = ((swir1 >= 0.995 * swir1.max()) & (swir1 > 0.9)) | ((swir2 >= 0.995 * swir2.max()) & (swir2 > 0.9))
    beside = _grown(certain) & (((swir1 / nir >= 2) & (swir1 >= 0.5)) | saturated)
    return np.asarray(certain | beside)


class Judge:
    """Runs one model over one study; probabilities of each view are computed once."""

    def __init__(self, model: Path, study: Study) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self.study = study
        self.fires = [fire.astype(np.float32) for fire in study.fire_swir2]

    def reflectances(self, view: str) -> list[Floats]:
        """What the model is shown under a view."""
        pictures = [planes.astype(np.float32) * np.float32(REFLECTANCE_SCALE) for planes in self.study.planes]
        for picture in pictures:
            VIEWS[view](picture)
        return pictures

    def probabilities(self, view: str) -> list[Floats]:
        """Fire probability of every scene."""
        return [self.session.run(None, {"reflectance": picture[None]})[0][0, 0] for picture in self.reflectances(view)]

    def figures(self, masks: list[Mask]) -> dict[str, float]:
        """Rates of a detector's masks."""
        counted = (tally(mask, fire) for mask, fire in zip(masks, self.fires, strict=True))
        return sum(counted, Tally()).figures(self.study.area_km2)


def choose(judge: Judge) -> tuple[float, int]:
    """Threshold and least size of the highest object F1, all bands present."""
    probabilities = judge.probabilities("all_bands")
    points = [(threshold, least) for threshold in THRESHOLDS for least in MIN_PIXELS]

    def object_f1(point: tuple[float, int]) -> float:
        masks = [large_enough(each >= point[0], point[1]) for each in probabilities]
        return judge.figures(masks)["object_f1"]

    return max(points, key=object_f1)


def held_out(judge: Judge, threshold: float, least: int) -> dict[str, Any]:
    """Figures over all thresholds, of each view at the chosen one, and of the yardstick."""
    seen = {view: judge.probabilities(view) for view in VIEWS}

    def at(view: str, level: float) -> dict[str, float]:
        return judge.figures([large_enough(each >= level, least) for each in seen[view]])

    return {
        "scenes": len(judge.fires),
        "objects": sum(len(label_targets(fire)[1]) for fire in judge.fires),
        "area_km2": round(judge.study.area_km2, 1),
        "by_threshold": {f"{level:g}": at("all_bands", level) for level in THRESHOLDS},
        "at_chosen": {view: at(view, threshold) for view in VIEWS},
        "murphy_2016": judge.figures([hotmap(picture) for picture in judge.reflectances("all_bands")]),
    }


def macs_per_px(model: Path, side_px: int = 256) -> int:
    """Multiply-accumulates of the convolutions, per pixel of the input."""
    graph = onnx.load(model)
    for dim, size in zip(graph.graph.input[0].type.tensor_type.shape.dim, (1, 4, side_px, side_px), strict=True):
        dim.ClearField("dim_param")
        dim.dim_value = size
    inferred = onnx.shape_inference.infer_shapes(graph, data_prop=True).graph
    shapes = {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*inferred.value_info, *inferred.output)
    }
    weights = {tensor.name: int(np.prod(tensor.dims)) for tensor in inferred.initializer}
    total = sum(
        weights[node.input[1]] * shapes[node.output[0]][2] * shapes[node.output[0]][3]
        for node in inferred.node
        if node.op_type == "Conv"
    )
    return round(int(total) / side_px**2)


CARD = """\
[model]
name = "wildfire-swir"
version = "{version}"
task = "wildfire"
licence = "Apache-2.0"
description = "Active fire from red, NIR and SWIR reflectance; learnt from drawn scenes"

[input]
name = "reflectance"
layout = "NCHW"
units = "reflectance"
bands = ["red", "nir", "swir1", "swir2"]
tile_px = 256
overlap_px = 64
stride_px = 16

[output]
head = "segmentation"
classes = ["fire"]
threshold = {threshold}
min_pixels = {min_pixels}

[cost]
macs_per_px = {macs_per_px}
memory_mb = 30
"""


def evaluate(recipe: dict[str, Any]) -> None:
    """Choose the operating point, judge, write card.toml and evaluation.json; `recipe`: how it was made."""
    model = HERE / "model.onnx"
    threshold, least = choose(Judge(model, draw_study("validation")))
    cost = macs_per_px(model)
    judged = held_out(Judge(model, draw_study("held_out")), threshold, least)
    report = {
        "model": "wildfire-swir",
        "version": VERSION,
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "macs_per_px": cost,
        "recipe": recipe,
        "seeds": {name: {"stream": STREAMS[name], "scenes": SCENES[name]} for name in SCENES},
        "chosen": {
            "threshold": threshold,
            "min_pixels": least,
            "by": "highest object F1 on validation seeds",
        },
        "held_out": judged,
        "libraries": {each.__name__: each.__version__ for each in (cv2, np, onnx, onnxruntime)},
    }
    (HERE / "evaluation.json").write_text(json.dumps(report, indent=1) + "\n")
    card = CARD.format(version=VERSION, threshold=threshold, min_pixels=least, macs_per_px=cost)
    (HERE / "card.toml").write_text(card)
    print(json.dumps(judged["at_chosen"], indent=1))
    print(f"threshold {threshold}, min_pixels {least}, macs_per_px {cost}")


if __name__ == "__main__":
    evaluate(json.loads((HERE / "evaluation.json").read_text())["recipe"])
