"""Work on frames: which is next, what job that makes, and which of them run."""

from collections.abc import Iterator
from dataclasses import dataclass

from onboard.budget import admits
from onboard.commands import JobKind, ProcessingStep, Purpose, StartJob
from onboard.config import SpacecraftConfig
from onboard.modes import Mode
from onboard.payload.frame_store import FrameStore
from onboard.payload.grid import grid_over
from onboard.payload.imagery import Frame
from onboard.payload.models import ModelCard
from onboard.settings import FetchOrder, Settings
from onboard.strategy import STRATEGIES, Strategy

NO_FRAME = -1
_JOB_IDS_A_BOOT = 2**32
"""A job that was lost in a reboot must not share its number with a later one."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that runs. `card` is of the model that flew when it began; a trial has no frame."""

    order: StartJob
    frame: Frame | None = None
    card: ModelCard | None = None
    fetch: FetchOrder | None = None


class Processing:
    """Each accelerator does one job at a time: a trial first, then what the ground wants, then frames, oldest first."""

    def __init__(self, config: SpacecraftConfig, frames: FrameStore, boot_count: int) -> None:
        self._config = config
        self._frames = frames
        self._last_job_id = (boot_count - 1) * _JOB_IDS_A_BOOT
        self._running: dict[int, Job] = {}
        self.jobs_done = 0

    @property
    def runs_trial(self) -> bool:
        """Whether a model's trial runs."""
        return any(job.order.purpose is Purpose.TRIAL for job in self._running.values())

    def start(
        self, settings: Settings, card: ModelCard, trial_macs: int | None, mode: Mode, state_of_charge: float
    ) -> StartJob | None:
        """Begin the next job that may begin now, if any; `trial_macs` is the work of a trial that is due, else None."""
        if len(self._running) >= self._config.accelerators:
            return None
        running = [job.order for job in self._running.values()]
        for job in self._candidates(settings, card, trial_macs):
            if admits(self._config, job.order, mode, state_of_charge, running):
                self._begin(job)
                return job.order
        return None

    def end(self, job_id: int) -> Job:
        """A job is over; the caller says what becomes of its frame."""
        self.jobs_done += 1
        return self._running.pop(job_id)

    def lose(self, job_id: int) -> None:
        """A job was lost: its frame waits again, in its old turn."""
        job = self._running.pop(job_id)
        if job.frame is not None:
            self._frames.put_back(job.frame.frame_id)

    def _begin(self, job: Job) -> None:
        if job.frame is not None:
            self._frames.begin_work(job.frame.frame_id)
        self._last_job_id = job.order.job_id
        self._running[job.order.job_id] = job

    def _candidates(self, settings: Settings, card: ModelCard, trial_macs: int | None) -> Iterator[Job]:
        job_id = self._last_job_id + 1
        if trial_macs is not None:
            yield Job(StartJob(job_id, JobKind.INFERENCE, NO_FRAME, trial_macs, 0, purpose=Purpose.TRIAL))
        if frame := next(self._frames.wanted(), None):
            fetch = next(one for one in settings.fetches if one.frame_id == frame.frame_id)
            yield Job(self._fetch(job_id, frame, fetch), frame, fetch=fetch)
        if frame := next(self._frames.waiting(), None):
            yield Job(self._process(job_id, frame, STRATEGIES[settings.strategy], card), frame, card)

    def _process(self, job_id: int, frame: Frame, strategy: Strategy, card: ModelCard) -> StartJob:
        work_macs = 0
        if strategy.runs_model:
            assert card.macs_per_px is not None
            cut = grid_over(card, frame.height_px, frame.width_px)
            work_macs = round(sum(tile.height_px * tile.width_px for tile in cut) * card.macs_per_px)
        work_bytes = _coded_bytes(strategy.job, frame)
        return StartJob(job_id, strategy.job, frame.frame_id, work_macs, work_bytes, self._steps(frame, strategy))

    def _fetch(self, job_id: int, frame: Frame, fetch: FetchOrder) -> StartJob:
        kind = JobKind(fetch.codec)
        strategy = next(strategy for strategy in STRATEGIES.values() if strategy.job is kind)
        return StartJob(
            job_id,
            kind,
            frame.frame_id,
            0,
            _coded_bytes(kind, frame) // fetch.shrink**2,
            self._steps(frame, strategy),
            Purpose.FETCH,
            fetch.shrink,
        )

    def _steps(self, frame: Frame, strategy: Strategy) -> tuple[ProcessingStep, ...]:
        frame_px = frame.height_px * frame.width_px
        return tuple(
            ProcessingStep(step.name, step.work_macs * frame_px)
            for step in self._config.steps
            if step.name in strategy.steps
        )


def _coded_bytes(kind: JobKind, frame: Frame) -> int:
    return {JobKind.RAW: frame.captured_bytes, JobKind.LOSSLESS: frame.pixel_bytes}.get(kind, 0)
