"""What the flight computer wants (imperative) and what it reports of itself (past tense), all frozen."""

from dataclasses import dataclass
from enum import StrEnum

from onboard.payload.detections import Detection


class JobKind(StrEnum):
    """Work of the payload computer."""

    INFERENCE = "inference"
    LOSSLESS = "lossless"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class ProcessingStep:
    """A step that brings a frame up a level, such as calibration, and its multiply-accumulates."""

    name: str
    work_macs: int


@dataclass(frozen=True, slots=True)
class StartJob:
    """Work on a frame: `steps` first, then the network's multiply-accumulates, `work_macs`; `work_bytes` is what a
    coder takes in."""

    job_id: int
    kind: JobKind
    frame_id: int
    work_macs: int
    work_bytes: int
    steps: tuple[ProcessingStep, ...] = ()


@dataclass(frozen=True, slots=True)
class SetPowerMode:
    """The payload computer shall run in this power mode, from when it is free."""

    power_mode: str


@dataclass(frozen=True, slots=True)
class Transmit:
    """Transfer frames end to end, and what their bytes are for (see `onboard.comms.downlink.FrameAccount`)."""

    frames: bytes
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
class FrameRefused:
    """Mass memory was full: the frame is lost, and said to be."""

    frame_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class FrameProcessed:
    """A frame's work is done. `product_id` is -1 where it held nothing to send."""

    frame_id: int
    product_id: int
    product_bytes: int
    detections: tuple[Detection, ...]


@dataclass(frozen=True, slots=True)
class FrameSetAside:
    """A frame's work failed; the frame stays in mass memory, deferred."""

    frame_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ProductDropped:
    """The outbox was full and this product was the least valuable."""

    product_id: int
    frame_id: int
    product_bytes: int


@dataclass(frozen=True, slots=True)
class ProductSent:
    """The first byte of a product went out."""

    product_id: int


@dataclass(frozen=True, slots=True)
class ProductAcknowledged:
    """The ground has archived the product."""

    product_id: int


@dataclass(frozen=True, slots=True)
class OutboxSampled:
    """How full the spacecraft's stores are."""

    frames_waiting: int
    products_pending: int
    pending_bytes: int
