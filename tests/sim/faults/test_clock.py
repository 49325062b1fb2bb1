"""On-board clocks: whole nanoseconds, exact both ways, however often they are set."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from onboard.events import TransmitGranted
from onboard.mission_time import NEVER_NS
from sim.faults.clock import ClockedNode, OnboardClock

SETTINGS = st.lists(
    st.tuples(st.integers(0, 10**13), st.integers(-(10**12), 10**12), st.floats(-10000, 10000)), max_size=5
)


def clock_of(settings: list[tuple[int, int, float]]) -> tuple[OnboardClock, int]:
    clock, now_ns = OnboardClock(), 0
    for step_ns, offset_ns, drift_ppm in settings:
        now_ns += step_ns
        clock.jump(now_ns, offset_ns)
        clock.drift(now_ns, drift_ppm)
    return clock, now_ns


@given(settings=SETTINGS, ahead_ns=st.integers(0, 10**14))
def test_a_deadline_comes_at_the_first_instant_that_shows_it(
    settings: list[tuple[int, int, float]], ahead_ns: int
) -> None:
    clock, now_ns = clock_of(settings)
    wanted_ns = clock.read(now_ns) + ahead_ns
    due_ns = clock.shows_at(wanted_ns)
    assert clock.read(due_ns) >= wanted_ns
    assert due_ns == now_ns or clock.read(due_ns - 1) < wanted_ns
    assert clock.shows_at(NEVER_NS) == NEVER_NS


@given(settings=SETTINGS, steps=st.lists(st.integers(0, 10**12), min_size=1, max_size=9))
def test_between_settings_a_clock_never_runs_back(settings: list[tuple[int, int, float]], steps: list[int]) -> None:
    clock, now_ns = clock_of(settings)
    shown = []
    for step_ns in steps:
        now_ns += step_ns
        shown.append(clock.read(now_ns))
    assert shown == sorted(shown)
    assert shown[0] >= 0


def test_a_drift_gains_what_it_says_and_keeps_it() -> None:
    clock = OnboardClock()
    clock.drift(10**9, 100.0)
    assert clock.read(10**9 + 10**12) == 10**9 + 10**12 + 10**8
    clock.drift(10**9 + 10**12, 0.0)
    assert clock.read(10**13) == 10**13 + 10**8
    assert not clock.is_true


class _Spacecraft:
    def __init__(self) -> None:
        self.deadline_ns = 5_000
        self.granted: list[int] = []

    def grant(self, now_ns: int, _events: tuple[Any, ...]) -> None:
        self.granted.append(now_ns)

    def collect(self) -> tuple[object, ...]:
        return ()

    def check(self) -> None:
        """Always there."""


def test_who_is_behind_a_clock_lives_by_it() -> None:
    spacecraft, clock = _Spacecraft(), OnboardClock()
    node = ClockedNode(spacecraft, clock)
    node.grant(1_000, (TransmitGranted(1),))
    assert node.deadline_ns == 5_000
    clock.jump(2_000, 1_500)
    assert node.deadline_ns == 3_500
    node.grant(3_500, ())
    clock.jump(4_000, -3_000)
    assert node.deadline_ns == 6_500
    assert spacecraft.granted == [1_000, 5_000]
