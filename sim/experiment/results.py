"""What `summary.json` holds, as types: the fixed keys of a run's ledger, for who reads one in Python."""

from typing import Any, NotRequired, TypedDict


class FrameCounts(TypedDict):
    """Of exposed frames; `coverage` is completed over exposed, None where nothing was exposed."""

    exposed: int
    completed: int
    deferred: int
    dropped: int
    pending: int
    coverage: float | None


class DownlinkBytes(TypedDict):
    """What transmitters sent; `total` is of the first four, `housekeeping` and `idle` stand beside it."""

    payload: int
    headers: int
    fill: int
    retransmit: int
    total: int
    housekeeping: int
    idle: int


class ByteCounts(TypedDict):
    """`captured` and `lossless` are of completed frames, the rest of products and of what is stored."""

    captured: int
    lossless: int
    downlink: DownlinkBytes
    uplink: int
    products: int
    delivered: int
    pending: int
    dropped: int
    broadcast: int
    retained: int
    evicted: int


class Savings(TypedDict):
    """Bytes of completed frames over those sent and still pending; None, with a reason, where that would be none."""

    vs_captured: float | None
    vs_lossless: float | None
    reason: NotRequired[str]


class Percentiles(TypedDict):
    """Seconds; what was never delivered counts as infinite, and an infinite percentile is None."""

    n: int
    undelivered: int
    p50: float | None
    p90: float | None
    p99: float | None
    reason: NotRequired[str]


class PublishedTable(TypedDict):
    """Events that were published, and all that could have been: true ones touch a target, false ones not even a faint
    one. `recall` is of targets that an alert of a published event touches; shares of nothing are None."""

    events: int
    true: int
    faint: int
    false: int
    share_false: float | None
    false_per_satellite_day: float
    recall: float | None
    true_events: int
    true_events_kept: float | None
    false_events: int
    false_events_removed: float | None
    false_alerts: int
    false_alerts_left: int
    false_alerts_removed: float | None


class GatedTable(TypedDict):
    """What was found where the model's targets cannot be, and never sent; `true` of it touched a target."""

    detections: int
    true: int


class ScoreTable(TypedDict):
    """Against truth, by `matching_rule`. `found_onboard` is None where nothing is searched on board."""

    truth: int
    found_onboard: int | None
    delivered: int
    recall: float | None
    alerts: int
    precision: float | None
    false_alerts: int
    false_alerts_per_day: float | None
    false_alerts_per_satellite_day: float | None
    false_alerts_per_1000_km2: float | None
    area_km2: float
    matching_rule: str
    by_class: dict[str, Any]
    by_size: dict[str, Any]
    by_weather: dict[str, Any]
    by_confidence: dict[str, Any]
    gated: GatedTable
    published: PublishedTable | None


class SatelliteTable(TypedDict):
    """One spacecraft: charge as shares, temperatures by node, energy by use, seconds by mode, raised monitors; and by
    how much the mission centre last held its clock to be ahead."""

    soc_min: float
    soc_end: float
    depth_of_discharge: float
    battery_cycles: float
    battery_cycle_life: float | None
    temperature_min_k: dict[str, float]
    temperature_max_k: dict[str, float]
    energy_j: dict[str, float]
    computer_j: dict[str, float]
    energy_generated_j: float
    energy_curtailed_j: float
    energy_unserved_j: float
    exposures_missed: int
    units_switched_off: int
    frames: FrameCounts
    throttled_s: float
    accelerators_failed: int
    jobs_moved: int
    mode_s: dict[str, float]
    monitors: dict[str, int]
    clock_offset_s: float


class ModelTable(TypedDict):
    """A model that flew."""

    name: str
    version: str
    sha256: str


class Commanded(TypedDict):
    """Telecommands by their state, orders that went nowhere, and models that came by uplink, by satellite."""

    commands: dict[str, int]
    orders_refused: list[dict[str, str]]
    model_swaps: dict[str, list[dict[str, Any]]]


class AckedNotArchived(TypedDict):
    """Products that spacecraft forgot because a station acknowledged falsely, and those that the mission centre found
    missing by gaps in their numbers."""

    products: int
    found: int


class Summary(Commanded):
    """A run. `models`, `imagery` and `score` are by task; `latency_s` by part, beside the whole and the oracle's;
    `faults` counts those injected by kind.

    `ground_model` judged what came as candidates; None where nothing did.
    """

    schema_version: int
    status: str
    reasons: list[str]
    notes: list[str]
    scenario: str
    seed: int
    strategy: str
    processes: int
    restarts: int
    faults: dict[str, int]
    acked_not_archived: AckedNotArchived
    digest: str
    models: dict[str, ModelTable]
    ground_model: ModelTable | None
    imagery: dict[str, str | None]
    virtual_s: float
    wall_s: float
    frames: FrameCounts
    bytes: ByteCounts
    savings: Savings
    score: dict[str, ScoreTable | None]
    latency_s: dict[str, Percentiles]
    satellites: dict[str, SatelliteTable]
    alerts: int
    events_published: int
    deliveries: dict[str, int]
    field_terminals: dict[str, dict[str, int]]
