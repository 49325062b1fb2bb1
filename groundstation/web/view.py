"""What mission control shows: the shape of everything that travels to the page, all of it JSON.

Times are integer nanoseconds of mission elapsed time unless a name ends in `_utc`; angles are degrees; shares are 0
to 1. `known` is what has arrived on the ground; what only the emulator can know is marked 'true world'.
"""

from typing import Any, Literal

from typing_extensions import TypedDict  # pydantic reads the standard one only from Python 3.12 on

Status = Literal["running", "paused", "ended"]
Pace = float | Literal["max"]
"""Virtual seconds a second of the wall clock."""
Control = dict[str, Any]
"""What a person wants: `do` names it, as in `MissionTable["controls"]`, and the other keys say the rest.

    {"do": "pause"}    {"do": "resume"}    {"do": "pace", "factor": 60}    {"do": "pace", "factor": "max"}
    {"do": "seek", "to_ns": 0}
    {"do": "order", "satellite": "ember-1", "command": "set_strategy", "name": "lossless"}
    {"do": "fault", "satellite": "ember-1", "name": "accelerator", "accelerator": 1}

An order's keys are those of a line of an operator's file, without the time.
"""


class SatelliteRow(TypedDict):
    """A satellite, as it does not change. Below `charge_floor`, or above the limit, work is deferred."""

    name: str
    colour_index: int
    task: str
    charge_floor: float
    temperature_limit_c: float
    battery_wh: float
    device: str
    radio: str
    accelerators: int


class StationRow(TypedDict):
    """A ground station or field terminal."""

    name: str
    kind: str
    longitude_deg: float
    latitude_deg: float


class PassRow(TypedDict):
    """A planned contact."""

    satellite: str
    station: str
    aos_ns: int
    los_ns: int
    max_rate_bps: float


class Track(TypedDict):
    """Subsatellite points over the run, from 0 on, `step_ns` apart; the last one is at or after the end."""

    step_ns: int
    longitude_deg: list[float]
    latitude_deg: list[float]


class MissionTable(TypedDict):
    """What does not change while one watches. `eclipses` are [start, end] of the penumbra, by satellite.

    `models` are names that an order to swap the model may give; `faults` those that a fault may. `threshold` is the
    least score of a detection before any order, None where the model's head asks for none.
    """

    name: str
    seed: int
    strategy: str
    task: str
    class_names: list[str]
    start_utc: str
    duration_ns: int
    imagery: str
    satellites: list[SatelliteRow]
    stations: list[StationRow]
    passes: list[PassRow]
    tracks: dict[str, Track]
    eclipses: dict[str, list[list[int]]]
    strategies: list[str]
    models: list[str]
    model: str
    threshold: float | None
    faults: list[str]
    mode: Literal["live", "replay"]
    controls: list[str]


class Headline(TypedDict):
    """The figures at the top, all of them so far.

    `ratio` is captured over sent bytes, of completed frames, as in the ledger: `sent_bytes` counts what is pending too.
    `recall` is of the true world: targets of all frames exposed of which the ground has been told, None where nobody
    knows the truth or pixels are searched only after the run.
    """

    captured_bytes: int
    lossless_bytes: int | None
    sent_bytes: int
    ratio: float | None
    recall: float | None
    coverage: float | None
    latency_p50_s: float | None
    alerts: int
    events_published: int
    frames_exposed: int
    frames_done: int


class SatelliteState(TypedDict):
    """A satellite at an instant. On the ground all but `as_of_ns` is None until housekeeping has arrived.

    `monitors` are those that are raised, with their severities; `units_off` is what flight software keeps off.
    """

    state_of_charge: float | None
    computer_c: float | None
    mode: str | None
    monitors: dict[str, str] | None
    units_off: list[str] | None
    sunlit: bool | None
    activity: str
    outbox_bytes: int | None
    frames_deferred: int | None
    strategy: str | None
    model_sha256: str | None
    as_of_ns: int | None


class NextEvent(TypedDict):
    """What comes next for a satellite."""

    kind: Literal["eclipse", "sunlight", "pass"]
    at_ns: int


class SatelliteNow(TypedDict):
    """A satellite's place, and its state in both worlds."""

    name: str
    longitude_deg: float
    latitude_deg: float
    heading_deg: float
    known: SatelliteState
    true: SatelliteState
    next_event: NextEvent | None


class Point(TypedDict):
    """A place on the Earth."""

    longitude_deg: float
    latitude_deg: float


class Link(TypedDict):
    """A contact that goes on now; the rate is what was sent in its latest slot."""

    satellite: str
    station: str
    rate_bps: float


class Footprint(TypedDict):
    """A frame on the ground: corners as [longitude, latitude]."""

    satellite: str
    polygon: list[list[float]]
    at_ns: int


class Bar(TypedDict):
    """A stretch of the timeline. One that goes on has the present as its end, and comes again, longer."""

    satellite: str
    kind: Literal["inference", "transmit"]
    start_ns: int
    end_ns: int


TargetRow = TypedDict(
    "TargetRow", {"longitude_deg": float, "latitude_deg": float, "class": str, "found": bool, "at_ns": int}
)
"""True world: a target in an exposed frame; found once a detection of it has arrived."""


class CommandRow(TypedDict):
    """A telecommand, or an order that could not become one: how far it has come, told by the mission centre."""

    satellite: str
    order: int
    word: str
    state: str
    reason: str
    at_ns: int


class LinkCounts(TypedDict):
    """What came down a satellite's link so far, as the mission centre counts it."""

    satellite: str
    frames_accepted: int
    frames_damaged: int
    gaps: int
    frames_lost: int


class Snapshot(TypedDict):
    """The mission at an instant.

    `bars` and `targets` are those that are new, or have changed, since the snapshot before, and the page keeps them:
    unless `reset`, where they are all up to now, as after a seek. Of `commands` and `footprints` the latest few, whole.
    """

    now_ns: int
    status: Status
    pace: Pace
    reset: bool
    headline: Headline
    sun: Point
    satellites: list[SatelliteNow]
    links: list[Link]
    footprints: list[Footprint]
    bars: list[Bar]
    targets: list[TargetRow]
    alert_count: int
    commands: list[CommandRow]
    link_counts: list[LinkCounts]


class Latency(TypedDict):
    """Seconds from exposure to archive, by part."""

    queue_s: float
    compute_s: float
    contact_wait_s: float
    transmit_s: float
    retransmit_s: float


AlertRow = TypedDict(
    "AlertRow",
    {
        "id": int,
        "task": str,
        "class": str,
        "confidence": float,
        "size_class": str,
        "longitude_deg": float,
        "latitude_deg": float,
        "satellite": str,
        "captured_ns": int,
        "archived_ns": int,
        "latency": Latency | None,
        "frame_id": int,
        "product_id": int,
        "box_px": list[int],
        "model_sha256": str,
        "event_id": str,
        "published": bool,
        "has_chip": bool,
        "is_true": bool | None,
    },
)
"""A detection that has arrived. `id` counts from 0 in order of arrival; `event_id` is empty before it is grouped."""
