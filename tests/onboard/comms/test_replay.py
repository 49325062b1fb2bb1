import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.replay import ReplayWindow

numbers = st.integers(0, 300) | st.integers(0, 2**64 - 1)


@given(st.integers(1, 70), st.integers(-1, 90), st.lists(st.tuples(numbers, st.integers(0, 200)), max_size=60))
def test_each_number_is_accepted_once_within_the_window(size: int, start: int, steps: list[tuple[int, int]]) -> None:
    """Against the plain rule on a set; a run counts from 1 number, and 0 is a number by itself."""
    window, highest, seen = ReplayWindow(size, start), start, set[int]()
    for number, run in steps:
        inside = number > highest or (number > highest - size and number > start and number not in seen)
        assert window.is_new(number) == inside
        if run:
            window.add_run(number, run)
            seen |= set(range(number, number + run))
            highest = max(highest, number + run - 1)
        elif inside:
            window.add(number)
            seen.add(number)
            highest = max(highest, number)
        assert window.highest == highest
        for near in range(max(0, highest - size - 9), highest + 3):
            expected = near > highest or (near > highest - size and near > start and near not in seen)
            assert window.is_new(near) == expected


@pytest.mark.parametrize("first", [0, 5, 8, 1000, 2**40])
def test_a_long_run_fills_the_window_at_once(first: int) -> None:
    window = ReplayWindow(2**20)
    window.add_run(first, 5_000_000)
    assert window.highest == first + 4_999_999
    assert not any(window.is_new(window.highest - back) for back in (0, 1, 7, 8, 9, 2**19, 2**20 - 1, 2**20))
    assert window.is_new(window.highest + 1)
