import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacepackets.ccsds.spacepacket import (  # type: ignore[import-untyped]
    PacketType,
    SequenceFlags,
    SpacePacketHeader,
)

from onboard.comms.packets import (
    HOUSEKEEPING_APID,
    IDLE_APID,
    MIN_PACKET_BYTES,
    Packet,
    PacketBuilder,
    ProductKind,
    Segment,
    is_idle,
    packet_bytes,
    parse_packet,
    parse_segment,
    product_check,
    time_code,
    time_of,
    whole_packet,
)
from onboard.mission_time import NS_PER_S


def header_by_spacepackets(apid: int, count: int, size: int, timed: bool = True) -> bytes:
    return bytes(
        SpacePacketHeader(
            PacketType.TM, apid, count, size - 7, sec_header_flag=timed, seq_flags=SequenceFlags.UNSEGMENTED
        ).pack()
    )


def test_time_code_golden() -> None:
    # 301.0-B, 3.2: binary seconds, binary fraction; 1.5 s = 1 + 0x800000 / 2**24.
    assert time_code(1_500_000_000).hex() == "00000001800000"
    assert time_code((2**32 - 1) * NS_PER_S).hex() == "ffffffff000000"


@given(st.integers(0, (2**32 - 1) * NS_PER_S))
def test_time_code_is_floored_and_stable(met_ns: int) -> None:
    back_ns = time_of(time_code(met_ns))
    assert 0 <= met_ns - back_ns <= NS_PER_S / 2**24 + 1
    assert time_code(back_ns) == time_code(met_ns)


@given(
    st.sampled_from(ProductKind),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=300),
)
def test_segment_packet_equals_spacepackets_and_parses(
    kind: ProductKind, product_id: int, offset: int, data: bytes
) -> None:
    builder = PacketBuilder()
    first, second = (builder.segment(time_code(7), kind, product_id, 9, offset, data) for _ in range(2))
    assert first[:6] == header_by_spacepackets(kind.apid, 0, len(first))
    assert second[:6] == header_by_spacepackets(kind.apid, 1, len(second))
    header = SpacePacketHeader.unpack(second)
    assert (header.apid, header.seq_count, header.packet_len) == (kind.apid, 1, len(second))
    packet = parse_packet(second)
    assert packet is not None
    assert packet.time_ns == time_of(time_code(7))
    assert parse_segment(packet) == Segment(product_id, 9, offset, data, kind)
    assert whole_packet(packet) == second


def test_housekeeping_and_idle_packets_equal_spacepackets() -> None:
    builder = PacketBuilder()
    packet = builder.housekeeping(time_code(3 * NS_PER_S), b"abc")
    assert packet[:6] == header_by_spacepackets(HOUSEKEEPING_APID, 0, len(packet))
    assert parse_packet(packet) == Packet(HOUSEKEEPING_APID, 0, 3 * NS_PER_S, b"abc")
    for size in (MIN_PACKET_BYTES, 8, 1107):
        idle = builder.idle(size)
        assert len(idle) == size == packet_bytes(idle, 0)
        assert is_idle(idle)
        assert parse_packet(idle) is None
    assert idle[:6] == header_by_spacepackets(IDLE_APID, 2, 1107, timed=False)


def test_sequence_count_has_14_bits_per_process() -> None:
    builder = PacketBuilder()
    counts = [
        packet.sequence_count for _ in range(16_386) if (packet := parse_packet(builder.housekeeping(bytes(7), b"")))
    ]
    assert counts[-3:] == [16_383, 0, 1]
    alert = parse_packet(builder.segment(bytes(7), ProductKind.ALERT, 1, 1, 0, b""))
    assert alert is not None
    assert alert.sequence_count == 0


def test_product_check_golden() -> None:
    # The check value of CRC-32/ISO-HDLC in Williams' catalogue.
    assert product_check(b"123456789").hex() == "cbf43926"


@pytest.mark.parametrize(("at", "octet"), [(0, 0x20), (0, 0x10), (0, 0x00), (2, 0x40), (5, 0xFF)], ids=str)
def test_other_packets_are_refused(at: int, octet: int) -> None:
    packet = bytearray(PacketBuilder().housekeeping(bytes(7), b"data"))
    packet[at] = octet
    assert parse_packet(bytes(packet)) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_safe(data: bytes) -> None:
    stated = packet_bytes(data, 0)
    assert (stated is None) == (len(data) < 6)
    packet = parse_packet(data)
    if packet is None:
        return
    assert stated == len(data)
    assert whole_packet(packet) == data
    segment = parse_segment(packet)
    assert segment is None or packet.data.endswith(segment.data)
