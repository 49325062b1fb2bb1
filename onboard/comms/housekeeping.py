"""Real-time housekeeping: what the spacecraft says of itself in the first frame of every grant."""

from dataclasses import dataclass
from struct import Struct

VERSION = 1
_LAYOUT = Struct(">BQHHBBIIIQI")
_SOC_STEPS = 1000
_STEPS_PER_K = 10


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """`state_of_charge` is 0 to 1 and travels in steps of 0.001, the temperature in steps of 0.1 K.

    `mode` is an index, 0 to 255.
    """

    met_ns: int
    state_of_charge: float
    computer_temperature_k: float
    mode: int
    sunlit: bool
    frames_waiting: int
    jobs_done: int
    outbox_products: int
    outbox_bytes: int
    dropped_products: int


def encode(housekeeping: Housekeeping) -> bytes:
    """The packet data. Measurements and counts beyond the field's ends saturate, as a sensor does."""
    return _LAYOUT.pack(
        VERSION,
        housekeeping.met_ns,
        _steps(housekeeping.state_of_charge * _SOC_STEPS, _SOC_STEPS),
        _steps(housekeeping.computer_temperature_k * _STEPS_PER_K, 2**16 - 1),
        housekeeping.mode,
        housekeeping.sunlit,
        _steps(housekeeping.frames_waiting, 2**32 - 1),
        _steps(housekeeping.jobs_done, 2**32 - 1),
        _steps(housekeeping.outbox_products, 2**32 - 1),
        _steps(housekeeping.outbox_bytes, 2**64 - 1),
        _steps(housekeeping.dropped_products, 2**32 - 1),
    )


def decode(data: bytes) -> Housekeeping | None:
    """Housekeeping from packet data; None where length, version or a range is wrong."""
    if len(data) != _LAYOUT.size:
        return None
    version, met_ns, charge, temperature, mode, sunlit, *counts = _LAYOUT.unpack(data)
    if version != VERSION or charge > _SOC_STEPS or sunlit > 1:
        return None
    return Housekeeping(met_ns, charge / _SOC_STEPS, temperature / _STEPS_PER_K, mode, sunlit == 1, *counts)


def _steps(number: float, most: int) -> int:
    return min(max(round(number), 0), most)
