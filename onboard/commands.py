"""What the flight computer wants (imperative) and what it reports of itself (past tense), all frozen."""

from dataclasses import dataclass
from enum import StrEnum

from onboard.comms.runs import Part
from onboard.payload.detections import Detection


class JobKind(StrEnum):
    """Work of the payload computer."""

    INFERENCE = "inference"
    CHIPS = "chips"
    CONTEXT = "context"
    SCREENING = "screening"
    LOSSLESS = "lossless"
    CCSDS121 = "ccsds121"
    LOSSY = "lossy"
    RAW = "raw"
    SCRUBBING = "scrubbing"


class Purpose(StrEnum):
    """What a job is for: a frame's turn, a stored frame that the ground wants, a model that came by uplink, or the
    weights in memory, which are held against their hash."""

    PROCESS = "process"
    FETCH = "fetch"
    TRIAL = "trial"
    SCRUB = "scrub"


@dataclass(frozen=True, slots=True)
class ProcessingStep:
    """A step that brings a frame up a level, such as calibration, and its multiply-accumulates."""

    name: str
    work_macs: int


@dataclass(frozen=True, slots=True)
class StartJob:
    """Work on a frame: `steps` first, then the network's multiply-accumulates, `work_macs`; `work_bytes` is what a
    coder takes in, as much as a JPEG-LS coder would in the same time. Of a trial or a scrub `frame_id` is -1; each side
    of a fetched frame or of a thumbnail is shortened `shrink` times."""

    job_id: int
    kind: JobKind
    frame_id: int
    work_macs: int
    work_bytes: int
    steps: tuple[ProcessingStep, ...] = ()
    purpose: Purpose = Purpose.PROCESS
    shrink: int = 1


@dataclass(frozen=True, slots=True)
class SetPowerMode:
    """The payload computer shall run in this power mode, from when it is free."""

    power_mode: str


@dataclass(frozen=True, slots=True)
class PowerCycle:
    """A unit, by the name of its load, shall be switched off and on again, which ends a latch-up."""

    unit: str


@dataclass(frozen=True, slots=True)
class SwitchUnit:
    """A unit, by the name of its load, shall be off, or on as far as charge allows."""

    unit: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Transmit:
    """Transfer frames in order of sending, and what their bytes are for (`onboard.comms.transfer.FrameAccount`)."""

    parts: tuple[Part, ...]
    payload_bytes: int
    header_bytes: int
    fill_bytes: int
    retransmit_bytes: int
    housekeeping_bytes: int


@dataclass(frozen=True, slots=True)
class ReleaseFrame:
    """Mass memory may forget the frame."""

    frame_id: int


@dataclass(frozen=True, slots=True)
class ModeEntered:
    """The spacecraft changed its mode."""

    mode: str


@dataclass(frozen=True, slots=True)
class MonitorChanged:
    """A monitor was raised, or lowered."""

    monitor: str
    is_raised: bool


@dataclass(frozen=True, slots=True)
class FrameRefused:
    """Mass memory was full, or the flight computer was starting: the frame is lost, and said to be."""

    frame_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class FrameProcessed:
    """A frame's work is done. `product_id` is -1 where it held nothing to send.

    `gated` was found on the sea by a model for the land, or the other way round: it is counted, and not sent.
    """

    frame_id: int
    product_id: int
    product_bytes: int
    detections: tuple[Detection, ...]
    gated: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameSetAside:
    """A frame's work failed; the frame stays in mass memory, deferred."""

    frame_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ResultRefused:
    """A frame's result was not plausible: its work is done again, with weights loaded anew."""

    frame_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class WeightsReloaded:
    """So many copies of weights in memory were not as stored, and were loaded anew."""

    copies: int


@dataclass(frozen=True, slots=True)
class ProductMade:
    """A product beside the frames' own results: a report, or a frame that was fetched. Of none `frame_id` is -1."""

    product_id: int
    kind: str
    frame_id: int
    product_bytes: int


@dataclass(frozen=True, slots=True)
class ProductDropped:
    """A product was given up: the outbox was full and it was the least valuable, or its deadline passed."""

    product_id: int
    frame_id: int
    product_bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProductSent:
    """The first byte of a product went out."""

    product_id: int


@dataclass(frozen=True, slots=True)
class ProductSentWhole:
    """The last byte of a product went out for the first time; what was lost of it may follow again."""

    product_id: int


@dataclass(frozen=True, slots=True)
class ProductAcknowledged:
    """The ground has archived the product."""

    product_id: int


@dataclass(frozen=True, slots=True)
class Expose:
    """The camera shall take a frame now."""


@dataclass(frozen=True, slots=True)
class CommandTaken:
    """A telecommand arrived undamaged: what became of it."""

    sequence: int
    outcome: str


@dataclass(frozen=True, slots=True)
class CommandEnded:
    """A telecommand was executed: completed, or why it was refused or failed."""

    sequence: int
    word: str
    failed_because: str


@dataclass(frozen=True, slots=True)
class ModelSwapped:
    """Another model flies from now on; its classes are in the order of its detections."""

    model: str
    sha256: str
    reason: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestartComputer:
    """The flight computer shall start anew from what its store holds."""


@dataclass(frozen=True, slots=True)
class HeldProduct:
    """A product in the outbox."""

    product_id: int
    frame_id: int
    product_bytes: int


@dataclass(frozen=True, slots=True)
class Booted:
    """The flight computer started again: what its store held, and how many products it ever gave up. `frames` are
    those in mass memory, the arrivals of this instant among them. Jobs and all else in memory are lost."""

    boot_count: int
    dropped: int
    products: tuple[HeldProduct, ...]
    frames: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OutboxSampled:
    """How full the spacecraft's stores are. `retained_bytes` are of frames kept after processing; `evicted_bytes` of
    all that mass memory ever gave up."""

    frames_waiting: int
    products_pending: int
    pending_bytes: int
    retained_bytes: int
    evicted_bytes: int


@dataclass(frozen=True, slots=True)
class BroadcastFrames:
    """Transfer frames end to end, for whoever hears them."""

    frames: bytes
