from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.dictionary import HOUSEKEEPING, MODES, OTHER_STRATEGY, STRATEGIES
from onboard.comms.frames import FRAME_OVERHEAD_BYTES, MIN_FRAME_BYTES
from onboard.comms.housekeeping import Housekeeping, decode, encode, strategy_number
from onboard.comms.packets import MIN_PACKET_BYTES, PacketBuilder
from onboard.comms.security import OVERHEAD_BYTES
from onboard.modes import Mode
from onboard.strategy import STRATEGIES as FLOWN_STRATEGIES
from tests.housekeeping_samples import housekeepings

SAMPLE = Housekeeping(0, 1.0, 300.0, 0, True, 0, 0, 0, 0, 0)


@given(housekeepings)
def test_round_trip_is_exact(housekeeping: Housekeeping) -> None:
    data = encode(housekeeping)
    decoded = decode(data)
    assert decoded == housekeeping
    assert encode(decoded) == data


@given(st.floats(0, 1), st.floats(0, 500))
def test_quantised_to_half_a_step(charge: float, temperature_k: float) -> None:
    decoded = decode(encode(replace(SAMPLE, state_of_charge=charge, computer_temperature_k=temperature_k)))
    assert decoded is not None
    assert decoded.state_of_charge == pytest.approx(charge, abs=0.000_501)
    assert decoded.computer_temperature_k == pytest.approx(temperature_k, abs=0.0501)


def test_values_beyond_the_field_saturate() -> None:
    decoded = decode(encode(Housekeeping(0, 1.2, 9000.0, 0, True, 2**40, 0, 0, 0, 0, boot_count=70_000)))
    assert decoded == Housekeeping(0, 1.0, 6553.5, 0, True, 2**32 - 1, 0, 0, 0, 0, boot_count=65_535)
    assert decode(encode(replace(decoded, state_of_charge=-0.1))) == replace(decoded, state_of_charge=0.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"commands_accepted": 2**32},
        {"commands_window": -1},
        {"mode": 5},
        {"monitors": 2**21},
        {"model_sha256_prefix": b"abc"},
    ],
    ids=str,
)
def test_what_is_not_measured_must_fit(wrong: dict[str, int | bytes]) -> None:
    with pytest.raises(AssertionError):
        encode(replace(SAMPLE, **wrong))  # type: ignore[arg-type]


@given(
    st.binary(max_size=90)
    | st.binary(min_size=70, max_size=70)
    | st.binary(min_size=69, max_size=69).map(b"\3".__add__)
)
def test_any_bytes_are_safe(data: bytes) -> None:
    decoded = decode(data)
    assert decoded is None or encode(decoded) == data


@pytest.mark.parametrize("version", [b"\1", b"\2"])
def test_a_former_version_is_refused(version: bytes) -> None:
    assert decode(version + encode(SAMPLE)[1:]) is None
    assert decode(encode(SAMPLE)[:39]) is None


def test_the_fields_are_those_of_the_dictionary() -> None:
    version, *names = (parameter.name for parameter in HOUSEKEEPING.parameters)
    assert names == [field.name for field in fields(Housekeeping)]
    assert version == "housekeeping_version"


def test_the_shortest_sealed_frame_holds_it_and_an_idle_packet() -> None:
    packet = PacketBuilder().housekeeping(bytes(7), encode(SAMPLE))
    assert len(packet) == HOUSEKEEPING.fixed_bytes
    assert FRAME_OVERHEAD_BYTES + OVERHEAD_BYTES + len(packet) + MIN_PACKET_BYTES <= MIN_FRAME_BYTES


def test_modes_and_strategies_are_those_that_fly() -> None:
    assert [word for _, word in MODES.words] == [mode.value for mode in Mode]
    assert [number for number, _ in MODES.words] == list(range(len(Mode)))
    assert {word for number, word in STRATEGIES.words if number != OTHER_STRATEGY} <= FLOWN_STRATEGIES.keys()
    assert {name: strategy_number(name) for name in ("raw", "lossless", "detections", "someone's own")} == {
        "raw": 0,
        "lossless": 1,
        "detections": 2,
        "someone's own": 255,
    }
