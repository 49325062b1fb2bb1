"""The shipped wildfire model sees the same fires however a frame is cut."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard, load_card
from sim.scenes.sensor import digitise
from sim.scenes.wildfire import draw_flight_scene

MODEL = Path(__file__).resolve().parents[1] / "sample_data" / "models" / "wildfire-swir"
SCALE = 0.0005
CLEAR_OF_THRESHOLD = 0.02
SAME_PLACE_PX = 1
SAME_SCORE = 0.02
REACH_PX = 96
"""How far inside a new edge the network's answers may differ: it sees no further."""


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return load_card(MODEL)


@pytest.fixture(scope="module")
def planes() -> Planes:
    drawn = draw_flight_scene(
        np.random.default_rng(2), side_px=768, gsd_m=20.0, sun_zenith_deg=35.0, fires_per_1000_km2=60.0
    )
    return digitise(drawn.reflectance, scale=SCALE, bit_depth=12)


def found_in(planes: Planes, card: ModelCard) -> tuple[Detection, ...]:
    n, height_px, width_px = planes.shape
    frame = Frame(1, "", width_px, height_px, card.bands, n, (SCALE,) * n, (0.0,) * n, 12, 0, (0.0,) * 8, 20.0)
    return InferenceEngine(card).infer(frame, planes)


def disagreements(one: list[Detection], other: list[Detection], threshold: float) -> list[Detection]:
    """Detections, clear of the threshold, for which the other list has none of the same place and score."""
    return [
        found
        for found in one
        if found.confidence >= threshold + CLEAR_OF_THRESHOLD
        and not any(is_same(found, candidate) for candidate in other)
    ]


def is_same(one: Detection, other: Detection) -> bool:
    sides = zip((one.x0, one.y0, one.x1, one.y1), (other.x0, other.y0, other.x1, other.y1), strict=True)
    is_here = all(abs(here - there) <= SAME_PLACE_PX for here, there in sides)
    return is_here and abs(one.confidence - other.confidence) <= SAME_SCORE


@pytest.mark.parametrize(("tile_px", "overlap_px"), [(256, 96), (256, 80), (320, 64), (512, 128), (768, 0)])
def test_other_tiles_find_the_same_fires(card: ModelCard, planes: Planes, tile_px: int, overlap_px: int) -> None:
    as_carded = list(found_in(planes, card))
    other = list(found_in(planes, replace(card, tile_hw=(tile_px, tile_px), overlap_px=overlap_px)))
    assert len(as_carded) > 50
    assert disagreements(as_carded, other, card.threshold) == []
    assert disagreements(other, as_carded, card.threshold) == []


@pytest.mark.parametrize(("down_px", "right_px"), [(16, 32), (48, 80), (112, 128)])
def test_tiles_that_begin_elsewhere_find_the_same_fires(
    card: ModelCard, planes: Planes, down_px: int, right_px: int
) -> None:
    whole = [moved for one in found_in(planes, card) if inside(moved := shifted(one, -right_px, -down_px))]
    part = [one for one in found_in(planes[:, down_px:, right_px:], card) if inside(one)]
    assert len(whole) > 30
    assert disagreements(whole, part, card.threshold) == []
    assert disagreements(part, whole, card.threshold) == []


def inside(found: Detection) -> bool:
    return found.x0 >= REACH_PX and found.y0 >= REACH_PX


def shifted(found: Detection, right_px: int, down_px: int) -> Detection:
    return replace(found, x0=found.x0 + right_px, y0=found.y0 + down_px, x1=found.x1 + right_px, y1=found.y1 + down_px)
