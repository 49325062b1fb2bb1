"""A detector finds the same objects however a frame is cut into tiles.

What that takes was measured with these two models: tiles that begin at multiples of the network's stride, and an
overlap of one and a half times the largest object, for a border is felt beyond the object itself. Faces are up to
85 pixels wide here. With 64 pixels of overlap their edges move by up to 22 pixels, and off the stride by 5 to 7.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from onboard.payload.detections import Detection
from onboard.payload.grid import grid_over, owned_by_tile
from onboard.payload.inference import InferenceEngine
from tests.onboard.payload.detectors.pictures import Picture, portrait, resized
from tests.onboard.payload.test_detectors_in_flight import MODELS, engine, frame_of

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="no ../shared/data/models_3p")

SCENE_HW = (640, 960)
MARGIN_PX = 136
"""Above and left of all portraits, so that a frame that begins later cuts none."""
THRESHOLD, MAX_SCORE_ERROR = 0.7, 0.02


@dataclass(frozen=True)
class Case:
    """A model, its stride, overlaps that suffice for faces of 85 pixels, and how far edges may move."""

    name: str
    stride_px: int
    overlaps_px: tuple[int, ...]
    edge_error_px: int


CASES = [Case("yunet_n_320_320", 32, (128, 160), 2), Case("version-RFB-320", 64, (120,), 2)]
cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def engine_of(folder: Path, case: Case, overlap_px: int) -> InferenceEngine:
    card = engine(folder, case.name, fit="tile", threshold=THRESHOLD).card
    return InferenceEngine(replace(card, overlap_px=overlap_px, stride_px=case.stride_px))


def ground(height: int, width: int, seed: int) -> Picture:
    """Soft coloured noise."""
    noise = np.random.default_rng(seed).normal(0.0, 1.0, (height, width, 3)).astype(np.float32)
    return np.asarray((128 + 400 * cv2.GaussianBlur(noise, (0, 0), 12)).clip(60, 190), np.uint8)


def crowd(seed: int) -> Picture:
    """Twelve portraits of 60 to 200 pixels, apart from each other."""
    rng = np.random.default_rng(seed)
    scene = ground(*SCENE_HW, seed)
    head = portrait()[:450, 31:481]
    placed: list[tuple[int, int, int]] = []
    while len(placed) < 12:
        side = int(60 * (200 / 60) ** rng.random())
        row, col = (int(rng.integers(MARGIN_PX, length - side)) for length in SCENE_HW)
        if all(
            abs(2 * row + side - 2 * r - s) >= side + s or abs(2 * col + side - 2 * c - s) >= side + s
            for r, c, s in placed
        ):
            placed.append((row, col, side))
            scene[row : row + side, col : col + side] = resized(head[:, :: rng.choice((1, -1))], side, side)
    return scene


def found_in(model: InferenceEngine, scene: Picture, shift_px: int) -> list[Detection]:
    """Detections of a frame that begins so many rows and columns later, in pixels of the scene."""
    frame, planes = frame_of(scene[shift_px:, shift_px:])
    return [
        replace(one, x0=one.x0 + shift_px, y0=one.y0 + shift_px, x1=one.x1 + shift_px, y1=one.y1 + shift_px)
        for one in model.infer(frame, planes)
    ]


def edge_error_px(one: Detection, other: Detection) -> int:
    return max(abs(one.x0 - other.x0), abs(one.y0 - other.y0), abs(one.x1 - other.x1), abs(one.y1 - other.y1))


def check(found: list[Detection], expected: list[Detection], case: Case) -> None:
    """One for one, but for those at the threshold's very edge."""
    left = list(found)
    for wanted in expected:
        nearest = min(left, key=lambda one: edge_error_px(one, wanted), default=None)
        if nearest and edge_error_px(nearest, wanted) <= case.edge_error_px:
            assert abs(nearest.confidence - wanted.confidence) <= MAX_SCORE_ERROR
            left.remove(nearest)
        else:
            assert wanted.confidence <= THRESHOLD + MAX_SCORE_ERROR, f"{wanted} became {nearest}"
    assert all(one.confidence <= THRESHOLD + MAX_SCORE_ERROR for one in left)


@cases
@pytest.mark.parametrize("seed", [1, 2])
def test_a_crowd_however_it_is_cut(tmp_path: Path, case: Case, seed: int) -> None:
    scene = crowd(seed)
    engines = [engine_of(tmp_path, case, overlap_px) for overlap_px in case.overlaps_px]
    expected = found_in(engines[-1], scene, 0)
    assert len(expected) >= 10
    for model in engines:
        for shift_px in (0, case.stride_px, 128):
            check(found_in(model, scene, shift_px), expected, case)


@cases
@pytest.mark.parametrize("side", [90, 160, 200])
def test_a_face_on_a_cut_is_found_once(tmp_path: Path, case: Case, side: int) -> None:
    """Pixel by pixel across the line where two tiles part: both see the whole face, and place it a little apart."""
    model = engine_of(tmp_path, case, case.overlaps_px[-1])
    height = model.card.tile_hw[0]
    tiles = grid_over(model.card, height, 640)
    cut = owned_by_tile(tiles, height, 640)[tiles[0]][3]
    face = resized(portrait()[:450, 31:481], side, side)
    row = (height - side) // 2
    numbers = {}
    for offset in range(-12, 13):
        col = cut + offset - side // 2
        scene = ground(height, 640, 1)
        scene[row : row + side, col : col + side] = face
        numbers[offset] = len(model.infer(*frame_of(scene)))
    assert numbers == dict.fromkeys(numbers, 1)
