"""What happened to a spacecraft: past tense, frozen. The flight computer reads these and nothing else."""

from dataclasses import dataclass

from onboard.payload.detections import Detection
from onboard.payload.imagery import Frame, FrameStatistics


@dataclass(frozen=True, slots=True)
class FrameCaptured:
    """The instrument exposed a frame; its pixels lie in mass memory."""

    frame: Frame


@dataclass(frozen=True, slots=True)
class HousekeepingSampled:
    """Sensors as the analogue-to-digital converters gave them: charge to 1/1000, temperature to 0.1 K, power to 0.1 W.

    `overcurrent` names the units whose latch-up limiter has tripped, `unfed` those that the power system has switched
    off for want of charge; `memory_errors` counts words of mass memory that
    could not be corrected, since the start.
    """

    state_of_charge: float
    computer_temperature_k: float
    sunlit: bool
    battery_temperature_k: float = 293.0
    array_power_w: float = 0.0
    heater_power_w: float = 0.0
    overcurrent: tuple[str, ...] = ()
    unfed: tuple[str, ...] = ()
    memory_errors: int = 0


@dataclass(frozen=True, slots=True)
class JobFinished:
    """The payload computer's time for a job is over; the shell turns this into the job's result."""

    job_id: int


@dataclass(frozen=True, slots=True)
class InferenceCompleted:
    """What the model found in the job's frame; of a job that cuts chips, the product of the list with them.

    `gated` was found where the model's targets cannot be, and is left out. `statistics` are of the frame's pixels.
    """

    job_id: int
    detections: tuple[Detection, ...]
    chips: bytes = b""
    gated: tuple[Detection, ...] = ()
    statistics: FrameStatistics | None = None


@dataclass(frozen=True, slots=True)
class ScreeningCompleted:
    """How much of the job's frame the cloud mask holds for cloud."""

    job_id: int
    cloud_fraction: float
    statistics: FrameStatistics | None = None


@dataclass(frozen=True, slots=True)
class EncodingCompleted:
    """The job's frame as an image product's bytes."""

    job_id: int
    payload: bytes
    statistics: FrameStatistics | None = None


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The job's model or coder gave no result; `by_model` where what the model put out means nothing."""

    job_id: int
    reason: str
    by_model: bool = False


@dataclass(frozen=True, slots=True)
class JobLost:
    """The payload computer lost power, and the job with it; its frame is as it was."""

    job_id: int


@dataclass(frozen=True, slots=True)
class ModelTried:
    """The trial of a model that came by uplink is over: an empty text, or why it may not fly."""

    job_id: int
    rejected_because: str


@dataclass(frozen=True, slots=True)
class ResultDoubted:
    """What a model put out for the job's frame cannot be; its weights have been loaded anew."""

    job_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class WeightsChecked:
    """The job that held weights in memory against their hash is over; so many copies were loaded anew."""

    job_id: int
    reloaded: int


@dataclass(frozen=True, slots=True)
class WeightsStruck:
    """Radiation flipped a bit of a model's weights in memory, in a copy counted from 0. `draw` modulo the bits that are
    there says which; so in the events below. The flight core
    does not notice."""

    copy: int
    draw: int


@dataclass(frozen=True, slots=True)
class WorkStruck:
    """Radiation flipped a bit of the numbers that a network is being given."""

    draw: int


@dataclass(frozen=True, slots=True)
class MemoryStruck:
    """Radiation flipped so many bits in a word of a frame in mass memory."""

    draw: int
    bits: int


@dataclass(frozen=True, slots=True)
class OutboxStruck:
    """Radiation flipped a bit of a product that awaits its acknowledgement."""

    draw: int


@dataclass(frozen=True, slots=True)
class TransmitGranted:
    """The radio can send this many bytes now. `is_rest`: they are what is left of a slot whose beacon has gone out."""

    granted_bytes: int
    is_rest: bool = False


@dataclass(frozen=True, slots=True)
class TelecommandReceived:
    """A transfer frame that came up the link, perhaps damaged."""

    data: bytes


@dataclass(frozen=True, slots=True)
class BroadcastGranted:
    """The radio can send this many bytes to field terminals now."""

    granted_bytes: int


@dataclass(frozen=True, slots=True)
class ComputerKilled:
    """The flight computer died: what it had in memory is lost, and it boots for so long."""

    boot_ns: int


@dataclass(frozen=True, slots=True)
class ModelCorrupted:
    """So many bytes of the flying model's file were altered. Nobody is told: whoever loads it next may find out."""

    n_bytes: int


@dataclass(frozen=True, slots=True)
class StorageSampled:
    """What the file systems have room for: mass memory so many bytes; where `is_full`, it and the products' store no
    more than they hold."""

    mass_memory_bytes: int
    is_full: bool
