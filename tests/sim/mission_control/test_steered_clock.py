"""The clock of a run that people steer: held, let go, faster, slower, without limit."""

from math import inf

import pytest

from onboard.mission_time import NS_PER_S
from sim.mission_control.steering import pace_factor
from sim.pace import LATE_S, SteeredClock


def started(factor: float | None) -> SteeredClock:
    """A clock that the run took to second 10 at second 100 of the wall's."""
    clock = SteeredClock(factor)
    clock.reach(10 * NS_PER_S, 100.0)
    return clock


def test_virtual_time_runs_by_the_factor() -> None:
    clock = started(60.0)
    assert clock.now_ns(101.0) == 70 * NS_PER_S
    assert clock.ahead_s(130 * NS_PER_S, 101.0) == 1.0
    assert clock.ahead_s(70 * NS_PER_S, 101.5) == 0.0


def test_without_a_limit_nobody_waits() -> None:
    clock = started(None)
    assert clock.ahead_s(10**6 * NS_PER_S, 100.0) == 0.0
    clock.reach(20 * NS_PER_S, 100.1)
    assert clock.now_ns(200.0) == 20 * NS_PER_S


def test_held_it_stays_until_it_is_let_go() -> None:
    clock = started(2.0)
    clock.hold(101.0, limit_ns=50 * NS_PER_S)
    assert clock.now_ns(150.0) == 12 * NS_PER_S
    assert clock.ahead_s(13 * NS_PER_S, 150.0) == inf
    assert clock.ahead_s(12 * NS_PER_S, 150.0) == 0.0
    clock.let_go(200.0)
    assert clock.now_ns(201.0) == 14 * NS_PER_S


def test_letting_go_of_a_clock_that_runs_changes_nothing() -> None:
    clock = started(2.0)
    clock.let_go(150.0)
    assert clock.now_ns(150.0) == 110 * NS_PER_S
    assert clock.ahead_s(112 * NS_PER_S, 150.0) == 1.0


def test_it_is_held_no_later_than_the_run_has_come() -> None:
    clock = started(60.0)
    clock.hold(110.0, limit_ns=11 * NS_PER_S)
    assert clock.now_ns(110.0) == 11 * NS_PER_S


def test_a_new_factor_counts_from_now() -> None:
    clock = started(1.0)
    clock.set_factor(10.0, 105.0, limit_ns=99 * NS_PER_S)
    assert clock.now_ns(105.0) == 15 * NS_PER_S
    assert clock.now_ns(106.0) == 25 * NS_PER_S


def test_what_a_slow_host_is_late_by_is_not_made_up_for() -> None:
    clock = started(1.0)
    clock.reach(11 * NS_PER_S, 101.0 + LATE_S / 2)
    assert clock.now_ns(102.0) == 12 * NS_PER_S
    clock.reach(12 * NS_PER_S, 110.0)
    assert clock.now_ns(111.0) == 13 * NS_PER_S


@pytest.mark.parametrize("value", [0, -1, "fast", None, True, float("nan"), float("inf"), 1e9, [1]])
def test_a_factor_that_is_none(value: object) -> None:
    with pytest.raises(ValueError, match=r'factor must be "max" or a number'):
        pace_factor(value)


def test_factors() -> None:
    assert pace_factor("max") is None
    assert pace_factor(60) == 60.0
