"""Work on frames: which is next, what job that makes, and which of them run."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from onboard.budget import admits
from onboard.commands import JobKind, ProcessingStep, Purpose, StartJob
from onboard.config import SpacecraftConfig
from onboard.modes import Mode
from onboard.payload.chip_cutting import CONTEXT_CHIPS, CONTEXT_SIDE_PX, DEFAULT_CHIPS, DEFAULT_SIDE_PX
from onboard.payload.frame_store import FrameStore
from onboard.payload.grid import grid_over
from onboard.payload.imagery import Frame
from onboard.payload.models import ModelCard
from onboard.settings import SELF_ORDERED, FetchOrder, Settings
from onboard.strategy import STEPS, STRATEGIES, Strategy

NO_FRAME = -1
PLAUSIBILITY_MACS_PER_PX = 2.0
"""A number that a network puts out is held against two bounds."""
_JOB_IDS_A_BOOT = 2**32
"""A job that was lost in a reboot must not share its number with a later one."""
CODING_EFFORT = {JobKind.LOSSLESS: 1.0, JobKind.CCSDS121: 0.2, JobKind.LOSSY: 8.0}
"""Time that a coder takes for a frame, in that of JPEG-LS, whose rate a device's file states: libaec, CharLS and
OpenJPEG (which reads again what it made) on drawn frames, one core of one host, rounded up; see `frame_codecs`."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that runs. `card` and `strategy` are those that flew when it began; a trial has no frame."""

    order: StartJob
    frame: Frame | None = None
    card: ModelCard | None = None
    fetch: FetchOrder | None = None
    strategy: Strategy | None = None


class Processing:
    """Each accelerator does one job at a time: a trial first, then what the ground wants, then frames, oldest first.

    Last comes what the spacecraft wants of frames that it is done with.

    `cloud_mask` is the card of the mask that looks at a frame where the strategy screens. What it holds for clear is
    not written down: after a reboot it looks again. `second` is the card of a model whose answer is asked beside.
    """

    def __init__(
        self,
        config: SpacecraftConfig,
        frames: FrameStore,
        boot_count: int,
        cloud_mask: ModelCard | None = None,
        second: ModelCard | None = None,
    ) -> None:
        self._config = config
        self._frames = frames
        self._cloud_mask = cloud_mask
        self._second = second
        self._clear: set[int] = set()
        self._last_job_id = (boot_count - 1) * _JOB_IDS_A_BOOT
        self._running: dict[int, Job] = {}
        self.jobs_done = 0

    @property
    def runs_trial(self) -> bool:
        """Whether a model's trial runs."""
        return any(job.order.purpose is Purpose.TRIAL for job in self._running.values())

    def start(
        self,
        settings: Settings,
        card: ModelCard,
        trial_macs: int | None,
        mode: Mode,
        state_of_charge: float,
        scrub: ProcessingStep | None = None,
    ) -> StartJob | None:
        """Begin the next job that may begin now, if any.

        `trial_macs` is the work of a trial that is due, `scrub` that of a check of weights, else None.
        """
        if len(self._running) >= self._config.accelerators:
            return None
        running = [job.order for job in self._running.values()]
        for job in self._candidates(settings, card, trial_macs, scrub):
            if admits(self._config, job.order, mode, state_of_charge, running):
                self._begin(job)
                return job.order
        return None

    @property
    def running(self) -> Mapping[int, Job]:
        """Jobs that run, by their number."""
        return self._running

    def end(self, job_id: int) -> Job:
        """A job is over; the caller says what becomes of its frame."""
        self.jobs_done += 1
        return self._running.pop(job_id)

    def end_screening(self, job_id: int, *, is_clear: bool) -> Job:
        """A frame has been screened: one that is clear waits for its work, in its old turn."""
        job = self.end(job_id)
        assert job.frame is not None
        if is_clear:
            self._clear.add(job.frame.frame_id)
            self._frames.put_back(job.frame.frame_id)
        return job

    def lose(self, job_id: int) -> None:
        """A job was lost: its frame waits again, in its old turn."""
        job = self._running.pop(job_id)
        if job.frame is not None:
            self._frames.put_back(job.frame.frame_id)

    def _begin(self, job: Job) -> None:
        if job.frame is not None:
            self._frames.begin_work(job.frame.frame_id)
            if job.order.kind is not JobKind.SCREENING:
                self._clear.discard(job.frame.frame_id)
        self._last_job_id = job.order.job_id
        self._running[job.order.job_id] = job

    def _candidates(
        self, settings: Settings, card: ModelCard, trial_macs: int | None, scrub: ProcessingStep | None
    ) -> Iterator[Job]:
        job_id = self._last_job_id + 1
        if scrub is not None:
            yield Job(StartJob(job_id, JobKind.SCRUBBING, NO_FRAME, 0, 0, (scrub,), Purpose.SCRUB))
        if trial_macs is not None:
            yield Job(StartJob(job_id, JobKind.INFERENCE, NO_FRAME, trial_macs, 0, purpose=Purpose.TRIAL))
        wanted = [(frame, _order_for(frame, settings.fetches)) for frame in self._frames.wanted()]
        if by_ground := next((one for one in wanted if one[1].sequence != SELF_ORDERED), None):
            yield self._fetch(job_id, *by_ground)
        if frame := next(self._frames.waiting(), None):
            yield self._process(job_id, frame, STRATEGIES[settings.strategy], card)
        elif wanted:
            yield self._fetch(job_id, *wanted[0])

    def _process(self, job_id: int, frame: Frame, strategy: Strategy, card: ModelCard) -> Job:
        kind, shrink, work_macs = strategy.job, 1, 0
        if strategy.screens and self._cloud_mask is not None and frame.frame_id not in self._clear:
            kind, work_macs = JobKind.SCREENING, _macs(self._cloud_mask, frame)
        elif strategy.runs_model:
            work_macs = self._panel_macs(card, frame)
        elif strategy.shrinks:
            shrink = self._config.thumbnail_shrink
        work_bytes = _coded_bytes(kind, frame) // shrink**2
        steps = self._steps(frame, kind)
        if strategy.runs_model and self._config.safeguards.most_detections and kind is not JobKind.SCREENING:
            checked = round(PLAUSIBILITY_MACS_PER_PX * frame.height_px * frame.width_px)
            steps = (*steps, ProcessingStep("plausibility", checked))
        order = StartJob(job_id, kind, frame.frame_id, work_macs, work_bytes, steps, shrink=shrink)
        return Job(order, frame, card, strategy=strategy)

    def _panel_macs(self, card: ModelCard, frame: Frame) -> int:
        """The work of all that are asked what a frame shows."""
        if self._second is not None:
            return _macs(card, frame) + _macs(self._second, frame)
        return self._config.safeguards.copies * _macs(card, frame)

    def _fetch(self, job_id: int, frame: Frame, fetch: FetchOrder) -> Job:
        kind, shrink = JobKind(fetch.codec), fetch.shrink
        work_bytes = _coded_bytes(kind, frame) // shrink**2
        order = StartJob(job_id, kind, frame.frame_id, 0, work_bytes, self._steps(frame, kind), Purpose.FETCH, shrink)
        return Job(order, frame, fetch=fetch)

    def _steps(self, frame: Frame, kind: JobKind) -> tuple[ProcessingStep, ...]:
        frame_px = frame.height_px * frame.width_px
        return tuple(
            ProcessingStep(step.name, step.work_macs * frame_px)
            for step in self._config.steps
            if step.name in STEPS[kind]
        )


def _order_for(frame: Frame, fetches: Iterable[FetchOrder]) -> FetchOrder:
    """The first order of a frame; one of the ground's goes before the spacecraft's own."""
    orders = (fetch for fetch in fetches if fetch.frame_id == frame.frame_id)
    return min(orders, key=lambda order: order.sequence == SELF_ORDERED)


def _macs(card: ModelCard, frame: Frame) -> int:
    assert card.macs_per_px is not None
    cut = grid_over(card, frame.height_px, frame.width_px)
    return round(sum(tile.height_px * tile.width_px for tile in cut) * card.macs_per_px)


def _coded_bytes(kind: JobKind, frame: Frame) -> int:
    """What a coder takes in, weighted by its work beside JPEG-LS; of chips, as much as they may be."""
    if kind is JobKind.RAW:
        return frame.captured_bytes
    if kind is JobKind.CHIPS:
        return DEFAULT_CHIPS * DEFAULT_SIDE_PX**2 * frame.sensed_bands * frame.bit_depth // 8
    if kind is JobKind.CONTEXT:
        return CONTEXT_CHIPS * CONTEXT_SIDE_PX**2 * frame.sensed_bands * frame.bit_depth // 8
    return round(frame.pixel_bytes * CODING_EFFORT.get(kind, 0.0))
