"""Recall at one rate of false alerts, bytes at one recall."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.experiment.equal_recall import OperatingPoint, RecallCurve, at_rate, common_rate, savings_at_equal_recall

STEPS = st.integers(0, 255).map(lambda step: step / 255)
CURVE = RecallCurve.of(4, 1000.0, [0.9, 0.6, 0.4], [0.8, 0.4, 0.2])


def test_a_curve_counts_from_each_confidence_up() -> None:
    assert [round(value, 1) for value in CURVE.threshold] == [0.9, 0.8, 0.6, 0.4, 0.2]
    assert CURVE.found == (1, 1, 2, 3, 3)
    assert CURVE.false_alerts == (0, 1, 1, 2, 3)


@pytest.mark.parametrize(
    ("rate", "recall", "counts", "does_not"),
    [(0.0, 1 / 4, 0.9, 0.8), (1.0, 2 / 4, 0.6, 0.4), (2.0, 3 / 4, 0.4, 0.2), (2.9, 3 / 4, 0.4, 0.2)],
)
def test_the_threshold_is_the_lowest_that_keeps_the_rate(
    rate: float, recall: float, counts: float, does_not: float
) -> None:
    point = at_rate(CURVE, rate)
    assert point.recall == recall
    assert round(does_not * 255) < round(point.threshold * 255) <= round(counts * 255)


def test_where_all_may_count_there_is_no_threshold() -> None:
    assert at_rate(CURVE, 3.0) == OperatingPoint(0.0, 3 / 4)


def test_where_the_surest_alert_is_false_none_counts() -> None:
    curve = RecallCurve.of(1, 10.0, [0.7], [1.0])
    assert at_rate(curve, 0.0) == OperatingPoint(256 / 255, 0.0)


def test_of_a_target_and_a_false_alert_as_sure_as_it_neither_counts() -> None:
    curve = RecallCurve.of(1, 10.0, [0.7], [0.7])
    assert at_rate(curve, 0.0).recall == 0.0
    assert at_rate(curve, 100.0).recall == 1.0


def test_nothing_to_find_and_no_area_are_said() -> None:
    empty = RecallCurve.of(0, 0.0, [], [])
    assert at_rate(empty, 1.0) == OperatingPoint(0.0, None)
    assert empty.false_alerts_per_1000_km2 is None
    assert common_rate([empty]) is None


def test_the_common_rate_is_the_lowest_of_those_that_found_something() -> None:
    careful, silent = RecallCurve.of(4, 1000.0, [0.9], [0.8]), RecallCurve.of(4, 1000.0, [], [])
    assert common_rate([CURVE, careful, silent]) == 1.0


def test_a_curve_is_read_back_from_a_summary() -> None:
    table = {"truth": CURVE.truth, "area_km2": CURVE.area_km2, "by_confidence": CURVE.as_table()}
    assert RecallCurve.from_table(json.loads(json.dumps(table))) == CURVE


@given(st.lists(STEPS), st.lists(STEPS), st.floats(0.0, 40.0))
def test_at_a_rate_is_what_a_filter_by_confidence_gives(found: list[float], false: list[float], rate: float) -> None:
    curve = RecallCurve.of(len(found) + 1, 1000.0, found, false)
    point = at_rate(curve, rate)
    assert sum(confidence >= point.threshold for confidence in false) <= rate
    assert point.recall == sum(confidence >= point.threshold for confidence in found) / (len(found) + 1)
    lower = point.threshold - 1 / 255 - 1e-9
    assert lower < 0.0 or sum(confidence >= lower for confidence in false) > rate - 1e-6


@given(st.lists(STEPS), st.lists(STEPS), st.floats(0.0, 20.0), st.floats(0.0, 20.0))
def test_more_false_alerts_never_cost_recall(found: list[float], false: list[float], low: float, more: float) -> None:
    curve = RecallCurve.of(len(found) + 1, 1000.0, found, false)
    poorer, richer = at_rate(curve, low), at_rate(curve, low + more)
    assert (poorer.recall or 0.0) <= (richer.recall or 0.0)
    assert poorer.threshold >= richer.threshold


def test_the_richer_one_sends_less() -> None:
    assert savings_at_equal_recall(10, 0.8, 1000, 0.8) == 100.0
    assert savings_at_equal_recall(10, 0.4, 1000, 0.8) == pytest.approx(50.0)
    assert savings_at_equal_recall(10, 0.8, 1000, 0.4) == pytest.approx(200.0)


def test_a_strategy_that_finds_nothing_saves_nothing() -> None:
    assert savings_at_equal_recall(10, 0.0, 1000, 0.8) == 0.0
    assert savings_at_equal_recall(0, 0.8, 1000, 0.8) is None
    assert savings_at_equal_recall(10, 0.0, 1000, 0.0) is None
    assert savings_at_equal_recall(10, 0.8, 1000, 0.0) is None
    assert savings_at_equal_recall(10, None, 1000, 0.8) is None


@given(st.floats(1, 1e9), st.floats(0.01, 1), st.floats(1, 1e9), st.floats(0.01, 1))
def test_savings_are_each_others_inverse(bytes_a: float, recall_a: float, bytes_b: float, recall_b: float) -> None:
    there = savings_at_equal_recall(bytes_a, recall_a, bytes_b, recall_b)
    back = savings_at_equal_recall(bytes_b, recall_b, bytes_a, recall_a)
    assert there is not None
    assert back is not None
    assert there * back == pytest.approx(1.0)
