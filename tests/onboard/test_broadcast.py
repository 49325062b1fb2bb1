"""What a satellite repeats to field terminals: frames, turns, room, age, and what a reboot remembers."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation.deframer import Deframer
from onboard.broadcast import BROADCAST_CHANNEL, MAX_ALERT_BYTES, Broadcast, broadcast_keys
from onboard.comms.frames import FrameBuilder
from onboard.comms.outbox import Product
from onboard.comms.packets import PacketBuilder, ProductKind, Segment, parse_segment, product_check, time_code, time_of
from onboard.mission_time import NEVER_NS, NS_PER_S
from onboard.storage import MemoryStore, Store
from tests.tm_link import parse_frame

SPACECRAFT = 5
FRAME = 256
HOUR_NS = 3600 * NS_PER_S


def broadcast(store: Store | None = None, capacity_bytes: int = 32_768, frame: int = FRAME) -> Broadcast:
    return Broadcast(FrameBuilder(SPACECRAFT, frame), PacketBuilder(), store, capacity_bytes=capacity_bytes)


def alert(
    product_id: int, size: int = 60, value: float = 0.5, created_ns: int = 0, expires_ns: int = NEVER_NS
) -> Product:
    payload = Random(product_id).randbytes(size)
    return Product(product_id, ProductKind.ALERT, product_id, payload, value, created_ns, expires_ns)


def heard(frames: bytes, deframer: Deframer | None = None, frame: int = FRAME) -> list[Segment]:
    """The segments in some frames, each of which must be a sound one of the broadcast's channel."""
    deframer = deframer or Deframer(SPACECRAFT, frame)
    segments = []
    assert len(frames) % frame == 0
    for at in range(0, len(frames), frame):
        parsed = parse_frame(frames[at : at + frame], frame)
        assert parsed is not None
        assert parsed.virtual_channel == BROADCAST_CHANNEL
        for packet in deframer.push(frames[at : at + frame]):
            segment = parse_segment(packet)
            assert segment is not None
            segments.append(segment)
    assert deframer.counts.bad_frames == deframer.counts.discarded_packets == deframer.counts.gaps == 0
    return segments


def ids(frames: bytes, deframer: Deframer | None = None) -> list[int]:
    return [segment.product_id for segment in heard(frames, deframer)]


def test_a_round_has_each_alert_once_as_whole_packets() -> None:
    sender = broadcast()
    for number in range(5):
        sender.add(0, alert(number))
    frames = sender.transmit(7 * NS_PER_S, 100 * FRAME)
    # Two packets of 25 + 64 bytes in 246 of data.
    assert len(frames) == 3 * FRAME
    told = {segment.product_id: segment for segment in heard(frames)}
    assert list(told) == [4, 3, 2, 1, 0]
    for number, segment in told.items():
        payload = alert(number).payload
        stream = payload + product_check(payload)
        assert segment == Segment(number, len(stream), 0, stream, ProductKind.ALERT)


def test_packets_carry_the_grants_time() -> None:
    sender = broadcast()
    sender.add(0, alert(1))
    (packet,) = Deframer(SPACECRAFT, FRAME).push(sender.transmit(7 * NS_PER_S, FRAME))
    assert packet.time_ns == time_of(time_code(7 * NS_PER_S))


def test_small_grants_go_round_and_newcomers_go_first() -> None:
    sender, deframer = broadcast(), Deframer(SPACECRAFT, FRAME)
    for number in range(5):
        sender.add(0, alert(number))
    assert ids(sender.transmit(1, FRAME), deframer) == [4, 3]
    assert ids(sender.transmit(2, 2 * FRAME - 1), deframer) == [2, 1]
    sender.add(3, alert(9))
    assert ids(sender.transmit(3, FRAME), deframer) == [9, 0]
    assert ids(sender.transmit(4, 3 * FRAME), deframer) == [4, 3, 2, 1, 9, 0]
    assert sender.transmit(5, FRAME - 1) == b""


def test_nothing_to_tell_makes_no_frame() -> None:
    assert broadcast().transmit(0, 10**6) == b""


@pytest.mark.parametrize("size", [200, 211, 216, 217, 218, 222, 1000, MAX_ALERT_BYTES])
def test_a_long_alert_goes_in_segments_of_a_frame_each(size: int) -> None:
    sender, deframer = broadcast(), Deframer(SPACECRAFT, FRAME)
    sender.add(0, alert(1, size))
    sender.add(0, alert(2, 20))
    stream = alert(1, size).payload + product_check(alert(1, size).payload)
    told = [segment for _ in range(40) for segment in heard(sender.transmit(1, 3 * FRAME), deframer)]
    pieces = {segment.offset: segment.data for segment in told if segment.product_id == 1}
    assert b"".join(data for _, data in sorted(pieces.items())) == stream
    assert sum(segment.product_id == 2 for segment in told) >= 2


def test_what_is_too_long_is_not_broadcast() -> None:
    sender = broadcast()
    sender.add(0, alert(1, MAX_ALERT_BYTES + 1))
    assert (len(sender), sender.held_bytes) == (0, 0)


def test_age_and_deadline_end_an_alert() -> None:
    sender = broadcast()
    sender.add(0, alert(1))
    sender.add(0, alert(2, expires_ns=2 * HOUR_NS))
    assert ids(sender.transmit(2 * HOUR_NS - 1, 10 * FRAME)) == [2, 1]
    assert ids(sender.transmit(2 * HOUR_NS, 10 * FRAME)) == [1]
    assert ids(sender.transmit(6 * HOUR_NS - 1, 10 * FRAME)) == [1]
    assert sender.transmit(6 * HOUR_NS, 10 * FRAME) == b""
    assert (len(sender), sender.held_bytes) == (0, 0)


def test_a_full_store_keeps_what_is_new_and_valuable() -> None:
    sender = broadcast(capacity_bytes=180)
    for number, value in enumerate((0.9, 0.3, 0.6)):
        sender.add(0, alert(number, value=value))
    sender.add(0, alert(3, value=0.4))
    assert sorted(ids(sender.transmit(0, 10 * FRAME))) == [0, 2, 3]
    # After four hours 0.9 is worth 0.3, and 0.6 is worth 0.2.
    sender.add(4 * HOUR_NS, alert(4, value=0.25, created_ns=4 * HOUR_NS))
    sender.add(4 * HOUR_NS, alert(5, value=0.35, created_ns=4 * HOUR_NS))
    assert sorted(ids(sender.transmit(4 * HOUR_NS, 10 * FRAME))) == [0, 4, 5]
    sender.add(4 * HOUR_NS, alert(6, value=0.1, created_ns=4 * HOUR_NS))
    assert sorted(ids(sender.transmit(4 * HOUR_NS, 10 * FRAME))) == [0, 4, 5]


def test_a_reboot_goes_on_with_what_was_held() -> None:
    store = MemoryStore()
    sender = broadcast(store, capacity_bytes=1500)
    for number in range(30):
        sender.add(number, alert(number, value=number / 30, expires_ns=10**15 + number))
    again = broadcast(store, capacity_bytes=1500)
    assert (len(again), again.held_bytes) == (len(sender), sender.held_bytes) == (25, 1500)
    assert again._alerts == sender._alerts
    assert sorted(ids(again.transmit(40, 90 * FRAME))) == list(range(5, 30))
    assert ids(again.transmit(7 * HOUR_NS, 90 * FRAME)) == []
    assert store.items("") == []


def test_keys_of_a_broadcast_tell_nothing_of_the_downlinks() -> None:
    keys = {1: bytes(32), 2: bytes(range(32))}
    derived = broadcast_keys(keys)
    assert derived.keys() == keys.keys()
    assert not set(derived.values()) & set(keys.values())
    assert derived == broadcast_keys(keys)


@given(
    st.lists(st.tuples(st.integers(1, 700), st.floats(0, 1), st.integers(0, 12 * FRAME)), max_size=25),
    st.sampled_from([128, 256, 1115]),
)
@settings(deadline=None)
def test_accounts_of_a_broadcast(steps: list[tuple[int, float, int]], frame: int) -> None:
    """Held bytes are those of the alerts held and within the capacity; no grant is exceeded; every packet is sound."""
    sender, deframer = broadcast(capacity_bytes=1000, frame=frame), Deframer(SPACECRAFT, frame)
    for number, (size, value, granted_bytes) in enumerate(steps):
        sender.add(number, replace(alert(number, size, value), created_ns=number))
        assert sender.held_bytes <= 1000
        frames = sender.transmit(number, granted_bytes)
        assert len(frames) <= granted_bytes
        told = heard(frames, deframer, frame)
        assert len({(segment.product_id, segment.offset) for segment in told}) == len(told)
    assert sender.held_bytes == sum(len(held.payload) for held in sender._alerts.values())
