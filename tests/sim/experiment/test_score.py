"""The matching rule, what counts, and by what it is told."""

import time
from itertools import count
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.payload.detections import Detection
from sim.experiment.equal_recall import RecallCurve
from sim.experiment.flight_log import FlightLog
from sim.experiment.matching import REACH_PX, matches
from sim.experiment.score import score
from sim.experiment.strata import SIZES, size_of, weather_of
from sim.facts import FrameExposed
from sim.scenes.truth import Target

SATELLITE = "ember-1"
TARGET = Target(10, 10, 14, 14, 9, 0.4, "fire", 3600.0)
FAINT = Target(40, 40, 42, 42, 2, 0.03, "fire", 800.0)
CLOUDY, CLEAR = (("cloud_fraction", 0.7),), (("cloud_fraction", 0.0),)


def box(x0: int, y0: int, x1: int, y1: int, confidence: float = 0.9, class_index: int = 0) -> Detection:
    return Detection(x0, y0, x1, y1, class_index, confidence, 2)


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
    found_by, is_true = matches([detection], [TARGET])
    assert found_by.tolist() == [detection.confidence if is_touched else -1.0]
    assert is_true.tolist() == [is_touched]


def test_a_target_counts_once_with_its_surest_detection() -> None:
    found_by, is_true = matches([box(10, 10, 12, 12, 0.4), box(12, 12, 14, 14, 0.8)], [TARGET])
    assert found_by.tolist() == [0.8]
    assert is_true.all()


CORNERS = st.tuples(*[st.integers(0, 30)] * 2, *[st.integers(1, 6)] * 2)


@given(st.lists(CORNERS, max_size=12), st.lists(CORNERS, max_size=12))
def test_matches_are_what_pairs_one_by_one_give(boxes: list[tuple[int, ...]], truths: list[tuple[int, ...]]) -> None:
    confidences = (number % 256 / 255 for number in count(17, 31))
    detections = [box(x, y, x + w, y + h, next(confidences)) for x, y, w, h in boxes]
    targets = [Target(x, y, x + w, y + h, w * h, 1.0) for x, y, w, h in truths]

    def touches(one: Detection, target: Target) -> bool:
        return (
            one.x0 - REACH_PX < target.x1
            and target.x0 < one.x1 + REACH_PX
            and one.y0 - REACH_PX < target.y1
            and target.y0 < one.y1 + REACH_PX
        )

    found_by, is_true = matches(detections, targets)
    for target, confidence in zip(targets, found_by.tolist(), strict=True):
        assert confidence == max((one.confidence for one in detections if touches(one, target)), default=-1.0)
    assert is_true.tolist() == [any(touches(one, target) for target in targets) for one in detections]


def exposed(
    frame_id: int, targets: tuple[Target, ...] | None, weather: tuple[tuple[str, float], ...] = CLEAR
) -> FrameExposed:
    faint = None if targets is None else (FAINT,)
    return FrameExposed(
        SATELLITE, frame_id, "", "synthetic", 1, 1, 500.0, targets, faint, 100, 100, 20.0, weather=weather
    )


def scored(*detections: Detection, targets: tuple[Target, ...] | None = (TARGET,), exposures: int = 1) -> Any:
    """A run whose last frame has the other weather; alerts came of the first."""
    log = FlightLog((SATELLITE,))
    for frame_id in range(1, exposures + 1):
        log.record(0, "world", (), (exposed(frame_id, targets, CLEAR if frame_id < exposures else CLOUDY),))
    alerts = {(SATELLITE, 1): detections}
    result = score(log, alerts, 43_200.0, detects_onboard=True, class_names=lambda _key: ("fire", "glint"))
    return result and result.as_table()


def test_targets_of_frames_that_never_arrived_count_as_missed() -> None:
    table = scored(box(10, 10, 14, 14), exposures=4)
    assert (table["truth"], table["delivered"], table["recall"]) == (4, 1, 0.25)


def test_false_alerts_by_day_and_by_area_and_faint_targets_are_no_false_alerts() -> None:
    table = scored(box(10, 10, 14, 14), box(40, 40, 42, 42), box(80, 80, 82, 82))
    assert (table["alerts"], table["false_alerts"]) == (3, 1)
    assert table["precision"] == pytest.approx(2 / 3)
    assert table["false_alerts_per_day"] == pytest.approx(2.0)
    assert table["false_alerts_per_1000_km2"] == pytest.approx(2.0)


def test_every_table_counts_the_same_targets_and_false_alerts() -> None:
    table = scored(box(10, 10, 14, 14), box(80, 80, 82, 82, 0.5, class_index=1), exposures=3)
    for breakdown in ("by_class", "by_size", "by_weather"):
        rows = table[breakdown].values()
        for key, whole in (("truth", 3), ("found", 1), ("false_alerts", 1)):
            assert sum(row[key] for row in rows) == whole, breakdown
    assert table["by_class"] == {
        "fire": {"truth": 3, "found": 1, "recall": 1 / 3, "false_alerts": 0},
        "glint": {"truth": 0, "found": 0, "recall": None, "false_alerts": 1},
    }
    assert list(table["by_size"]) == ["100 m2 to 1000 m2", "1000 m2 to 10000 m2"]
    assert table["by_weather"]["clear sky"]["frames"] == 2
    assert table["by_weather"]["clear sky"]["false_alerts_per_1000_km2"] == 1.0
    assert table["by_weather"]["broken clouds"] == {
        **{"frames": 1, "truth": 1, "found": 0, "recall": 0.0, "false_alerts": 0},
        "false_alerts_per_1000_km2": 0.0,
    }


def test_the_curve_over_confidence_ends_where_the_table_stands() -> None:
    table = scored(box(10, 10, 14, 14, 0.6), box(80, 80, 82, 82, 0.8))
    curve = RecallCurve.from_table(table)
    assert curve.found[-1] == table["delivered"]
    assert curve.false_alerts == (1, 1)
    assert curve.false_alerts_per_1000_km2 == table["false_alerts_per_1000_km2"]


def test_without_truth_there_is_no_score() -> None:
    assert scored(box(0, 0, 1, 1), targets=None) is None


def test_ratios_without_a_denominator_are_none() -> None:
    table = scored(targets=())
    assert table["recall"] is None
    assert table["precision"] is None


@pytest.mark.parametrize(
    ("area_m2", "name"),
    [(0.0, "unknown"), (5.0, "below 10 m2"), (10.0, "10 m2 to 100 m2"), (2e6, "1 km2 to 10 km2"), (1e9, "from 10 km2")],
)
def test_sizes_are_those_that_detections_travel_with(area_m2: float, name: str) -> None:
    assert size_of(area_m2) == name
    assert len(SIZES) == 8


@pytest.mark.parametrize(
    ("weather", "name"),
    [
        ((), "unknown"),
        ((("cloud_fraction", 0.05),), "clear sky"),
        ((("cloud_fraction", 0.25),), "few clouds"),
        ((("cloud_fraction", 0.5),), "scattered clouds"),
        ((("cloud_fraction", 0.9),), "broken clouds"),
        ((("cloud_fraction", 1.0),), "overcast"),
        ((("wind_m_s", 5.4),), "Beaufort 0-3"),
        ((("wind_m_s", 5.5),), "Beaufort 4-5"),
        ((("wind_m_s", 25.0),), "Beaufort 8 and more"),
    ],
)
def test_weather_in_words(weather: tuple[tuple[str, float], ...], name: str) -> None:
    assert weather_of(weather) == name


def test_a_long_run_is_scored_in_well_under_a_second() -> None:
    rng = np.random.default_rng(1)

    def corners(n: int) -> list[tuple[int, ...]]:
        return [(x, y, x + 4, y + 4) for x, y in rng.integers(0, 2000, (n, 2)).tolist()]

    log = FlightLog((SATELLITE,))
    alerts = {}
    for frame_id in range(300):
        targets = tuple(Target(*corner, 16, 1.0, "fire", 6400.0) for corner in corners(40))  # type: ignore[arg-type]
        log.record(0, "world", (), (exposed(frame_id, targets),))
        alerts[SATELLITE, frame_id] = tuple(Detection(*corner, 0, 0.9, 2) for corner in corners(40))  # type: ignore[arg-type]
    started = time.perf_counter()
    result = score(log, alerts, 5700.0, detects_onboard=True, class_names=lambda _key: ("fire",))
    assert result is not None
    assert result.as_table()["alerts"] == 12_000
    assert time.perf_counter() - started < 2.0
