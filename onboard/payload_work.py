"""What a worker really does for a job of the payload computer."""

from collections.abc import Callable
from queue import SimpleQueue
from zlib import crc32

from onboard.commands import JobKind, StartJob
from onboard.config import SpacecraftConfig
from onboard.events import EncodingCompleted, InferenceCompleted, JobFailed, ScreeningCompleted
from onboard.model_library import EnginePool, FlyingModels
from onboard.payload.chip_cutting import chips_in_context, chips_of
from onboard.payload.detections import Detection
from onboard.payload.findings import list_of
from onboard.payload.image_products import image_of
from onboard.payload.imagery import Frame, FrameStatistics, MassMemory, Planes
from onboard.payload.land_map import Split, gate_of
from onboard.payload.models import ModelCard, ModelFault
from onboard.payload.products import Codec, encode_chips, encode_image
from onboard.payload.screening import CloudMask

FrameResult = InferenceCompleted | EncodingCompleted | ScreeningCompleted | JobFailed

_CODECS: dict[JobKind, Codec] = {
    JobKind.LOSSLESS: "jpegls",
    JobKind.CCSDS121: "ccsds121",
    JobKind.LOSSY: "jpeg2000",
    JobKind.RAW: "raw",
}


class PayloadWork:
    """Engines and coders for as many `workers` at a time."""

    def __init__(self, config: SpacecraftConfig, memory: MassMemory, models: FlyingModels, workers: int) -> None:
        self._config = config
        self._memory = memory
        self._models = models
        self._workers = workers
        self._engines = EnginePool(workers, config.cache_root)
        self._masks: SimpleQueue[CloudMask] | None = None
        self._land = gate_of(config.land_map, config.coast_margin_m)

    def on_frame(self, job: StartJob, frame: Frame, flying: tuple[bytes, float]) -> Callable[[], FrameResult]:
        """The work of a job on a frame, for a worker to do; `flying` is the model's archive and its threshold."""
        if job.kind in _CODECS:
            return lambda: self._encoded(job, frame)
        return self._screening(job, frame) if job.kind is JobKind.SCREENING else self._inference(job, frame, *flying)

    def _inference(
        self, job: StartJob, frame: Frame, archive_sha256: bytes, threshold: float
    ) -> Callable[[], FrameResult]:
        card = self._models.card(archive_sha256)
        if damage := self._models.loaded(card):
            return lambda: JobFailed(job.job_id, damage, by_model=True)
        engines = self._engines.prepare(card, threshold)

        def infer() -> FrameResult:
            engine = engines.get()
            try:
                planes = self._memory.read(frame)
                found, gated = self._gated(card, frame, engine.infer(frame, planes))
                chips = self._chips(job.kind, card, frame, planes, found) if found else b""
                return InferenceCompleted(job.job_id, found, chips, gated, statistics_of(planes))
            except ModelFault as fault:
                return JobFailed(job.job_id, str(fault), by_model=True)
            finally:
                engines.put(engine)

        return infer

    def _gated(self, card: ModelCard, frame: Frame, found: tuple[Detection, ...]) -> Split:
        if self._land is None:
            return found, ()
        return self._land.split(frame, found, card.surface, self._config.position_error_m)

    def _screening(self, job: StartJob, frame: Frame) -> Callable[[], FrameResult]:
        masks = self._cloud_masks()

        def screen() -> FrameResult:
            mask = masks.get()
            try:
                planes = self._memory.read(frame)
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

    def _encoded(self, job: StartJob, frame: Frame) -> EncodingCompleted:
        planes = self._memory.read(frame)
        image = image_of(frame, planes, _CODECS[job.kind], job.shrink)
        return EncodingCompleted(job.job_id, encode_image(image, self._config.lossy_psnr_db), statistics_of(planes))


def statistics_of(planes: Planes) -> FrameStatistics:
    """What the monitors of the camera look at, of digital numbers (bands, height, width)."""
    contrast_dn = max(int(plane.max()) - int(plane.min()) for plane in planes)
    return FrameStatistics(crc32(planes.tobytes()), contrast_dn)
