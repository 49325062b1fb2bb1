"""What a worker really does for a job of the payload computer."""

from queue import SimpleQueue
from typing import Protocol
from zlib import crc32

from onboard.commands import JobKind, StartJob
from onboard.config import SpacecraftConfig
from onboard.events import EncodingCompleted, InferenceCompleted, JobFailed, ResultDoubted, ScreeningCompleted
from onboard.model_library import FlyingModels
from onboard.panel import Panel
from onboard.payload.chip_cutting import chips_in_context, chips_of
from onboard.payload.detections import Detection
from onboard.payload.findings import list_of
from onboard.payload.image_products import image_of
from onboard.payload.imagery import Frame, FrameStatistics, Planes
from onboard.payload.land_map import Split, gate_of
from onboard.payload.memory_upsets import MemoryUpsets
from onboard.payload.models import ModelCard, ModelFault
from onboard.payload.products import Codec, encode_chips, encode_image
from onboard.payload.screening import CloudMask

FrameResult = InferenceCompleted | EncodingCompleted | ScreeningCompleted | JobFailed | ResultDoubted


class FrameWork(Protocol):
    """The work of a job on a frame, for a worker to do; as often as it is done, with the same result."""

    def __call__(self, upset: int | None = None) -> FrameResult:
        """`upset` flips a bit of what the network is given, where one is."""


_CODECS: dict[JobKind, Codec] = {
    JobKind.LOSSLESS: "jpegls",
    JobKind.CCSDS121: "ccsds121",
    JobKind.LOSSY: "jpeg2000",
    JobKind.RAW: "raw",
}


class PayloadWork:
    """Engines and coders for as many `workers` at a time."""

    def __init__(self, config: SpacecraftConfig, memory: MemoryUpsets, models: FlyingModels, workers: int) -> None:
        self._config = config
        self._memory = memory
        self._models = models
        self._workers = workers
        self._panel = Panel(config.safeguards, models.second(), workers, config.cache_root)
        self._doubted: set[int] = set()
        self._masks: SimpleQueue[CloudMask] | None = None
        self._land = gate_of(config.land_map, config.coast_margin_m)

    def on_frame(self, job: StartJob, frame: Frame, flying: tuple[bytes, float]) -> FrameWork:
        """The work of a job on a frame, for a worker to do; `flying` is the model's archive and its threshold."""
        if job.kind in _CODECS:
            return self._coding(job, frame)
        return self._screening(job, frame) if job.kind is JobKind.SCREENING else self._inference(job, frame, *flying)

    # Radiation

    def strike_weights(self, archive_sha256: bytes, copy: int, draw: int) -> None:
        """Flip a bit of the weights in memory; jobs that run have read theirs."""
        self._panel.strike(self._models.card(archive_sha256), copy, draw)

    def scrub(self, archive_sha256: bytes) -> int:
        """Hold weights in memory against their hash; returns how many copies were loaded anew."""
        return self._panel.scrub(self._models.card(archive_sha256))

    def doubt(self, frame_id: int) -> None:
        """A result cannot be: load weights anew. What is found in the frame the next time is believed."""
        self._panel.reload()
        self._doubted.add(frame_id)

    # Work

    def _inference(self, job: StartJob, frame: Frame, archive_sha256: bytes, threshold: float) -> FrameWork:
        card = self._models.card(archive_sha256)
        if damage := self._models.loaded(card):
            return _failing(JobFailed(job.job_id, damage, by_model=True))
        ask, read = self._panel.prepare(card, threshold), self._memory.reader(frame)
        most = 0 if frame.frame_id in self._doubted else self._config.safeguards.most_detections
        self._doubted.discard(frame.frame_id)

        def infer(upset: int | None = None) -> FrameResult:
            planes = read()
            try:
                answer = ask(frame, planes, upset)
            except ModelFault as fault:
                return (
                    ResultDoubted(job.job_id, str(fault)) if most else JobFailed(job.job_id, str(fault), by_model=True)
                )
            if most and len(answer) > most:
                return ResultDoubted(job.job_id, f"{len(answer)} detections, more than {most}")
            found, gated = self._gated(card, frame, answer)
            chips = self._chips(job.kind, card, frame, planes, found) if found else b""
            return InferenceCompleted(job.job_id, found, chips, gated, statistics_of(planes))

        return infer

    def _gated(self, card: ModelCard, frame: Frame, found: tuple[Detection, ...]) -> Split:
        if self._land is None:
            return found, ()
        return self._land.split(frame, found, card.surface, self._config.position_error_m)

    def _screening(self, job: StartJob, frame: Frame) -> FrameWork:
        masks, read = self._cloud_masks(), self._memory.reader(frame)

        def screen(upset: int | None = None) -> FrameResult:  # noqa: ARG001 - no network's input is struck
            mask = masks.get()
            try:
                planes = read()
                return ScreeningCompleted(job.job_id, mask.cloud_fraction(frame, planes), statistics_of(planes))
            except ModelFault as fault:
                return JobFailed(job.job_id, str(fault))
            finally:
                masks.put(mask)

        return screen

    def _cloud_masks(self) -> "SimpleQueue[CloudMask]":
        if self._masks is None:
            card = self._models.cloud_mask()
            self._masks = SimpleQueue()
            for _ in range(self._workers):
                self._masks.put(CloudMask(card))
        return self._masks

    def _chips(
        self, kind: JobKind, card: ModelCard, frame: Frame, planes: Planes, found: tuple[Detection, ...]
    ) -> bytes:
        if kind is JobKind.INFERENCE:
            return b""
        listed = list_of(card, frame, found, self._config.position_error_m)
        if kind is JobKind.CHIPS:
            return encode_chips(chips_of(frame, planes, listed))
        return encode_chips(chips_in_context(frame, planes, listed, card.source_bands(frame.bands)))

    def _coding(self, job: StartJob, frame: Frame) -> FrameWork:
        read = self._memory.reader(frame)

        def encoded(upset: int | None = None) -> FrameResult:  # noqa: ARG001
            planes = read()
            image = image_of(frame, planes, _CODECS[job.kind], job.shrink)
            return EncodingCompleted(job.job_id, encode_image(image, self._config.lossy_psnr_db), statistics_of(planes))

        return encoded


def _failing(failed: JobFailed) -> FrameWork:
    return lambda upset=None: failed  # noqa: ARG005


def statistics_of(planes: Planes) -> FrameStatistics:
    """What the monitors of the camera look at, of digital numbers (bands, height, width)."""
    contrast_dn = max(int(plane.max()) - int(plane.min()) for plane in planes)
    return FrameStatistics(crc32(planes.tobytes()), contrast_dn)
