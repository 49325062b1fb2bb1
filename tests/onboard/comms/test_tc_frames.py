from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.frames import frame_check
from onboard.comms.security import Direction, Opener, Sealer
from onboard.comms.tc_frames import MAX_TC_FRAME_BYTES, build_tc_frame, most_tc_data_bytes, parse_tc_frame
from tests.onboard.comms.sequence_numbers import Numbers

KEYS = {1: bytes(range(32))}


def checked(body: bytes) -> bytes:
    return body + frame_check(body).to_bytes(2, "big")


def sealer(direction: Direction = Direction.UP) -> Sealer:
    return Sealer(KEYS, 0x155, direction, Numbers())


def test_header_golden() -> None:
    # Laid out by hand from 232.0-B, 4.1.2: version 00, bypass 1, control 0, spare 00, spacecraft 0x155; channel 0,
    # frame length 10 octets less one; frame sequence number zero for type B.
    frame = build_tc_frame(0x155, b"abc")
    assert frame[:5].hex() == "2155000900"
    assert frame == checked(frame[:8])
    assert parse_tc_frame(frame, 0x155) == b"abc"


@given(st.integers(0, 1023), st.binary(min_size=1, max_size=987))
def test_round_trip(spacecraft_id: int, data: bytes) -> None:
    assert parse_tc_frame(build_tc_frame(spacecraft_id, data), spacecraft_id) == data
    seal = Sealer(KEYS, spacecraft_id, Direction.UP, Numbers())
    frame = build_tc_frame(spacecraft_id, data, seal)
    assert len(frame) == len(data) + 37
    assert parse_tc_frame(frame, spacecraft_id, Opener(KEYS, spacecraft_id, Direction.UP)) == data


@pytest.mark.parametrize("make", [lambda: None, sealer], ids=["clear", "sealed"])
def test_the_longest_data_makes_the_longest_frame(make: Callable[[], Sealer | None]) -> None:
    longest = bytes(most_tc_data_bytes(make()))
    assert len(build_tc_frame(1, longest, make())) == MAX_TC_FRAME_BYTES
    with pytest.raises(AssertionError):
        build_tc_frame(1, longest + b"0", make())
    with pytest.raises(AssertionError):
        build_tc_frame(1, b"", make())


@given(st.binary(min_size=1, max_size=40), st.data())
def test_other_headers_are_refused(data: bytes, draw: st.DataObject) -> None:
    """Another spacecraft, version, type, channel, length or frame sequence number, though the check is right."""
    frame = build_tc_frame(0x155, data)
    bit = draw.draw(st.integers(0, 39))
    altered = (int.from_bytes(frame[:5], "big") ^ 1 << bit).to_bytes(5, "big")
    assert parse_tc_frame(checked(altered + frame[5:-2]), 0x155) is None


@given(st.binary(max_size=60) | st.binary(min_size=1015, max_size=1030))
def test_noise_is_no_frame(noise: bytes) -> None:
    opener = Opener(KEYS, 0x155, Direction.UP)
    for frame in (noise, checked(noise), checked(bytes.fromhex("2155") + noise)):
        assert parse_tc_frame(frame, 0x155, opener) is None


def test_a_sealed_frame_is_taken_once_and_only_from_the_ground() -> None:
    opener = Opener(KEYS, 0x155, Direction.UP)
    frame = build_tc_frame(0x155, b"command", sealer())
    assert parse_tc_frame(build_tc_frame(0x155, b"command", sealer(Direction.DOWN)), 0x155, opener) is None
    assert parse_tc_frame(build_tc_frame(0x155, b"command"), 0x155, opener) is None
    assert parse_tc_frame(frame, 0x155, opener) == b"command"
    assert parse_tc_frame(frame, 0x155, opener) is None
    assert (opener.counts.opened, opener.counts.replayed, opener.counts.unknown) == (1, 1, 2)
