"""What becomes of a frame when a job on it has ended: its own result, and what goes beside that."""

from onboard import events
from onboard.answers import Answers
from onboard.commands import FrameProcessed, FrameSetAside, Purpose, ResultRefused, WeightsReloaded
from onboard.comms.packets import ProductKind
from onboard.config import SpacecraftConfig
from onboard.enrichment import Enrichment
from onboard.frame_desk import FrameDesk
from onboard.model_desk import ModelDesk
from onboard.payload.detections import Detection
from onboard.payload.findings import list_of
from onboard.payload.imagery import Frame
from onboard.payload.products import encode
from onboard.processing import Processing
from onboard.product_desk import FETCHED, ProductDesk
from onboard.settings import SELF_ORDERED, DurableSettings

NO_PRODUCT = -1
CHIPS_VALUE, IMAGE_VALUE = -1.0, -2.0
"""Added to a frame's value, 0 to 1, for what is sent beside its result: it makes room for every result."""


class Results:
    """Takes jobs that ended. What is done follows the strategy under which the job began."""

    def __init__(
        self,
        config: SpacecraftConfig,
        settings: DurableSettings,
        frames: FrameDesk,
        models: ModelDesk,
        products: ProductDesk,
        processing: Processing,
        answers: Answers,
    ) -> None:
        self._config = config
        self._frames = frames
        self._models = models
        self._products = products
        self._processing = processing
        self._answers = answers
        self._enrichment = Enrichment(config, settings, frames.catalogue, products)

    def found(self, now_ns: int, completed: events.InferenceCompleted) -> None:
        """A model looked at a frame."""
        job, detections = self._processing.end(completed.job_id), completed.detections
        assert job.frame is not None
        assert job.card is not None
        assert job.strategy is not None
        self._models.answered(job.card)
        if not detections:
            self._finish_empty(now_ns, job.frame, completed.gated)
            return
        if job.strategy.kind is ProductKind.CHIP:
            self._finish(now_ns, job.frame, ProductKind.CHIP, completed.chips, completed)
            return
        found = encode(list_of(job.card, job.frame, detections, self._config.position_error_m))
        self._finish(now_ns, job.frame, ProductKind.ALERT, found, completed, completed.chips)

    def encoded(self, now_ns: int, completed: events.EncodingCompleted) -> None:
        """A frame is an image product."""
        job = self._processing.end(completed.job_id)
        assert job.frame is not None
        kind = ProductKind.IMAGE if job.order.shrink == 1 else ProductKind.THUMBNAIL
        if job.fetch is None:
            self._finish(now_ns, job.frame, kind, completed.payload)
            return
        stored = self._frames.catalogue.get(job.frame.frame_id)
        assert stored is not None
        # First: an order that is served takes no room any more.
        self._frames.end_fetch(now_ns, job.fetch)
        if job.fetch.sequence != SELF_ORDERED:
            self._products.store_extra(now_ns, kind, job.frame.frame_id, completed.payload, FETCHED)
        # The room was there when the spacecraft ordered this itself; by now a pass may be over.
        elif self._enrichment.has_room(now_ns, "image", len(completed.payload), stored.value):
            value = stored.value + IMAGE_VALUE
            self._products.store_extra(now_ns, kind, job.frame.frame_id, completed.payload, value)

    def screened(self, now_ns: int, completed: events.ScreeningCompleted) -> None:
        """A cloud mask looked at a frame: it waits for its work, or is done with."""
        is_cloudy = completed.cloud_fraction > self._config.cloud_fraction_limit
        job = self._processing.end_screening(completed.job_id, is_clear=not is_cloudy)
        assert job.frame is not None
        if is_cloudy:
            self._finish_empty(now_ns, job.frame)

    def guarded(self, event: events.ResultDoubted | events.WeightsChecked) -> None:
        """A countermeasure against radiation has spoken."""
        if isinstance(event, events.ResultDoubted):
            self._doubt(event)
        else:
            self._check(event)

    def _doubt(self, event: events.ResultDoubted) -> None:
        """A result cannot be: the frame waits again, in its old turn."""
        job = self._processing.end(event.job_id)
        assert job.frame is not None
        self._answers.say(ResultRefused(job.frame.frame_id, event.reason))
        self._frames.catalogue.put_back(job.frame.frame_id)

    def _check(self, event: events.WeightsChecked) -> None:
        """Weights in memory were held against their hash."""
        self._processing.end(event.job_id)
        if event.reloaded:
            self._answers.say(WeightsReloaded(event.reloaded))

    def failed(self, now_ns: int, failed: events.JobFailed) -> None:
        """A job gave no result."""
        job = self._processing.end(failed.job_id)
        if job.order.purpose is Purpose.SCRUB:
            return
        if job.frame is None:
            self._models.end_trial(now_ns, failed.reason)
        elif job.fetch is not None:
            self._frames.end_fetch(now_ns, job.fetch, failed.reason)
        else:
            self._answers.say(FrameSetAside(job.frame.frame_id, failed.reason))
            self._frames.keep(now_ns, job.frame, 0.0)
            if failed.by_model and job.card is not None:
                self._models.faulted(now_ns, job.card)

    def _finish_empty(self, now_ns: int, frame: Frame, gated: tuple[Detection, ...] = ()) -> None:
        self._answers.say(FrameProcessed(frame.frame_id, NO_PRODUCT, 0, (), gated))
        self._frames.keep(now_ns, frame, 0.0)

    def _finish(
        self,
        now_ns: int,
        frame: Frame,
        kind: ProductKind,
        payload: bytes,
        completed: events.InferenceCompleted | None = None,
        chips: bytes = b"",
    ) -> None:
        """A frame's own result, of the value of the surest thing that was found in it; `chips` are sent beside it."""
        detections, gated = (completed.detections, completed.gated) if completed else ((), ())
        value = max((detection.confidence for detection in detections), default=0.0)
        product_id = self._products.next_product_id
        self._answers.say(FrameProcessed(frame.frame_id, product_id, len(payload), detections, gated))
        self._products.store(now_ns, kind, frame.frame_id, payload, value)
        if chips and self._enrichment.has_room(now_ns, "chip", len(chips), value):
            self._products.store_extra(now_ns, ProductKind.CHIP, frame.frame_id, chips, value + CHIPS_VALUE)
            self._enrichment.order_image(now_ns, frame, value)
        self._frames.keep(now_ns, frame, value)
