"""Telecommands and their packets: canonical, bounded, and silent about noise."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms import telecommands
from onboard.comms.frames import frame_check
from onboard.comms.records import Choice, Decimal, Form, Group, Octets, Several, Text, Whole
from onboard.comms.telecommand_catalogue import CATALOGUE, VERSION, Entry, decode, encode, entry_of, fitted, rows
from onboard.comms.telecommand_packets import (
    COMMAND_OVERHEAD_BYTES,
    CommandPacket,
    ReportPacket,
    command_packet,
    parse_packets,
    report_packet,
)
from onboard.comms.telecommands import (
    MAX_PART_BYTES,
    Area,
    BeginModelUpload,
    CaptureAt,
    FetchFrame,
    LoadModelPart,
    PlannedPass,
    Reset,
    SetPassPlan,
    SetStrategy,
    SetThreshold,
    Telecommand,
)

AREA = Area(-35.5, 170.0, -30.25, -175.0)


def values(form: Form) -> st.SearchStrategy[Any]:
    """Values that a form can write."""
    match form:
        case Whole(high, low):
            return st.integers(low, high)
        case Decimal(low, high, places):
            return st.integers(round(low * 10**places), round(high * 10**places)).map(lambda n: n / 10**places)
        case Choice(words):
            return st.sampled_from(words)
        case Text(most, least):
            return st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=least, max_size=most)
        case Octets(most, least):
            return st.binary(min_size=least, max_size=most)
        case Several(inner, most, least):
            return st.lists(values(inner), min_size=least, max_size=min(most, 5)).map(tuple)
        case Group(record_type, inner_fields):
            return st.builds(record_type, **{one.name: values(one.form) for one in inner_fields})
    raise AssertionError(form)


def commands_of(entry: Entry) -> st.SearchStrategy[Telecommand]:
    """Telecommands of a kind that keep the rules between fields."""
    if entry.command_type is SetPassPlan:
        edges = st.lists(st.integers(0, 2**62), min_size=2, max_size=20, unique=True).map(sorted)
        return edges.map(
            lambda at: SetPassPlan(tuple(PlannedPass(a, b, a % 10**9) for a, b in zip(at[::2], at[1::2], strict=False)))
        )
    if entry.command_type is CaptureAt:
        instants = st.lists(st.integers(0, 2**62), min_size=1, max_size=16, unique=True).map(sorted).map(tuple)
        return st.builds(CaptureAt, instants, st.just(AREA))
    if entry.command_type is BeginModelUpload:
        return st.integers(1, 10**6).map(lambda size: BeginModelUpload(3, "wildfire", size, b"h" * 32, -(-size // 800)))
    return st.builds(entry.command_type, **{field.name: values(field.form) for field in entry.fields})


any_command = st.one_of([commands_of(entry) for entry in CATALOGUE])


@given(any_command)
def test_round_trip(command: Telecommand) -> None:
    data = encode(command)
    assert decode(data) == command
    assert encode(command) == data


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.word)
def test_the_catalogue_names_every_field_of_its_kind_in_order(entry: Entry) -> None:
    assert [one.name for one in entry.fields] == [one.name for one in fields(entry.command_type)]
    assert all(one.about and one.form.rule for one in entry.fields)


def test_the_catalogue_has_every_telecommand_once() -> None:
    assert {entry.command_type for entry in CATALOGUE} == set(Telecommand.__args__)
    assert len({entry.code for entry in CATALOGUE}) == len({entry.word for entry in CATALOGUE}) == len(CATALOGUE)


def test_golden_bytes() -> None:
    # By hand from the layout: version 1, kind, fields.
    assert encode(SetStrategy("raw")).hex(" ") == "01 02 03 72 61 77"
    assert encode(FetchFrame(300, "raw", 4)).hex(" ") == "01 05 ac 02 01 03"
    assert encode(SetThreshold("sar", 0.5)).hex(" ") == "01 03 03 73 61 72 90 4e"
    assert encode(Reset()).hex(" ") == "01 07"
    assert encode(LoadModelPart(1, 128, b"\x00\x01")).hex(" ") == "01 09 01 80 01 02 00 01"
    packet = command_packet(2**14 + 2, encode(Reset()))
    assert packet[:-2].hex(" ") == "10 20 c0 02 00 07 00 00 40 02 01 07"
    assert report_packet(5, b"abc").hex(" ") == "10 21 c0 05 00 02 61 62 63"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (SetThreshold("wildfire", 1.5), "threshold must be a number from 0 to 1"),
        (SetThreshold("wildfire", float("nan")), "threshold"),
        (SetThreshold("", 0.5), "task must be a text of 1 to 32"),
        (FetchFrame(1, "png", 1), "codec must be one of lossless, raw"),
        (FetchFrame(1, "raw", 0), "thumbnail_factor must be a whole number from 1 to 64"),
        (FetchFrame(True, "raw", 1), "frame_id"),
        (SetPassPlan(()), "passes must be a list of 1 to 32"),
        (SetPassPlan((PlannedPass(5, 5, 1),)), "passes must be in order"),
        (SetPassPlan((PlannedPass(5, 9, 1), PlannedPass(7, 12, 1))), "passes must be in order"),
        (CaptureAt((9, 7), AREA), "instants must be in order"),
        (CaptureAt((7,), Area(10.0, 0.0, 5.0, 1.0)), "south"),
        (BeginModelUpload(1, "t", 100, b"short", 1), "sha256 must be 32 bytes"),
        (BeginModelUpload(1, "t", 10, b"h" * 32, 6), "all but the last of one size"),
        (BeginModelUpload(1, "t", 10, b"h" * 32, 0), "parts"),
        (BeginModelUpload(1, "t", 10_000, b"h" * 32, 2), f"parts must be of 1 to {MAX_PART_BYTES} bytes"),
        (LoadModelPart(1, 0, b""), "data must be 1 to 900 bytes"),
    ],
)
def test_a_broken_rule_is_named(command: Telecommand, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        encode(command)


@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda body: bytes([VERSION]) + body))
def test_noise_is_no_telecommand(noise: bytes) -> None:
    command = decode(noise)
    assert command is None or encode(command) == noise


@given(any_command, st.data())
def test_damaged_bytes_are_another_telecommand_or_none(command: Telecommand, data: st.DataObject) -> None:
    damaged = bytearray(encode(command))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    read = decode(bytes(damaged))
    assert read is None or (read != command and encode(read) == damaged)
    assert decode(encode(command) + b"\0") is None
    assert decode(encode(command)[:-1]) is None or not entry_of(command).fields


def test_counts_beyond_the_bytes_reserve_nothing() -> None:
    assert decode(bytes([VERSION, 1]) + b"\xff" * 8 + b"\x7f") is None
    assert decode(bytes([VERSION, 9, 1, 0]) + b"\xff" * 8 + b"\x7f") is None


@given(any_command, st.integers(24, 400))
def test_fitted_parts_say_the_same(command: Telecommand, most_bytes: int) -> None:
    try:
        parts = list(fitted(command, most_bytes))
    except ValueError as error:
        assert "bytes, and the link carries" in str(error)  # noqa: PT017
        return
    assert all(len(encode(part)) <= most_bytes for part in parts)
    match command:
        case SetPassPlan(passes):
            assert tuple(one for part in parts if isinstance(part, SetPassPlan) for one in part.passes) == passes
        case CaptureAt(met_ns):
            assert tuple(at for part in parts if isinstance(part, CaptureAt) for at in part.met_ns) == met_ns
        case _:
            assert parts == [command]


def test_a_part_and_its_packet_fit_a_tc_frame() -> None:
    longest = LoadModelPart(telecommands.MAX_UPLOAD_ID, telecommands.MAX_MODEL_BYTES, b"x" * MAX_PART_BYTES)
    # 232.0-B: 1,024 octets, of which header and error control take 7; 355.0-B leaves its fields up to 64 octets.
    assert len(encode(longest)) + COMMAND_OVERHEAD_BYTES <= 1024 - 7 - 64


packets = st.tuples(st.integers(1, 2**32 - 1), st.binary(max_size=60)) | st.binary(min_size=1, max_size=60)


@given(st.lists(packets, max_size=6), st.binary(max_size=5))
def test_packets_end_to_end(sent: list[Any], tail: bytes) -> None:
    data = b"".join(report_packet(7, one) if isinstance(one, bytes) else command_packet(*one) for one in sent)
    expected = tuple(ReportPacket(one) if isinstance(one, bytes) else CommandPacket(*one) for one in sent)
    assert parse_packets(data + tail) == expected


@given(st.binary(max_size=300))
def test_noise_is_no_packet(noise: bytes) -> None:
    """Unless its last two bytes happen to check it."""
    assert all(isinstance(one, ReportPacket) for one in parse_packets(noise))


@given(st.integers(1, 2**32 - 1), st.binary(max_size=60), st.data())
def test_a_damaged_packet_is_dropped_and_the_next_is_read(sequence: int, body: bytes, data: st.DataObject) -> None:
    damaged = bytearray(command_packet(sequence, body))
    at = data.draw(st.sampled_from([n for n in range(len(damaged)) if n not in (4, 5)]))
    damaged[at] ^= data.draw(st.integers(1, 255))
    assert all(isinstance(one, ReportPacket) or one.sequence == 9 for one in parse_packets(bytes(damaged)))
    assert parse_packets(bytes(damaged) + command_packet(9, b"next"))[-1] == CommandPacket(9, b"next")


def test_a_count_that_is_not_the_sequence_numbers_is_refused() -> None:
    packet = bytearray(command_packet(5, b"\x01\x07")[:-2])
    packet[3] = 6
    assert parse_packets(bytes(packet) + frame_check(bytes(packet)).to_bytes(2, "big")) == ()


def test_the_catalogue_reads_as_a_table() -> None:
    table = list(rows())
    assert ("fetch_frame", "thumbnail_factor", "a whole number from 1 to 64") in {row[:3] for row in table}
    assert len(table) == len(CATALOGUE) + sum(len(entry.fields) for entry in CATALOGUE)
