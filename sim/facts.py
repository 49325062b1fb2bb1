"""What the emulated world records of itself in the journal: the truth that ledger, score and checkers are made from."""

from dataclasses import dataclass

from sim.scenes.truth import Target


@dataclass(frozen=True, slots=True)
class ContactPlanned:
    """A satellite will use a station's antenna from `aos_ns` until `los_ns`."""

    satellite: str
    station: str
    aos_ns: int
    los_ns: int
    max_elevation_deg: float


@dataclass(frozen=True, slots=True)
class FrameExposed:
    """The camera exposed a frame. `captured_bytes` packs the sensor's bits, `lossless_bytes` is its JPEG-LS size.

    `targets` count in the score; `faint` ones are real too, below what counts, so that finding one is no false alert.
    Both are None where nobody knows the truth.
    """

    satellite: str
    frame_id: int
    picture: str
    imagery: str
    captured_bytes: int
    lossless_bytes: int
    area_km2: float
    targets: tuple[Target, ...] | None
    faint: tuple[Target, ...] | None


@dataclass(frozen=True, slots=True)
class SlotSent:
    """What a satellite's transmitter sent in one slot of a contact, and what became of it."""

    satellite: str
    station: str
    granted_bytes: int
    sent_bytes: int
    lost_frames: int
    delivered_frames: int


@dataclass(frozen=True, slots=True)
class UplinkSent:
    """A telecommand was radiated."""

    satellite: str
    station: str
    sent_bytes: int
    lost: bool


@dataclass(frozen=True, slots=True)
class EnergyAccounted:
    """A satellite's energy since the start, in joules: generated = stored + spent + lost, where spent is by use."""

    satellite: str
    generated_j: float
    stored_j: float
    lost_j: float
    unserved_j: float
    spent_j: tuple[tuple[str, float], ...]
