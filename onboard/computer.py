"""The flight computer: events in, commands out, time an argument. It sees housekeeping, never truth."""

from collections import deque

from onboard import events
from onboard.budget import admits
from onboard.commands import (
    FrameProcessed,
    FrameRefused,
    FrameSetAside,
    JobKind,
    ModeEntered,
    OutboxSampled,
    ProcessingStep,
    ProductAcknowledged,
    ProductDropped,
    ProductSent,
    ReleaseFrame,
    SetPowerMode,
    StartJob,
    Transmit,
)
from onboard.comms import housekeeping
from onboard.comms.downlink import Downlink
from onboard.comms.outbox import Outbox, Product
from onboard.config import SpacecraftConfig
from onboard.mission_time import NEVER_NS
from onboard.modes import Mode, next_mode, signals
from onboard.payload.detections import Detection
from onboard.payload.grid import grid_over
from onboard.payload.imagery import Frame
from onboard.payload.models import ModelCard
from onboard.payload.products import DetectionList, encode
from onboard.strategy import STRATEGIES

Command = (
    StartJob
    | SetPowerMode
    | Transmit
    | ReleaseFrame
    | ModeEntered
    | FrameRefused
    | FrameProcessed
    | FrameSetAside
    | ProductDropped
    | ProductSent
    | ProductAcknowledged
    | OutboxSampled
)


class Computer:
    """One spacecraft's flight core. Each accelerator works on one frame at a time, oldest first; what may not be
    done is deferred."""

    def __init__(self, config: SpacecraftConfig, card: ModelCard | None) -> None:
        self._config = config
        self._card = card
        self._strategy = STRATEGIES[config.strategy]
        self._downlink = Downlink(config.spacecraft_id, Outbox(config.outbox_bytes), config.frame_length_bytes)
        self._mode = Mode.NOMINAL
        self._housekeeping = events.HousekeepingSampled(1.0, 0.0, sunlit=True)
        self._waiting: deque[Frame] = deque()
        self._stored_bytes = 0
        self._jobs: dict[int, tuple[StartJob, Frame]] = {}
        self._jobs_started = 0
        self._jobs_done = 0
        self._next_product_id = 1
        self._products_dropped = 0
        self._out: list[Command] = []
        self.deadline_ns = NEVER_NS

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[Command, ...]:
        """Take what happened, do what follows. Returns commands and reports in the order they arose."""
        self._out = []
        for event in inbox:
            self._take(now_ns, event)
        self._start_jobs()
        return tuple(self._out)

    def _take(self, now_ns: int, event: object) -> None:
        match event:
            case events.FrameCaptured(frame):
                self._store_frame(frame)
            case events.HousekeepingSampled():
                self._sample(event)
            case events.InferenceCompleted(job_id, detections):
                self._finish_inference(now_ns, self._end_job(job_id), detections)
            case events.EncodingCompleted(job_id, payload):
                self._finish_frame(now_ns, self._end_job(job_id), payload, value=0.0, detections=())
            case events.JobFailed(job_id, reason):
                self._out.append(FrameSetAside(self._end_job(job_id).frame_id, reason))
            case events.JobLost(job_id):
                self._waiting.appendleft(self._jobs.pop(job_id)[1])
            case events.TransmitGranted(granted_bytes):
                self._transmit(now_ns, granted_bytes)
            case events.TelecommandReceived(data):
                acknowledged = self._downlink.apply_report(now_ns, data)
                self._out.extend(ProductAcknowledged(product_id) for product_id in acknowledged)
            case _:
                raise AssertionError(f"unknown event {event!r}")

    def _store_frame(self, frame: Frame) -> None:
        if self._stored_bytes + frame.captured_bytes > self._config.mass_memory_bytes:
            self._out.append(FrameRefused(frame.frame_id, "mass memory full"))
            self._out.append(ReleaseFrame(frame.frame_id))
            return
        self._stored_bytes += frame.captured_bytes
        self._waiting.append(frame)

    def _sample(self, sample: events.HousekeepingSampled) -> None:
        self._follow_sunlight(sample)
        self._housekeeping = sample
        raised = signals(self._config.limits, sample.state_of_charge, sample.computer_temperature_k)
        mode = next_mode(self._mode, raised)
        if mode is not self._mode:
            self._mode = mode
            self._out.append(ModeEntered(mode))
        self._out.append(
            OutboxSampled(len(self._waiting), self._downlink.pending_products, self._downlink.pending_bytes)
        )

    def _follow_sunlight(self, sample: events.HousekeepingSampled) -> None:
        if self._config.eclipse_power_mode and sample.sunlit != self._housekeeping.sunlit:
            mode = self._config.power_mode if sample.sunlit else self._config.eclipse_power_mode
            self._out.append(SetPowerMode(mode))

    def _start_jobs(self) -> None:
        while self._waiting and len(self._jobs) < self._config.accelerators:
            frame = self._waiting[0]
            job = self._job_for(frame)
            running = (one for one, _ in self._jobs.values())
            if not admits(self._config, job, self._mode, self._housekeeping.state_of_charge, running):
                return
            self._waiting.popleft()
            self._jobs_started += 1
            self._jobs[job.job_id] = (job, frame)
            self._out.append(job)

    def _job_for(self, frame: Frame) -> StartJob:
        kind = self._strategy.job
        work_macs = 0
        if kind is JobKind.INFERENCE:
            assert self._card is not None
            cut = grid_over(self._card, frame.height_px, frame.width_px)
            assert self._card.macs_per_px is not None
            work_macs = round(sum(tile.height_px * tile.width_px for tile in cut) * self._card.macs_per_px)
        work_bytes = {JobKind.RAW: frame.captured_bytes, JobKind.LOSSLESS: frame.pixel_bytes}.get(kind, 0)
        frame_px = frame.height_px * frame.width_px
        steps = tuple(
            ProcessingStep(step.name, step.work_macs * frame_px)
            for step in self._config.steps
            if step.name in self._strategy.steps
        )
        return StartJob(self._jobs_started + 1, kind, frame.frame_id, work_macs, work_bytes, steps)

    def _end_job(self, job_id: int) -> Frame:
        _, frame = self._jobs.pop(job_id)
        self._jobs_done += 1
        return frame

    def _finish_inference(self, now_ns: int, frame: Frame, detections: tuple[Detection, ...]) -> None:
        if not detections:
            self._out.append(FrameProcessed(frame.frame_id, -1, 0, ()))
            self._release(frame)
            return
        assert self._card is not None
        found = DetectionList(
            model_sha256_prefix=bytes.fromhex(self._card.sha256[:8]),
            task=self._config.task,
            frame_id=frame.frame_id,
            exposed_ns=frame.exposed_ns,
            width_px=frame.width_px,
            height_px=frame.height_px,
            footprint_deg=frame.footprint_deg,
            position_error_m=self._config.position_error_m,
            detections=detections,
        )
        value = max(detection.confidence for detection in detections)
        self._finish_frame(now_ns, frame, encode(found), value, detections)

    def _finish_frame(
        self, now_ns: int, frame: Frame, payload: bytes, value: float, detections: tuple[Detection, ...]
    ) -> None:
        product_id = self._next_product_id
        self._next_product_id += 1
        product = Product(product_id, self._strategy.product, frame.frame_id, payload, value, now_ns)
        self._out.append(FrameProcessed(frame.frame_id, product_id, len(payload), detections))
        for dropped in self._downlink.store(product):
            self._products_dropped += 1
            self._out.append(ProductDropped(dropped.product_id, dropped.frame_id, len(dropped.payload)))
        self._release(frame)

    def _release(self, frame: Frame) -> None:
        self._stored_bytes -= frame.captured_bytes
        self._out.append(ReleaseFrame(frame.frame_id))

    def _transmit(self, now_ns: int, granted_bytes: int) -> None:
        sent = self._downlink.transmit(now_ns, granted_bytes, self._real_time_housekeeping(now_ns))
        account = sent.account
        self._out.extend(ProductSent(product_id) for product_id in sent.first_sent)
        self._out.append(
            Transmit(
                frames=b"".join(sent.frames),
                payload_bytes=account.payload,
                header_bytes=account.headers,
                fill_bytes=account.fill,
                retransmit_bytes=account.retransmit,
                housekeeping_bytes=account.housekeeping,
            )
        )

    def _real_time_housekeeping(self, now_ns: int) -> bytes:
        sample = self._housekeeping
        return housekeeping.encode(
            housekeeping.Housekeeping(
                met_ns=now_ns,
                state_of_charge=sample.state_of_charge,
                computer_temperature_k=sample.computer_temperature_k,
                mode=list(Mode).index(self._mode),
                sunlit=sample.sunlit,
                frames_waiting=len(self._waiting),
                jobs_done=self._jobs_done,
                outbox_products=self._downlink.pending_products,
                outbox_bytes=self._downlink.pending_bytes,
                dropped_products=self._products_dropped,
            )
        )
