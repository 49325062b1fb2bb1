"""Real-time housekeeping: what the spacecraft says of itself in the first frames of every slot.

Its fields are those of the data dictionary, in its order.
"""

from dataclasses import dataclass

from onboard.comms.dictionary import HOUSEKEEPING, MONITORS, OTHER_STRATEGY, SECURITY, STRATEGIES, UNITS, Severity
from onboard.comms.frames import FRAME_OVERHEAD_BYTES, MIN_FRAME_BYTES
from onboard.comms.packets import MIN_PACKET_BYTES
from onboard.comms.parameters import read, write

_PARAMETERS = HOUSEKEEPING.parameters
_VERSION, *_NAMES = (parameter.name for parameter in _PARAMETERS)
_ROOM_BYTES = MIN_FRAME_BYTES - FRAME_OVERHEAD_BYTES - SECURITY.fixed_bytes
assert HOUSEKEEPING.fixed_bytes <= _ROOM_BYTES - MIN_PACKET_BYTES, "the shortest sealed frame holds it, and fill"


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """`state_of_charge` is 0 to 1 and travels in steps of 0.001, the temperature in steps of 0.1 K.

    `mode` and `strategy` are numbers of the dictionary's tables, `monitors` is the mask of those that are raised.
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
    boot_count: int = 0
    commands_accepted: int = 0
    commands_window: int = 0
    strategy: int = OTHER_STRATEGY
    model_sha256_prefix: bytes = bytes(4)
    frames_retained: int = 0
    products_expired: int = 0
    key_id: int = 0
    computer_off: bool = False
    instrument_off: bool = False
    radio_off: bool = False
    monitors: int = 0


def raised_monitors(mask: int) -> tuple[tuple[str, Severity], ...]:
    """Names and severities of the monitors in a mask; a bit that the dictionary does not know is left out."""
    return tuple(row for bit, row in enumerate(MONITORS) if mask >> bit & 1)


def units_off(told: Housekeeping) -> tuple[str, ...]:
    """Units that flight software keeps off."""
    return tuple(unit for unit in UNITS if getattr(told, f"{unit}_off"))


def strategy_number(name: str) -> int:
    """What stands for a strategy, 255 for one that the dictionary does not know."""
    known = STRATEGIES.number(name)
    return OTHER_STRATEGY if known is None else known


def encode(housekeeping: Housekeeping) -> bytes:
    """The packet data. Measurements and counts beyond the field's ends saturate, as a sensor does."""
    return write(_PARAMETERS, {name: getattr(housekeeping, name) for name in _NAMES})


def decode(data: bytes) -> Housekeeping | None:
    """Housekeeping from packet data; None where length, version or a range is wrong."""
    values = read(_PARAMETERS, data)
    if values is None:
        return None
    del values[_VERSION]
    return Housekeeping(**values)
