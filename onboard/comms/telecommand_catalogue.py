"""The catalogue of telecommands: one table, from which their codec, the checks of their values and the docs come.

A telecommand's bytes are a version octet, the octet of its kind, and its fields. How it is numbered and carried is in
`telecommand_packets`, how it is executed exactly once in `command_receiver`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from onboard.comms.records import Choice, Decimal, Field, Group, Octets, Several, Text, Whole, read_fields, write_fields
from onboard.comms.telecommands import (
    CODECS,
    COMMANDED_MODES,
    DIRECTIONS,
    MAX_CAPTURES,
    MAX_MODEL_BYTES,
    MAX_PART_BYTES,
    MAX_PASSES,
    MAX_UPLOAD_ID,
    ActivateModel,
    Area,
    BeginModelUpload,
    CaptureAt,
    FetchFrame,
    LoadModelPart,
    PlannedPass,
    Reset,
    RollBackModel,
    RotateKey,
    SetMode,
    SetPassPlan,
    SetStrategy,
    SetThreshold,
    Telecommand,
)
from onboard.payload.varints import Reader

VERSION = 1


class Once(StrEnum):
    """Why a telecommand has its effect exactly once, though the computer may die at any instruction."""

    IDEMPOTENT = "its effect is a stored value: the same a second time, and durable in one step with the mark"
    JOURNALLED = "its effect is an entry of a stored list, durable in one step with the mark"
    MARKED_FIRST = "it is marked as executed before it has its effect, which is a restart, as a death is"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the catalogue. `is_bulk`: it waits for all that is not. `is_reported`: acceptance and completion are
    told in event reports; otherwise the number accepted in housekeeping tells both."""

    code: int
    word: str
    command_type: type[Telecommand]
    once: Once
    fields: tuple[Field, ...] = ()
    is_bulk: bool = False
    is_reported: bool = True


_INSTANT = Whole()
_UPLOAD = Field("upload_id", Whole(MAX_UPLOAD_ID), "which upload, as the mission centre numbers them")
_TASK = Text(32)
_LATITUDE, _LONGITUDE = Decimal(-90, 90, 5), Decimal(-180, 180, 5)

PASS_FIELDS = (
    Field("aos_ns", _INSTANT, "acquisition of signal, mission elapsed time"),
    Field("los_ns", _INSTANT, "loss of signal, mission elapsed time"),
    Field("rate_bps", Whole(10**12), "downlink rate to expect, bits a second"),
)
AREA_FIELDS = (
    Field("south_deg", _LATITUDE, "southern edge"),
    Field("west_deg", _LONGITUDE, "western edge"),
    Field("north_deg", _LATITUDE, "northern edge"),
    Field("east_deg", _LONGITUDE, "eastern edge"),
)

CATALOGUE = (
    Entry(
        1,
        "set_pass_plan",
        SetPassPlan,
        Once.IDEMPOTENT,
        (Field("passes", Several(Group(PlannedPass, PASS_FIELDS), MAX_PASSES), "contacts to come, in order"),),
    ),
    Entry(
        2,
        "set_strategy",
        SetStrategy,
        Once.IDEMPOTENT,
        (Field("name", Text(32), "what to do with frames: a strategy's name"),),
    ),
    Entry(
        3,
        "set_threshold",
        SetThreshold,
        Once.IDEMPOTENT,
        (
            Field("task", _TASK, "the task whose detections are meant"),
            Field("threshold", Decimal(0, 1, 4), "least score of a detection"),
        ),
    ),
    Entry(
        4,
        "capture_at",
        CaptureAt,
        Once.JOURNALLED,
        (
            Field("met_ns", Several(_INSTANT, MAX_CAPTURES), "instants of exposure, mission elapsed time"),
            Field("area", Group(Area, AREA_FIELDS), "what is in view then"),
        ),
    ),
    Entry(
        5,
        "fetch_frame",
        FetchFrame,
        Once.JOURNALLED,
        (
            Field("frame_id", Whole(2**32 - 1), "a frame in mass memory"),
            Field("codec", Choice(CODECS), "how its pixels are written"),
            Field("thumbnail_factor", Whole(64, low=1), "by how much each side is shortened; 1 is not at all"),
        ),
    ),
    Entry(
        6,
        "set_mode",
        SetMode,
        Once.IDEMPOTENT,
        (Field("mode", Choice(COMMANDED_MODES), "the mode to enter"),),
    ),
    Entry(7, "reset", Reset, Once.MARKED_FIRST),
    Entry(
        8,
        "begin_model_upload",
        BeginModelUpload,
        Once.IDEMPOTENT,
        (
            _UPLOAD,
            Field("task", _TASK, "the task that the model is for"),
            Field("total_bytes", Whole(MAX_MODEL_BYTES, low=1), "size of the model's archive"),
            Field("sha256", Octets(32, least=32), "SHA-256 of the archive"),
            Field("parts", Whole(MAX_MODEL_BYTES, low=1), "into how many parts of one size it is cut"),
        ),
        is_bulk=True,
    ),
    Entry(
        9,
        "load_model_part",
        LoadModelPart,
        Once.IDEMPOTENT,
        (
            _UPLOAD,
            Field("offset", Whole(MAX_MODEL_BYTES), "where in the archive the part begins"),
            Field("data", Octets(MAX_PART_BYTES, least=1), "the part"),
        ),
        is_bulk=True,
        is_reported=False,
    ),
    Entry(10, "activate_model", ActivateModel, Once.IDEMPOTENT, (_UPLOAD,), is_bulk=True),
    Entry(11, "roll_back_model", RollBackModel, Once.IDEMPOTENT),
    Entry(
        12,
        "rotate_key",
        RotateKey,
        Once.IDEMPOTENT,
        (
            Field("direction", Choice(DIRECTIONS), "the link whose frames are sealed with it"),
            Field("key_id", Whole(2**16 - 1), "a key on board"),
        ),
    ),
)

_BY_CODE = {entry.code: entry for entry in CATALOGUE}
_BY_TYPE: dict[type, Entry] = {entry.command_type: entry for entry in CATALOGUE}
BY_WORD = {entry.word: entry for entry in CATALOGUE}


def entry_of(command: Telecommand) -> Entry:
    """The row of the catalogue that a telecommand is of."""
    return _BY_TYPE[type(command)]


def rows() -> Iterator[tuple[str, str, str, str]]:
    """The catalogue for people: telecommand, field, which values it may have, what it means; one row a field."""
    for entry in CATALOGUE:
        yield entry.word, "", f"kind {entry.code}", str(entry.once)
        for field in entry.fields:
            yield entry.word, field.name, field.form.rule, field.about


def encode(command: Telecommand) -> bytes:
    """A telecommand's bytes; ValueError that names the field that breaks its rule."""
    entry = entry_of(command)
    _check_together(command)
    return bytes([VERSION, entry.code]) + write_fields(entry.fields, command)


def decode(data: bytes) -> Telecommand | None:
    """The telecommand in these bytes; None for anything that `encode` would not have written. Never raises."""
    if len(data) < 2 or data[0] != VERSION or data[1] not in _BY_CODE:
        return None
    entry = _BY_CODE[data[1]]
    try:
        command = entry.command_type(**read_fields(entry.fields, Reader(data[2:])))
        return command if encode(command) == data else None
    except ValueError:
        return None


def _check_together(command: Telecommand) -> None:
    """Rules between fields."""
    match command:
        case SetPassPlan(passes):
            edges = [edge for one in passes for edge in (one.aos_ns, one.los_ns)]
            holds = edges == sorted(edges) and all(one.aos_ns < one.los_ns for one in passes)
            rule = "passes must be in order, none within another"
        case CaptureAt(met_ns, area):
            holds = list(met_ns) == sorted(set(met_ns)) and area.south_deg <= area.north_deg
            rule = "instants must be in order, and the area's south not north of its north"
        case BeginModelUpload():
            size = command.part_bytes if command.parts else 0
            holds = 0 < size <= MAX_PART_BYTES and -(-command.total_bytes // size) == command.parts
            rule = f"parts must be of 1 to {MAX_PART_BYTES} bytes, all but the last of one size"
        case _:
            return
    if not holds:
        raise ValueError(rule)


def fitted(command: Telecommand, most_bytes: int) -> Iterator[Telecommand]:
    """The telecommand as one or several, in order, of at most that many bytes each: lists are halved.

    ValueError where even the shortest is longer.
    """
    size = len(encode(command))
    if size <= most_bytes:
        yield command
        return
    match command:
        case SetPassPlan(passes) if len(passes) > 1:
            half = len(passes) // 2
            halves: tuple[Telecommand, ...] = (SetPassPlan(passes[:half]), SetPassPlan(passes[half:]))
        case CaptureAt(met_ns, _) if len(met_ns) > 1:
            half = len(met_ns) // 2
            halves = (replace(command, met_ns=met_ns[:half]), replace(command, met_ns=met_ns[half:]))
        case _:
            raise ValueError(
                f"{entry_of(command).word} takes {size} bytes, and the link carries {most_bytes} at a time"
            )
    for part in halves:
        yield from fitted(part, most_bytes)
