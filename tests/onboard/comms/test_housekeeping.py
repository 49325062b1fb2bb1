from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onboard.comms.housekeeping import Housekeeping, decode, encode

counts = st.integers(0, 2**32 - 1)
quantised = st.builds(
    Housekeeping,
    met_ns=st.integers(0, 2**62),
    state_of_charge=st.integers(0, 1000).map(lambda steps: steps / 1000),
    computer_temperature_k=st.integers(0, 65535).map(lambda steps: steps / 10),
    mode=st.integers(0, 255),
    sunlit=st.booleans(),
    frames_waiting=counts,
    jobs_done=counts,
    outbox_products=counts,
    outbox_bytes=st.integers(0, 2**64 - 1),
    dropped_products=counts,
)


@given(quantised)
def test_round_trip_is_exact(housekeeping: Housekeeping) -> None:
    data = encode(housekeeping)
    decoded = decode(data)
    assert decoded == housekeeping
    assert encode(decoded) == data


@given(st.floats(0, 1), st.floats(0, 500))
def test_quantised_to_half_a_step(charge: float, temperature_k: float) -> None:
    decoded = decode(encode(Housekeeping(1, charge, temperature_k, 0, False, 0, 0, 0, 0, 0)))
    assert decoded is not None
    assert decoded.state_of_charge == pytest.approx(charge, abs=0.000_501)
    assert decoded.computer_temperature_k == pytest.approx(temperature_k, abs=0.0501)


def test_values_beyond_the_field_saturate() -> None:
    decoded = decode(encode(Housekeeping(0, 1.2, 9000.0, 0, True, 2**40, 0, 0, 0, 0)))
    assert decoded == Housekeeping(0, 1.0, 6553.5, 0, True, 2**32 - 1, 0, 0, 0, 0)
    assert decode(encode(replace(decoded, state_of_charge=-0.1))) == replace(decoded, state_of_charge=0.0)


@given(st.binary(max_size=60) | st.binary(min_size=39, max_size=39))
def test_any_bytes_are_safe(data: bytes) -> None:
    decoded = decode(data)
    assert decoded is None or encode(decoded) == data
