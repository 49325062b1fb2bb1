"""The segmentation head: which tile a pixel comes from, and how components become boxes."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from onboard.payload.detections import CONFIDENCE_STEPS, Detection
from onboard.payload.imagery import Tile, tiles
from onboard.payload.models import ModelCard
from onboard.payload.pixel_head import PixelGatherer


def card(tile_px: int = 64, *, n_classes: int = 1, min_pixels: int = 1, threshold: float = 0.5) -> ModelCard:
    return ModelCard(
        name="test",
        version="1",
        task="wildfire",
        licence="none",
        description="",
        input_name="x",
        layout="NCHW",
        bands=("red",),
        units="reflectance",
        scale=(1.0,),
        offset=(0.0,),
        clip=(),
        tile_hw=(tile_px, tile_px),
        overlap_px=16,
        stride_px=1,
        fit="tile",
        pad=0.0,
        false_colour=(),
        head="segmentation",
        outputs=(),
        classes=tuple(f"class {index}" for index in range(n_classes)),
        ignore=(),
        threshold=threshold,
        min_pixels=min_pixels,
        max_iou=0.45,
        activation="none",
        entry="",
        macs_per_px=None,
        memory_mb=None,
        path=Path("model.onnx"),
        sha256="",
    )


def decoded(probability: NDArray[np.float32], gsd_m: float = 20.0, **options: int) -> tuple[Detection, ...]:
    """Detections of one tile that is the whole frame; probability (classes, side, side)."""
    side = probability.shape[1]
    tile = Tile(0, 0, side, side)
    gatherer = PixelGatherer(card(side, n_classes=len(probability), **options), [tile], side, side)
    gatherer.put(tile, probability[None])
    return gatherer.detections(gsd_m)


def boxes(found: tuple[Detection, ...]) -> list[tuple[int, int, int, int]]:
    return [(one.x0, one.y0, one.x1, one.y1) for one in found]


def test_an_empty_frame_has_no_detection() -> None:
    assert decoded(np.full((1, 64, 64), 0.49, np.float32)) == ()


def test_diagonal_pixels_are_one_component_and_specks_vanish() -> None:
    plane = np.zeros((1, 64, 64), np.float32)
    plane[0, [10, 11, 12], [20, 21, 22]] = (0.6, 0.9, 0.7)
    plane[0, 40, 40] = 1.0
    (found,) = decoded(plane, min_pixels=2)
    assert boxes((found,)) == [(20, 10, 23, 13)]
    assert found.confidence == pytest.approx(0.9, abs=0.5 / CONFIDENCE_STEPS)
    assert found.size_class == 3  # 1,200 m²


def test_a_component_of_sixteen_pixels_stays_whole_and_of_seventeen_is_split() -> None:
    plane = np.zeros((1, 64, 64), np.float32)
    plane[0, 5:21, 7:23] = 0.8
    assert boxes(decoded(plane)) == [(7, 5, 23, 21)]
    plane[0, 5, 23] = 0.9
    found = decoded(plane)
    assert boxes(found) == [(7, 5, 16, 16), (16, 5, 24, 16), (7, 16, 16, 21), (16, 16, 23, 21)]
    assert [one.confidence for one in found] == pytest.approx([0.8, 0.9, 0.8, 0.8], abs=0.5 / CONFIDENCE_STEPS)


def test_a_doubtful_pixel_moves_no_cell_but_its_own() -> None:
    plane = np.zeros((1, 64, 64), np.float32)
    plane[0, 5:40, 7:50] = 0.8
    before = set(boxes(decoded(plane)))
    plane[0, 20, 6] = 0.9
    assert before ^ set(boxes(decoded(plane))) == {(7, 16, 16, 32), (6, 16, 16, 32)}


def test_cells_are_tight_occupied_and_bear_the_size_of_the_whole() -> None:
    plane = np.zeros((1, 64, 64), np.float32)
    plane[0, 3, 2:62] = 0.8  # an L of 60 by 50 pixels
    plane[0, 3:53, 2] = 0.8
    found = decoded(plane, gsd_m=10.0)
    assert boxes(found) == [
        (2, 3, 16, 16),
        (16, 3, 32, 4),
        (32, 3, 48, 4),
        (48, 3, 62, 4),
        (2, 16, 3, 32),
        (2, 32, 3, 48),
        (2, 48, 3, 53),
    ]
    assert {one.size_class for one in found} == {4}  # 109 pixels of 100 m²


def test_classes_are_decoded_each_for_itself() -> None:
    planes = np.zeros((2, 64, 64), np.float32)
    planes[0, 10, 10] = 0.9
    planes[1, 10, 10:12] = 0.8
    planes[1, 2, 50] = 0.8
    found = decoded(planes)
    assert [(one.class_index, *boxes((one,))[0]) for one in found] == [
        (1, 50, 2, 51, 3),
        (0, 10, 10, 11, 11),
        (1, 10, 10, 12, 11),
    ]


def test_a_pixel_comes_from_the_tile_where_it_is_farthest_from_the_border() -> None:
    height_px, width_px, side, overlap = 100, 130, 64, 16
    rows, cols = np.mgrid[:side, :side]
    depth = np.minimum(np.minimum(rows, side - 1 - rows), np.minimum(cols, side - 1 - cols))
    grid = tiles((height_px, width_px), (side, side), overlap)
    gatherer = PixelGatherer(card(side), grid, height_px, width_px)
    for tile in grid:
        # False fire in the outermost 7 pixels: those within half the overlap of an inner border never count.
        gatherer.put(tile, np.where(depth < overlap // 2 - 1, 1.0, 0.0).astype(np.float32)[None, None])
    found = gatherer.detections(20.0)
    assert found
    margin = overlap // 2 - 1
    for one in found:
        near_edge = one.x0 < margin or one.y0 < margin or one.x1 > width_px - margin or one.y1 > height_px - margin
        assert near_edge, one


def test_a_component_over_a_tile_border_is_one() -> None:
    grid = tiles((64, 112), (64, 64), 16)
    gatherer = PixelGatherer(card(64, min_pixels=12), grid, 64, 112)
    frame = np.zeros((64, 112), np.float32)
    frame[30, 50:62] = 0.9
    for tile in grid:
        gatherer.put(tile, frame[None, None, :, tile.col : tile.col + 64])
    assert boxes(gatherer.detections(20.0)) == [(50, 30, 62, 31)]
