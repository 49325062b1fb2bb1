"""What the pass plan promises, against a count of every byte's instant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.telecommands import PlannedPass
from onboard.forecast import next_contact_ns, sendable_bytes
from onboard.mission_time import NEVER_NS, NS_PER_S

HORIZON_S = 40
instants = st.integers(0, HORIZON_S * NS_PER_S)
plans = st.lists(
    st.builds(
        lambda aos_s, lasts_s, byte_rate: PlannedPass(aos_s * NS_PER_S, (aos_s + lasts_s) * NS_PER_S, 8 * byte_rate),
        st.integers(0, HORIZON_S - 1),
        st.integers(0, HORIZON_S),
        st.integers(0, 5),
    ),
    max_size=6,
)


def planned(aos_s: float, los_s: float, rate_bps: int) -> PlannedPass:
    return PlannedPass(round(aos_s * NS_PER_S), round(los_s * NS_PER_S), rate_bps)


def seconds(value: float) -> int:
    return round(value * NS_PER_S)


@pytest.mark.parametrize(
    ("from_s", "until_s", "expected"),
    [
        (0, 1000, 60 * 125 + 30 * 250),
        (0, 130, 30 * 125),
        (130, 145, 15 * 125),
        (130, 1000, 30 * 125 + 30 * 250),
        (300, 1000, 0),
        (200, 150, 0),
    ],
)
def test_a_plan_carries_its_passes_clipped_at_both_ends(from_s: int, until_s: int, expected: int) -> None:
    passes = (planned(100, 160, 1000), planned(200, 230, 2000))
    assert sendable_bytes(passes, seconds(from_s), seconds(until_s)) == expected


def test_of_two_stations_in_view_the_faster_counts() -> None:
    slow_around_fast = (planned(0, 100, 800), planned(40, 60, 8000))
    assert sendable_bytes(slow_around_fast, 0, NEVER_NS) == 80 * 100 + 20 * 1000
    twice = (planned(0, 100, 800), planned(0, 100, 800))
    assert sendable_bytes(twice, 0, NEVER_NS) == 100 * 100


def test_the_next_contact_is_now_in_a_pass_and_never_after_the_last() -> None:
    passes = (planned(200, 230, 2000), planned(100, 160, 1000), planned(10, 20, 0))
    contacts_ns = [next_contact_ns(passes, seconds(at_s)) for at_s in (0, 100, 159, 160, 230)]
    assert contacts_ns == [*map(seconds, (100, 100, 159, 200)), NEVER_NS]
    assert next_contact_ns((), 5) == NEVER_NS


@given(plans, instants, instants, instants)
def test_what_can_be_sent_is_monotone_and_adds_up_but_for_a_byte_cut_in_two(
    passes: list[PlannedPass], first: int, second: int, third: int
) -> None:
    start, middle, end = sorted((first, second, third))
    before, after = sendable_bytes(passes, start, middle), sendable_bytes(passes, middle, end)
    whole = sendable_bytes(passes, start, end)
    assert 0 <= before <= whole
    assert before + after <= whole <= before + after + 1


@given(plans, st.integers(0, HORIZON_S), st.integers(0, HORIZON_S))
def test_second_by_second_the_fastest_station_in_view_is_heard(
    passes: list[PlannedPass], first_s: int, second_s: int
) -> None:
    start_s, end_s = sorted((first_s, second_s))
    expected = sum(
        max((one.rate_bps // 8 for one in passes if one.aos_ns <= at * NS_PER_S < one.los_ns), default=0)
        for at in range(start_s, end_s)
    )
    assert sendable_bytes(passes, start_s * NS_PER_S, end_s * NS_PER_S) == expected


@given(plans, instants, st.integers(0, NS_PER_S))
def test_nothing_can_be_sent_before_the_next_contact_and_something_after(
    passes: list[PlannedPass], now: int, later: int
) -> None:
    contact_ns = next_contact_ns(passes, now)
    assert contact_ns >= now
    if contact_ns == NEVER_NS:
        assert sendable_bytes(passes, now, NEVER_NS) == 0
        return
    assert sendable_bytes(passes, now, contact_ns) == 0
    assert next_contact_ns(passes, contact_ns) == contact_ns
    assert next_contact_ns(passes, min(now + later, contact_ns)) == contact_ns
