"""Score against truth.

A detection touches a target where its box, grown by 2 pixels, overlaps the target's box. A target is found when a
detection touches it. An alert that touches neither a target nor a faint one is false. Every target inside an exposed
footprint counts, those of dropped and deferred frames included.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onboard.payload.detections import Detection
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameKey
from sim.scenes.truth import Target

REACH_PX = 2
MATCHING_RULE = (
    "a target is found when a detection's box grown by 2 pixels overlaps its box; "
    "an alert that touches no target, faint ones included, is false"
)


@dataclass(frozen=True, slots=True)
class Score:
    """What was there, what was found, and what was raised in vain. Ratios are None where nothing stands below."""

    truth: int
    found_onboard: int | None
    delivered: int
    alerts: int
    false_alerts: int
    area_km2: float
    virtual_s: float

    def as_table(self) -> dict[str, object]:
        """The `score` entry of the run's summary."""
        return {
            "truth": self.truth,
            "found_onboard": self.found_onboard,
            "delivered": self.delivered,
            "recall": _ratio(self.delivered, self.truth),
            "precision": _ratio(self.alerts - self.false_alerts, self.alerts),
            "false_alerts": self.false_alerts,
            "false_alerts_per_day": _ratio(self.false_alerts * 86400.0, self.virtual_s),
            "false_alerts_per_1000_km2": _ratio(self.false_alerts * 1000.0, self.area_km2),
            "matching_rule": MATCHING_RULE,
        }


def touches(detection: Detection, target: Target) -> bool:
    """Whether a detection's grown box overlaps a target's."""
    return (
        detection.x0 - REACH_PX < target.x1
        and target.x0 < detection.x1 + REACH_PX
        and detection.y0 - REACH_PX < target.y1
        and target.y0 < detection.y1 + REACH_PX
    )


def found(targets: Iterable[Target], detections: Iterable[Detection]) -> int:
    """How many targets a detection touches."""
    boxes = list(detections)
    return sum(any(touches(box, target) for box in boxes) for target in targets)


def score(
    log: FlightLog,
    alerts: Mapping[FrameKey, tuple[Detection, ...]],
    virtual_s: float,
    *,
    detects_onboard: bool,
) -> Score | None:
    """The run's score, from what arrived on the ground; None where the imagery has no truth."""
    truth = found_onboard = delivered = n_alerts = false_alerts = 0
    area_km2 = 0.0
    for key, frame in log.frames.items():
        targets, faint = frame.exposure.targets, frame.exposure.faint
        if targets is None or faint is None:
            return None
        arrived = alerts.get(key, ())
        truth += len(targets)
        found_onboard += found(targets, frame.detections)
        delivered += found(targets, arrived)
        n_alerts += len(arrived)
        false_alerts += sum(not any(touches(box, target) for target in (*targets, *faint)) for box in arrived)
        area_km2 += frame.exposure.area_km2
    return Score(
        truth,
        found_onboard if detects_onboard else None,
        delivered,
        n_alerts,
        false_alerts,
        area_km2,
        virtual_s,
    )


def _ratio(above: float, below: float) -> float | None:
    return above / below if below else None
