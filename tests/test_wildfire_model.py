"""The shipped wildfire model: its card, its evaluation, and what it does on real pictures it never saw."""

import hashlib
import json
import tomllib
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import tifffile
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "sample_data" / "models" / "wildfire-swir"
DATA = ROOT.parent / "shared" / "data"
BANDS = ("red", "nir", "swir1", "swir2")
SIDE_PX = 16

Box = tuple[int, int, int, int]
Mask = NDArray[np.bool_]


@pytest.fixture(scope="module")
def card() -> dict[str, dict[str, object]]:
    return tomllib.loads((MODEL / "card.toml").read_text())


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(MODEL / "model.onnx"), options, providers=["CPUExecutionProvider"])


def pictures(folder: Path) -> list[tuple[str, NDArray[np.float32]]]:
    """Reflectance (4, h, w) of a folder's pictures as its images.toml says; what is missing is zero."""
    if not folder.is_dir():
        pytest.skip(f"real pictures are not here: {folder}")
    settings = tomllib.loads((folder / "images.toml").read_text())
    read = []
    for path in sorted(folder.glob("*.tif")):
        stored = np.nan_to_num(tifffile.imread(path)).astype(np.float32)
        planes = np.zeros((4, *stored.shape[:2]), np.float32)
        for index, band in enumerate(settings["bands"]):
            if band:
                planes[BANDS.index(band)] = stored[..., index] * settings["scale"][index] + settings["offset"][index]
        for band, source in settings.get("surrogate", {}).items():
            planes[BANDS.index(band)] = planes[BANDS.index(source["from"])] * source["factor"]
        read.append((path.name, planes))
    return read


def boxes_of(mask: Mask, min_pixels: int) -> list[Box]:
    """Boxes of the 8-connected components, split on a grid of 16 pixels and drawn tight."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    found: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    for y, x in np.argwhere(labels):
        if stats[labels[y, x], cv2.CC_STAT_AREA] >= min_pixels:
            cell = (int(labels[y, x]), int(y) // SIDE_PX, int(x) // SIDE_PX)
            found.setdefault(cell, []).append((int(y), int(x)))
    boxes = []
    for pixels in found.values():
        ys, xs = zip(*pixels, strict=True)
        boxes.append((min(xs), min(ys), max(xs) + 1, max(ys) + 1))
    return boxes


def detect(session: onnxruntime.InferenceSession, planes: NDArray[np.float32], output: dict[str, object]) -> list[Box]:
    height, width = planes.shape[1:]
    padded = np.pad(planes, ((0, 0), (0, -height % 16), (0, -width % 16)), mode="edge")
    probability = session.run(None, {"reflectance": padded[None]})[0][0, 0, :height, :width]
    return boxes_of(probability >= output["threshold"], int(str(output["min_pixels"])))


def test_card_and_evaluation_speak_of_this_file(card: dict[str, dict[str, object]]) -> None:
    evaluation = json.loads((MODEL / "evaluation.json").read_text())
    assert evaluation["sha256"] == hashlib.sha256((MODEL / "model.onnx").read_bytes()).hexdigest()
    assert evaluation["version"] == card["model"]["version"]
    assert evaluation["chosen"]["threshold"] == card["output"]["threshold"]
    assert evaluation["chosen"]["min_pixels"] == card["output"]["min_pixels"]
    assert evaluation["macs_per_px"] == card["cost"]["macs_per_px"]
    assert evaluation["held_out"]["scenes"] >= 300


def test_file_is_small_enough_to_uplink() -> None:
    assert (MODEL / "model.onnx").stat().st_size < 700_000


def test_contract(session: onnxruntime.InferenceSession) -> None:
    (given,), (made,) = session.get_inputs(), session.get_outputs()
    assert (given.name, given.type, given.shape[1]) == ("reflectance", "tensor(float)", 4)
    assert made.name == "probability"
    for shape in ((1, 4, 256, 256), (2, 4, 48, 80)):
        probability = session.run(None, {"reflectance": np.full(shape, 0.2, np.float32)})[0]
        assert probability.shape == (shape[0], 1, *shape[2:])
        assert probability.min() >= 0
        assert probability.max() <= 1


def test_nothing_is_found_in_nothing(session: onnxruntime.InferenceSession, card: dict[str, dict[str, object]]) -> None:
    assert detect(session, np.zeros((4, 256, 256), np.float32), card["output"]) == []


def test_beats_the_thresholds_it_replaces() -> None:
    held_out = json.loads((MODEL / "evaluation.json").read_text())["held_out"]
    ours, classical = held_out["at_chosen"]["all_bands"], held_out["murphy_2016"]
    assert ours["object_f1"] > classical["object_f1"]
    assert ours["false_objects_per_1000_km2"] < classical["false_objects_per_1000_km2"]


def test_finds_real_fires_without_near_infrared(
    session: onnxruntime.InferenceSession, card: dict[str, dict[str, object]]
) -> None:
    objects = touched = burning_px = boxed_px = 0
    for name, planes in pictures(DATA / "fire_s2_swir" / "false_color"):
        burning = tifffile.imread(DATA / "fire_s2_swir" / "masks" / name) > 0
        boxed, grown = np.zeros_like(burning), np.zeros_like(burning)
        for x0, y0, x1, y1 in detect(session, planes, card["output"]):
            boxed[y0:y1, x0:x1] = True
            grown[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = True
        _, labels, stats, _ = cv2.connectedComponentsWithStats(burning.astype(np.uint8), connectivity=8)
        large = {label for label in range(1, len(stats)) if stats[label, cv2.CC_STAT_AREA] >= 2}
        objects += len(large)
        touched += len(large & set(np.unique(labels[grown]).tolist()))
        burning_px += int(burning.sum())
        boxed_px += int(boxed.sum())
    print(f"{touched} of {objects} objects, box area {boxed_px / burning_px:.2f} x mask area")
    assert objects == 100
    assert touched >= 95
    assert boxed_px <= 6 * burning_px


def test_burn_scars_are_not_fires(session: onnxruntime.InferenceSession, card: dict[str, dict[str, object]]) -> None:
    scenes = pictures(DATA / "fire_s2_burned" / "post_fire")
    found = {name: detect(session, planes, card["output"]) for name, planes in scenes}
    print({name: boxes for name, boxes in found.items() if boxes})
    assert len(scenes) == 10
    assert sum(map(len, found.values())) <= 2
