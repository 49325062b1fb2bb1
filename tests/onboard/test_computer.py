"""The flight computer as a function of events and time."""

from dataclasses import replace
from pathlib import Path

import pytest

from onboard import commands, events
from onboard.commands import JobKind
from onboard.comms import reports
from onboard.computer import Computer
from onboard.config import SpacecraftConfig
from onboard.mission_time import NS_PER_S
from onboard.modes import Limits
from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame
from onboard.payload.models import ModelCard, load_card
from tests.models_for_tests import write_model

CONFIG = SpacecraftConfig(
    name="ember-1",
    spacecraft_id=1,
    strategy="detections",
    task="wildfire",
    model_path="",
    memory_root="",
    mass_memory_bytes=3 * 12_288,
    outbox_bytes=1_000,
    frame_length_bytes=512,
    limits=Limits(0.3, 0.4, 330.0, 320.0),
    battery_capacity_j=100_000.0,
    job_power_w=10.0,
    macs_per_s=1e6,
    coded_bytes_per_s=1e4,
    position_error_m=100.0,
)
FOUND = (Detection(3, 4, 6, 7, 0, 0.9, 3),)
CORNERS = (10.0, 20.0, 10.0, 20.1, 9.9, 20.1, 9.9, 20.0)


@pytest.fixture
def card(tmp_path: Path) -> ModelCard:
    return replace(load_card(write_model(tmp_path / "model")), macs_per_px=10.0)


def frame(frame_id: int) -> Frame:
    return Frame(frame_id, f"{frame_id}.dn", 64, 64, ("swir2", "red"), 2, (1.0, 1.0), (0.0, 0.0), 12, 0, CORNERS, 20.0)


def captured(frame_id: int) -> events.FrameCaptured:
    return events.FrameCaptured(frame(frame_id))


def sampled(charge: float, temperature_k: float = 290.0) -> events.HousekeepingSampled:
    return events.HousekeepingSampled(charge, temperature_k, True)


def of_kind(answers: tuple[object, ...], kind: type) -> list[object]:
    return [answer for answer in answers if isinstance(answer, kind)]


def test_a_frame_becomes_a_job_with_its_work(card: ModelCard) -> None:
    (job,) = Computer(CONFIG, card).advance(0, (captured(1),))
    assert job == commands.StartJob(1, JobKind.INFERENCE, 1, 64 * 64 * 10, 0)


def test_one_job_at_a_time_oldest_first(card: ModelCard) -> None:
    computer = Computer(CONFIG, card)
    assert [job.frame_id for job in of_kind(computer.advance(0, (captured(1), captured(2))), commands.StartJob)] == [1]
    answers = computer.advance(1, (events.InferenceCompleted(1, ()),))
    assert answers[0] == commands.FrameProcessed(1, -1, 0, ())
    assert answers[1] == commands.ReleaseFrame(1)
    assert [job.frame_id for job in of_kind(answers, commands.StartJob)] == [2]


def test_as_many_jobs_at_a_time_as_accelerators(card: ModelCard) -> None:
    computer = Computer(replace(CONFIG, accelerators=2), card)
    answers = computer.advance(0, (captured(1), captured(2), captured(3)))
    assert [job.frame_id for job in of_kind(answers, commands.StartJob)] == [1, 2]
    answers = computer.advance(1, (events.InferenceCompleted(2, ()),))
    assert answers[0] == commands.FrameProcessed(2, -1, 0, ())
    assert [job.frame_id for job in of_kind(answers, commands.StartJob)] == [3]


def test_charge_is_kept_for_all_jobs_that_run(card: ModelCard) -> None:
    # A job takes 64 x 64 x 10 / 1e6 s at 1 MW: 41 of 100 kJ.
    computer = Computer(replace(CONFIG, accelerators=3, job_power_w=1e6), card)
    computer.advance(0, (sampled(0.95),))
    assert len(of_kind(computer.advance(1, (captured(1), captured(2))), commands.StartJob)) == 1
    computer.advance(2, (sampled(0.5), events.InferenceCompleted(1, ())))
    assert not of_kind(computer.advance(3, (sampled(0.55),)), commands.StartJob)


def test_a_job_lost_with_its_power_is_done_again_first(card: ModelCard) -> None:
    computer = Computer(CONFIG, card)
    computer.advance(0, (captured(1), captured(2)))
    (job,) = of_kind(computer.advance(1, (events.JobLost(1),)), commands.StartJob)
    assert isinstance(job, commands.StartJob)
    assert (job.job_id, job.frame_id) == (2, 1)


@pytest.mark.parametrize(("strategy", "named"), [("detections", ["focusing", "location"]), ("lossless", ["focusing"])])
def test_a_frame_goes_through_the_steps_its_strategy_needs(card: ModelCard, strategy: str, named: list[str]) -> None:
    steps = (commands.ProcessingStep("focusing", 1000), commands.ProcessingStep("location", 9))
    (job,) = Computer(replace(CONFIG, strategy=strategy, steps=steps), card).advance(0, (captured(1),))
    assert isinstance(job, commands.StartJob)
    assert [step.name for step in job.steps] == named
    assert job.steps[0].work_macs == 1000 * 64 * 64


def test_raw_numbers_need_no_steps() -> None:
    config = replace(CONFIG, strategy="raw", steps=(commands.ProcessingStep("focusing", 1000),))
    (job,) = Computer(config, None).advance(0, (captured(1),))
    assert isinstance(job, commands.StartJob)
    assert job.steps == ()


def test_a_network_is_charged_for_tiles_with_their_overlap_and_padding(card: ModelCard) -> None:
    tiled = replace(card, tile_hw=(32, 32), overlap_px=8)
    (job,) = Computer(CONFIG, tiled).advance(0, (captured(1),))
    assert isinstance(job, commands.StartJob)
    # 64 pixels a side in steps of 24: 0, 24 and 32 begin tiles of 32, nine of them.
    assert job.work_macs == 9 * 32 * 32 * 10
    wider = replace(card, tile_hw=(96, 96))
    (job,) = Computer(CONFIG, wider).advance(0, (captured(1),))
    assert isinstance(job, commands.StartJob)
    assert job.work_macs == 96 * 96 * 10, "a frame smaller than a tile is padded to one"


def test_power_mode_follows_sunlight_where_eclipse_has_one(card: ModelCard) -> None:
    computer = Computer(replace(CONFIG, power_mode="25W", eclipse_power_mode="10W"), card)
    assert not of_kind(computer.advance(0, (sampled(0.9),)), commands.SetPowerMode)
    dark = events.HousekeepingSampled(0.9, 290.0, sunlit=False)
    assert of_kind(computer.advance(1, (dark,)), commands.SetPowerMode) == [commands.SetPowerMode("10W")]
    assert not of_kind(computer.advance(2, (dark,)), commands.SetPowerMode)
    assert of_kind(computer.advance(3, (sampled(0.9),)), commands.SetPowerMode) == [commands.SetPowerMode("25W")]


@pytest.mark.parametrize("sample", [sampled(0.29), sampled(0.9, 331.0)])
def test_low_charge_or_heat_defers_and_recovery_resumes(card: ModelCard, sample: events.HousekeepingSampled) -> None:
    computer = Computer(CONFIG, card)
    computer.advance(0, (sample,))
    assert not of_kind(computer.advance(1, (captured(1),)), commands.StartJob)
    assert not of_kind(computer.advance(2, (sampled(0.35, 325.0),)), commands.StartJob), "hysteresis"
    assert of_kind(computer.advance(3, (sampled(0.41, 319.0),)), commands.StartJob)


def test_a_job_that_would_drain_the_battery_waits(card: ModelCard) -> None:
    dear = replace(CONFIG, job_power_w=1e6)
    computer = Computer(dear, card)
    computer.advance(0, (sampled(0.6),))
    assert not of_kind(computer.advance(1, (captured(1),)), commands.StartJob)


def test_a_full_mass_memory_refuses_and_says_so(card: ModelCard) -> None:
    computer = Computer(CONFIG, card)
    computer.advance(0, (sampled(0.1),))
    answers = computer.advance(1, tuple(captured(number) for number in range(1, 5)))
    assert answers == (commands.FrameRefused(4, "mass memory full"), commands.ReleaseFrame(4))


def test_a_failed_job_sets_its_frame_aside_and_work_goes_on(card: ModelCard) -> None:
    computer = Computer(CONFIG, card)
    computer.advance(0, (captured(1), captured(2)))
    answers = computer.advance(1, (events.JobFailed(1, "NaN"),))
    assert answers[0] == commands.FrameSetAside(1, "NaN")
    assert [job.frame_id for job in of_kind(answers, commands.StartJob)] == [2]


def transmission(computer: Computer, now_ns: int, granted: int) -> commands.Transmit:
    (sent,) = of_kind(computer.advance(now_ns, (events.TransmitGranted(granted),)), commands.Transmit)
    assert isinstance(sent, commands.Transmit)
    return sent


def product_bytes(sent: commands.Transmit) -> int:
    return len(sent.frames) - sent.housekeeping_bytes


def test_a_product_is_sent_on_grant_and_forgotten_when_archived(card: ModelCard) -> None:
    computer = Computer(CONFIG, card)
    computer.advance(0, (captured(1),))
    processed = computer.advance(1, (events.InferenceCompleted(1, FOUND),))[0]
    assert isinstance(processed, commands.FrameProcessed)
    assert processed.product_id == 1
    sent = transmission(computer, NS_PER_S, 10_000)
    assert (len(sent.frames), sent.payload_bytes) == (1024, processed.product_bytes)
    assert product_bytes(transmission(computer, 2 * NS_PER_S, 10_000)) == 0, "nothing new"
    report = reports.encode(reports.Report(2 * NS_PER_S, 0, reports.MAX_PRODUCT_ID, ((1, 2),), ()))
    answers = computer.advance(3 * NS_PER_S, (events.TelecommandReceived(report),))
    assert answers == (commands.ProductAcknowledged(1),)
    answers = computer.advance(4 * NS_PER_S, (sampled(0.9),))
    assert answers == (commands.OutboxSampled(0, 0, 0),)


def test_what_the_ground_missed_is_repeated(card: ModelCard) -> None:
    computer = Computer(CONFIG, card)
    computer.advance(0, (captured(1),))
    computer.advance(1, (events.InferenceCompleted(1, FOUND),))
    transmission(computer, NS_PER_S, 10_000)
    heard_nothing = reports.encode(reports.Report(2 * NS_PER_S, 0, reports.MAX_PRODUCT_ID, (), ()))
    computer.advance(3 * NS_PER_S, (events.TelecommandReceived(heard_nothing),))
    assert transmission(computer, 4 * NS_PER_S, 10_000).retransmit_bytes > 0


def test_a_full_outbox_drops_the_least_valuable_and_says_so() -> None:
    computer = Computer(replace(CONFIG, strategy="raw"), None)
    computer.advance(0, (captured(1),))
    computer.advance(1, (events.EncodingCompleted(1, bytes(900)), captured(2)))
    answers = computer.advance(2, (events.EncodingCompleted(2, bytes(900)),))
    assert of_kind(answers, commands.ProductDropped) == [commands.ProductDropped(1, 1, 900)]


def test_strategies_without_a_model_order_coding_work() -> None:
    (job,) = Computer(replace(CONFIG, strategy="lossless"), None).advance(0, (captured(1),))
    assert job == commands.StartJob(1, JobKind.LOSSLESS, 1, 0, 64 * 64 * 2 * 12 // 8)
