"""Tables made from the journal's records, one after another: what ledger, score and latency are computed from."""

from dataclasses import dataclass, field

from groundstation.messages import ProductArchived
from onboard import commands, events
from onboard.modes import Mode
from onboard.payload.detections import Detection
from sim.executive import WORLD
from sim.facts import (
    AcceleratorFailed,
    BatteryWorn,
    ComputerAccounted,
    ComputerThrottled,
    ContactPlanned,
    EnergyAccounted,
    ExposureMissed,
    FrameExposed,
    HeatAccounted,
    JobMoved,
    SlotSent,
    UnitsSwitched,
    UplinkSent,
)

FrameKey = tuple[str, int]
"""A satellite's name and its frame's identifier."""


@dataclass(slots=True)
class FrameLog:
    """One frame's life; instants are None until they happen."""

    exposed_ns: int
    exposure: FrameExposed
    job_started_ns: int | None = None
    job_ended_ns: int | None = None
    first_sent_ns: int | None = None
    archived_ns: int | None = None
    product_id: int | None = None
    product_bytes: int = 0
    detections: tuple[Detection, ...] = ()
    lost_because: str = ""
    deferred_because: str = ""

    @property
    def is_processed(self) -> bool:
        """Whether its work on board is done."""
        return self.product_id is not None

    @property
    def is_completed(self) -> bool:
        """Its result is on the ground, or it was processed and held nothing to send."""
        return self.product_id == -1 or self.archived_ns is not None


@dataclass(slots=True)
class SatelliteLog:
    """One satellite's samples and counts."""

    sampled_ns: list[int] = field(default_factory=list)
    state_of_charge: list[float] = field(default_factory=list)
    computer_temperature_k: list[float] = field(default_factory=list)
    sunlit: list[bool] = field(default_factory=list)
    pending_bytes: list[int] = field(default_factory=list)
    modes: list[tuple[int, str]] = field(default_factory=lambda: [(0, Mode.NOMINAL.value)])
    payload_bytes: int = 0
    header_bytes: int = 0
    fill_bytes: int = 0
    retransmit_bytes: int = 0
    housekeeping_bytes: int = 0
    granted_bytes: int = 0
    sent_bytes: int = 0
    frames_lost: int = 0
    uplink_bytes: int = 0
    exposures_missed: int = 0
    units_switched_off: list[str] = field(default_factory=list)
    energy: EnergyAccounted | None = None
    heat: HeatAccounted | None = None
    battery: BatteryWorn | None = None
    computer: ComputerAccounted | None = None
    throttled: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    accelerators_failed: int = 0
    jobs_moved: int = 0


class FlightLog:
    """Takes the journal's records in order; `frames` and `satellites` are what happened."""

    def __init__(self, satellites: tuple[str, ...]) -> None:
        self.satellites = {name: SatelliteLog() for name in satellites}
        self.frames: dict[FrameKey, FrameLog] = {}
        self.contacts: list[ContactPlanned] = []
        self._frame_of_product: dict[tuple[str, int], FrameLog] = {}
        self._frame_of_job: dict[tuple[str, int], FrameLog] = {}

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one record."""
        if node == WORLD:
            for fact in answers:
                self._take_fact(now_ns, fact)
        elif node in self.satellites:
            log = self.satellites[node]
            for event in granted:
                self._take_event(now_ns, node, log, event)
            for answer in answers:
                self._take_answer(now_ns, node, log, answer)
        else:
            for answer in answers:
                if isinstance(answer, ProductArchived):
                    self._frame_of_product[answer.spacecraft, answer.product_id].archived_ns = now_ns

    def pending_products(self, satellite: str, before_ns: int) -> list[int]:
        """A satellite's products that were made before an instant and neither archived nor given up."""
        return [
            frame.product_id
            for (name, _), frame in self.frames.items()
            if name == satellite
            and frame.product_id not in (None, -1)
            and frame.job_ended_ns is not None
            and frame.job_ended_ns < before_ns
            and frame.archived_ns is None
            and not frame.lost_because
        ]

    def _take_fact(self, now_ns: int, fact: object) -> None:
        match fact:
            case FrameExposed(satellite=satellite, frame_id=frame_id):
                self.frames[satellite, frame_id] = FrameLog(now_ns, fact)
            case SlotSent():
                log = self.satellites[fact.satellite]
                log.granted_bytes += fact.granted_bytes
                log.sent_bytes += fact.sent_bytes
                log.frames_lost += fact.lost_frames
            case UplinkSent(satellite=satellite, sent_bytes=sent_bytes):
                self.satellites[satellite].uplink_bytes += sent_bytes
            case ExposureMissed(satellite=satellite):
                self.satellites[satellite].exposures_missed += 1
            case UnitsSwitched(satellite=satellite, switched_off=units):
                self.satellites[satellite].units_switched_off += units
            case EnergyAccounted(satellite=satellite):
                self.satellites[satellite].energy = fact
            case HeatAccounted(satellite=satellite):
                self.satellites[satellite].heat = fact
            case BatteryWorn(satellite=satellite):
                self.satellites[satellite].battery = fact
            case ComputerAccounted(satellite=satellite):
                self.satellites[satellite].computer = fact
            case ComputerThrottled(satellite=satellite, steps=steps):
                self.satellites[satellite].throttled.append((now_ns, steps))
            case AcceleratorFailed(satellite=satellite):
                self.satellites[satellite].accelerators_failed += 1
            case JobMoved(satellite=satellite):
                self.satellites[satellite].jobs_moved += 1
            case ContactPlanned():
                self.contacts.append(fact)

    def _take_event(self, now_ns: int, name: str, log: SatelliteLog, event: object) -> None:
        match event:
            case events.HousekeepingSampled(state_of_charge, computer_temperature_k, sunlit):
                log.sampled_ns.append(now_ns)
                log.state_of_charge.append(state_of_charge)
                log.computer_temperature_k.append(computer_temperature_k)
                log.sunlit.append(sunlit)
            case events.JobFinished(job_id):
                self._frame_of_job[name, job_id].job_ended_ns = now_ns

    def _take_answer(self, now_ns: int, name: str, log: SatelliteLog, answer: object) -> None:
        match answer:
            case commands.StartJob(job_id=job_id, frame_id=frame_id):
                frame = self._frame_of_job[name, job_id] = self.frames[name, frame_id]
                frame.job_started_ns = now_ns
            case commands.FrameProcessed(frame_id, product_id, product_bytes, detections):
                frame = self.frames[name, frame_id]
                frame.product_id, frame.product_bytes, frame.detections = (
                    product_id,
                    product_bytes,
                    detections,
                )
                self._frame_of_product[name, product_id] = frame
            case commands.FrameRefused(frame_id, reason):
                self.frames[name, frame_id].lost_because = reason
            case commands.FrameSetAside(frame_id, reason):
                self.frames[name, frame_id].deferred_because = reason
            case commands.ProductDropped(frame_id=frame_id):
                self.frames[name, frame_id].lost_because = "outbox full"
            case commands.ProductSent(product_id):
                self._frame_of_product[name, product_id].first_sent_ns = now_ns
            case commands.OutboxSampled(pending_bytes=pending_bytes):
                log.pending_bytes.append(pending_bytes)
            case commands.ModeEntered(mode):
                log.modes.append((now_ns, str(mode)))
            case commands.Transmit():
                log.payload_bytes += answer.payload_bytes
                log.header_bytes += answer.header_bytes
                log.fill_bytes += answer.fill_bytes
                log.retransmit_bytes += answer.retransmit_bytes
                log.housekeeping_bytes += answer.housekeeping_bytes
