"""The mission's model on the ground, in pixels that arrived."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from groundstation.archive import Archive, ArchivedProduct
from onboard.comms.packets import ProductKind
from onboard.payload.image_products import image_of
from onboard.payload.imagery import Frame
from onboard.payload.models import ModelCard, load_card
from onboard.payload.products import decode, encode_image
from sim.experiment.flight_log import FlightLog
from sim.experiment.ground_search import enlarge, search_images, shrunk_times
from sim.facts import FrameExposed
from tests.flight_for_tests import CORNERS
from tests.models_for_tests import write_model

SAT, SIDE = "ember-1", 64
PLANES = NDArray[np.uint16]


def exposed(frame_id: int = 1, width_px: int = SIDE, height_px: int = SIDE) -> FrameExposed:
    return FrameExposed(SAT, frame_id, "", "synthetic", 1, 1, 1.0, (), (), width_px, height_px, 20.0)


def planes(side_px: int = SIDE, block_px: int = 16) -> PLANES:
    """Dark, with a bright block."""
    drawn = np.full((2, side_px, side_px), 100, np.uint16)
    drawn[:, 16 : 16 + block_px, 32 : 32 + block_px] = 900
    return drawn


def payload(shrink: int = 1, frame_id: int = 1, pixels: PLANES | None = None) -> bytes:
    pixels = planes() if pixels is None else pixels
    _, height_px, width_px = pixels.shape
    frame = Frame(
        *(frame_id, "", width_px, height_px, ("swir2", "red"), 2),
        *((1e-3, 1e-3), (0.0, 0.0), 12, 0, CORNERS, 20.0),
    )
    return encode_image(image_of(frame, pixels, "jpegls", shrink))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive.sqlite")


@pytest.fixture
def model(tmp_path: Path) -> ModelCard:
    """Finds what is brighter than .5 in swir2."""
    return load_card(write_model(tmp_path / "model"))


def log_of(*frame_ids: int) -> FlightLog:
    log = FlightLog((SAT,))
    log.record(0, "world", (), tuple(exposed(frame_id) for frame_id in frame_ids))
    return log


def found(archive: Archive) -> dict[int, list[tuple[int, int, int, int]]]:
    lists = [decode(told) for _, _, told in archive.ground_findings()]
    return {each.frame_id: [(box.x0, box.y0, box.x1, box.y1) for box in each.detections] for each in lists}


def add(archive: Archive, product_id: int, kind: ProductKind, data: bytes, frame_id: int = 1) -> None:
    archive.add_product(ArchivedProduct(SAT, product_id, kind, frame_id, 10, data))


@pytest.mark.parametrize("shrink", [1, 2, 4])
def test_boxes_in_small_pictures_are_told_in_pixels_of_the_frame(
    archive: Archive, model: ModelCard, shrink: int
) -> None:
    kind = ProductKind.IMAGE if shrink == 1 else ProductKind.THUMBNAIL
    add(archive, 1, kind, payload(shrink))
    notes = search_images(archive, log_of(1), model, ())
    boxes = np.array(found(archive)[1])
    assert np.abs(boxes[:, :2].min(axis=0) - (32, 16)).max() <= shrink // 2
    assert np.abs(boxes[:, 2:].max(axis=0) - (48, 32)).max() <= shrink // 2
    assert [f"{shrink} times" in note for note in notes] == [True] * (shrink > 1)


def test_of_several_images_of_a_frame_the_whole_one_is_searched(archive: Archive, model: ModelCard) -> None:
    add(archive, 1, ProductKind.IMAGE, payload())
    add(archive, 2, ProductKind.THUMBNAIL, payload(4))
    assert search_images(archive, log_of(1), model, ()) == ()
    assert len(list(archive.ground_findings())) == 1


def test_frames_that_are_known_or_were_never_exposed_and_what_is_no_image_are_left_out(
    archive: Archive, model: ModelCard
) -> None:
    add(archive, 1, ProductKind.IMAGE, payload())
    add(archive, 2, ProductKind.IMAGE, payload(frame_id=2), frame_id=2)
    add(archive, 3, ProductKind.IMAGE, b"\x22damaged", frame_id=3)
    assert search_images(archive, log_of(1, 3), model, {(SAT, 1)}) == ()
    assert found(archive) == {}


def test_what_was_found_is_kept_for_other_runs(archive: Archive, model: ModelCard, tmp_path: Path) -> None:
    add(archive, 1, ProductKind.IMAGE, payload())
    search_images(archive, log_of(1), model, (), tmp_path / "cache")
    first = found(archive)
    assert len(list((tmp_path / "cache").rglob("*"))) > 1
    search_images(archive, log_of(1), model, (), tmp_path / "cache")
    assert found(archive) == first


def test_a_frame_whose_side_is_no_multiple_keeps_its_scale() -> None:
    frame = Frame(1, "", 50, 43, ("swir2", "red"), 2, (1.0, 1.0), (0.0, 0.0), 12, 0, CORNERS, 20.0)
    image = image_of(frame, np.full((2, 43, 50), 7, np.uint16), "jpegls", 8)
    times = shrunk_times(image, exposed(width_px=50, height_px=43))
    assert times == 8
    large = enlarge(image, times)
    assert large.planes.shape == (2, 40, 48)
    assert (large.width_px, large.height_px) == (48, 40)
    assert (large.planes == 7).all()
