"""Housekeeping as it comes out of a decoder: quantised, all of it."""

from hypothesis import strategies as st

from onboard.comms.dictionary import MODES, STRATEGIES
from onboard.comms.housekeeping import Housekeeping

_COUNTS = st.integers(0, 2**32 - 1)

housekeepings = st.builds(
    Housekeeping,
    met_ns=st.integers(0, 2**62),
    state_of_charge=st.integers(0, 1000).map(lambda steps: steps / 1000),
    computer_temperature_k=st.integers(0, 65535).map(lambda steps: steps / 10),
    mode=st.sampled_from([number for number, _ in MODES.words]),
    sunlit=st.booleans(),
    frames_waiting=_COUNTS,
    jobs_done=_COUNTS,
    outbox_products=_COUNTS,
    outbox_bytes=st.integers(0, 2**56 - 1),
    dropped_products=_COUNTS,
    boot_count=st.integers(0, 2**16 - 1),
    commands_accepted=_COUNTS,
    commands_window=st.integers(0, 2**64 - 1),
    strategy=st.sampled_from([number for number, _ in STRATEGIES.words]),
    model_sha256_prefix=st.binary(min_size=4, max_size=4),
    frames_retained=_COUNTS,
    products_expired=_COUNTS,
    key_id=st.integers(0, 2**16 - 1),
    computer_off=st.booleans(),
    instrument_off=st.booleans(),
    radio_off=st.booleans(),
    monitors=st.integers(0, 2**21 - 1),
)
