"""What the ground makes of a spacecraft's time stamps: an offset, once three in a row tell the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundstation.clock_correlation import AGREEING, MAX_HISTORY, ClockCorrelation, offset_at
from onboard.storage import MemoryStore

S = 10**9
NETWORK_NS, SLOT_NS = S // 5, S


def correlation(store: MemoryStore) -> ClockCorrelation:
    return ClockCorrelation(store, "ember-1", NETWORK_NS, SLOT_NS)


@given(offset_ns=st.integers(-(10**13), 10**13), ages_ns=st.lists(st.integers(NETWORK_NS, NETWORK_NS + S), min_size=3))
def test_the_estimate_is_good_to_about_a_slot(offset_ns: int, ages_ns: list[int]) -> None:
    store = MemoryStore()
    clock = correlation(store)
    for number, age_ns in enumerate(ages_ns):
        received_ns = 10**14 + number * S
        clock.hear(received_ns - age_ns + offset_ns, received_ns)
    assert abs(clock.offset_ns - offset_ns) <= 2 * SLOT_NS + NETWORK_NS
    assert correlation(store).offset_ns == clock.offset_ns, "it outlives its mission centre"


def test_one_strange_packet_or_two_move_nothing() -> None:
    clock = correlation(MemoryStore())
    for number in range(9):
        received_ns = (100 + number) * S
        is_strange = number % AGREEING != 0
        assert not clock.hear(received_ns + (40 * S if is_strange else -S), received_ns)
    assert clock.offset_ns == 0


def test_strange_packets_that_disagree_move_nothing() -> None:
    clock = correlation(MemoryStore())
    assert not any(clock.hear((100 + 50 * number) * S, 90 * S) for number in range(9))


def test_products_are_corrected_by_what_was_believed_when_they_came() -> None:
    store = MemoryStore()
    clock = correlation(store)
    changes = [clock.hear((100 + number) * S + 10 * S, (100 + number) * S) for number in range(5)]
    assert changes == [False, False, True, False, False]
    assert offset_at(store, "ember-1", 101 * S) == 0
    assert offset_at(store, "ember-1", 102 * S) == clock.offset_ns == pytest.approx(10.7 * S)
    assert offset_at(store, "ember-2", 102 * S) == 0
    assert clock.corrected(110 * S) == 110 * S - clock.offset_ns


def test_the_history_is_bounded() -> None:
    store = MemoryStore()
    clock = correlation(store)
    for number in range(AGREEING * (MAX_HISTORY + 9)):
        offset_ns = number // AGREEING * 60 * S
        clock.hear(number * S + offset_ns, number * S + 10**12)
    assert len(store.get("clock/ember-1") or b"") < 24 * MAX_HISTORY
