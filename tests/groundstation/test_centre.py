"""The mission centre: frames in, products archived once, and only then acknowledged."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from groundstation.archive import Archive
from groundstation.centre import MissionCentre
from groundstation.messages import (
    CentreConfig,
    ForwardFrames,
    FramesForwarded,
    FramesReceived,
    ProductArchived,
    Radiate,
    SendTelecommand,
    SpacecraftLink,
    StationConfig,
    TelecommandQueued,
    UplinkGranted,
)
from groundstation.station import Station
from onboard.comms import housekeeping, reports
from onboard.comms.downlink import Downlink
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import ProductKind
from onboard.errors import MachineError
from onboard.mission_time import NS_PER_S
from onboard.payload.detections import Detection
from onboard.payload.products import DetectionList, encode

SAT, FRAME_BYTES = "ember-1", 512
FOOTPRINT = (10.0, 20.0, 10.0, 20.1, 9.9, 20.1, 9.9, 20.0)


def payload(frame_id: int) -> bytes:
    box = Detection(1, 2, 3, 4, 0, 1.0, 2)
    return encode(DetectionList(b"\x01\x02\x03\x04", "wildfire", frame_id, 0, 64, 64, FOOTPRINT, 100.0, (box,)))


def centre(tmp_path: Path) -> MissionCentre:
    link = SpacecraftLink(SAT, 1, FRAME_BYTES, 200)
    return MissionCentre(CentreConfig(str(tmp_path / "archive.sqlite"), (link,)))


class Spacecraft:
    """A downlink with one product a frame."""

    def __init__(self, *frame_ids: int) -> None:
        self.downlink = Downlink(1, Outbox(100_000), FRAME_BYTES)
        for frame_id in frame_ids:
            self.downlink.store(Product(frame_id, ProductKind.ALERT, frame_id, payload(frame_id), 1.0, 0))

    def send(self, now_ns: int, station: str = "Troll") -> FramesForwarded:
        sample = housekeeping.Housekeeping(
            now_ns, 0.9, 290.0, 0, True, 0, 0, self.downlink.pending_products, self.downlink.pending_bytes, 0
        )
        sent = self.downlink.transmit(now_ns, 10 * FRAME_BYTES, housekeeping.encode(sample))
        return FramesForwarded(station, SAT, b"".join(sent.frames))


def of_kind(answers: tuple[Any, ...], kind: type) -> list[Any]:
    return [answer for answer in answers if isinstance(answer, kind)]


def rows(tmp_path: Path, table: str) -> int:
    count: int = sqlite3.connect(tmp_path / "archive.sqlite").execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count


def test_products_are_archived_then_acknowledged(tmp_path: Path) -> None:
    ground, spacecraft = centre(tmp_path), Spacecraft(7, 8)
    answers = ground.advance(2 * NS_PER_S, (spacecraft.send(NS_PER_S),))
    assert [(stored.product_id, stored.frame_id) for stored in of_kind(answers, ProductArchived)] == [(7, 7), (8, 8)]
    assert rows(tmp_path, "product") == 2, "committed before the acknowledgement leaves"
    (telecommand,) = of_kind(answers, SendTelecommand)
    assert spacecraft.downlink.apply_report(3 * NS_PER_S, telecommand.data) == (7, 8)
    ground.close()


def test_frames_twice_and_by_two_stations_are_archived_once(tmp_path: Path) -> None:
    ground, spacecraft = centre(tmp_path), Spacecraft(7)
    frames = spacecraft.send(NS_PER_S)
    again = FramesForwarded("Svalbard", SAT, frames.frames)
    answers = ground.advance(2 * NS_PER_S, (frames, again, frames))
    assert len(of_kind(answers, ProductArchived)) == 1
    ground.close()


def test_a_restarted_centre_knows_what_it_has(tmp_path: Path) -> None:
    first, spacecraft = centre(tmp_path), Spacecraft(7)
    frames = spacecraft.send(NS_PER_S)
    first.advance(2 * NS_PER_S, (frames,))
    first.close()
    second = centre(tmp_path)
    answers = second.advance(3 * NS_PER_S, (frames,))
    assert not of_kind(answers, ProductArchived)
    (telecommand,) = of_kind(answers, SendTelecommand)
    report = reports.decode(telecommand.data)
    assert report is not None
    assert report.archived == ((7, 8),)
    second.close()


def test_a_spacecraft_with_nothing_to_learn_gets_no_report(tmp_path: Path) -> None:
    ground = centre(tmp_path)
    assert ground.advance(2 * NS_PER_S, (Spacecraft().send(NS_PER_S),)) == ()
    ground.close()
    assert rows(tmp_path, "housekeeping") == 1


def test_damaged_frames_are_ignored(tmp_path: Path) -> None:
    ground = centre(tmp_path)
    frames = bytearray(Spacecraft(7).send(NS_PER_S).frames)
    for at in range(20, len(frames), FRAME_BYTES):
        frames[at] ^= 1
    assert ground.advance(2 * NS_PER_S, (FramesForwarded("Troll", SAT, bytes(frames)),)) == ()
    ground.close()


def test_an_archive_that_is_no_database_is_the_machines_fault(tmp_path: Path) -> None:
    (tmp_path / "archive.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(MachineError, match=r"archive\.sqlite"):
        Archive(tmp_path / "archive.sqlite")


def test_a_station_forwards_and_radiates_the_newest_telecommand_on_grant() -> None:
    station = Station(StationConfig("Troll"))
    assert station.advance(0, (FramesReceived(SAT, b"abc"),)) == (ForwardFrames(SAT, b"abc"),)
    assert station.advance(1, (TelecommandQueued(SAT, b"old"), TelecommandQueued(SAT, b"newest"))) == ()
    assert station.advance(2, (UplinkGranted(SAT, 5),)) == (), "too little for it"
    assert station.advance(3, (UplinkGranted("other", 100),)) == ()
    assert station.advance(4, (UplinkGranted(SAT, 6),)) == (Radiate(SAT, b"newest"),)
    assert station.advance(5, (UplinkGranted(SAT, 6),)) == ()
