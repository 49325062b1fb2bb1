"""The flight core with its host services, real models and a real store."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onboard import commands, events
from onboard.comms import telecommands
from onboard.comms.event_reports import ModelActivated, ModelRolledBack, Reason
from onboard.comms.packets import ProductKind
from onboard.comms.telecommands import LoadModelPart, Telecommand
from onboard.config import SpacecraftConfig
from onboard.errors import MachineError
from onboard.mission_time import NS_PER_S
from onboard.model_slots import MAX_FAULTS
from onboard.payload.image_products import shrunk
from onboard.payload.imagery import Frame, MassMemory, Planes
from onboard.payload.model_archive import pack
from onboard.payload.models import load_card
from onboard.payload.products import decode, decode_image
from onboard.shell import FlightUnit
from onboard.sqlite_store import SqliteStore
from tests.flight_for_tests import CONFIG, KEYS, Ground, Operators, frame, of_kind, sampled, upload
from tests.models_for_tests import write_model
from tests.onboard.payload.test_model_trial import costed, nan_above

LEVEL = 0.5
BRIGHT, BLINDING = 9_000, 20_000


def model(folder: Path, graph: bytes | None = None, level: float = LEVEL) -> Path:
    return costed(write_model(folder, graph=graph, level=level, name=folder.name))


def archive(folder: Path) -> bytes:
    return pack((folder / "card.toml").read_bytes(), (folder / "model.onnx").read_bytes())


def prefix(folder: Path) -> bytes:
    return bytes.fromhex(load_card(folder).sha256[:8])


class Flight:
    """A spacecraft whose jobs end when they are asked to, and a ground that hears everything."""

    def __init__(self, root: Path, **changes: object) -> None:
        self.original = model(root / "original")
        config = replace(CONFIG, model_path=str(self.original), memory_root=str(root), outbox_bytes=10**6)
        self.config: SpacecraftConfig = replace(config, **changes)  # type: ignore[arg-type]
        self.memory = MassMemory(root)
        self.ground = Ground(dict(self.config.link_keys) or None)
        self.operators = Operators(dict(self.config.link_keys) or None)
        self.now_ns = self.frame_id = 0
        self.said: list[object] = []
        self.launch()

    def launch(self) -> None:
        self.unit = FlightUnit(self.config)
        self.jobs: list[commands.StartJob] = []
        self.advance(sampled())

    def close(self) -> None:
        self.unit.close()

    def advance(self, *inbox: object) -> tuple[object, ...]:
        self.now_ns += NS_PER_S
        answers = self.unit.advance(self.now_ns, inbox)
        self.jobs += of_kind(answers, commands.StartJob)
        self.said += answers
        self.ground.hear(self.now_ns, answers)
        return answers

    def expose(self, number: int = BRIGHT, band: int = 0) -> Frame:
        """A dark frame with a square of one digital number, of physical value 1e-4 times that."""
        self.frame_id += 1
        exposed = replace(frame(self.frame_id, self.now_ns), scale=(1e-4, 1e-4), bit_depth=16)
        planes = np.full((2, 64, 64), 100, np.uint16)
        planes[band, 8:12, 8:12] = number
        self.memory.write(exposed.memory_ref, planes)
        self.advance(events.FrameCaptured(exposed))
        return exposed

    def finish(self) -> tuple[object, ...]:
        """The job that runs ends."""
        return self.advance(events.JobFinished(self.jobs.pop(0).job_id))

    def order(self, *wishes: Telecommand) -> None:
        for received in self.operators.order(*wishes):
            self.advance(received)

    def alert_model(self) -> bytes:
        """What made the alert of a bright frame: the first bytes of the model's hash."""
        self.expose()
        self.finish()
        self.advance(events.TransmitGranted(100_000))
        alerts = [payload for kind, payload in self.ground.archive.values() if kind is ProductKind.ALERT]
        return decode(alerts[-1]).model_sha256_prefix

    def activate(self, folder: Path, upload_id: int = 1) -> None:
        """Bring a model up, and let its trial end."""
        self.order(*upload(archive(folder), upload_id), telecommands.ActivateModel(upload_id))
        assert self.jobs[-1].purpose is commands.Purpose.TRIAL
        self.finish()


Fly = Callable[..., Flight]


@pytest.fixture
def fly(tmp_path: Path) -> Iterator[Fly]:
    flights: list[Flight] = []

    def launched(**changes: object) -> Flight:
        flights.append(Flight(tmp_path, **changes))
        return flights[-1]

    yield launched
    for flight in flights:
        flight.close()


@pytest.mark.parametrize("is_durable", [False, True])
def test_a_model_swapped_by_uplink_makes_the_later_alerts(fly: Fly, is_durable: bool, tmp_path: Path) -> None:
    flight = fly(store_path=str(tmp_path / "store") if is_durable else "")
    other = model(tmp_path / "other", level=0.4)
    assert flight.alert_model() == prefix(flight.original)
    flight.activate(other)
    assert flight.alert_model() == prefix(other) != prefix(flight.original)
    (activated,) = [one for one in flight.ground.event_reports if isinstance(one, ModelActivated)]
    assert activated.model_sha256_prefix == prefix(other)
    flight.order(telecommands.RollBackModel())
    assert flight.alert_model() == prefix(flight.original)


def test_a_corrupted_upload_leaves_the_old_model_flying(fly: Fly, tmp_path: Path) -> None:
    flight = fly()
    begin, *parts, last = upload(archive(model(tmp_path / "other", level=0.4)))
    assert isinstance(last, LoadModelPart)
    spoilt = replace(last, data=last.data[:-1] + bytes([last.data[-1] ^ 1]))
    flight.order(begin, *parts, spoilt, telecommands.ActivateModel(1))
    failed = [one.failed_because for one in of_kind(tuple(flight.said), commands.CommandEnded) if one.failed_because]
    assert failed == [Reason.HASH_DIFFERS.value, Reason.UNKNOWN_UPLOAD.value]
    assert flight.alert_model() == prefix(flight.original)


def nested() -> bytes:
    return pack(b"x = " + b"[" * 60_000, b"graph")


def absurd(folder: Path) -> bytes:
    """A model whose card asks for more work than there are numbers for."""
    card = model(folder) / "card.toml"
    card.write_text(card.read_text("utf-8").replace("macs_per_px = 1\n", "macs_per_px = 1e308\n"), "utf-8")
    return archive(folder)


def test_a_model_of_nans_is_refused_in_its_trial(fly: Fly, tmp_path: Path) -> None:
    flight = fly()
    flight.activate(model(tmp_path / "nan", nan_above(0.05)))
    assert not of_kind(tuple(flight.said), commands.ModelSwapped)
    (ended,) = [one for one in of_kind(tuple(flight.said), commands.CommandEnded) if one.failed_because]
    assert "nan" in ended.failed_because
    assert flight.alert_model() == prefix(flight.original)


@pytest.mark.parametrize("kind", ["junk", "nested", "absurd"])
def test_an_archive_that_is_no_model_harms_nobody(fly: Fly, kind: str, tmp_path: Path) -> None:
    flight = fly(store_path=str(tmp_path / "store"))
    bad = {"junk": b"junk", "nested": nested(), "absurd": absurd(tmp_path / "absurd")}[kind]
    flight.order(*upload(bad), telecommands.ActivateModel(1))
    if kind != "absurd":
        flight.finish()
    (ended,) = [one for one in of_kind(tuple(flight.said), commands.CommandEnded) if one.failed_because]
    assert ended.word == "activate_model"
    assert flight.alert_model() == prefix(flight.original)


def test_a_model_that_turns_to_nans_in_flight_is_rolled_back(fly: Fly, tmp_path: Path) -> None:
    flight = fly()
    flight.activate(model(tmp_path / "late", nan_above(1.5)))
    swapped = of_kind(tuple(flight.said), commands.ModelSwapped)
    assert [one.reason for one in swapped] == [Reason.COMMANDED.value]
    for _ in range(MAX_FAULTS):
        flight.expose(BLINDING)
        assert of_kind(flight.finish(), commands.FrameSetAside)
    assert of_kind(tuple(flight.said), commands.ModelSwapped)[-1].reason == Reason.MODEL_FAULTS.value
    assert flight.alert_model() == prefix(flight.original)
    assert [one for one in flight.ground.event_reports if isinstance(one, ModelRolledBack)]


def test_a_threshold_is_for_jobs_that_begin_after_it(fly: Fly) -> None:
    flight = fly()
    flight.expose(5_100)  # a score of 1 / (1 + exp(-0.4)) = 0.6
    flight.order(telecommands.SetThreshold("wildfire", 0.7))
    assert of_kind(flight.finish(), commands.FrameProcessed)[0].detections
    flight.expose(5_100)
    assert not of_kind(flight.finish(), commands.FrameProcessed)[0].detections
    flight.order(telecommands.SetThreshold("wildfire", 0.55))
    flight.expose(5_100)
    assert of_kind(flight.finish(), commands.FrameProcessed)[0].detections


def test_a_fetched_frame_comes_down_shortened(fly: Fly) -> None:
    flight = fly()
    exposed = flight.expose()
    flight.finish()
    flight.order(telecommands.FetchFrame(exposed.frame_id, "lossless", 8))
    flight.finish()
    flight.advance(events.TransmitGranted(100_000))
    (payload,) = [payload for kind, payload in flight.ground.archive.values() if kind is ProductKind.THUMBNAIL]
    image = decode_image(payload)
    assert (image.width_px, image.height_px, image.footprint_deg) == (8, 8, exposed.footprint_deg)
    assert image.planes[0, 1, 1] == round((16 * BRIGHT + 48 * 100) / 64)


def test_in_a_reset_the_spacecraft_is_deaf_and_loses_what_comes(fly: Fly) -> None:
    flight = fly(boot_ns=10 * NS_PER_S)
    kept = flight.expose()
    job = flight.jobs.pop()
    flight.order(telecommands.Reset())
    assert flight.said[-1] == commands.RestartComputer()
    reset_ns = flight.now_ns
    lost = flight.expose()
    reason = "the flight computer was starting"
    assert flight.said[-2:] == [commands.FrameRefused(lost.frame_id, reason), commands.ReleaseFrame(lost.frame_id)]
    heard = flight.advance(events.TransmitGranted(9_000), sampled(), events.JobFinished(job.job_id))
    assert heard == ()
    assert flight.unit.deadline_ns == reset_ns + 10 * NS_PER_S
    flight.now_ns = reset_ns + 9 * NS_PER_S
    booted = flight.advance(events.JobFinished(job.job_id))[0]
    assert isinstance(booted, commands.Booted)
    assert (booted.boot_count, booted.frames) == (2, (kept.frame_id,))
    flight.advance(sampled())
    assert flight.jobs[-1].frame_id == kept.frame_id
    assert of_kind(flight.finish(), commands.FrameProcessed)[0].detections


@pytest.mark.parametrize("at_rest", [False, True])
def test_a_process_that_dies_goes_on_from_its_store(fly: Fly, at_rest: bool, tmp_path: Path) -> None:
    secured = {"link_keys": tuple(KEYS.items()), "at_rest": at_rest}
    flight = fly(store_path=str(tmp_path / "store"), **secured)
    other = model(tmp_path / "other", level=0.4)
    flight.activate(other)
    flight.expose()
    flight.finish()
    waiting = flight.expose()
    flight.close()
    flight.said.clear()
    flight.launch()
    booted = flight.said[0]
    assert isinstance(booted, commands.Booted)
    assert booted.frames == (1, waiting.frame_id)
    assert 1 in [held.frame_id for held in booted.products]
    assert flight.jobs[-1].frame_id == waiting.frame_id
    flight.finish()
    assert flight.alert_model() == prefix(other), "what flew goes on flying"
    legible = b"wildfire" in b"".join(path.read_bytes() for path in tmp_path.glob("store*"))
    assert legible is not at_rest


def test_a_trial_that_death_interrupted_is_held_again(fly: Fly, tmp_path: Path) -> None:
    flight = fly(store_path=str(tmp_path / "store"))
    other = model(tmp_path / "other", level=0.4)
    flight.order(*upload(archive(other)), telecommands.ActivateModel(1))
    flight.close()
    flight.launch()
    assert flight.jobs[-1].purpose is commands.Purpose.TRIAL
    flight.finish()
    assert flight.alert_model() == prefix(other)


def test_jobs_that_are_lost_or_fail_are_not_awaited(fly: Fly) -> None:
    flight = fly()
    flight.expose()
    first = flight.jobs.pop()
    flight.advance(events.JobLost(first.job_id))
    again = flight.jobs.pop()
    assert again.frame_id == first.frame_id
    answers = flight.advance(events.JobFailed(again.job_id, "no accelerator works"), events.JobFinished(first.job_id))
    assert of_kind(answers, commands.FrameSetAside)[0].reason == "no accelerator works"


@pytest.mark.parametrize(("factor", "sides"), [(1, (5, 7)), (2, (2, 3)), (5, (1, 1)), (64, (1, 1))])
def test_shrinking_takes_means(factor: int, sides: tuple[int, int]) -> None:
    planes: Planes = np.arange(2 * 5 * 7, dtype=np.uint16).reshape(2, 5, 7)
    small = shrunk(planes, factor)
    assert small.shape == (2, *sides)
    assert small.dtype == np.uint16
    tall, wide = min(factor, 5), min(factor, 7)
    assert small[1, 0, 0] == round(planes[1, :tall, :wide].mean())


def test_a_closed_unit_lets_go_of_its_store(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with closing(Flight(tmp_path, store_path=str(path))), pytest.raises(MachineError, match="locked"):
        SqliteStore(path)
    store = SqliteStore(path)
    assert store.items("")
    store.close()
