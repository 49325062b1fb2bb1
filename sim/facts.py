"""What the emulated world records of itself in the journal: the truth that ledger, score and checkers are made from."""

from dataclasses import dataclass

from sim.scenes.truth import Target


@dataclass(frozen=True, slots=True)
class ContactPlanned:
    """A satellite will use a station's antenna from `aos_ns` until `los_ns`; `light_ns` is the signal's shortest travel
    in between."""

    satellite: str
    station: str
    aos_ns: int
    los_ns: int
    max_elevation_deg: float
    light_ns: int = 0


@dataclass(frozen=True, slots=True)
class FrameExposed:
    """The camera exposed a frame. `captured_bytes` packs the sensor's bits, `lossless_bytes` is its JPEG-LS size.

    `targets` count in the score; `faint` ones are real too, below what counts, so that finding one is no false alert.
    Both are None where nobody knows the truth. `weather` is what there was of it, by name, such as `cloud_fraction`.
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
    width_px: int = 0
    height_px: int = 0
    gsd_m: float = 0.0
    weather: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SlotSent:
    """What a satellite's transmitter sent in one slot of a contact, by virtual channel too, and what became of it.

    `arrives_ns` is when its frames are at the mission centre, those lost on the way as if they had not been.
    """

    satellite: str
    station: str
    granted_bytes: int
    sent_bytes: int
    lost_frames: int
    delivered_frames: int
    channel_bytes: tuple[int, ...]
    arrives_ns: int = 0


@dataclass(frozen=True, slots=True)
class UplinkSent:
    """A telecommand was radiated."""

    satellite: str
    station: str
    sent_bytes: int
    lost: bool


@dataclass(frozen=True, slots=True)
class UnitsSwitched:
    """Units went off, for want of charge, by order of flight software or by a latch-up, or on again."""

    satellite: str
    switched_off: tuple[str, ...]
    switched_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExposureMissed:
    """The instrument was off when a frame was to be exposed, and what there would have been: as in `FrameExposed`.

    Zeros and None where there was nothing to see, or nobody knows the truth.
    """

    satellite: str
    frame_id: int
    captured_bytes: int = 0
    lossless_bytes: int = 0
    targets: int | None = None


@dataclass(frozen=True, slots=True)
class EnergyAccounted:
    """A satellite's energy since the start, in joules: generated = stored + spent + lost, where spent is by use.

    Of what was lost, `curtailed_j` was never taken from the array; `unserved_j` was asked for and not to be had.
    """

    satellite: str
    generated_j: float
    stored_j: float
    lost_j: float
    curtailed_j: float
    unserved_j: float
    spent_j: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class HeatAccounted:
    """A satellite's heat since the start, in joules: warmed = stored + emitted; and its nodes' extremes."""

    satellite: str
    warmed_j: float
    stored_j: float
    emitted_j: float
    temperature_min_k: tuple[tuple[str, float], ...]
    temperature_max_k: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class BatteryWorn:
    """What cycling cost a battery: cycles counted, the deepest, the cycles it lives for, 0 where it never cycled."""

    satellite: str
    cycles: float
    depth_of_discharge: float
    cycle_life: float


@dataclass(frozen=True, slots=True)
class ComputerSwitched:
    """A payload computer is off, starting up or on, in a power mode."""

    satellite: str
    state: str
    power_mode: str


@dataclass(frozen=True, slots=True)
class ComputerThrottled:
    """A payload computer has engaged this many steps of throttling, and runs at this share of its throughput."""

    satellite: str
    steps: int
    throughput_share: float


@dataclass(frozen=True, slots=True)
class AcceleratorFailed:
    """An accelerator, counted from 1, works no more."""

    satellite: str
    accelerator: int


@dataclass(frozen=True, slots=True)
class JobMoved:
    """A job begins anew on another accelerator than the one that failed it, both counted from 1."""

    satellite: str
    job_id: int
    from_accelerator: int
    to_accelerator: int


@dataclass(frozen=True, slots=True)
class ComputerAccounted:
    """What a payload computer's energy went into since the start, in joules: idling, starting up, steps of work."""

    satellite: str
    spent_j: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class ProcessRestarted:
    """A participant's process died and was started again; what it was granted, and had in memory, is lost."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True)
class OperatorOrdered:
    """An operator ordered something, which makes this many telecommands; none where it is refused, and why.

    `line` is the order as a line of an operator's file, from which it can be given again.
    """

    satellite: str
    wish: str
    telecommands: int
    refused_because: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class FaultInjected:
    """Something broke of a satellite, a station or the mission centre, which `satellite` names.

    `line` as in `OperatorOrdered`; empty where the scenario says so.
    """

    satellite: str
    fault: str
    line: str


@dataclass(frozen=True, slots=True)
class BitsStruck:
    """Radiation flipped bits of a satellite's weights, work, mass memory, outbox or transmit buffer."""

    satellite: str
    unit: str
    bits: int


@dataclass(frozen=True, slots=True)
class FaultCleared:
    """It works again, or what it did is over; `line` as in `OperatorOrdered`."""

    satellite: str
    fault: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class BroadcastSent:
    """What a satellite sent to field terminals in one slot, and how many of its frames each of them missed."""

    satellite: str
    granted_bytes: int
    sent_bytes: int
    lost_frames: tuple[tuple[str, int], ...]
