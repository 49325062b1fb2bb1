"""What stations and the mission centre are told (past tense) and what they ask for (imperative), frozen."""

from dataclasses import dataclass, field, fields
from operator import add, attrgetter, sub

from groundstation.archive import FlownModel
from groundstation.events import EventRule
from groundstation.sinks import SinkConfig
from onboard.comms.housekeeping import Housekeeping
from onboard.comms.runs import Part
from onboard.mission_time import NS_PER_S


@dataclass(frozen=True, slots=True)
class FramesReceived:
    """Transfer frames came down a station's antenna in order, possibly damaged, some lost."""

    spacecraft: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ForwardFrames:
    """A station passes on what it received."""

    spacecraft: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class FramesForwarded:
    """Frames from a station arrived at the mission centre."""

    station: str
    spacecraft: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class SendTelecommands:
    """The mission centre wants transfer frames radiated to a spacecraft by a station, until an instant or not at all:
    later it takes them for lost."""

    station: str
    spacecraft: str
    frames: tuple[bytes, ...]
    until_ns: int


@dataclass(frozen=True, slots=True)
class TelecommandsQueued:
    """Transfer frames for a spacecraft arrived at a station. They replace what still waited: the mission centre knows
    better by now what is to be said. After `until_ns` they are not sent any more."""

    spacecraft: str
    frames: tuple[bytes, ...]
    until_ns: int


@dataclass(frozen=True, slots=True)
class UplinkGranted:
    """The station's transmitter can send this many bytes to a spacecraft now."""

    spacecraft: str
    granted_bytes: int


@dataclass(frozen=True, slots=True)
class Radiate:
    """The station sends transfer frames up."""

    spacecraft: str
    frames: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class CommandsOrdered:
    """An operator, or flight dynamics, wants a spacecraft to do these: telecommands in their catalogue's bytes.

    `models` are those that they send up.
    """

    spacecraft: str
    telecommands: tuple[bytes, ...]
    models: tuple[FlownModel, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """An order of so many telecommands could have no effect: none of them goes up. `wish` is the first's kind."""

    spacecraft: str
    wish: str
    telecommands: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReceptionCounts:
    """What came of frames, as the deframer, the opener of sealed frames and reassembly count it.

    A frame from a second station counts as repeated or replayed. Gaps are breaks in the counts of virtual channels.
    """

    frames_accepted: int = 0
    frames_damaged: int = 0
    frames_repeated: int = 0
    frames_unknown_key: int = 0
    frames_retired_key: int = 0
    frames_replayed: int = 0
    frames_forged: int = 0
    gaps: int = 0
    packets_discarded: int = 0
    segments_repeated: int = 0
    segments_contradictory: int = 0
    products_damaged: int = 0
    products_evicted: int = 0

    def __add__(self, other: "ReceptionCounts") -> "ReceptionCounts":
        return ReceptionCounts(*map(add, _COUNTS_OF(self), _COUNTS_OF(other)))

    def __sub__(self, other: "ReceptionCounts") -> "ReceptionCounts":
        return ReceptionCounts(*map(sub, _COUNTS_OF(self), _COUNTS_OF(other)))


_COUNTS_OF = attrgetter(*(one.name for one in fields(ReceptionCounts)))
"""Every transmission is counted: `astuple`, which copies deeply, takes ten times as long."""


@dataclass(frozen=True, slots=True)
class FramesTaken:
    """What the mission centre made of frames that a station forwarded."""

    station: str
    spacecraft: str
    counts: ReceptionCounts


@dataclass(frozen=True, slots=True)
class HousekeepingReceived:
    """The mission centre read what a spacecraft said of itself at `sample.met_ns`."""

    spacecraft: str
    sample: Housekeeping


@dataclass(frozen=True, slots=True)
class EventPublished:
    """An event was confirmed, and goes to people."""

    event_id: str
    sightings: int
    confidence: float


@dataclass(frozen=True, slots=True)
class ProductArchived:
    """A product is committed to the archive; only now may it be acknowledged."""

    spacecraft: str
    product_id: int
    frame_id: int
    product_bytes: int


@dataclass(frozen=True, slots=True)
class CentreBooted:
    """The mission centre started again: products of the last commit, which its last words may not have told."""

    held: tuple[ProductArchived, ...]


@dataclass(frozen=True, slots=True)
class HostKilled:
    """The computer died: what it had in memory is lost, and it boots for so long."""

    boot_ns: int


@dataclass(frozen=True, slots=True)
class ArchiveSampled:
    """Whether the archive's disk takes no more products."""

    is_full: bool


@dataclass(frozen=True, slots=True)
class FrontEndSampled:
    """Whether a station's front end says that it has archived products, which it then loses."""

    station: str
    is_false: bool


@dataclass(frozen=True, slots=True)
class ProductsMissing:
    """The mission centre found gaps in the numbers of products: the spacecraft holds none any more, nobody told that
    they were given up, and the archive has not got them."""

    spacecraft: str
    product_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClockCorrelated:
    """By housekeeping's arrival a spacecraft's clock is ahead by about so much, or behind where negative."""

    spacecraft: str
    offset_ns: int


@dataclass(frozen=True, slots=True)
class StationConfig:
    """What a station is built from."""

    name: str


@dataclass(frozen=True, slots=True)
class SpacecraftLink:
    """What the mission centre knows of a spacecraft's radio: a whole grant of the uplink takes `report_bytes`.

    Without `keys`, by id, the link is clear. `network_ns` is how long the ground network takes to a station, `slot_ns`
    how long a whole grant lasts.
    """

    name: str
    spacecraft_id: int
    frame_length_bytes: int
    report_bytes: int
    keys: tuple[tuple[int, bytes], ...] = ()
    network_ns: int = 0
    slot_ns: int = NS_PER_S


@dataclass(frozen=True, slots=True)
class CentreConfig:
    """What the mission centre is built from. The model is the one loaded before launch."""

    archive_path: str
    spacecraft: tuple[SpacecraftLink, ...]
    epoch_utc: str = "2000-01-01T00:00:00+00:00"
    task: str = ""
    model: str = ""
    model_sha256: str = ""
    classes: tuple[str, ...] = ()
    rule: EventRule = field(default_factory=EventRule)
    sinks: tuple[SinkConfig, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertReceived:
    """A field terminal has a detection list whole, as `products.decode` reads it."""

    spacecraft: str
    product_id: int
    frame_id: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class BroadcastLink:
    """What a field terminal knows of a spacecraft. Without `keys`, by id, its broadcast is clear."""

    name: str
    spacecraft_id: int
    frame_length_bytes: int
    keys: tuple[tuple[int, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class TerminalConfig:
    """What a field terminal is built from."""

    name: str
    spacecraft: tuple[BroadcastLink, ...]
