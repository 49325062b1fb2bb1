"""What a spacecraft tells of itself once: compact reports, several in the payload of one REPORT product.

Layout: version octet, then the reports in order of time: the octet of the kind, a varint of the nanoseconds since the
report before (since 0 for the first), and the fields. Reasons are octets: new ones are added at the end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from onboard.comms.dictionary import MODES, MONITORS, UNITS, Severity
from onboard.comms.health_reports import Cause, ModeChanged, MonitorCleared, MonitorRaised, UnitCycled, UnitLeftOff
from onboard.comms.records import Choice, Field, Octets, Text, Whole, read_fields, write_fields
from onboard.payload.varints import Reader, varints

VERSION = 1
MAX_PAYLOAD_BYTES = 2**16
MAX_DETAIL_LENGTH = 80


class Reason(StrEnum):
    """Why something was refused, failed or given up."""

    UNKNOWN_COMMAND = "unknown command"
    UNKNOWN_STRATEGY = "unknown strategy"
    UNKNOWN_TASK = "unknown task"
    UNKNOWN_FRAME = "frame not in mass memory"
    UNKNOWN_KEY = "key not on board"
    UNKNOWN_UPLOAD = "no such upload"
    MALFORMED_PART = "part does not fit its upload"
    HASH_DIFFERS = "hash differs"
    INCOMPLETE = "upload incomplete"
    BUSY = "another model is on trial"
    TRIAL_FAILED = "trial failed"
    NO_PREVIOUS_MODEL = "no previous model"
    MODEL_FAULTS = "model faults in flight"
    COMMANDED = "commanded"
    IN_THE_PAST = "in the past"
    NO_ROOM = "no room"
    LEAST_VALUABLE = "least valuable"
    PROCESS_DIED = "process died"
    JOB_FAILED = "job failed"
    NO_PASS = "no pass before its deadline"
    NOT_APPLICABLE = "not with this instrument"
    WATCHDOG = "watchdog"
    DAMAGED = "damaged in memory"


@dataclass(frozen=True, slots=True)
class CommandAccepted:
    """A telecommand arrived, and is kept for its turn."""

    met_ns: int
    sequence: int


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """A telecommand had its turn and cannot be executed."""

    met_ns: int
    sequence: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class CommandCompleted:
    """A telecommand has had all its effect."""

    met_ns: int
    sequence: int


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """A telecommand was begun in vain. `detail` is printable ASCII, made by `told`."""

    met_ns: int
    sequence: int
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class ProductExpired:
    """A product reached its deadline before the ground had it; `frame_id` is -1 where it is of no frame."""

    met_ns: int
    product_id: int
    frame_id: int
    product_bytes: int


@dataclass(frozen=True, slots=True)
class ProductGivenUp:
    """A product lost its place in the outbox to another; `frame_id` is -1 where it is of no frame."""

    met_ns: int
    product_id: int
    frame_id: int
    product_bytes: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class FrameEvicted:
    """A frame lost its place in mass memory."""

    met_ns: int
    frame_id: int
    captured_bytes: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class ModelActivated:
    """A model that came by uplink flies from now on."""

    met_ns: int
    upload_id: int
    model_sha256_prefix: bytes


@dataclass(frozen=True, slots=True)
class ModelRolledBack:
    """The model before it flies again: the one of this hash."""

    met_ns: int
    model_sha256_prefix: bytes
    reason: Reason


@dataclass(frozen=True, slots=True)
class Rebooted:
    """The flight computer started, for the `boot_count`-th time."""

    met_ns: int
    boot_count: int
    reason: Reason


EventReport = (
    CommandAccepted
    | CommandRefused
    | CommandCompleted
    | CommandFailed
    | ProductExpired
    | ProductGivenUp
    | FrameEvicted
    | ModelActivated
    | ModelRolledBack
    | Rebooted
    | ModeChanged
    | MonitorRaised
    | MonitorCleared
    | UnitCycled
    | UnitLeftOff
)


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """A row of the table of reports; every one has its time besides. That a monitor was raised is as
    severe as the monitor."""

    code: int
    report_type: type[EventReport]
    fields: tuple[Field, ...]
    severity: Severity = Severity.INFORMATIVE


_COUNT = Whole(2**32 - 1)
_SEQUENCE = Field("sequence", Whole(2**32 - 1, low=1), "the telecommand's number")
_REASON = Field("reason", Choice(tuple(Reason)), "why")
_PRODUCT = (
    Field("product_id", _COUNT, "the product"),
    Field("frame_id", Whole(2**32 - 1, low=-1), "its frame, -1 for none"),
    Field("product_bytes", Whole(), "its payload"),
)
_MODEL = Field("model_sha256_prefix", Octets(4, least=4), "the first bytes of its graph's SHA-256")
_MODES = tuple(word for _, word in MODES.words)
_SEVERITIES = dict(MONITORS)
_MONITOR = Field("monitor", Choice(tuple(_SEVERITIES)), "which one")
_CAUSE = Field("cause", Choice(tuple(Cause)), "why")
_UNIT = Field("unit", Choice(UNITS), "which one")

REPORTS = (
    ReportEntry(1, CommandAccepted, (_SEQUENCE,)),
    ReportEntry(2, CommandRefused, (_SEQUENCE, _REASON), Severity.LOW),
    ReportEntry(3, CommandCompleted, (_SEQUENCE,)),
    ReportEntry(
        4,
        CommandFailed,
        (_SEQUENCE, _REASON, Field("detail", Text(MAX_DETAIL_LENGTH, least=0), "what was seen")),
        Severity.LOW,
    ),
    ReportEntry(5, ProductExpired, _PRODUCT, Severity.LOW),
    ReportEntry(6, ProductGivenUp, (*_PRODUCT, _REASON), Severity.LOW),
    ReportEntry(
        7,
        FrameEvicted,
        (Field("frame_id", _COUNT, "the frame"), Field("captured_bytes", Whole(), "its size"), _REASON),
        Severity.LOW,
    ),
    ReportEntry(8, ModelActivated, (Field("upload_id", _COUNT, "the upload"), _MODEL)),
    ReportEntry(9, ModelRolledBack, (_MODEL, _REASON), Severity.MEDIUM),
    ReportEntry(
        10, Rebooted, (Field("boot_count", _COUNT, "boots so far, this one included"), _REASON), Severity.MEDIUM
    ),
    ReportEntry(11, ModeChanged, (Field("mode", Choice(_MODES), "the mode"), _CAUSE), Severity.LOW),
    ReportEntry(12, MonitorRaised, (_MONITOR,)),
    ReportEntry(13, MonitorCleared, (_MONITOR,)),
    ReportEntry(14, UnitCycled, (_UNIT, Field("tries", _COUNT, "of late, this one included")), Severity.MEDIUM),
    ReportEntry(15, UnitLeftOff, (_UNIT,), Severity.HIGH),
)
_BY_CODE = {entry.code: entry for entry in REPORTS}
_BY_TYPE: dict[type, ReportEntry] = {entry.report_type: entry for entry in REPORTS}


def severity_of(report: EventReport) -> Severity:
    """How much a report matters; that a monitor is clear again is for information."""
    if isinstance(report, MonitorRaised):
        return _SEVERITIES[report.monitor]
    return _BY_TYPE[type(report)].severity


def told(text: str) -> str:
    """A text as a report carries it: printable ASCII, cut to its length."""
    return "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in text)[:MAX_DETAIL_LENGTH]


def encode(reports: Iterable[EventReport]) -> bytes:
    """Reports in order of time as a payload; ValueError where a field breaks its rule or time runs back."""
    out = bytearray([VERSION])
    before_ns = 0
    for report in reports:
        out += _encoded(report, before_ns)
        before_ns = report.met_ns
    return bytes(out)


def pack(reports: Sequence[EventReport], most_bytes: int = MAX_PAYLOAD_BYTES) -> tuple[bytes, ...]:
    """Reports in order of time as payloads of at most that many bytes; no payload for no report."""
    payloads: list[bytes] = []
    begin = 0
    size = 1
    for place, report in enumerate(reports):
        more = len(_encoded(report, reports[place - 1].met_ns if place > begin else 0))
        if size + more > most_bytes:
            payloads.append(encode(reports[begin:place]))
            begin, size = place, 1
            more = len(_encoded(report, 0))
        size += more
    return (*payloads, encode(reports[begin:])) if reports else ()


def decode(data: bytes) -> tuple[EventReport, ...] | None:
    """The reports in a payload; None for anything that `encode` would not have written. Never raises."""
    if not 0 < len(data) <= MAX_PAYLOAD_BYTES or data[0] != VERSION:
        return None
    reader = Reader(data[1:])
    reports: list[EventReport] = []
    met_ns = 0
    try:
        while not reader.is_at_end:
            entry = _BY_CODE.get(reader.take(1)[0])
            if entry is None:
                return None
            met_ns += reader.varint()
            reports.append(entry.report_type(met_ns=met_ns, **read_fields(entry.fields, reader)))
        return tuple(reports) if encode(reports) == data else None
    except ValueError:
        return None


def _encoded(report: EventReport, before_ns: int) -> bytes:
    entry = _BY_TYPE[type(report)]
    return bytes([entry.code]) + varints(report.met_ns - before_ns) + write_fields(entry.fields, report)
