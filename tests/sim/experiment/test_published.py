"""What of all that arrived was published, against truth."""

from typing import Any

import pytest

from groundstation.alerts import alerts_of
from groundstation.events import EventRule
from groundstation.grouping import AlertGrouper
from groundstation.publishing import ReportedEvent
from onboard.mission_time import NS_PER_S
from onboard.payload.detections import Detection
from onboard.payload.products import DetectionList
from sim.experiment.flight_log import FlightLog
from sim.experiment.published import published
from sim.facts import FrameExposed
from sim.scenes.truth import Target

SAT = "ember-1"
FIRE, FAINT = Target(100, 100, 104, 104, 9, 0.4, "fire"), Target(300, 300, 302, 302, 2, 0.03, "fire")
MISSED = Target(800, 800, 804, 804, 9, 0.4, "fire")
CORNERS = (1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0)
"""A thousand pixels a degree: 111 m each."""
ON_FIRE, ON_FAINT, ON_ROOF, ON_GLINT = (
    Detection(at, at, at + 2, at + 2, 0, confidence, 1)
    for at, confidence in ((100, 0.9), (300, 0.9), (500, 0.9), (700, 0.6))
)


def told(*frames: tuple[Detection, ...], truth: bool = True) -> Any:
    """The table of frames of the same ground, half a day long, confirmed by two sightings from 0.8 on."""
    log = FlightLog((SAT,))
    grouper = AlertGrouper(EventRule(join_distance_m=1000.0, sightings=2, confidence=1.0, least_confidence=0.8))
    for frame_id, found in enumerate(frames, 1):
        targets, faint = ((FIRE, MISSED), (FAINT,)) if truth else (None, None)
        shown = FrameExposed(SAT, frame_id, "", "synthetic", 1, 1, 400.0, targets, faint, 1000, 1000, 111.0)
        log.record(0, "world", (), (shown,))
        exposed_ns = 10 * frame_id * NS_PER_S
        listed = DetectionList(b"\1\2\3\4", "wildfire", frame_id, exposed_ns, 1000, 1000, CORNERS, 10.0, found)
        grouper.add(alerts_of(SAT, listed, exposed_ns))
    events = [
        ReportedEvent(event, tuple(alerts), 0 if event.is_confirmed else None, ())
        for event, alerts in grouper.with_alerts()
    ]
    return published(events, log, 43_200.0)


def test_two_looks_remove_what_was_seen_once() -> None:
    table = told((ON_FIRE, ON_FAINT, ON_ROOF), (ON_FIRE, ON_FAINT, ON_GLINT))
    assert (table["events"], table["true"], table["faint"], table["false"]) == (2, 1, 1, 0)
    assert (table["share_false"], table["false_per_satellite_day"]) == (0.0, 0.0)
    assert (table["true_events"], table["true_events_kept"]) == (1, 1.0)
    assert (table["false_events"], table["false_events_removed"]) == (2, 1.0)
    assert (table["false_alerts"], table["false_alerts_removed"]) == (2, 1.0)
    assert table["recall"] == 0.5


def test_what_stands_still_and_burns_not_is_published_and_told() -> None:
    table = told((ON_FIRE, ON_ROOF, ON_GLINT), (ON_ROOF, ON_GLINT))
    assert (table["true"], table["false"], table["share_false"]) == (0, 1, 1.0)
    assert table["true_events_kept"] == 0.0
    assert table["false_per_satellite_day"] == 2.0
    assert table["false_alerts"] == 4
    assert table["false_alerts_removed"] == table["false_events_removed"] == 0.5
    assert table["recall"] == 0.0


def test_a_false_alert_in_a_true_event_was_not_removed() -> None:
    beside = Detection(106, 106, 108, 108, 0, 0.9, 1)
    table = told((ON_FIRE, beside), (ON_FIRE,))
    assert (table["events"], table["true"], table["false"]) == (1, 1, 0)
    assert (table["false_alerts"], table["false_alerts_removed"]) == (1, pytest.approx(0.0))


def test_shares_of_nothing_are_none() -> None:
    table = told(())
    assert table["events"] == 0
    assert [key for key, value in table.items() if value is None] == [
        *("share_false", "true_events_kept", "false_events_removed", "false_alerts_removed"),
    ]


def test_without_truth_nothing_can_be_said() -> None:
    assert told((ON_FIRE,), truth=False) is None
