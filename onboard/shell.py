"""The flight core with its host services: mass memory, and workers that really do the payload computer's jobs.

A job starts when it virtually starts and is awaited at the virtual instant it ends, so that satellites compute at
the same time while their results arrive at instants that no host speed can move.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from onboard.commands import FrameSetAside, JobKind, ReleaseFrame, StartJob
from onboard.computer import Command, Computer
from onboard.config import SpacecraftConfig
from onboard.events import (
    EncodingCompleted,
    FrameCaptured,
    InferenceCompleted,
    JobFailed,
    JobFinished,
    JobLost,
)
from onboard.payload.imagery import Frame, MassMemory, Planes
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelFault, load_card
from onboard.payload.products import Codec, ImageProduct, encode_image
from onboard.strategy import STRATEGIES

JobResult = InferenceCompleted | EncodingCompleted | JobFailed

MAX_WORKERS = 4
"""On the host, for each satellite: more accelerators than this share workers, at no cost to any result."""

_CODECS: dict[JobKind, Codec] = {JobKind.LOSSLESS: "jpegls", JobKind.RAW: "raw"}


class FlightUnit:
    """One spacecraft: what a satellite's process runs, and what a one-process run calls."""

    def __init__(self, config: SpacecraftConfig) -> None:
        runs_model = STRATEGIES[config.strategy].runs_model
        card = load_card(Path(config.model_path)) if runs_model else None
        workers = min(config.accelerators, MAX_WORKERS)
        # An engine works in buffers of its own: a job takes one of them for itself.
        self._engines: SimpleQueue[InferenceEngine] = SimpleQueue()
        for _ in range(workers if card else 0):
            assert card is not None
            self._engines.put(InferenceEngine(card))
        self._computer = Computer(config, card)
        self._memory = MassMemory(Path(config.memory_root))
        self._frames: dict[int, Frame] = {}
        self._worker = ThreadPoolExecutor(max_workers=workers)
        self._results: dict[int, Future[JobResult]] = {}

    @property
    def deadline_ns(self) -> int:
        """When the flight core next wants to be called if nothing else happens."""
        return self._computer.deadline_ns

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[Command, ...]:
        """The flight core's advance, with jobs started and their results awaited."""
        commands = self._computer.advance(now_ns, tuple(self._resolved(event) for event in inbox))
        for command in commands:
            if isinstance(command, StartJob):
                frame = self._frames[command.frame_id]
                self._results[command.job_id] = self._worker.submit(self._work, command, frame)
            elif isinstance(command, ReleaseFrame | FrameSetAside):
                del self._frames[command.frame_id]
        return commands

    def close(self) -> None:
        """End the workers."""
        self._worker.shutdown(cancel_futures=True)

    def _resolved(self, event: object) -> object:
        if isinstance(event, FrameCaptured):
            self._frames[event.frame.frame_id] = event.frame
        if isinstance(event, JobFinished):
            return self._results.pop(event.job_id).result()
        if isinstance(event, JobFailed | JobLost):
            self._results.pop(event.job_id).cancel()
        return event

    def _work(self, job: StartJob, frame: Frame) -> JobResult:
        planes = self._memory.read(frame)
        if job.kind is not JobKind.INFERENCE:
            return EncodingCompleted(job.job_id, encode_image(_image(frame, planes, _CODECS[job.kind])))
        engine = self._engines.get()
        try:
            return InferenceCompleted(job.job_id, engine.infer(frame, planes))
        except ModelFault as fault:
            return JobFailed(job.job_id, str(fault))
        finally:
            self._engines.put(engine)


def _image(frame: Frame, planes: Planes, codec: Codec) -> ImageProduct:
    """What the sensor gave of a frame, as a product."""
    sensed = slice(frame.sensed_bands)
    return ImageProduct(
        frame_id=frame.frame_id,
        exposed_ns=frame.exposed_ns,
        codec=codec,
        width_px=frame.width_px,
        height_px=frame.height_px,
        bands=frame.bands[sensed],
        scale=frame.scale[sensed],
        offset=frame.offset[sensed],
        bit_depth=frame.bit_depth,
        footprint_deg=frame.footprint_deg,
        planes=planes[sensed],
        raw_bytes=frame.raw_bytes if codec == "raw" else 0,
    )
