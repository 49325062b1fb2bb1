"""The data dictionary: every packet of the link, every frame that carries one, and their fields.

One table. Housekeeping's codec reads and writes by it; the tables of docs/link.md and the XTCE file are made from it;
tests hold equal to it what `packets`, `frames`, `security`, `tc_frames` and `telecommand_packets` build with their own
`struct` layouts, for speed. Telecommands' own fields are in `telecommand_catalogue`, reports' in `event_reports`.
"""

from dataclasses import dataclass
from enum import StrEnum

from onboard.comms.frames import IDLE_CHANNEL
from onboard.comms.packets import (
    BROADCAST_CHANNEL,
    HOUSEKEEPING_APID,
    HOUSEKEEPING_CHANNEL,
    IDLE_APID,
    ProductKind,
)
from onboard.comms.parameters import (
    Code,
    Constant,
    Count,
    Flag,
    Measurement,
    Number,
    Octets,
    Parameter,
    TimeCode,
    total_bits,
)
from onboard.comms.telecommand_packets import COMMAND_APID, REPORT_APID

HOUSEKEEPING_VERSION = 3
TELECOMMAND = 1
MODES = Code(8, ((0, "nominal"), (1, "power_saving"), (2, "hot"), (3, "safe"), (4, "recovery")))
UNITS = ("computer", "instrument", "radio")
"""What flight software may switch."""


class Severity(StrEnum):
    """How much it matters, in the words of event reporting, service 5 of ECSS-E-ST-70-41C."""

    INFORMATIVE = "informative"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


MONITORS = (
    ("charge_low", Severity.MEDIUM),
    ("charge_critical", Severity.HIGH),
    ("computer_hot", Severity.MEDIUM),
    ("battery_cold", Severity.LOW),
    ("battery_hot", Severity.HIGH),
    ("array_weak", Severity.LOW),
    ("heater_stuck", Severity.LOW),
    ("overcurrent_computer", Severity.MEDIUM),
    ("overcurrent_instrument", Severity.MEDIUM),
    ("overcurrent_radio", Severity.MEDIUM),
    ("camera_frozen", Severity.MEDIUM),
    ("camera_blind", Severity.MEDIUM),
    ("job_overdue", Severity.MEDIUM),
    ("model_faults", Severity.LOW),
    ("boots_in_succession", Severity.HIGH),
    ("command_loss", Severity.HIGH),
    ("memory_errors", Severity.LOW),
    ("stores_full", Severity.LOW),
)
"""Of the flight software: the first is bit 0 of housekeeping's mask."""
OTHER_STRATEGY = 255
STRATEGIES = Code(
    8,
    (
        (0, "raw"),
        (1, "lossless"),
        (2, "detections"),
        (3, "ccsds121"),
        (4, "lossy"),
        (5, "cloudfilter"),
        (6, "thumbnails"),
        (7, "chips"),
        (8, "adaptive"),
        (9, "cascade"),
        (OTHER_STRATEGY, "other"),
    ),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """A kind of packet or frame, or, where `apid` is None, what several kinds of packet begin with.

    Its parameters follow those of its base; `rest` names the octets after them, whose number follows from the packet's
    length, and `trailer` is what comes behind those.
    """

    name: str
    about: str
    parameters: tuple[Parameter, ...]
    base: "Layout | None" = None
    apid: int | None = None
    rest: str = ""
    trailer: tuple[Parameter, ...] = ()

    @property
    def whole(self) -> tuple[Parameter, ...]:
        """All parameters before the rest, those of its bases first."""
        return (self.base.whole if self.base else ()) + self.parameters

    @property
    def rest_name(self) -> str:
        """The rest's name, which may be its base's."""
        return self.rest or (self.base.rest_name if self.base else "")

    @property
    def fixed_bytes(self) -> int:
        """Octets besides the rest."""
        return total_bits((*self.whole, *self.trailer)) // 8


SPACE_PACKET = Layout(
    "space_packet",
    "The primary header of every space packet (CCSDS 133.0-B-2).",
    (
        Parameter("packet_version", Constant(3, 0), "packet version number"),
        Parameter("packet_type", Code(1, ((0, "telemetry"), (TELECOMMAND, "telecommand"))), "which way it goes"),
        Parameter("secondary_header", Flag(), "whether a time code follows"),
        Parameter("apid", Number(11), "application process: what kind of packet it is"),
        Parameter("sequence_flags", Constant(2, 3), "unsegmented"),
        Parameter("sequence_count", Number(14), "packets of this application process, modulo 16,384"),
        Parameter("packet_data_length", Number(16), "octets after this header, less one", "octets"),
    ),
)
TIMED_PACKET = Layout(
    "timed_packet",
    "Telemetry: the secondary header is the mission elapsed time of the transmission.",
    (Parameter("time", TimeCode(), "mission elapsed time at which the transmitter was granted the link"),),
    SPACE_PACKET,
)
PRODUCT_SEGMENT = Layout(
    "product_segment",
    "A piece of a product's stream, which is its payload and the CRC-32 (IEEE 802.3) of the payload.",
    (
        Parameter("product_id", Number(32), "which product of this spacecraft"),
        Parameter("stream_length", Number(32), "length of the whole stream, CRC-32 included", "octets"),
        Parameter("offset", Number(32), "where in the stream the piece begins", "octets"),
    ),
    TIMED_PACKET,
    rest="segment_data",
)
_STREAMS = {
    ProductKind.ALERT: "a frame's detections",
    ProductKind.CHIP: "a frame's detections and the pixels around them",
    ProductKind.THUMBNAIL: "a frame, shortened",
    ProductKind.IMAGE: "a frame",
    ProductKind.REPORT: "the spacecraft's reports of events",
}
SEGMENTS = tuple(
    Layout(f"{kind.name.lower()}_segment", f"A piece of {_STREAMS[kind]}.", (), PRODUCT_SEGMENT, kind.apid)
    for kind in ProductKind
)
HOUSEKEEPING = Layout(
    "housekeeping",
    "What the spacecraft says of itself in real time, in the first frames of every slot.",
    (
        Parameter("housekeeping_version", Constant(8, HOUSEKEEPING_VERSION), "of this table"),
        Parameter("met_ns", Number(64), "mission elapsed time of the values", "ns"),
        Parameter("state_of_charge", Measurement(16, 1000, 1000), "of the battery, of its present capacity"),
        Parameter("computer_temperature_k", Measurement(16, 10, 2**16 - 1), "of the payload computer", "K"),
        Parameter("mode", MODES, "of the spacecraft"),
        Parameter("sunlit", Flag(8), "whether the sun sensors see the Sun"),
        Parameter("frames_waiting", Count(32), "frames in mass memory that wait to be worked on"),
        Parameter("jobs_done", Count(32), "jobs of the payload computer that ended"),
        Parameter("outbox_products", Count(32), "products that the ground has not acknowledged"),
        Parameter("outbox_bytes", Count(56), "their payloads", "octets"),
        Parameter("dropped_products", Count(32), "products given up because the outbox was full"),
        Parameter("boot_count", Count(16), "starts of the flight computer, the first included"),
        Parameter("commands_accepted", Number(32), "all telecommands through this number were accepted"),
        Parameter("commands_window", Number(64), "bit n: accepted is also commands_accepted + 1 + n"),
        Parameter("strategy", STRATEGIES, "what is done with frames"),
        Parameter("model_sha256_prefix", Octets(4), "first octets of the SHA-256 of the graph that flies; 0 for none"),
        Parameter("frames_retained", Count(32), "frames kept in mass memory after they were worked on"),
        Parameter("products_expired", Count(32), "products given up at their deadline"),
        Parameter("key_id", Number(16), "key that seals the downlink; 0 on a clear link"),
        *(Parameter(f"{unit}_off", Flag(), "whether flight software keeps this unit off") for unit in UNITS),
        Parameter("monitors", Number(21), "bit n: monitor n of the table of monitors is raised"),
    ),
    TIMED_PACKET,
    HOUSEKEEPING_APID,
)
IDLE_PACKET = Layout(
    "idle_packet", "Fills a frame that has no more to carry.", (), SPACE_PACKET, IDLE_APID, rest="filler"
)
TELEMETRY = (SPACE_PACKET, TIMED_PACKET, PRODUCT_SEGMENT, *SEGMENTS, HOUSEKEEPING, IDLE_PACKET)
"""Packets on the way down, each after its base."""

_CHECK = Parameter("check", Number(16), "CRC-16 (polynomial 0x1021, first all ones) of all octets before it")
TELECOMMAND_PACKET = Layout(
    "telecommand_packet",
    "A numbered telecommand.",
    (
        Parameter("sequence", Number(32), "the telecommand's number; the packet's own count is its lowest 14 bits"),
        Parameter("command_version", Constant(8, 1), "of the catalogue"),
        Parameter("command_code", Number(8), "which row of the catalogue"),
    ),
    SPACE_PACKET,
    COMMAND_APID,
    rest="arguments",
    trailer=(_CHECK,),
)
GROUND_REPORT = Layout(
    "ground_report",
    "What the ground has of this spacecraft's products. Full state: the newest counts.",
    (),
    SPACE_PACKET,
    REPORT_APID,
    rest="report",
)
TELECOMMANDS = (TELECOMMAND_PACKET, GROUND_REPORT)
"""Packets on the way up."""

CHANNELS = (
    *(
        (kind.virtual_channel, f"{kind.name.lower()} products")
        for kind in ProductKind
        if kind is not ProductKind.REPORT
    ),
    (HOUSEKEEPING_CHANNEL, "report products and housekeeping"),
    (BROADCAST_CHANNEL, "alerts broadcast to field terminals"),
    (IDLE_CHANNEL, "idle frames"),
)

TM_FRAME = Layout(
    "tm_frame",
    "A transfer frame down (CCSDS 132.0-B), always of the radio's length.",
    (
        Parameter("frame_version", Constant(2, 0), "transfer frame version number"),
        Parameter("spacecraft_id", Number(10), "the spacecraft"),
        Parameter("virtual_channel", Number(3), "the virtual channel"),
        Parameter("operational_control_field", Constant(1, 0), "there is none"),
        Parameter("master_channel_count", Number(8), "frames of all channels, modulo 256"),
        Parameter("virtual_channel_count", Number(8), "frames of this channel, modulo 256"),
        Parameter("frame_secondary_header", Constant(1, 0), "there is none"),
        Parameter("synchronization", Constant(1, 0), "the data are packets"),
        Parameter("packet_order", Constant(1, 0), "in order"),
        Parameter("segment_length_id", Constant(2, 3), "as it must be with packets"),
        Parameter(
            "first_header_pointer", Number(11), "where the first packet begins; 2047: none does, 2046: only idle data"
        ),
    ),
    rest="packets, end to end",
    trailer=(_CHECK,),
)
TC_FRAME = Layout(
    "tc_frame",
    "A transfer frame up (CCSDS 232.0-B) of type BD, at most 1,024 octets long.",
    (
        Parameter("frame_version", Constant(2, 0), "transfer frame version number"),
        Parameter("bypass", Constant(1, 1), "COP-1's sequence control is bypassed"),
        Parameter("control_command", Constant(1, 0), "it carries data"),
        Parameter("reserved", Constant(2, 0), "spare"),
        Parameter("spacecraft_id", Number(10), "the spacecraft"),
        Parameter("virtual_channel", Constant(6, 0), "the virtual channel"),
        Parameter("frame_length", Number(10), "of the whole frame, less one", "octets"),
        Parameter("frame_count", Constant(8, 0), "not used in frames of type B"),
    ),
    rest="packets, end to end",
    trailer=(_CHECK,),
)
SECURITY = Layout(
    "security",
    "On a secured link: what is in a frame's data field (CCSDS 355.0-B, AES-256-GCM).",
    (
        Parameter("spi", Number(16), "twice the key's id, plus 1 on the way up"),
        Parameter("iv_spacecraft_id", Number(16), "the spacecraft"),
        Parameter("iv_direction", Code(8, ((0, "down"), (1, "up"))), "which way it goes"),
        Parameter("iv_zero", Constant(8, 0), "spare"),
        Parameter("iv_sequence", Number(64), "number of the frame, never used twice"),
    ),
    rest="encrypted data",
    trailer=(Parameter("mac", Octets(16), "of the frame's primary header, this header and the data"),),
)
FRAMES = (TM_FRAME, TC_FRAME, SECURITY)
