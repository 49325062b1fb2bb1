"""The flight computer as a function of events and time."""

from dataclasses import replace

import pytest

from groundstation.messages import BroadcastLink, FramesReceived, TerminalConfig
from groundstation.terminal import Terminal
from onboard import commands, events
from onboard.broadcast import broadcast_keys
from onboard.commands import JobKind
from onboard.comms import event_reports, housekeeping, reports, telecommands
from onboard.comms.event_reports import Reason
from onboard.comms.packets import MAX_PRODUCT_ID
from onboard.computer import Computer
from onboard.config import SpacecraftConfig
from onboard.mission_time import NEVER_NS, NS_PER_S
from onboard.storage import MemoryStore, Store
from tests.flight_for_tests import (
    CONFIG,
    FOUND,
    FRAME_BYTES,
    KEYS,
    FakeLibrary,
    Ground,
    Operators,
    captured,
    of_kind,
    sampled,
    upload,
)


def built(config: SpacecraftConfig = CONFIG, store: Store | None = None) -> Computer:
    """A spacecraft that has been told its charge and temperature."""
    computer = Computer(config, FakeLibrary(), store)
    computer.advance(0, (sampled(),))
    return computer


def test_a_frame_becomes_a_job_with_its_work() -> None:
    (job,) = built().advance(0, (captured(1),))
    assert job == commands.StartJob(1, JobKind.INFERENCE, 1, 64 * 64 * 10, 0)


def test_nothing_is_done_or_said_before_the_first_sample() -> None:
    computer = Computer(CONFIG, FakeLibrary())
    assert computer.advance(0, (captured(1), events.TransmitGranted(10_000))) == ()
    assert of_kind(computer.advance(1, (sampled(),)), commands.StartJob)


def test_one_job_at_a_time_oldest_first() -> None:
    computer = built()
    assert [job.frame_id for job in of_kind(computer.advance(0, (captured(1), captured(2))), commands.StartJob)] == [1]
    answers = computer.advance(1, (events.InferenceCompleted(1, ()),))
    assert answers[0] == commands.FrameProcessed(1, -1, 0, ())
    assert [job.frame_id for job in of_kind(answers, commands.StartJob)] == [2]


def test_a_job_lost_with_its_power_is_done_again_first() -> None:
    computer = built()
    computer.advance(0, (captured(1), captured(2)))
    (job,) = of_kind(computer.advance(1, (events.JobLost(1),)), commands.StartJob)
    assert (job.job_id, job.frame_id) == (2, 1)


def test_power_mode_follows_sunlight_where_eclipse_has_one() -> None:
    computer = Computer(replace(CONFIG, power_mode="25W", eclipse_power_mode="10W"), FakeLibrary())
    dark = sampled(sunlit=False)
    expected = [(sampled(), ["25W"]), (dark, ["10W"]), (dark, []), (sampled(), ["25W"])]
    for at_ns, (sample, modes) in enumerate(expected):
        ordered = of_kind(computer.advance(at_ns, (sample,)), commands.SetPowerMode)
        assert [one.power_mode for one in ordered] == modes


@pytest.mark.parametrize("sample", [sampled(0.29), sampled(0.9, 331.0)])
def test_low_charge_or_heat_defers_and_recovery_resumes(sample: events.HousekeepingSampled) -> None:
    computer = built()
    computer.advance(0, (sample,))
    assert not of_kind(computer.advance(1, (captured(1),)), commands.StartJob)
    assert not of_kind(computer.advance(2, (sampled(0.35, 325.0),)), commands.StartJob), "hysteresis"
    assert of_kind(computer.advance(3, (sampled(0.41, 319.0),)), commands.StartJob)


def test_a_failed_job_sets_its_frame_aside_and_work_goes_on() -> None:
    computer = built()
    computer.advance(0, (captured(1), captured(2)))
    answers = computer.advance(1, (events.JobFailed(1, "NaN"),))
    assert answers[0] == commands.FrameSetAside(1, "NaN")
    assert [job.frame_id for job in of_kind(answers, commands.StartJob)] == [2]


def transmission(computer: Computer, now_ns: int, granted: int = 10_000) -> commands.Transmit:
    (sent,) = of_kind(computer.advance(now_ns, (events.TransmitGranted(granted),)), commands.Transmit)
    return sent


def report(heard_ns: int, *archived: tuple[int, int]) -> events.TelecommandReceived:
    told = reports.encode(reports.Report(heard_ns, 0, MAX_PRODUCT_ID, archived, ()))
    return Operators().report(told)


def test_a_product_is_sent_on_grant_and_forgotten_when_archived() -> None:
    computer = built()
    computer.advance(0, (captured(1),))
    processed = computer.advance(1, (events.InferenceCompleted(1, FOUND),))[0]
    assert isinstance(processed, commands.FrameProcessed)
    assert processed.product_id == 1
    answers = computer.advance(NS_PER_S, (events.TransmitGranted(10_000),))
    assert answers[0] == commands.ProductSent(1)
    assert of_kind(answers, commands.Transmit)[0].payload_bytes == processed.product_bytes
    again = transmission(computer, 2 * NS_PER_S)
    assert (again.payload_bytes, again.retransmit_bytes, again.housekeeping_bytes) == (0, 0, 512), "nothing new"
    answers = computer.advance(3 * NS_PER_S, (report(2 * NS_PER_S, (1, 2)),))
    assert answers == (commands.ProductAcknowledged(1),)
    answers = computer.advance(4 * NS_PER_S, (sampled(),))
    assert answers == (commands.OutboxSampled(0, 0, 0, FRAME_BYTES, 0),)


def test_what_the_ground_missed_is_repeated() -> None:
    computer = built()
    computer.advance(0, (captured(1),))
    computer.advance(1, (events.InferenceCompleted(1, FOUND),))
    transmission(computer, NS_PER_S)
    computer.advance(3 * NS_PER_S, (report(2 * NS_PER_S),))
    assert transmission(computer, 4 * NS_PER_S).retransmit_bytes > 0


def test_a_strategy_changes_from_the_next_job_on() -> None:
    computer, operators = built(), Operators()
    computer.advance(0, (captured(1),))
    answers = computer.advance(1, (captured(2), *operators.order(telecommands.SetStrategy("raw"))))
    assert commands.CommandEnded(1, "set_strategy", "") in answers
    answers = computer.advance(2, (events.InferenceCompleted(1, FOUND),))
    assert of_kind(answers, commands.FrameProcessed)[0].detections == FOUND, "the job that ran is finished as it began"
    assert of_kind(answers, commands.StartJob) == [commands.StartJob(2, JobKind.RAW, 2, 0, FRAME_BYTES)]
    answers = computer.advance(3, (events.EncodingCompleted(2, b"image"), captured(3)))
    assert of_kind(answers, commands.FrameProcessed) == [commands.FrameProcessed(2, 3, 5, ())]
    answers = computer.advance(4, operators.order(telecommands.SetStrategy("magic")))
    assert commands.CommandEnded(2, "set_strategy", Reason.UNKNOWN_STRATEGY.value) in answers


def test_a_threshold_is_for_the_jobs_to_come_and_of_its_task() -> None:
    computer, operators = built(), Operators()
    assert computer.flying == (b"", -1.0)
    computer.advance(0, operators.order(telecommands.SetThreshold("wildfire", 0.75)))
    assert computer.flying == (b"", 0.75)
    answers = computer.advance(1, operators.order(telecommands.SetThreshold("rafts", 0.5)))
    assert commands.CommandEnded(2, "set_threshold", Reason.UNKNOWN_TASK.value) in answers
    assert computer.flying == (b"", 0.75)


def test_a_frame_that_the_ground_wants_is_sent_as_it_is() -> None:
    computer, operators = built(), Operators()
    computer.advance(0, (captured(1),))
    computer.advance(1, (events.InferenceCompleted(1, ()),))
    (job,) = of_kind(computer.advance(2, operators.order(telecommands.FetchFrame(1, "lossless", 4))), commands.StartJob)
    assert job == commands.StartJob(
        2, JobKind.LOSSLESS, 1, 0, FRAME_BYTES // 16, purpose=commands.Purpose.FETCH, shrink=4
    )
    answers = computer.advance(3, (events.EncodingCompleted(2, b"small"),))
    assert of_kind(answers, commands.ProductMade)[0] == commands.ProductMade(2, "thumbnail", 1, 5)
    assert commands.CommandEnded(1, "fetch_frame", "") in answers
    answers = computer.advance(4, operators.order(telecommands.FetchFrame(9, "raw", 1)))
    assert commands.CommandEnded(2, "fetch_frame", Reason.UNKNOWN_FRAME.value) in answers


def test_a_commanded_exposure_happens_at_its_instant() -> None:
    computer, operators = built(), Operators()
    area = telecommands.Area(0.0, 0.0, 1.0, 1.0)
    computer.advance(10, operators.order(telecommands.CaptureAt((20, 30), area)))
    assert computer.deadline_ns == 20
    assert computer.advance(20, ()) == (commands.Expose(),)
    assert computer.deadline_ns == 30
    answers = computer.advance(30, ())
    assert answers[:2] == (commands.Expose(), commands.CommandEnded(1, "capture_at", ""))
    assert computer.deadline_ns == NEVER_NS


def test_products_expire_at_their_deadline() -> None:
    computer = built(replace(CONFIG, lifetime_ns=(("alert", 100),)))
    computer.advance(0, (captured(1),))
    computer.advance(1, (events.InferenceCompleted(1, FOUND),))
    assert computer.deadline_ns == 101
    (dropped,) = of_kind(computer.advance(101, ()), commands.ProductDropped)
    assert (dropped.product_id, dropped.reason) == (1, "beyond its deadline")
    assert computer.deadline_ns == NEVER_NS


def test_a_reset_is_the_last_word_and_what_was_running_is_done_again() -> None:
    store = MemoryStore()
    computer, operators = built(store=store), Operators()
    computer.advance(0, (captured(1),))
    packets = [operators.number(one) for one in (telecommands.Reset(), telecommands.SetMode("safe"))]
    answers = computer.advance(1, (operators.send(*packets), captured(2)))
    assert answers[-1] == commands.RestartComputer()
    assert commands.CommandEnded(2, "set_mode", "") not in answers, "it waits for the restart"
    again = Computer(CONFIG, FakeLibrary(), store)
    assert again.deadline_ns == 0
    answers = again.advance(2, (captured(3),))
    booted = answers[0]
    assert isinstance(booted, commands.Booted)
    assert (booted.boot_count, booted.frames) == (2, (1, 2, 3))
    assert of_kind(answers, commands.ModeEntered) == [commands.ModeEntered("nominal"), commands.ModeEntered("safe")]
    assert commands.CommandEnded(2, "set_mode", "") in answers
    answers = again.advance(3, (sampled(), *operators.order(telecommands.SetMode("nominal"))))
    (job,) = of_kind(answers, commands.StartJob)
    assert (job.job_id, job.frame_id) == (2**32 + 1, 1)


def heard(computer: Computer, at_s: int = 1) -> Ground:
    """What a grant brings to the ground."""
    ground = Ground()
    ground.hear(at_s * NS_PER_S, computer.advance(at_s * NS_PER_S, (events.TransmitGranted(10_000),)))
    return ground


@pytest.mark.parametrize("was_reset", [True, False])
def test_the_ground_learns_why_the_computer_started(was_reset: bool) -> None:
    store = MemoryStore()
    computer, operators = built(store=store), Operators()
    if was_reset:
        computer.advance(1, operators.order(telecommands.Reset()))
    built(store=store)
    told = heard(built(store=store)).event_reports
    boots = [one for one in told if isinstance(one, event_reports.Rebooted)]
    why = Reason.COMMANDED if was_reset else Reason.PROCESS_DIED
    assert boots == [event_reports.Rebooted(0, 2, why), event_reports.Rebooted(0, 3, Reason.PROCESS_DIED)]


def test_a_model_goes_up_is_tried_and_flies() -> None:
    computer, operators = built(), Operators()
    archive = bytes(1500)
    for event in operators.order(*upload(archive), telecommands.ActivateModel(1)):
        answers = computer.advance(1, (event,))
    (trial,) = of_kind(answers, commands.StartJob)
    assert (trial.purpose, trial.frame_id, trial.work_macs) == (commands.Purpose.TRIAL, -1, 1000)
    upload_sha256 = computer.on_trial
    answers = computer.advance(2, (events.ModelTried(trial.job_id, ""),))
    assert of_kind(answers, commands.ModelSwapped)[0].sha256 == upload_sha256.hex()
    assert computer.flying[0] == upload_sha256
    assert computer.archive(upload_sha256) == archive
    answers = computer.advance(3, operators.order(telecommands.RollBackModel()))
    assert computer.flying[0] == b""


@pytest.mark.parametrize("keys", [{}, KEYS])
def test_alerts_are_broadcast_to_whoever_listens(keys: dict[int, bytes]) -> None:
    config = replace(CONFIG, broadcasts=True, link_keys=tuple(keys.items()))
    computer, operators = built(config), Operators(keys)
    links = BroadcastLink(config.name, 1, config.frame_length_bytes, tuple(broadcast_keys(keys).items()))
    crew = Terminal(TerminalConfig("crew", (links,)))
    assert computer.advance(1, (events.BroadcastGranted(9_000),)) == ()
    computer.advance(2, (captured(1),))
    computer.advance(3, (events.InferenceCompleted(1, FOUND),))
    computer.advance(4, operators.order(telecommands.RotateKey("downlink", 2)))
    for at_ns, alerts in ((5, 1), (6, 0)):
        (sent,) = computer.advance(at_ns, (events.BroadcastGranted(9_000),))
        assert isinstance(sent, commands.BroadcastFrames)
        assert len(crew.advance(at_ns, (FramesReceived(config.name, (sent.frames,)),))) == alerts
    silent = built(replace(config, broadcasts=False))
    silent.advance(2, (captured(1),))
    silent.advance(3, (events.InferenceCompleted(1, FOUND),))
    assert silent.advance(4, (events.BroadcastGranted(9_000),)) == ()


def test_the_beacon_tells_the_state_of_the_spacecraft() -> None:
    config = replace(CONFIG, lifetime_ns=(("alert", 5),))
    computer, operators = built(config), Operators()
    computer.advance(1, (captured(1), captured(2)))
    computer.advance(2, (events.InferenceCompleted(1, FOUND),))
    computer.advance(8, operators.order(telecommands.SetStrategy("raw")))
    operators.number(telecommands.Reset())
    computer.advance(9, operators.order(telecommands.SetStrategy("raw")))
    (told,) = heard(computer).beacons
    assert (told.boot_count, told.commands_accepted, told.commands_window) == (1, 1, 0b10)
    assert (told.strategy, told.key_id) == (housekeeping.strategy_number("raw"), 0)
    assert (told.frames_retained, told.products_expired, told.dropped_products) == (1, 1, 0)
    assert told.model_sha256_prefix.hex() == FakeLibrary().original.sha256[:8]


def test_a_cloudy_frame_is_done_with_and_a_clear_one_is_coded() -> None:
    computer = built(replace(CONFIG, strategy="cloudfilter", cloud_mask_path="mask", cloud_fraction_limit=0.4))
    computer.advance(0, (captured(1), captured(2)))
    answers = computer.advance(1, (events.ScreeningCompleted(1, 0.41),))
    assert of_kind(answers, commands.FrameProcessed) == [commands.FrameProcessed(1, -1, 0, ())]
    assert [job.kind for job in of_kind(answers, commands.StartJob)] == [JobKind.SCREENING]
    answers = computer.advance(2, (events.ScreeningCompleted(2, 0.4),))
    assert not of_kind(answers, commands.FrameProcessed)
    assert [(job.kind, job.frame_id) for job in of_kind(answers, commands.StartJob)] == [(JobKind.LOSSLESS, 2)]
    answers = computer.advance(3, (events.EncodingCompleted(3, b"image"),))
    assert [done.frame_id for done in of_kind(answers, commands.FrameProcessed)] == [2]


def test_a_strategy_that_the_instrument_cannot_fly_is_refused() -> None:
    computer, operators = built(), Operators()
    answers = computer.advance(0, operators.order(telecommands.SetStrategy("cloudfilter")))
    assert commands.CommandEnded(1, "set_strategy", Reason.NOT_APPLICABLE.value) in answers


def test_adaptive_sends_chips_and_the_frame_where_a_pass_has_room() -> None:
    config = replace(CONFIG, strategy="adaptive", outbox_bytes=10**6)
    computer, operators = built(config), Operators()
    computer.advance(0, (captured(1),))
    answers = computer.advance(1, (events.InferenceCompleted(1, FOUND, b"chips"),))
    assert not of_kind(answers, commands.StartJob), "no pass is planned: the list is all"
    assert [made.kind for made in of_kind(answers, commands.ProductMade)] == []
    plan = telecommands.SetPassPlan((telecommands.PlannedPass(10**9, 60 * 10**9, 100_000),))
    computer.advance(2, (*operators.order(plan), captured(2)))
    answers = computer.advance(3, (events.InferenceCompleted(2, FOUND, b"chips"),))
    (done,) = of_kind(answers, commands.FrameProcessed)
    assert done.detections == FOUND
    assert [(made.kind, made.frame_id) for made in of_kind(answers, commands.ProductMade)] == [("chip", 2)]
    (job,) = of_kind(answers, commands.StartJob)
    assert (job.kind, job.frame_id, job.purpose) == (JobKind.LOSSLESS, 2, commands.Purpose.FETCH)
    answers = computer.advance(4, (events.EncodingCompleted(job.job_id, b"image"),))
    assert [(made.kind, made.product_bytes) for made in of_kind(answers, commands.ProductMade)] == [("image", 5)]
    assert not of_kind(answers, commands.CommandEnded)
