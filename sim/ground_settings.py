"""What a scenario says of alerts: which there are, what makes an event of them, and who is told of it."""

from typing import Annotated, Literal

from pydantic import Field

from sim.equipment.records import Fraction, NonNegative, Number, Positive, Record

SEEDED = "seeded"
"""In place of a file of static hot spots: those of the drawn Earth, but for some that nobody knows of."""


class Alerts(Record):
    """What spacecraft raise alerts of.

    `false_alerts_per_day`, of the whole mission, chooses the lowest threshold that keeps it, by the curve in the
    model's `evaluation.json` and the area that is imaged a day; under `cascade` it is the ground model's. `threshold`
    is that of the model that flies, whatever the budget; without either it is the card's. A model for
    the land or for the sea is held to it by a map whose coasts may be `coast_margin_m` off: assumed, outlines at
    1:110 million leave out what is smaller.
    """

    false_alerts_per_day: Positive | None = None
    threshold: Annotated[Number, Field(gt=0, lt=1)] | None = None
    coast_margin_m: Annotated[Number, Field(ge=0, le=50_000)] = 5000.0


class Sink(Record):
    """Where published events go: a `file` of JSON lines, or a `webhook`."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
    kind: Literal["file", "webhook"]
    target: Annotated[str, Field(min_length=1)]
    token_file: str = ""


class Ground(Record):
    """What the mission centre makes of alerts: which are of one event, and which events are published.

    An event is confirmed by `sightings` frames, or by one alert of `confidence`. Alerts below `least_confidence`, those
    of `unpublished_classes` (a model's that has them) and those at `static_sites` confirm nothing. The sites are in a
    GeoJSON or CSV file, or "seeded": those of the drawn Earth, `unknown_share` of them left out. Frames of one
    satellite less than `steady_s` apart are off together.
    """

    join_distance_m: NonNegative = 100.0
    gap_s: Positive = 21_600.0
    drift_m_s: NonNegative = 0.0
    sightings: Annotated[int, Field(ge=1, le=1000)] = 2
    confidence: Fraction = 0.99
    least_confidence: Fraction = 0.0
    steady_s: NonNegative = 0.0
    unpublished_classes: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    static_sites: str = ""
    unknown_share: Fraction = 0.2
    sinks: tuple[Sink, ...] = ()
