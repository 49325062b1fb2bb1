"""Independent decoders, given our XTCE file or only the widths of fields, read what our own decoder reads."""

import io
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import ccsdspy  # type: ignore[import-untyped]
import pytest
import space_packet_parser as spp  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from groundstation.exports import xtce, xtce_commands
from onboard.comms import housekeeping
from onboard.comms.dictionary import HOUSEKEEPING, MODES, PRODUCT_SEGMENT, SEGMENTS, STRATEGIES, TIMED_PACKET, Layout
from onboard.comms.housekeeping import Housekeeping
from onboard.comms.packets import Packet, PacketBuilder, ProductKind, parse_packet, parse_segment, time_code
from onboard.comms.parameters import Parameter, read, total_bits
from onboard.comms.telecommand_catalogue import BY_WORD, CATALOGUE
from onboard.comms.telecommand_packets import command_packet
from onboard.mission_time import to_s
from tests.housekeeping_samples import housekeepings

EPOCH = datetime(2026, 6, 1, 10, tzinfo=UTC)
SPACE = "{http://www.omg.org/spec/XTCE/20180204}"
times_ns = st.integers(0, 2**32 * 10**9 - 1)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("xtce") / "link.xtce.xml"
    path.write_bytes(xtce.document(EPOCH))
    return path


@pytest.fixture(scope="module")
def definition(document: Path) -> spp.XtcePacketDefinition:
    return spp.load_xtce(document)


def ours(packet: bytes) -> Packet:
    parsed = parse_packet(packet)
    assert parsed is not None
    return parsed


def test_the_file_is_valid_by_the_schema_and_by_its_references(document: Path) -> None:
    result = spp.validate_xtce(document, level="all")
    assert result.valid
    assert not result.errors


@settings(max_examples=60)
@given(housekeepings, times_ns)
def test_space_packet_parser_reads_housekeeping_as_we_do(
    definition: spp.XtcePacketDefinition, sample: Housekeeping, now_ns: int
) -> None:
    packet = PacketBuilder().housekeeping(time_code(now_ns), housekeeping.encode(sample))
    theirs = definition.parse_bytes(packet)
    parsed = ours(packet)
    decoded = housekeeping.decode(parsed.data)
    assert decoded is not None
    assert (theirs["apid"], theirs["sequence_count"]) == (parsed.apid, parsed.sequence_count)
    assert theirs["packet_data_length"] == len(packet) - 7
    assert theirs["time"].raw_value.to_bytes(7, "big") == time_code(parsed.time_ns)
    assert theirs["time"] == pytest.approx(to_s(parsed.time_ns), rel=1e-12, abs=2e-9)
    words = {"mode": dict(MODES.words)[decoded.mode], "strategy": dict(STRATEGIES.words)[decoded.strategy]}
    for name, value in asdict(decoded).items():
        expected = words.get(name, value)
        assert theirs[name] == (pytest.approx(expected, rel=1e-12) if isinstance(expected, float) else expected), name
    header = {parameter.name for parameter in TIMED_PACKET.whole}
    assert theirs.keys() - header == asdict(decoded).keys() | {"housekeeping_version"}


@settings(max_examples=60)
@given(st.sampled_from(ProductKind), times_ns, st.tuples(*[st.integers(0, 2**32 - 1)] * 3), st.binary(max_size=1200))
def test_space_packet_parser_reads_segments_as_we_do(
    definition: spp.XtcePacketDefinition, kind: ProductKind, now_ns: int, numbers: tuple[int, int, int], data: bytes
) -> None:
    packet = PacketBuilder().segment(time_code(now_ns), kind, *numbers, data)
    theirs = definition.parse_bytes(packet)
    segment = parse_segment(ours(packet))
    assert segment is not None
    assert theirs["apid"] == segment.kind.apid
    told = (theirs["product_id"], theirs["stream_length"], theirs["offset"], theirs["segment_data"])
    assert told == (segment.product_id, segment.product_length, segment.offset, segment.data)


@pytest.mark.parametrize("size", [7, 8, 1107])
def test_space_packet_parser_reads_idle_packets(definition: spp.XtcePacketDefinition, size: int) -> None:
    theirs = definition.parse_bytes(PacketBuilder().idle(size))
    assert (theirs["apid"], theirs["filler"]) == (0x7FF, b"\x55" * (size - 6))


def test_a_file_of_packets_is_read_one_after_another(definition: spp.XtcePacketDefinition) -> None:
    builder = PacketBuilder()
    sample = housekeeping.encode(Housekeeping(5, 0.5, 300.0, 2, False, 1, 2, 3, 4, 5))
    sent = [
        packet
        for number in range(5)
        for packet in (
            builder.housekeeping(time_code(number), sample),
            builder.segment(bytes(7), ProductKind.CHIP, number, 9, 0, b"chip" * number),
            builder.idle(7 + number),
        )
    ]
    theirs = [definition.parse_bytes(packet) for packet in spp.ccsds_generator(io.BytesIO(b"".join(sent)))]
    assert [packet["apid"] for packet in theirs] == [0x110, 0x101, 0x7FF] * 5
    assert [packet["product_id"] for packet in theirs[1::3]] == list(range(5))


def by_ccsdspy(layout: Layout, packets: list[bytes]) -> dict[str, Any]:
    """Columns of raw numbers, read by the widths of the fields alone. It wants the primary header left to itself."""
    fields = [
        ccsdspy.PacketField(parameter.name, "uint", parameter.type.bits) for parameter in _after_primary_header(layout)
    ]
    if layout.rest_name:
        rest = {"array_shape": "expand", "data_type": "uint", "bit_length": 8}
        reader = ccsdspy.VariableLength([*fields, ccsdspy.PacketArray(name=layout.rest_name, **rest)])
    else:
        reader = ccsdspy.FixedLength(fields)
    columns: dict[str, Any] = reader.load(io.BytesIO(b"".join(packets)), include_primary_header=True)
    return columns


def _after_primary_header(layout: Layout) -> tuple[Parameter, ...]:
    return layout.whole[7:]


@settings(max_examples=10)
@given(st.lists(st.tuples(housekeepings, times_ns), min_size=1, max_size=20))
def test_ccsdspy_reads_housekeeping_as_we_do(samples: list[tuple[Housekeeping, int]]) -> None:
    builder = PacketBuilder()
    packets = [builder.housekeeping(time_code(now_ns), housekeeping.encode(sample)) for sample, now_ns in samples]
    columns = by_ccsdspy(HOUSEKEEPING, packets)
    assert columns["CCSDS_APID"].tolist() == [0x110] * len(packets)
    assert columns["CCSDS_SEQUENCE_COUNT"].tolist() == list(range(len(packets)))
    for at, packet in enumerate(packets):
        parsed = ours(packet)
        assert int(columns["time"][at]).to_bytes(7, "big") == time_code(parsed.time_ns)
        values = read(HOUSEKEEPING.parameters, parsed.data)
        assert values is not None
        for parameter in HOUSEKEEPING.parameters:
            assert parameter.type.value(int(columns[parameter.name][at])) == values[parameter.name], parameter.name


@settings(max_examples=10)
@given(st.sampled_from(ProductKind), st.lists(st.binary(min_size=1, max_size=99), min_size=2, max_size=20))
def test_ccsdspy_reads_segments_as_we_do(kind: ProductKind, pieces: list[bytes]) -> None:
    builder = PacketBuilder()
    packets = [builder.segment(time_code(7), kind, at, 4000, 99 * at, piece) for at, piece in enumerate(pieces)]
    columns = by_ccsdspy(SEGMENTS[kind], packets)
    for at, packet in enumerate(packets):
        segment = parse_segment(ours(packet))
        assert segment is not None
        assert columns["CCSDS_APID"][at] == segment.kind.apid
        told = (columns["product_id"][at], columns["stream_length"][at], columns["offset"][at])
        assert told == (segment.product_id, segment.product_length, segment.offset)
        assert bytes(columns["segment_data"][at].astype("u1")) == segment.data
    assert total_bits(PRODUCT_SEGMENT.whole) == 8 * 25


def test_every_telecommand_is_there_and_its_constants_are_those_sent(document: Path) -> None:
    tree = ElementTree.parse(document)
    commands = {command.get("name"): command for command in tree.iterfind(f".//{SPACE}MetaCommand")}
    assert list(commands) == [*(entry.word for entry in CATALOGUE), "ground_report"]
    for entry in CATALOGUE:
        fixed = commands[entry.word].iterfind(f".//{SPACE}FixedValueEntry")
        identification, code = (bytes.fromhex(one.attrib["binaryValue"]) for one in fixed)
        packet = command_packet(1, code)
        assert packet[:2] == identification
        assert packet[10:12] == code == bytes([1, entry.code])
    simple = {entry.word for entry in CATALOGUE if xtce_commands.is_simple(entry)}
    assert simple == {"set_mode", "reset", "roll_back_model"}
    listed = [one.get("label") for one in tree.iterfind(f".//*[@name='set_mode_mode']//{SPACE}Enumeration")]
    (mode,) = BY_WORD["set_mode"].fields
    assert tuple(listed) == mode.form.words  # type: ignore[attr-defined]
