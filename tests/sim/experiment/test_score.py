"""The matching rule, and what counts."""

import pytest

from onboard.payload.detections import Detection
from sim.experiment.flight_log import FlightLog
from sim.experiment.score import Score, found, score, touches
from sim.facts import FrameExposed
from sim.scenes.truth import Target

SATELLITE = "ember-1"
TARGET = Target(10, 10, 14, 14, 9, 0.4)
FAINT = Target(40, 40, 42, 42, 2, 0.03)


def box(x0: int, y0: int, x1: int, y1: int) -> Detection:
    return Detection(x0, y0, x1, y1, 0, 0.9, 2)


@pytest.mark.parametrize(
    ("detection", "is_touched"),
    [
        (box(11, 11, 13, 13), True),
        (box(15, 10, 17, 14), True),
        (box(16, 10, 18, 14), False),
        (box(6, 6, 9, 9), True),
        (box(6, 6, 8, 8), False),
    ],
)
def test_a_box_reaches_two_pixels_further(detection: Detection, is_touched: bool) -> None:
    assert touches(detection, TARGET) is is_touched


def test_a_target_counts_once_however_often_it_is_found() -> None:
    assert found([TARGET], [box(10, 10, 12, 12), box(12, 12, 14, 14)]) == 1


def scored(*detections: Detection, targets: tuple[Target, ...] | None = (TARGET,), exposures: int = 1) -> Score | None:
    log = FlightLog((SATELLITE,))
    for frame_id in range(1, exposures + 1):
        faint = None if targets is None else (FAINT,)
        log.record(0, "world", (), (FrameExposed(SATELLITE, frame_id, "", "synthetic", 1, 1, 500.0, targets, faint),))
    return score(log, {(SATELLITE, 1): detections}, 43_200.0, detects_onboard=True)


def test_targets_of_frames_that_never_arrived_count_as_missed() -> None:
    result = scored(box(10, 10, 14, 14), exposures=4)
    assert result is not None
    table = result.as_table()
    assert (table["truth"], table["delivered"], table["recall"]) == (4, 1, 0.25)


def test_false_alerts_by_day_and_by_area_and_faint_targets_are_no_false_alerts() -> None:
    result = scored(box(10, 10, 14, 14), box(40, 40, 42, 42), box(80, 80, 82, 82))
    assert result is not None
    table = result.as_table()
    assert table["false_alerts"] == 1
    assert table["precision"] == pytest.approx(2 / 3)
    assert table["false_alerts_per_day"] == pytest.approx(2.0)
    assert table["false_alerts_per_1000_km2"] == pytest.approx(2.0)


def test_without_truth_there_is_no_score() -> None:
    assert scored(box(0, 0, 1, 1), targets=None) is None


def test_ratios_without_a_denominator_are_none() -> None:
    result = scored(targets=())
    assert result is not None
    assert result.as_table()["recall"] is None
    assert result.as_table()["precision"] is None
