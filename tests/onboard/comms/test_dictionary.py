"""What the link's modules build with layouts of their own is what the data dictionary says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms import dictionary
from onboard.comms.dictionary import (
    GROUND_REPORT,
    HOUSEKEEPING,
    IDLE_PACKET,
    SECURITY,
    SEGMENTS,
    TC_FRAME,
    TELECOMMAND,
    TELECOMMAND_PACKET,
    TELEMETRY,
    TM_FRAME,
    Layout,
)
from onboard.comms.frames import FrameBuilder, frame_check
from onboard.comms.packets import PacketBuilder, ProductKind, time_code, time_of
from onboard.comms.parameters import Code, Constant, Count, Flag, Number, Octets, Parameter, read, total_bits, write
from onboard.comms.security import OVERHEAD_BYTES, SECURITY_HEADER_BYTES, Direction, Sealer
from onboard.comms.tc_frames import build_tc_frame
from onboard.comms.telecommand_catalogue import CATALOGUE, VERSION, encode
from onboard.comms.telecommand_packets import command_packet, report_packet
from onboard.comms.telecommands import Reset

TIME = time_code(1_234_567_890_123)


class FromSeven:
    def next(self, _count: int = 1, /) -> int:
        return 7


def told(layout: Layout, data: bytes) -> tuple[dict[str, Any], bytes]:
    """Values of all fields before and after the rest, and the rest."""
    begin = total_bits(layout.whole) // 8
    end = len(data) - total_bits(layout.trailer) // 8
    values = read(layout.whole, data[:begin])
    trailing = read(layout.trailer, data[end:])
    assert values is not None
    assert trailing is not None
    assert not layout.rest_name or begin <= end
    return values | trailing, data[begin:end]


@pytest.mark.parametrize("kind", ProductKind)
def test_segments(kind: ProductKind) -> None:
    values, rest = told(SEGMENTS[kind], PacketBuilder().segment(TIME, kind, 2**32 - 1, 77, 5, b"stream"))
    assert rest == b"stream"
    assert (values["packet_type"], values["secondary_header"]) == (0, True)
    assert (values["apid"], values["sequence_count"]) == (kind.apid, 0)
    assert values["time"] == time_of(TIME)
    assert (values["product_id"], values["stream_length"], values["offset"]) == (2**32 - 1, 77, 5)
    assert values["packet_data_length"] == SEGMENTS[kind].fixed_bytes + 6 - 7


def test_idle_packets() -> None:
    values, rest = told(IDLE_PACKET, PacketBuilder().idle(9))
    assert (values["apid"], values["secondary_header"], rest) == (0x7FF, False, b"\x55" * 3)


def test_telecommand_packets() -> None:
    packet = command_packet(0x1_4001, encode(Reset()))
    values, rest = told(TELECOMMAND_PACKET, packet)
    assert (values["packet_type"], values["apid"], values["sequence_count"]) == (TELECOMMAND, 0x20, 1)
    assert (values["sequence"], values["command_version"], values["command_code"]) == (0x1_4001, VERSION, 7)
    assert (values["check"], rest) == (frame_check(packet[:-2]), b"")
    assert [entry.word for entry in CATALOGUE if entry.code == values["command_code"]] == ["reset"]
    values, rest = told(GROUND_REPORT, report_packet(3, b"told"))
    assert (values["apid"], values["sequence_count"], rest) == (0x21, 3, b"told")


def test_tm_frames() -> None:
    builder = FrameBuilder(0x2AA, 128)
    builder.build(4, 0, bytes(builder.data_bytes))
    frame = builder.build(4, 0x7FF, bytes(builder.data_bytes))
    values, rest = told(TM_FRAME, frame)
    assert (values["spacecraft_id"], values["virtual_channel"]) == (0x2AA, 4)
    assert (values["master_channel_count"], values["virtual_channel_count"]) == (1, 1)
    assert (values["first_header_pointer"], values["check"]) == (0x7FF, frame_check(frame[:-2]))
    assert rest == bytes(builder.data_bytes)


def test_tc_frames() -> None:
    values, rest = told(TC_FRAME, build_tc_frame(0x2AA, b"packets"))
    assert (values["spacecraft_id"], values["frame_length"], rest) == (0x2AA, 13, b"packets")


def test_security() -> None:
    sealer = Sealer({1: bytes(32)}, 0x2AA, Direction.UP, FromSeven())
    values, rest = told(SECURITY, sealer.seal(b"header", b"data"))
    assert (values["spi"], values["iv_spacecraft_id"], values["iv_direction"]) == (3, 0x2AA, 1)
    assert (values["iv_sequence"], len(rest)) == (7, 4)
    assert SECURITY.fixed_bytes == OVERHEAD_BYTES
    assert total_bits(SECURITY.parameters) == 8 * SECURITY_HEADER_BYTES


def test_names_and_apids_are_unique() -> None:
    layouts = (*TELEMETRY, *dictionary.TELECOMMANDS, *dictionary.FRAMES)
    assert len({layout.name for layout in layouts}) == len(layouts)
    apids = [layout.apid for layout in layouts if layout.apid is not None]
    assert len(set(apids)) == len(apids)
    for layout in layouts:
        names = [parameter.name for parameter in (*layout.whole, *layout.trailer)]
        assert len(set(names)) == len(names)
        assert total_bits(layout.whole) % 8 == 0
    of_telemetry = [parameter.name for layout in TELEMETRY for parameter in layout.parameters]
    assert len(set(of_telemetry)) == len(of_telemetry)


TABLE = (
    Parameter("version", Constant(3, 5), ""),
    Parameter("flag", Flag(), ""),
    Parameter("code", Code(4, ((0, "no"), (9, "nine"))), ""),
    Parameter("octets", Octets(2), ""),
    Parameter("number", Number(13), ""),
    Parameter("count", Count(3), ""),
)


@given(
    st.booleans(), st.sampled_from([0, 9]), st.binary(min_size=2, max_size=2), st.integers(0, 8191), st.integers(0, 7)
)
def test_fields_of_any_width_round_trip(flag: bool, code: int, octets: bytes, number: int, count: int) -> None:
    values = {"flag": flag, "code": code, "octets": octets, "number": number, "count": count}
    assert read(TABLE, write(TABLE, values)) == {"version": 5, **values}


@given(st.binary(max_size=6) | st.binary(min_size=5, max_size=5))
def test_what_is_read_is_what_would_be_written(data: bytes) -> None:
    values = read(TABLE, data)
    assert values is None or write(TABLE, values) == data


def test_fields_golden() -> None:
    # 101 1 1001 | "ab" | 0000000000001 111, counted by hand.
    values = {"flag": True, "code": 9, "octets": b"ab", "number": 1, "count": 99}
    assert write(TABLE, values) == b"\xb9ab\x00\x0f"
    assert read(TABLE, b"\xb8ab\x00\x0f") is None
    assert read(TABLE, b"\x99ab\x00\x0f") is None


def test_housekeeping_has_the_size_that_is_documented() -> None:
    assert HOUSEKEEPING.fixed_bytes == 83
