"""A spacecraft and its operators, small enough to follow by hand."""

from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from groundstation.deframer import Deframer
from groundstation.reassembly import Reassembly
from groundstation.stretches import segment_of
from onboard import events
from onboard.answers import Answers
from onboard.commands import Transmit
from onboard.comms import event_reports, housekeeping
from onboard.comms.event_reports import EventReport
from onboard.comms.housekeeping import Housekeeping
from onboard.comms.packets import HOUSEKEEPING_APID, Packet, ProductKind
from onboard.comms.security import Direction, Opener, Sealer
from onboard.comms.tc_frames import build_tc_frame
from onboard.comms.telecommand_catalogue import encode
from onboard.comms.telecommand_packets import command_packet, report_packet
from onboard.comms.telecommands import BeginModelUpload, LoadModelPart, Telecommand
from onboard.config import SpacecraftConfig
from onboard.modes import Limits
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame
from onboard.payload.models import ModelCard, load_card
from tests.models_for_tests import write_model

T = TypeVar("T")
FRAME_BYTES = 12_288
KEYS = {1: bytes([1]) * 32, 2: bytes([2]) * 32}
CONFIG = SpacecraftConfig(
    name="ember-1",
    spacecraft_id=1,
    strategy="detections",
    task="wildfire",
    model_path="",
    memory_root="",
    mass_memory_bytes=3 * FRAME_BYTES,
    outbox_bytes=1_000,
    frame_length_bytes=512,
    limits=Limits(0.3, 0.4, 330.0, 320.0),
    battery_capacity_j=100_000.0,
    job_power_w=10.0,
    macs_per_s=1e6,
    coded_bytes_per_s=1e4,
    position_error_m=100.0,
    retained_bytes=3 * FRAME_BYTES,
    bands=("swir2", "red"),
)
FOUND = (Detection(3, 4, 6, 7, 0, 0.9, 3),)
CORNERS = (10.0, 20.0, 10.0, 20.1, 9.9, 20.1, 9.9, 20.0)


@cache
def card() -> ModelCard:
    """Of a model of 10 multiply-accumulates a pixel."""
    with TemporaryDirectory() as folder:
        return replace(load_card(write_model(Path(folder) / "model")), macs_per_px=10.0)


class FakeLibrary:
    """Every archive holds a model: the original's card under another hash."""

    def __init__(self, original: ModelCard | None = None, trial_macs: int = 1000) -> None:
        self.original = original or card()
        self.work_macs = trial_macs

    def card(self, archive_sha256: bytes) -> ModelCard:
        return replace(self.original, sha256=archive_sha256.hex()) if archive_sha256 else self.original

    def cloud_mask(self) -> ModelCard:
        return replace(self.original, name="mask", macs_per_px=2.0)

    def second(self) -> ModelCard | None:
        return None

    def trial_macs(self, _archive_sha256: bytes) -> int:
        return self.work_macs


def frame(frame_id: int, at_ns: int = 0) -> Frame:
    bands = ("swir2", "red")
    return Frame(frame_id, f"{frame_id}.dn", 64, 64, bands, 2, (1.0, 1.0), (0.0, 0.0), 12, at_ns, CORNERS, 20.0)


def captured(frame_id: int) -> events.FrameCaptured:
    return events.FrameCaptured(frame(frame_id))


def sampled(charge: float = 0.9, temperature_k: float = 290.0, *, sunlit: bool = True) -> events.HousekeepingSampled:
    return events.HousekeepingSampled(charge, temperature_k, sunlit)


def of_kind(answers: tuple[object, ...], kind: type[T]) -> list[T]:
    return [answer for answer in answers if isinstance(answer, kind)]


def told(answers: Answers) -> tuple[tuple[object, ...], list[EventReport]]:
    """What was said and what is to be reported, once."""
    return answers.take(), answers.take_reports()


class _Numbers:
    def __init__(self) -> None:
        self._next = 0

    def next(self, n: int = 1) -> int:
        first, self._next = self._next, self._next + n
        return first


class Operators:
    """Number telecommands and put each into a transfer frame."""

    def __init__(self, keys: dict[int, bytes] | None = None) -> None:
        self.sequence = 0
        self.sealer = Sealer(keys, 1, Direction.UP, _Numbers()) if keys else None

    def order(self, *telecommands: Telecommand) -> tuple[events.TelecommandReceived, ...]:
        return tuple(self.send(self.number(one)) for one in telecommands)

    def number(self, telecommand: Telecommand) -> bytes:
        self.sequence += 1
        return command_packet(self.sequence, encode(telecommand))

    def send(self, *packets: bytes) -> events.TelecommandReceived:
        return events.TelecommandReceived(build_tc_frame(1, b"".join(packets), self.sealer))

    def report(self, report: bytes) -> events.TelecommandReceived:
        return self.send(report_packet(0, report))


class Ground:
    """Receives and archives; what it hears of housekeeping is in `beacons`."""

    def __init__(self, keys: dict[int, bytes] | None = None) -> None:
        opener = Opener(keys, 1, Direction.DOWN) if keys else None
        if opener is not None:
            opener.expect(max(keys or ()))
        self.archive: dict[int, tuple[ProductKind, bytes]] = {}
        self.beacons: list[Housekeeping] = []
        self.deframer = Deframer(1, CONFIG.frame_length_bytes, opener)
        self._reassembly = Reassembly()

    @property
    def event_reports(self) -> list[EventReport]:
        """What the spacecraft reported, in order."""
        payloads = [payload for _, (kind, payload) in sorted(self.archive.items()) if kind is ProductKind.REPORT]
        return [report for payload in payloads for report in event_reports.decode(payload) or ()]

    def hear(self, now_ns: int, answers: tuple[object, ...]) -> None:
        for sent in of_kind(answers, Transmit):
            for heard in self.deframer.receive(sent.parts):
                self._reassembly.hear(heard.time_ns, now_ns)
                if isinstance(heard, Packet) and heard.apid == HOUSEKEEPING_APID:
                    self.beacons += filter(None, [housekeeping.decode(heard.data)])
                    continue
                segment = segment_of(heard)
                if segment is not None and (product := self._reassembly.push(segment)):
                    assert product.product_id not in self.archive
                    self.archive[product.product_id] = product.kind, product.payload
                    self._reassembly.archived(product.product_id)

    def report(self) -> bytes:
        return self._reassembly.report(900)


def upload(archive: bytes, upload_id: int = 1, task: str = "wildfire") -> tuple[Telecommand, ...]:
    """The telecommands that bring an archive up, without its activation."""
    size = min(len(archive), 700)
    parts = -(-len(archive) // size)
    begin = BeginModelUpload(upload_id, task, len(archive), sha256(archive).digest(), parts)
    cuts = range(0, len(archive), begin.part_bytes)
    return (begin, *(LoadModelPart(upload_id, at, archive[at : at + begin.part_bytes]) for at in cuts))
