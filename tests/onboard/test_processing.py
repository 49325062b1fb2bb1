"""Which job is next, and what work it is."""

from dataclasses import replace

import pytest

from onboard.commands import JobKind, ProcessingStep, Purpose, StartJob
from onboard.config import SpacecraftConfig
from onboard.modes import Mode
from onboard.payload.frame_store import FrameStore
from onboard.payload.models import ModelCard
from onboard.processing import Processing
from onboard.settings import SELF_ORDERED, FetchOrder, Settings
from tests.flight_for_tests import CONFIG, FRAME_BYTES, card, frame

FETCH = FetchOrder(2, "raw", 8, 5)


class Line:
    """Frames 1 to 3 wait; charge is plenty unless said otherwise."""

    def __init__(
        self, config: SpacecraftConfig = CONFIG, *, boot_count: int = 1, model: ModelCard | None = None
    ) -> None:
        self.frames = FrameStore(10 * FRAME_BYTES)
        for number in (1, 2, 3):
            self.frames.admit(frame(number))
        mask = replace(card(), macs_per_px=2.0) if config.cloud_mask_path else None
        self.processing = Processing(config, self.frames, boot_count, mask)
        self.settings = Settings(config.strategy)
        self.model = model or card()

    def start(
        self, trial_macs: int | None = None, mode: Mode = Mode.NOMINAL, state_of_charge: float = 0.95
    ) -> StartJob | None:
        return self.processing.start(self.settings, self.model, trial_macs, mode, state_of_charge)

    def want(self, fetch: FetchOrder) -> None:
        self.frames.want(fetch.frame_id)
        self.settings = replace(self.settings, fetches=(*self.settings.fetches, fetch))


def named(job: StartJob | None) -> tuple[Purpose, int]:
    assert job is not None
    return job.purpose, job.frame_id


def test_a_trial_first_then_what_the_ground_wants_then_the_oldest_frame() -> None:
    line = Line(replace(CONFIG, accelerators=4))
    line.want(FETCH)
    ran_trial = line.processing.runs_trial
    assert named(line.start(trial_macs=5)) == (Purpose.TRIAL, -1)
    assert (ran_trial, line.processing.runs_trial) == (False, True)
    assert named(line.start()) == (Purpose.FETCH, 2)
    assert named(line.start()) == (Purpose.PROCESS, 1)
    assert named(line.start()) == (Purpose.PROCESS, 3)
    assert line.start() is None


def test_what_cannot_be_done_now_holds_up_nothing_smaller() -> None:
    line = Line()
    too_much = round(0.9 * CONFIG.battery_capacity_j / CONFIG.job_power_w * CONFIG.macs_per_s)
    assert named(line.start(trial_macs=too_much)) == (Purpose.PROCESS, 1)


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.NOMINAL])
def test_only_nominal_mode_works(mode: Mode) -> None:
    line = Line()
    line.want(FETCH)
    assert line.start(trial_macs=5, mode=mode) is None


def test_as_many_jobs_at_a_time_as_accelerators() -> None:
    line = Line(replace(CONFIG, accelerators=2))
    started = [line.start(), line.start(), line.start()]
    assert [one.job_id for one in started if one] == [1, 2]
    assert line.processing.end(1).frame == frame(1)
    assert named(line.start()) == (Purpose.PROCESS, 3)
    assert line.processing.jobs_done == 1


def test_charge_is_kept_for_all_jobs_that_run() -> None:
    # A job takes 64 x 64 x 10 / 1e6 s at 1 MW: 41 of 100 kJ.
    line = Line(replace(CONFIG, accelerators=3, job_power_w=1e6))
    assert line.start() is not None
    assert line.start() is None
    line.processing.end(1)
    assert line.start(state_of_charge=0.55) is None


def test_a_lost_job_is_done_again_first_under_a_new_number() -> None:
    line = Line()
    line.start()
    line.processing.lose(1)
    again = line.start()
    assert again is not None
    assert (again.job_id, again.frame_id) == (2, 1)
    assert line.processing.jobs_done == 0
    trial = Line()
    trial.start(trial_macs=5)
    trial.processing.lose(1)
    assert named(trial.start(trial_macs=5)) == (Purpose.TRIAL, -1)


def test_no_number_of_an_earlier_boot_comes_again() -> None:
    first, second = Line().start(), Line(boot_count=2).start()
    assert first is not None
    assert second is not None
    assert (first.job_id, second.job_id) == (1, 2**32 + 1)


@pytest.mark.parametrize(
    ("strategy", "named_steps"), [("detections", ["focusing", "location"]), ("lossless", ["focusing"]), ("raw", [])]
)
def test_a_frame_goes_through_the_steps_its_strategy_needs(strategy: str, named_steps: list[str]) -> None:
    steps = (ProcessingStep("focusing", 1000), ProcessingStep("location", 9))
    job = Line(replace(CONFIG, strategy=strategy, steps=steps)).start()
    assert job is not None
    assert [step.name for step in job.steps] == named_steps
    assert all(step.work_macs == macs * 64 * 64 for step, macs in zip(job.steps, (1000, 9), strict=False))


def test_a_network_is_charged_for_tiles_with_their_overlap_and_padding() -> None:
    job = Line(model=replace(card(), tile_hw=(32, 32), overlap_px=8)).start()
    assert job is not None
    # 64 pixels a side in steps of 24: 0, 24 and 32 begin tiles of 32, nine of them.
    assert job.work_macs == 9 * 32 * 32 * 10
    job = Line(model=replace(card(), tile_hw=(96, 96))).start()
    assert job is not None
    assert job.work_macs == 96 * 96 * 10, "a frame smaller than a tile is padded to one"


def test_coding_work() -> None:
    assert Line(replace(CONFIG, strategy="lossless")).start() == StartJob(1, JobKind.LOSSLESS, 1, 0, FRAME_BYTES)
    line = Line()
    line.want(FETCH)
    assert line.start() == StartJob(1, JobKind.RAW, 2, 0, FRAME_BYTES // 64, purpose=Purpose.FETCH, shrink=8)


def test_orders_of_one_frame_are_served_one_after_another() -> None:
    line = Line(replace(CONFIG, accelerators=2))
    line.want(FETCH)
    line.want(replace(FETCH, shrink=1, sequence=6))
    line.start()
    assert named(line.start()) == (Purpose.PROCESS, 1), "the frame is in work"
    assert line.processing.end(1).fetch == FETCH


FRAME_PX = 64 * 64


@pytest.mark.parametrize(
    ("strategy", "kind", "work_macs", "work_bytes", "shrink"),
    [
        ("ccsds121", JobKind.CCSDS121, 0, round(FRAME_BYTES * 0.2), 1),
        ("lossy", JobKind.LOSSY, 0, FRAME_BYTES * 8, 1),
        ("thumbnails", JobKind.LOSSLESS, 0, FRAME_BYTES // 64, 8),
        ("chips", JobKind.CHIPS, 10 * FRAME_PX, 10 * 16 * 16 * 2 * 12 // 8, 1),
        ("adaptive", JobKind.CHIPS, 10 * FRAME_PX, 10 * 16 * 16 * 2 * 12 // 8, 1),
    ],
)
def test_every_strategy_is_charged(strategy: str, kind: JobKind, work_macs: int, work_bytes: int, shrink: int) -> None:
    started = Line(replace(CONFIG, strategy=strategy)).start()
    assert started == StartJob(1, kind, 1, work_macs, work_bytes, shrink=shrink)


def test_a_frame_is_screened_before_it_is_coded() -> None:
    line = Line(replace(CONFIG, strategy="cloudfilter", cloud_mask_path="mask"))
    assert line.start() == StartJob(1, JobKind.SCREENING, 1, 2 * FRAME_PX, 0)
    line.processing.end_screening(1, is_clear=True)
    assert line.start() == StartJob(2, JobKind.LOSSLESS, 1, 0, FRAME_BYTES)
    line.processing.lose(2)
    assert line.start() == StartJob(3, JobKind.SCREENING, 1, 2 * FRAME_PX, 0), "what was known is lost with the job"
    line.processing.end_screening(3, is_clear=False)
    line.frames.keep(1, 0.0)
    assert line.start() == StartJob(4, JobKind.SCREENING, 2, 2 * FRAME_PX, 0)


def test_the_ground_does_not_wait_behind_what_the_spacecraft_wants_of_the_same_frame() -> None:
    line = Line()
    line.want(FetchOrder(2, "lossless", 1, SELF_ORDERED))
    line.want(FETCH)
    assert named(line.start()) == (Purpose.FETCH, 2)
    assert line.processing.end(1).fetch == FETCH


def test_what_the_spacecraft_wants_itself_comes_last() -> None:
    line = Line(replace(CONFIG, accelerators=3))
    line.frames.begin_work(3)
    line.want(FetchOrder(3, "lossless", 1, SELF_ORDERED))
    line.frames.keep(3, 0.9)
    assert [named(line.start()) for _ in range(3)] == [
        (Purpose.PROCESS, 1),
        (Purpose.PROCESS, 2),
        (Purpose.FETCH, 3),
    ]
