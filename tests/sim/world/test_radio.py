"""Light time and volumes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.world.radio import propagation_delay_ns, volume_bytes


def test_light_time() -> None:
    # Light takes 1 ms for 299.792458 km (SI), about 1.28 s to the Moon at 384,400 km.
    delay_ns = propagation_delay_ns(np.array([0.0, 299.792458, 384_400.0]))
    assert delay_ns.tolist() == [0, 1_000_000, 1_282_220_382]


@given(st.integers(1, 10**12), st.integers(0, 10**15))
def test_volume_is_whole_and_never_more_than_the_rate(rate_bps: int, duration_ns: int) -> None:
    volume = volume_bytes(rate_bps, duration_ns)
    assert volume * 8 * 10**9 <= rate_bps * duration_ns < (volume + 1) * 8 * 10**9


def test_ten_minutes_at_25_megabit() -> None:
    assert volume_bytes(25_000_000, 600 * 10**9) == 1_875_000_000
