"""Candidates in chips, and what a model on the ground makes of them."""

from pathlib import Path

import numpy as np
import pytest

from groundstation.alerts import archived_alerts, ground_alerts
from groundstation.archive import Archive, ArchivedProduct
from onboard.comms.packets import ProductKind
from onboard.payload.chip_cutting import CONTEXT_CHIPS, CONTEXT_SIDE_PX, chips_in_context, shows
from onboard.payload.chips import ChipsProduct
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame, Planes
from onboard.payload.models import ModelCard, load_card
from onboard.payload.products import DetectionList, awaits_verdict, chip_corner, decode_chips, encode_chips
from sim.experiment.flight_log import FlightLog
from sim.experiment.verdicts import Judge, judge_candidates
from sim.facts import FrameExposed
from tests.flight_for_tests import CORNERS
from tests.models_for_tests import threshold_graph, write_model

SAT, SIDE = "ember-1", 256
BANDS = ("red", "nir", "swir1", "swir2")
FRAME = Frame(1, "", SIDE, SIDE, BANDS, 4, (1e-3,) * 4, (0.0,) * 4, 12, 0, CORNERS, 20.0)
FIRE, ROOF = Detection(100, 100, 104, 104, 0, 0.6, 1), Detection(200, 60, 204, 64, 0, 0.9, 1)


def scene() -> Planes:
    """Dark ground with a fire, bright in the last band; where the roof should be there is nothing."""
    planes = np.full((4, SIDE, SIDE), 100, np.uint16)
    planes[3, 100:104, 100:104] = 900
    return planes


def listed(*found: Detection) -> DetectionList:
    return DetectionList(b"\1\2\3\4", "wildfire", 1, 0, SIDE, SIDE, CORNERS, 100.0, found)


def candidates(*found: Detection, planes: Planes | None = None) -> ChipsProduct:
    pixels = scene() if planes is None else planes
    return decode_chips(encode_chips(chips_in_context(FRAME, pixels, listed(*found), BANDS)))


@pytest.fixture
def card(tmp_path: Path) -> ModelCard:
    """Finds what is brighter than .5 in swir2."""
    return load_card(write_model(tmp_path / "model", bands=("swir2",)))


def test_chips_in_context_show_every_band_without_loss() -> None:
    product = candidates(FIRE, ROOF)
    assert product.awaits_verdict
    assert (product.bands, product.side_px, product.bit_depth) == (BANDS, CONTEXT_SIDE_PX, 12)
    for chip in product.chips:
        x, y = chip_corner(product.found, chip.detection, product.side_px)
        assert (chip.planes == scene()[:, y : y + 32, x : x + 32]).all()


def test_what_another_chip_shows_with_its_surroundings_needs_none() -> None:
    near, at_its_edge = Detection(106, 100, 108, 102, 0, 0.5, 1), Detection(112, 100, 116, 104, 0, 0.4, 1)
    product = candidates(FIRE, near, at_its_edge)
    assert [chip.detection for chip in product.chips] == [FIRE, at_its_edge]
    corner = chip_corner(product.found, FIRE, 32)
    assert shows(product.found, near, corner, 32)
    assert not shows(product.found, at_its_edge, corner, 32)


def test_a_box_at_the_frames_edge_is_shown_as_far_as_the_frame_reaches() -> None:
    first, second = Detection(0, 0, 4, 4, 0, 0.9, 1), Detection(5, 0, 9, 4, 0, 0.8, 1)
    assert [chip.detection for chip in candidates(first, second).chips] == [first]


def test_there_are_so_many_chips_at_most() -> None:
    found = [Detection(x, y, x + 2, y + 2, 0, 0.9, 1) for x in range(0, 250, 26) for y in range(0, 250, 26)]
    assert len(candidates(*found).chips) == CONTEXT_CHIPS


def test_a_candidate_that_the_ground_finds_too_is_an_alert_with_its_confidence(card: ModelCard) -> None:
    (verdict,) = Judge(card).verdicts(candidates(FIRE, ROOF), 20.0)
    assert (verdict.x0, verdict.y0, verdict.x1, verdict.y1) == (100, 100, 104, 104)
    assert verdict.confidence == 1.0


def test_a_chip_judges_all_that_it_shows(card: ModelCard) -> None:
    """The fire's box is a pixel off, and inside the chip of another."""
    planes = scene()
    planes[3, 106:108, 106:108] = 900
    fire, other = Detection(101, 101, 105, 105, 0, 0.5, 1), Detection(106, 106, 108, 108, 0, 0.9, 1)
    product = candidates(fire, other, planes=planes)
    assert [chip.detection for chip in product.chips] == [other]
    judged = {(one.x0, one.y0): one.confidence for one in Judge(card).verdicts(product, 20.0)}
    assert judged == {(101, 101): 1.0, (106, 106): 1.0}


def test_a_graph_of_one_size_judges_too(tmp_path: Path) -> None:
    fixed = write_model(tmp_path / "fixed", graph=threshold_graph(1, 0.5, tile_px=64), bands=("swir2",), tile_px=64)
    (verdict,) = Judge(load_card(fixed)).verdicts(candidates(FIRE, ROOF), 20.0)
    assert (verdict.x0, verdict.y0) == (100, 100)


def test_candidates_are_no_alerts_and_verdicts_are(card: ModelCard, tmp_path: Path) -> None:
    log = FlightLog((SAT,))
    log.record(0, "world", (), (FrameExposed(SAT, 1, "", "synthetic", 1, 1, 1.0, (), (), SIDE, SIDE, 20.0),))
    archive = Archive(tmp_path / "archive.sqlite")
    payload = encode_chips(chips_in_context(FRAME, scene(), listed(FIRE, ROOF), BANDS))
    assert awaits_verdict(payload)
    archive.add_product(ArchivedProduct(SAT, 1, ProductKind.CHIP, 1, 10, payload))
    archive.add_product(ArchivedProduct(SAT, 2, ProductKind.CHIP, 1, 10, b"\x41damaged"))
    assert list(archived_alerts(archive)) == []
    was_judged, (note,) = judge_candidates(archive, log, Judge(card))
    assert was_judged
    assert "1 of 2 candidates" in note
    (alert,) = ground_alerts(archive)
    assert alert.found.model_sha256_prefix == bytes.fromhex(card.sha256[:8])
    assert (alert.detection.x0, alert.archived_ns) == (100, 10)
    archive.close()
