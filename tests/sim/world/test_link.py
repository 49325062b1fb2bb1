"""Antenna sharing, slots, and the loss of frames."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.mission_time import NS_PER_S, to_ns
from sim.scenario import LinkQuality
from sim.streams import Streams
from sim.world.access import Window
from sim.world.link import Channel, allocate, transmission_ns

windows = st.builds(
    lambda satellite, station, aos, length: Window(satellite, station, aos, aos + length, 30.0),
    st.integers(0, 3),
    st.integers(0, 2),
    st.integers(0, 5000),
    st.integers(1, 900),
)


@given(st.lists(windows, max_size=30))
def test_no_antenna_and_no_satellite_is_used_twice_at_once(planned: list[Window]) -> None:
    contacts = allocate(planned)
    for attribute in ("satellite", "station"):
        by_owner: dict[int, list[tuple[int, int]]] = {}
        for contact in contacts:
            by_owner.setdefault(getattr(contact, attribute), []).append((contact.aos_ns, contact.los_ns))
        for spans in by_owner.values():
            ordered = sorted(spans)
            assert all(end <= start for (_, end), (start, _) in pairwise(ordered))
    assert all(contact.aos_ns < contact.los_ns for contact in contacts)


def test_a_station_that_becomes_free_takes_the_rest_of_a_pass() -> None:
    first, second = allocate([Window(0, 0, 0, 100, 50.0), Window(1, 0, 40, 160, 20.0)])
    assert (first.aos_ns, first.los_ns) == (0, 100)
    assert (second.satellite, second.aos_ns, second.los_ns) == (1, 100, 160)


def test_time_on_the_air_is_never_rounded_down() -> None:
    assert transmission_ns(125_000, 1e6) == NS_PER_S
    assert transmission_ns(1, 3) == -(-8 * NS_PER_S // 3)


def channel(loss: float, until_s: float | None = None) -> Channel:
    return Channel(LinkQuality(frame_loss=loss, frame_loss_until_s=until_s), Streams(1))


def test_loss_takes_whole_frames_at_its_rate_and_keeps_their_order() -> None:
    frames = b"".join(number.to_bytes(4, "big") * 25 for number in range(20_000))
    arrived = channel(0.3).surviving(0, "ember-1", frames, 100)
    numbers = [int.from_bytes(arrived[at : at + 4], "big") for at in range(0, len(arrived), 100)]
    assert numbers == sorted(set(numbers))
    # Three standard deviations of a binomial of 20,000.
    assert len(numbers) == pytest.approx(14_000, abs=3 * (20_000 * 0.3 * 0.7) ** 0.5)


def test_a_link_becomes_clean_and_a_clean_link_draws_nothing() -> None:
    frames = bytes(100 * 1000)
    lossy = channel(0.5, until_s=10.0)
    assert len(lossy.surviving(to_ns(9.9), "a", frames, 100)) < len(frames)
    assert lossy.surviving(to_ns(10), "a", frames, 100) == frames
    assert not lossy.loses(to_ns(10), "Troll")


def test_chance_is_named_so_that_satellites_do_not_share_it() -> None:
    frames = bytes(range(100)) * 500
    one = channel(0.5)
    alone = one.surviving(0, "ember-1", frames, 100)
    other = channel(0.5)
    other.surviving(0, "ember-2", frames, 100)
    assert other.surviving(0, "ember-1", frames, 100) == alone


def test_the_links_own_errors_and_the_scenarios_loss_are_independent() -> None:
    frames = bytes(100 * 40_000)
    arrived = channel(0.2).surviving(0, "ember-1", frames, 100, error_rate=0.1)
    expected = 40_000 * 0.8 * 0.9
    # Three standard deviations of a binomial of 40,000.
    assert len(arrived) // 100 == pytest.approx(expected, abs=3 * (expected * (1 - 0.72)) ** 0.5)


def test_a_clean_link_still_has_its_own_errors() -> None:
    frames = bytes(100 * 1000)
    lossy = channel(0.5, until_s=10.0)
    assert lossy.surviving(to_ns(10), "a", frames, 100, error_rate=1.0) == b""
    assert lossy.loses(to_ns(10), "Troll", error_rate=1.0)


def test_errors_that_never_happen_draw_nothing() -> None:
    frames = bytes(range(100)) * 500
    drawn = channel(0.5)
    drawn.surviving(0, "a", frames, 100)
    other = Channel(LinkQuality(frame_loss=0.5, frame_loss_until_s=0.0), Streams(1))
    assert other.surviving(0, "a", frames, 100, error_rate=0.0) == frames
