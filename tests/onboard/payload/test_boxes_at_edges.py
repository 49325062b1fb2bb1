"""A box of which next to nothing lies in the frame is still a detection inside it."""

from pathlib import Path

import numpy as np
import pytest

from onboard.payload.box_head import BoxGatherer
from onboard.payload.detectors.boxes import Boxes
from onboard.payload.imagery import Tile
from onboard.payload.models import load_card
from tests.models_for_tests import write_model

SIDE = 64


@pytest.mark.parametrize(
    ("corners", "expected"),
    [
        ((10.0, 63.7, 30.0, 80.0), (10, 63, 30, 64)),
        ((63.7, 10.0, 80.0, 30.0), (63, 10, 64, 30)),
        ((-9.0, 10.0, 0.3, 30.0), (0, 10, 1, 30)),
    ],
)
def test_a_sliver_at_the_edge_is_one_pixel_wide(
    corners: tuple[float, ...], expected: tuple[int, ...], tmp_path: Path
) -> None:
    tile = Tile(0, 0, SIDE, SIDE)
    gatherer = BoxGatherer(load_card(write_model(tmp_path / "m")), [tile], SIDE, SIDE)
    gatherer.put(tile, Boxes(np.array([corners]), np.array([0.9]), np.array([0])))
    (found,) = gatherer.detections(10.0)
    assert (found.x0, found.y0, found.x1, found.y1) == expected
