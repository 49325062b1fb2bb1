"""What the mission centre can tell a spacecraft to do: imperative, frozen. Its bytes are in `telecommand_catalogue`."""

from dataclasses import dataclass

MAX_PASSES = 32
MAX_CAPTURES = 16
MAX_PART_BYTES = 900
"""Of a model: a TC frame of 1,024 octets (232.0-B) holds its packet, and security's header and trailer."""
MAX_MODEL_BYTES = 2**26
MAX_UPLOAD_ID = 2**32 - 1
CODECS = ("lossless", "raw")
COMMANDED_MODES = ("nominal", "power_saving", "safe")
DIRECTIONS = ("downlink", "uplink")


@dataclass(frozen=True, slots=True)
class PlannedPass:
    """A contact to come, and the downlink rate to expect in it."""

    aos_ns: int
    los_ns: int
    rate_bps: int


@dataclass(frozen=True, slots=True)
class Area:
    """A box of latitude and longitude in degrees; one that crosses the antimeridian has its west east of its east."""

    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float


@dataclass(frozen=True, slots=True)
class SetPassPlan:
    """From the first of these on, these are the passes; what was planned before it stays."""

    passes: tuple[PlannedPass, ...]


@dataclass(frozen=True, slots=True)
class SetStrategy:
    """What to do with frames from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class SetThreshold:
    """The least score of a detection worth sending."""

    task: str
    threshold: float


@dataclass(frozen=True, slots=True)
class CaptureAt:
    """Expose a frame at each of these instants: the ground's flight dynamics found that the area is in view then."""

    met_ns: tuple[int, ...]
    area: Area


@dataclass(frozen=True, slots=True)
class FetchFrame:
    """Send this frame out of mass memory, each side shortened by the factor; 1 is the frame itself."""

    frame_id: int
    codec: str
    thumbnail_factor: int


@dataclass(frozen=True, slots=True)
class SetMode:
    """Enter a mode, and stay in it until told otherwise or until charge or heat demand another."""

    mode: str


@dataclass(frozen=True, slots=True)
class Reset:
    """Start the flight computer anew."""


@dataclass(frozen=True, slots=True)
class BeginModelUpload:
    """A model will come in `parts` of equal size, but for the last; `sha256` is of its whole archive."""

    upload_id: int
    task: str
    total_bytes: int
    sha256: bytes
    parts: int

    @property
    def part_bytes(self) -> int:
        """Size of every part but the last."""
        return -(-self.total_bytes // self.parts)


@dataclass(frozen=True, slots=True)
class LoadModelPart:
    """Bytes of a model's archive."""

    upload_id: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ActivateModel:
    """Try the model that was uploaded, and fly it from then on."""

    upload_id: int


@dataclass(frozen=True, slots=True)
class RollBackModel:
    """Fly the model again that flew before the present one."""


@dataclass(frozen=True, slots=True)
class RotateKey:
    """Use another of the stored keys from now on."""

    direction: str
    key_id: int


Telecommand = (
    SetPassPlan
    | SetStrategy
    | SetThreshold
    | CaptureAt
    | FetchFrame
    | SetMode
    | Reset
    | BeginModelUpload
    | LoadModelPart
    | ActivateModel
    | RollBackModel
    | RotateKey
)
