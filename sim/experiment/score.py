"""Score against truth, by the rule that `matching` states, in all and by class, size and weather.

Every target inside an exposed footprint counts, those of dropped and deferred frames included.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from groundstation.publishing import ReportedEvent
from onboard.payload.detections import Detection
from sim.experiment.equal_recall import RecallCurve
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameKey, FrameLog
from sim.experiment.matching import MATCHING_RULE, matches
from sim.experiment.published import published
from sim.experiment.results import PublishedTable, ScoreTable
from sim.experiment.strata import ORDER, SIZES, UNKNOWN, size_of, weather_of

Table = dict[str, object]
ClassNames = Callable[[FrameKey], Sequence[str]]
"""The classes, in the order of its detections, of the model that looked at a frame."""


@dataclass(slots=True)
class Count:
    """What was there, what of it was found and arrived, and what was raised in vain."""

    truth: int = 0
    found: int = 0
    false_alerts: int = 0

    def as_table(self) -> Table:
        """A row of a breakdown."""
        return {
            "truth": self.truth,
            "found": self.found,
            "recall": _ratio(self.found, self.truth),
            "false_alerts": self.false_alerts,
        }


@dataclass(slots=True)
class WeatherCount(Count):
    """Frames taken in one weather, and the ground that they show."""

    frames: int = 0
    area_km2: float = 0.0

    def as_table(self) -> Table:
        """A row of the breakdown by weather."""
        return {
            "frames": self.frames,
            **Count.as_table(self),
            "false_alerts_per_1000_km2": _ratio(self.false_alerts * 1000.0, self.area_km2),
        }


@dataclass(slots=True)
class Score:
    """A run's score. A false alert is counted under the class and the size that the model gave it.

    `found_by` and `false_by` are confidences: the highest with which each target found was found, each false alert's.
    """

    virtual_s: float
    found_onboard: int | None
    satellites: int = 1
    alerts: int = 0
    area_km2: float = 0.0
    total: Count = field(default_factory=Count)
    by_class: dict[str, Count] = field(default_factory=dict)
    by_size: dict[str, Count] = field(default_factory=dict)
    by_weather: dict[str, WeatherCount] = field(default_factory=dict)
    found_by: list[float] = field(default_factory=list)
    false_by: list[float] = field(default_factory=list)
    gated: int = 0
    gated_true: int = 0
    published: PublishedTable | None = None

    def take(self, frame: FrameLog, arrived: Sequence[Detection], class_names: Sequence[str]) -> None:
        """Count a frame's ground, its targets, and the alerts that arrived of it."""
        targets = frame.exposure.targets or ()
        confidences, is_true = matches(arrived, targets)
        _, is_faint = matches(arrived, frame.exposure.faint or ())
        self.alerts += len(arrived)
        self.area_km2 += frame.exposure.area_km2
        weather = self.by_weather.setdefault(weather_of(frame.exposure.weather), WeatherCount())
        weather.frames += 1
        weather.area_km2 += frame.exposure.area_km2
        self.gated += len(frame.gated)
        self.gated_true += int(matches(frame.gated, targets)[1].sum())
        for target, confidence in zip(targets, confidences.tolist(), strict=True):
            is_found = confidence >= 0.0
            for count in (weather, *self._counts(target.kind or UNKNOWN, size_of(target.size_m2))):
                count.truth += 1
                count.found += is_found
            if is_found:
                self.found_by.append(confidence)
        for box, is_known in zip(arrived, (is_true | is_faint).tolist(), strict=True):
            if not is_known:
                for count in (weather, *self._counts(class_names[box.class_index], SIZES[box.size_class])):
                    count.false_alerts += 1
                self.false_by.append(box.confidence)

    def _counts(self, kind: str, size: str) -> tuple[Count, Count, Count]:
        by_class, by_size = self.by_class.setdefault(kind, Count()), self.by_size.setdefault(size, Count())
        return self.total, by_class, by_size

    def as_table(self) -> ScoreTable:
        """The `score` entry of the run's summary."""
        total, false_alerts = self.total, self.total.false_alerts
        curve = RecallCurve.of(total.truth, self.area_km2, self.found_by, self.false_by)
        return {
            "truth": total.truth,
            "found_onboard": self.found_onboard,
            "delivered": total.found,
            "recall": _ratio(total.found, total.truth),
            "alerts": self.alerts,
            "precision": _ratio(self.alerts - false_alerts, self.alerts),
            "false_alerts": false_alerts,
            "false_alerts_per_day": _ratio(false_alerts * 86400.0, self.virtual_s),
            "false_alerts_per_satellite_day": _ratio(false_alerts * 86400.0, self.virtual_s * self.satellites),
            "false_alerts_per_1000_km2": _ratio(false_alerts * 1000.0, self.area_km2),
            "area_km2": self.area_km2,
            "matching_rule": MATCHING_RULE,
            "by_class": _rows(self.by_class),
            "by_size": _rows(self.by_size),
            "by_weather": _rows(self.by_weather),
            "by_confidence": curve.as_table(),
            "gated": {"detections": self.gated, "true": self.gated_true},
            "published": self.published,
        }


def score(
    log: FlightLog,
    alerts: Mapping[FrameKey, Sequence[Detection]],
    virtual_s: float,
    *,
    detects_onboard: bool,
    class_names: ClassNames,
    events: Sequence[ReportedEvent] = (),
) -> Score | None:
    """The run's score, from what arrived on the ground and what of it was published; None where the imagery has no
    truth."""
    counted = Score(virtual_s, 0 if detects_onboard else None, len(log.satellites))
    for key, frame in log.frames.items():
        if frame.exposure.targets is None or frame.exposure.faint is None:
            return None
        counted.take(frame, alerts.get(key, ()), class_names(key))
        if counted.found_onboard is not None:
            counted.found_onboard += int((matches(frame.detections, frame.exposure.targets)[0] >= 0.0).sum())
    counted.published = published(events, log, virtual_s)
    return counted


def _rows(counts: Mapping[str, Count]) -> Table:
    """A breakdown, in the order of what it is by, or of names."""
    order = {name: place for place, name in enumerate(ORDER)}
    return {name: counts[name].as_table() for name in sorted(counts, key=lambda name: (order.get(name, -1), name))}


def _ratio(above: float, below: float) -> float | None:
    return above / below if below else None
