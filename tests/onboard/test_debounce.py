"""Limit checking: what raises a monitor, what lowers it, and what does neither."""

import re

from hypothesis import given
from hypothesis import strategies as st

from onboard.debounce import Debounce
from onboard.modes import Limits
from onboard.monitors import CHARGE_LOW, COMPUTER_HOT

BEYOND, CLEAR, BETWEEN = "BC-"
TIMES = st.integers(1, 4)


def states(history: str, raise_after: int, clear_after: int) -> list[bool]:
    state, raised = Debounce(), []
    for reading in history:
        state = state.after(
            is_beyond=reading == BEYOND, is_clear=reading == CLEAR, raise_after=raise_after, clear_after=clear_after
        )
        raised.append(state.is_raised)
    return raised


def last_run(history: str, reading: str, times: int) -> int:
    """Where the last run of at least so many readings of a kind ended; -1 for none."""
    return max((found.end() for found in re.finditer(f"{reading}{{{times},}}", history)), default=-1)


@given(st.text(BEYOND + CLEAR + BETWEEN, max_size=30), TIMES, TIMES)
def test_the_last_run_that_was_long_enough_decides(history: str, raise_after: int, clear_after: int) -> None:
    for n, is_raised in enumerate(states(history, raise_after, clear_after), 1):
        so_far = history[:n]
        assert is_raised == (last_run(so_far, BEYOND, raise_after) > last_run(so_far, CLEAR, clear_after))


@given(st.text(BEYOND + BETWEEN, max_size=30), TIMES)
def test_without_a_clear_reading_it_stays_raised(history: str, raise_after: int) -> None:
    raised = states(history, raise_after, 1)
    assert raised == sorted(raised)


@given(st.lists(st.floats(0.0, 1.0), max_size=30))
def test_between_a_limit_and_its_resume_value_nothing_changes(charges: list[float]) -> None:
    limits = Limits(0.3, 0.4, 330.0, 320.0)
    state, expected = Debounce(), False
    for charge in charges:
        state = CHARGE_LOW.after(state, limits, charge)
        expected = charge < 0.3 or (expected and charge < 0.4)
        assert state.is_raised == expected


@given(st.lists(st.sampled_from([319.9, 320.0, 320.1, 329.9, 330.0, 330.1]), max_size=30))
def test_the_limit_itself_is_kept_and_the_resume_value_resumes(temperatures_k: list[float]) -> None:
    limits = Limits(0.3, 0.4, 330.0, 320.0)
    state, expected = Debounce(), False
    for temperature_k in temperatures_k:
        state = COMPUTER_HOT.after(state, limits, temperature_k)
        expected = temperature_k > 330.0 or (expected and temperature_k > 320.0)
        assert state.is_raised == expected
