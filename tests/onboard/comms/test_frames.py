import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.frames import (
    IDLE_CHANNEL,
    NO_PACKET_START,
    ONLY_IDLE_DATA,
    ChannelAssembler,
    FrameBuilder,
    TmFrame,
    frame_check,
)
from onboard.comms.packets import MIN_PACKET_BYTES, PacketBuilder
from tests.tm_link import parse_frame


def parsed(frame: bytes, frame_bytes: int = 128) -> TmFrame:
    result = parse_frame(frame, frame_bytes)
    assert result is not None
    return result


def test_frame_check_golden() -> None:
    # CRC-16/IBM-3740 in Williams' catalogue, the CRC of 132.0-B.
    assert frame_check(b"123456789") == 0x29B1


def test_header_golden() -> None:
    # Laid out by hand from 132.0-B: version 00, spacecraft 0x155, channel 3, no OCF; counts 1 and 0; status.
    builder = FrameBuilder(0x155, 128)
    builder.build(0, 0, bytes(120))
    frame = builder.build(3, 0x23, bytes(120))
    assert frame[:6].hex() == "155601001823"
    assert parsed(frame) == TmFrame(0x155, 3, 1, 0, 0x23, bytes(120))


def test_pointer_beyond_the_data_field_is_refused() -> None:
    builder = FrameBuilder(1, 128)
    assert parse_frame(builder.build(0, 119, bytes(120)), 128)
    assert parse_frame(builder.build(0, 120, bytes(120)), 128) is None


def test_counts_run_modulo_256_for_the_master_and_each_virtual_channel() -> None:
    builder = FrameBuilder(1, 128)
    frames = [parsed(builder.build(channel, 0, bytes(120))) for _ in range(200) for channel in (0, 3)]
    assert [frame.master_channel_count for frame in frames] == [n % 256 for n in range(400)]
    assert [frame.virtual_channel_count for frame in frames[::2]] == list(range(200))


def test_only_idle_data_frame() -> None:
    frame = parsed(FrameBuilder(1).idle(), 1115)
    assert (frame.virtual_channel, frame.first_header_pointer) == (IDLE_CHANNEL, ONLY_IDLE_DATA)


@given(st.integers(0, 8 * 128 - 1), st.integers(0, 8 * 128 - 1))
def test_two_wrong_bits_are_seen(one: int, other: int) -> None:
    frame = int.from_bytes(FrameBuilder(1, 128).idle(), "big")
    damaged = frame ^ (1 << one) ^ (1 << other)
    assert (parse_frame(damaged.to_bytes(128, "big"), 128) is None) == (one != other)


def test_wrong_length_is_refused() -> None:
    frame = FrameBuilder(1, 128).idle()
    assert parse_frame(frame[:-1], 128) is None
    assert parse_frame(frame, 129) is None
    assert parse_frame(b"", 128) is None


@given(st.binary(min_size=126, max_size=126))
def test_sealed_noise_is_safe(noise: bytes) -> None:
    parse_frame(noise + frame_check(noise).to_bytes(2, "big"), 128)


@pytest.mark.parametrize("room", range(7))
def test_idle_packet_spans_a_room_too_small_for_it(room: int) -> None:
    packets = PacketBuilder()
    channel = ChannelAssembler(FrameBuilder(1, 128), 2)
    channel.add(packets.idle(120 - room))
    assert channel.room_bytes == room
    if room:
        channel.add(packets.idle(MIN_PACKET_BYTES))
    first = parsed(channel.frame())
    assert first.first_header_pointer == 0
    rest = MIN_PACKET_BYTES - room if room else 0
    assert channel.used_bytes == rest
    channel.add(packets.idle(120 - rest))
    second = parsed(channel.frame())
    assert second.first_header_pointer == rest
    assert channel.used_bytes == 0


def test_long_packet_leaves_frames_without_a_start() -> None:
    channel = ChannelAssembler(FrameBuilder(1, 128), 0)
    packets = PacketBuilder()
    channel.add(packets.idle(20))
    channel.add(long := packets.idle(320))
    frames = [parsed(channel.frame()), parsed(channel.frame())]
    assert channel.room_bytes == 20
    channel.add(packets.idle(20))
    frames.append(parsed(channel.frame()))
    assert [frame.first_header_pointer for frame in frames] == [0, NO_PACKET_START, 100]
    assert b"".join(frame.data for frame in frames)[20:340] == long
    # A packet that ends with its frame leaves the next one to begin with a header.
    channel.add(packets.idle(120))
    assert parsed(channel.frame()).first_header_pointer == 0


class Mirror:
    """Seals by reversing octets between a number and a tail."""

    overhead_bytes = 12

    def __init__(self) -> None:
        self._next = 0

    def seal(self, associated: bytes, data: bytes) -> bytes:
        return self.seal_at(self.skip(1), associated, data)

    def seal_at(self, sequence: int, associated: bytes, data: bytes) -> bytes:
        return sequence.to_bytes(6, "big") + data[::-1] + associated

    def skip(self, count: int) -> int:
        self._next += count
        return self._next - count


def test_a_sealed_frame_keeps_its_length_and_its_check_covers_all() -> None:
    builder = FrameBuilder(1, 128, Mirror())
    assert builder.data_bytes == 128 - 8 - 12
    data = bytes(range(builder.data_bytes))
    builder.build(2, 0, data)
    frame = builder.build(2, 0, data)
    assert frame[:6].hex() == "001401011800"
    assert parsed(frame).data == bytes([0, 0, 0, 0, 0, 1]) + data[::-1] + frame[:6]


def test_skipped_numbers_are_those_of_a_run() -> None:
    builder = FrameBuilder(1, 128)
    builder.build(3, 0, bytes(120))
    assert builder.skip(3, 600) == (1, 1)
    frame = parsed(builder.build(3, 0, bytes(120)))
    assert (frame.master_channel_count, frame.virtual_channel_count) == (601 % 256, 601 % 256)
    assert parsed(builder.build(0, 0, bytes(120))).virtual_channel_count == 0
