"""Antenna sharing, slots, and the loss of frames."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.runs import FrameRun, Part, frames_in
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


def surviving(link: Channel, now_ns: int, name: str, frames: bytes, error_rate: float = 0.0) -> bytes:
    """What arrives of frames of 100 bytes."""
    arrived = link.surviving(now_ns, name, (frames,), 100, error_rate)
    assert all(isinstance(part, bytes) and part for part in arrived)
    return b"".join(part for part in arrived if isinstance(part, bytes))


def test_loss_takes_whole_frames_at_its_rate_and_keeps_their_order() -> None:
    frames = b"".join(number.to_bytes(4, "big") * 25 for number in range(20_000))
    arrived = surviving(channel(0.3), 0, "ember-1", frames)
    numbers = [int.from_bytes(arrived[at : at + 4], "big") for at in range(0, len(arrived), 100)]
    assert numbers == sorted(set(numbers))
    # Three standard deviations of a binomial of 20,000.
    assert len(numbers) == pytest.approx(14_000, abs=3 * (20_000 * 0.3 * 0.7) ** 0.5)


def test_a_link_becomes_clean_and_a_clean_link_draws_nothing() -> None:
    frames = bytes(100 * 1000)
    lossy = channel(0.5, until_s=10.0)
    assert len(surviving(lossy, to_ns(9.9), "a", frames)) < len(frames)
    assert surviving(lossy, to_ns(10), "a", frames) == frames
    assert not lossy.loses(to_ns(10), "Troll")


def test_chance_is_named_so_that_satellites_do_not_share_it() -> None:
    frames = bytes(range(100)) * 500
    one = channel(0.5)
    alone = surviving(one, 0, "ember-1", frames)
    other = channel(0.5)
    surviving(other, 0, "ember-2", frames)
    assert surviving(other, 0, "ember-1", frames) == alone


def test_the_links_own_errors_and_the_scenarios_loss_are_independent() -> None:
    frames = bytes(100 * 40_000)
    arrived = surviving(channel(0.2), 0, "ember-1", frames, error_rate=0.1)
    expected = 40_000 * 0.8 * 0.9
    # Three standard deviations of a binomial of 40,000.
    assert len(arrived) // 100 == pytest.approx(expected, abs=3 * (expected * (1 - 0.72)) ** 0.5)


def test_a_clean_link_still_has_its_own_errors() -> None:
    frames = bytes(100 * 1000)
    lossy = channel(0.5, until_s=10.0)
    assert surviving(lossy, to_ns(10), "a", frames, error_rate=1.0) == b""
    assert lossy.loses(to_ns(10), "Troll", error_rate=1.0)


def test_errors_that_never_happen_draw_nothing() -> None:
    frames = bytes(range(100)) * 500
    drawn = channel(0.5)
    surviving(drawn, 0, "a", frames)
    other = Channel(LinkQuality(frame_loss=0.5, frame_loss_until_s=0.0), Streams(1))
    assert surviving(other, 0, "a", frames, error_rate=0.0) == frames


def run(frames: int, first: int = 0) -> FrameRun:
    data = b"".join(number.to_bytes(2, "big") * 10 for number in range(first, first + frames))
    return FrameRun(1, 100, frames, 0, 0, 0, -1, bytes(7), 1, 10**6, 20 * first, 20, data)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=6), st.floats(0, 0.99))
def test_a_frame_of_a_run_is_lost_where_a_frame_made_would_be(pieces: list[tuple[bool, int]], loss: float) -> None:
    made: list[Part] = []
    first = 0
    for is_run, count in pieces:
        numbers = range(first, first + count)
        made.append(run(count, first) if is_run else b"".join(number.to_bytes(2, "big") * 50 for number in numbers))
        first += count
    as_frames = b"".join(number.to_bytes(2, "big") * 50 for number in range(first))
    one_by_one = surviving(channel(loss), 0, "ember-1", as_frames)
    arrived = channel(loss).surviving(0, "ember-1", tuple(made), 100)
    assert sum(frames_in(part, 100) for part in arrived) == len(one_by_one) // 100
    numbers = []
    for part in arrived:
        step = part.segment_bytes if isinstance(part, FrameRun) else 100
        data = part.data if isinstance(part, FrameRun) else part
        numbers += [data[at : at + 2] for at in range(0, len(data), step)]
        if isinstance(part, FrameRun):
            told = [part.offset // 20 + number for start, end in part.arrived for number in range(start, end)]
            assert [number.to_bytes(2, "big") for number in told] == numbers[-len(told) :]
    assert numbers == [one_by_one[at : at + 2] for at in range(0, len(one_by_one), 100)]


def test_a_run_that_lost_nothing_is_not_copied() -> None:
    whole = run(5)
    assert channel(1e-12).surviving(0, "ember-1", (whole,), 100) == (whole,)
    assert channel(1e-12).surviving(0, "ember-1", (whole,), 100)[0] is whole
    assert channel(0.0).surviving(0, "ember-1", (whole, b""), 100, error_rate=1.0) == ()
