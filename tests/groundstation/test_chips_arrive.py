"""Lists that come with chips are told as lists that come alone, and what comes both ways is told once."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from groundstation.alerts import archived_alerts
from groundstation.archive import Archive, ArchivedProduct
from groundstation.centre import MissionCentre
from groundstation.chips import archived_chips
from groundstation.events import EventRule
from groundstation.messages import CentreConfig, EventPublished, ProductArchived, SpacecraftLink
from groundstation.publishing import reported_events
from groundstation.sinks import SinkConfig
from onboard.comms.packets import ProductKind
from onboard.mission_time import NS_PER_S
from onboard.payload.products import DetectionList, encode
from tests.groundstation.lists_for_tests import MODEL_SHA256, a_list, chips_bytes
from tests.groundstation.spacecraft_for_tests import FRAME_BYTES, SAT, SPACECRAFT_ID, Spacecraft

BOX, BESIDE = (500, 500, 502, 501), (503, 500, 505, 502)
SURE = a_list(7, 0.5, BOX, BESIDE, confidence=1.0)


@pytest.fixture
def centre(tmp_path: Path) -> MissionCentre:
    config = CentreConfig(
        str(tmp_path / "archive.sqlite"),
        (SpacecraftLink(SAT, SPACECRAFT_ID, FRAME_BYTES, 200),),
        task="wildfire",
        model="test-model",
        model_sha256=MODEL_SHA256,
        classes=("fire",),
        sinks=(SinkConfig("people", "file", str(tmp_path / "published.jsonl")),),
    )
    return MissionCentre(config)


def answers(ground: MissionCentre, spacecraft: Spacecraft, second: int, kind: type) -> list[object]:
    """What the centre says of a grant. What went up is heard, so that the next grant has what is new."""
    told = ground.advance(second * NS_PER_S, (spacecraft.send(second * NS_PER_S),))
    spacecraft.uplinked(second * NS_PER_S, told)
    return [one for one in told if isinstance(one, kind)]


@pytest.mark.parametrize("first", [ProductKind.CHIP, ProductKind.ALERT])
def test_a_list_and_chips_of_one_frame_are_one_event_published_once(
    centre: MissionCentre, tmp_path: Path, first: ProductKind
) -> None:
    spacecraft = Spacecraft()
    payloads = {ProductKind.CHIP: chips_bytes(SURE), ProductKind.ALERT: encode(SURE)}
    spacecraft.put(1, first, payloads.pop(first))
    (published,) = answers(centre, spacecraft, 1, EventPublished)
    assert isinstance(published, EventPublished)
    assert (published.sightings, published.confidence) == (1, 1.0)
    ((second, payload),) = payloads.items()
    spacecraft.put(2, second, payload)
    assert answers(centre, spacecraft, 2, ProductArchived) == [ProductArchived(SAT, 2, 7, len(payload))]
    assert answers(centre, spacecraft, 3, EventPublished) == []
    assert spacecraft.acknowledged == (1, 2)
    centre.close()
    assert len((tmp_path / "published.jsonl").read_text().splitlines()) == 1
    with closing(Archive(tmp_path / "archive.sqlite", read_only=True)) as archive:
        assert [alert.archived_ns for alert in archived_alerts(archive)] == [NS_PER_S, NS_PER_S]
        (reported,) = reported_events(archive, EventRule())
    assert (reported.event.detections, reported.event.sightings) == (2, 1)
    assert reported.event.event_id == published.event_id


def test_chips_of_two_frames_confirm_an_event(centre: MissionCentre) -> None:
    spacecraft = Spacecraft()
    for number, second in ((1, 1), (2, 2)):
        spacecraft.put(number, ProductKind.CHIP, chips_bytes(a_list(number, second - 0.5, BOX, confidence=0.6)))
        told = answers(centre, spacecraft, second, EventPublished)
        assert len(told) == (number == 2)
    centre.close()


@pytest.mark.parametrize(
    "payload",
    [b"chips", chips_bytes(SURE)[:-9], chips_bytes(a_list(7, 1e6, BOX, confidence=1.0))],
    ids=["noise", "cut", "of the future"],
)
def test_chips_that_cannot_be_are_archived_and_tell_nothing(
    centre: MissionCentre, tmp_path: Path, payload: bytes
) -> None:
    spacecraft = Spacecraft()
    spacecraft.put(1, ProductKind.CHIP, payload)
    assert answers(centre, spacecraft, 1, ProductArchived)
    assert answers(centre, spacecraft, 2, EventPublished) == []
    centre.close()
    with closing(Archive(tmp_path / "archive.sqlite", read_only=True)) as archive:
        assert [product.payload for product in archive.products()] == [payload]
        assert (list(archived_alerts(archive)), list(archived_chips(archive))) == ([], [])


def archive_of(path: Path, *products: tuple[ProductKind, int, DetectionList]) -> Archive:
    """An archive in which products numbered from 1 on arrived at stated seconds."""
    archive = Archive(path)
    for product_id, (kind, archived_s, found) in enumerate(products, 1):
        payload = chips_bytes(found) if kind is ProductKind.CHIP else encode(found)
        archive.add_product(ArchivedProduct(SAT, product_id, kind, found.frame_id, archived_s * NS_PER_S, payload))
    archive.commit()
    return archive


def test_an_alert_is_told_as_it_came_first_whatever_its_product_and_number(tmp_path: Path) -> None:
    alone = a_list(7, 0.5, BOX)
    products = (ProductKind.ALERT, 9, alone), (ProductKind.CHIP, 5, SURE), (ProductKind.ALERT, 7, a_list(8, 1.0, BOX))
    with closing(archive_of(tmp_path / "archive.sqlite", *products)) as archive:
        told = [(one.found.frame_id, one.detection.x0, one.archived_ns // NS_PER_S) for one in archived_alerts(archive)]
    assert told == [(7, 500, 5), (7, 503, 5), (8, 500, 7)]


def test_chips_of_candidates_are_no_alerts_chips(tmp_path: Path) -> None:
    with closing(Archive(tmp_path / "archive.sqlite")) as archive:
        payloads = chips_bytes(SURE, awaits_verdict=True), chips_bytes(a_list(8, 1.0, BOX))
        for number, payload in enumerate(payloads, 7):
            archive.add_product(ArchivedProduct(SAT, number, ProductKind.CHIP, number, 10 * NS_PER_S, payload))
        assert [chip.alert.found.frame_id for chip in archived_chips(archive)] == [8]


def test_chips_are_numbered_by_confidence_and_named_once(tmp_path: Path) -> None:
    weak, strong = a_list(7, 0.5, BOX, confidence=0.4), a_list(7, 0.5, BESIDE, confidence=0.8)
    both = replace(weak, detections=(*weak.detections, *strong.detections))
    products = (
        (ProductKind.CHIP, 5, both),
        (ProductKind.CHIP, 6, both),
        (ProductKind.CHIP, 7, a_list(7, 0.5, (1, 1, 3, 3))),
    )
    with closing(archive_of(tmp_path / "archive.sqlite", *products)) as archive:
        chips = list(archived_chips(archive))
    told = [(chip.name, chip.chip.detection.x0, chip.corner_px) for chip in chips]
    assert told == [
        (f"{SAT}-000007-1", 503, (496, 493)),
        (f"{SAT}-000007-2", 500, (493, 492)),
        (f"{SAT}-000007-3", 1, (0, 0)),
    ]
    assert all(np.count_nonzero(chip.chip.planes[-1] == 4000) == 4 - 2 * (n == 1) for n, chip in enumerate(chips))
