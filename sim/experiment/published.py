"""What was published, held against truth: what the publishing rule removed of false alerts, and kept of true events.

An event is true where one of its alerts touches a target, and false where none touches even a faint one; what is in
between, faint, counts as neither. A false alert is removed where it is in no published event, a true one's included.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from groundstation.alerts import Alert
from groundstation.publishing import ReportedEvent
from sim.experiment.flight_log import FlightLog
from sim.experiment.flight_records import FrameKey
from sim.experiment.matching import matches
from sim.experiment.results import PublishedTable
from sim.scenes.truth import Target


@dataclass(slots=True)
class _Tally:
    """Events of one kind, and those of them that were published."""

    events: int = 0
    published: int = 0

    def take(self, *, is_published: bool) -> None:
        self.events += 1
        self.published += is_published


@dataclass(slots=True)
class _Counts:
    true: _Tally = field(default_factory=_Tally)
    faint: _Tally = field(default_factory=_Tally)
    false: _Tally = field(default_factory=_Tally)
    false_alerts: _Tally = field(default_factory=_Tally)
    targets: int = 0
    targets_published: int = 0


def published(events: Sequence[ReportedEvent], log: FlightLog, virtual_s: float) -> PublishedTable | None:
    """The `published` entry of a task's score; None where the imagery has no truth."""
    frames: dict[FrameKey, list[tuple[Alert, bool]]] = {key: [] for key in log.frames}
    for reported in events:
        for alert in reported.alerts:
            frames[_frame(alert)].append((alert, reported.published_ns is not None))
    counts, truth_of = _Counts(), {}
    for key, told in frames.items():
        exposure = log.frames[key].exposure
        if exposure.targets is None or exposure.faint is None:
            return None
        counts.targets += len(exposure.targets)
        counts.targets_published += _found((alert for alert, is_out in told if is_out), exposure.targets)
        _, is_true = matches([alert.detection for alert, _ in told], exposure.targets)
        _, is_faint = matches([alert.detection for alert, _ in told], exposure.faint)
        for (alert, is_out), true, faint in zip(told, is_true.tolist(), is_faint.tolist(), strict=True):
            truth_of[id(alert)] = true, faint
            if not (true or faint):
                counts.false_alerts.take(is_published=is_out)
    for reported in events:
        told_true, told_faint = zip(*(truth_of[id(alert)] for alert in reported.alerts), strict=True)
        tally = counts.true if any(told_true) else counts.faint if any(told_faint) else counts.false
        tally.take(is_published=reported.published_ns is not None)
    return _table(counts, virtual_s * len(log.satellites))


def _frame(alert: Alert) -> FrameKey:
    return alert.spacecraft, alert.found.frame_id


def _found(alerts: Iterable[Alert], targets: Sequence[Target]) -> int:
    return int((matches([alert.detection for alert in alerts], targets)[0] >= 0.0).sum())


def _table(counts: _Counts, satellite_s: float) -> PublishedTable:
    out = counts.true.published + counts.false.published
    kept = _share(counts.false_alerts.published, counts.false_alerts.events)
    return {
        "events": counts.true.published + counts.faint.published + counts.false.published,
        "true": counts.true.published,
        "faint": counts.faint.published,
        "false": counts.false.published,
        "share_false": _share(counts.false.published, out),
        "false_per_satellite_day": counts.false.published * 86400.0 / satellite_s,
        "recall": _share(counts.targets_published, counts.targets),
        "true_events": counts.true.events,
        "true_events_kept": _share(counts.true.published, counts.true.events),
        "false_events": counts.false.events,
        "false_events_removed": _rest(_share(counts.false.published, counts.false.events)),
        "false_alerts": counts.false_alerts.events,
        "false_alerts_left": counts.false_alerts.published,
        "false_alerts_removed": _rest(kept),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _rest(share: float | None) -> float | None:
    return None if share is None else 1.0 - share
