"""What a run's archive comes to: an image of a frame whose candidates came as well tells nothing new."""

from pathlib import Path

import numpy as np
import pytest

from groundstation.archive import Archive, ArchivedProduct
from onboard.comms.packets import ProductKind
from onboard.payload.chip_cutting import chips_in_context
from onboard.payload.detections import Detection
from onboard.payload.image_products import image_of
from onboard.payload.imagery import Frame
from onboard.payload.models import load_card
from onboard.payload.products import DetectionList, encode_chips, encode_image
from sim import api
from sim.experiment.alerts import Findings, gather_findings
from sim.experiment.flight_log import FlightLog
from sim.facts import FrameExposed
from tests.flight_for_tests import CORNERS
from tests.models_for_tests import write_model

SAT, SIDE = "ember-1", 256
FIRE = Detection(100, 100, 104, 104, 0, 0.6, 1)
FRAME = Frame(1, "", SIDE, SIDE, ("swir2",), 1, (1e-3,), (0.0,), 12, 0, CORNERS, 20.0)


def gathered(folder: Path, *kinds: ProductKind) -> Findings:
    """What the ground makes of a frame with one fire that came as these products."""
    planes = np.full((1, SIDE, SIDE), 100, np.uint16)
    planes[0, 100:104, 100:104] = 900
    found = DetectionList(b"\1\2\3\4", "wildfire", 1, 0, SIDE, SIDE, CORNERS, 100.0, (FIRE,))
    payloads = {
        ProductKind.CHIP: encode_chips(chips_in_context(FRAME, planes, found, ("swir2",))),
        ProductKind.IMAGE: encode_image(image_of(FRAME, planes, "jpegls", 1)),
    }
    archive = Archive(folder / "archive.sqlite")
    for number, kind in enumerate(kinds, 1):
        archive.add_product(ArchivedProduct(SAT, number, kind, 1, 10, payloads[kind]))
    archive.commit()
    archive.close()
    log = FlightLog((SAT,))
    log.record(0, "world", (), (FrameExposed(SAT, 1, "", "synthetic", 1, 1, 1.0, (), (), SIDE, SIDE, 20.0),))
    card = load_card(write_model(folder / "model"))
    return gather_findings(folder / "archive.sqlite", api.load("wildfire-watch"), card, log)


@pytest.mark.parametrize(
    ("kinds", "was_judged"),
    [
        ((ProductKind.CHIP,), True),
        ((ProductKind.IMAGE,), False),
        ((ProductKind.CHIP, ProductKind.IMAGE), True),
        ((ProductKind.IMAGE, ProductKind.CHIP), True),
    ],
)
def test_a_frame_is_told_once(kinds: tuple[ProductKind, ...], was_judged: bool, tmp_path: Path) -> None:
    findings = gathered(tmp_path, *kinds)
    assert [(alert.detection.x0, alert.detection.y0) for alert in findings.alerts] == [(100, 100)]
    assert findings.was_judged == was_judged


def test_where_nothing_came_nothing_was_judged(tmp_path: Path) -> None:
    findings = gathered(tmp_path)
    assert (findings.alerts, findings.was_judged) == ((), False)
