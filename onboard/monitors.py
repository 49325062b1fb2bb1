"""The table of monitors, and which of them are raised."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from onboard.comms.dictionary import MONITORS as BITS
from onboard.comms.dictionary import Severity
from onboard.debounce import Debounce
from onboard.modes import Limits, Signal

LOOKS_IN_A_ROW = 3
"""Frames before a camera is taken for frozen or blind, samples before a temperature is believed: assumed."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What monitors read at one instant; None for what was not looked at, which moves nothing.

    `warm_heater_w` is the battery heater's power while its battery is warm. Shares are 0 to 1; `overcurrent_...` and
    `is_same_frame` are 0 or 1. `overdue_s` is how long the slowest job is beyond all it may take, `silence_s` how
    long nothing from the ground was heard.
    """

    state_of_charge: float | None = None
    computer_temperature_k: float | None = None
    battery_temperature_k: float | None = None
    array_share: float | None = None
    warm_heater_w: float | None = None
    overcurrent_computer: float | None = None
    overcurrent_instrument: float | None = None
    overcurrent_radio: float | None = None
    is_same_frame: float | None = None
    contrast_dn: float | None = None
    overdue_s: float | None = None
    model_faults: float | None = None
    boots: float | None = None
    silence_s: float | None = None
    new_memory_errors: float | None = None
    fullest_share: float | None = None


@dataclass(frozen=True, slots=True)
class Monitor:
    """A row: beyond `limit` for `raise_after` readings in a row it is raised, at `clear` or better for `clear_after` it
    is lowered. Both are fields of `Limits`, or numbers; without `clear` it is the limit, and `margin` away from it.

    `signal` holds while it is raised, `cleared` while it is not. Its `unit` is cycled when it is raised, and whenever
    as many readings again are beyond the limit. `resets` starts the flight computer anew.
    """

    name: str
    reads: str
    side: Literal["below", "above"]
    limit: str | float
    clear: str | float | None = None
    margin: float = 0.0
    raise_after: int = 1
    clear_after: int = 1
    signal: Signal | None = None
    cleared: Signal | None = None
    unit: str = ""
    resets: bool = False

    @property
    def severity(self) -> Severity:
        """As the dictionary has it."""
        return dict(BITS)[self.name]

    def after(self, state: Debounce, limits: Limits, reading: float) -> Debounce:
        """Its state after a reading."""
        sign = 1.0 if self.side == "above" else -1.0
        limit = _value(limits, self.limit)
        clear = _value(limits, self.limit if self.clear is None else self.clear) - sign * self.margin
        return state.after(
            is_beyond=sign * reading > sign * limit,
            is_clear=sign * reading <= sign * clear,
            raise_after=self.raise_after,
            clear_after=self.clear_after,
        )


CHARGE_LOW = Monitor(
    *("charge_low", "state_of_charge", "below", "min_state_of_charge", "resume_state_of_charge"),
    signal=Signal.CHARGE_LOW,
    cleared=Signal.CHARGE_RESTORED,
)
COMPUTER_HOT = Monitor(
    *("computer_hot", "computer_temperature_k", "above"),
    *("max_computer_temperature_k", "resume_computer_temperature_k"),
    signal=Signal.OVERHEATED,
    cleared=Signal.COOLED,
)
CHARGE_CRITICAL = Monitor(
    *("charge_critical", "state_of_charge", "below", "critical_state_of_charge", "min_state_of_charge"),
    raise_after=2,
    signal=Signal.FAULT,
)
MONITORS = (
    CHARGE_LOW,
    CHARGE_CRITICAL,
    COMPUTER_HOT,
    Monitor(
        *("battery_cold", "battery_temperature_k", "below", "min_battery_temperature_k"),
        margin=2.0,
        raise_after=LOOKS_IN_A_ROW,
        clear_after=LOOKS_IN_A_ROW,
    ),
    Monitor(
        *("battery_hot", "battery_temperature_k", "above", "max_battery_temperature_k"),
        margin=5.0,
        raise_after=LOOKS_IN_A_ROW,
        clear_after=LOOKS_IN_A_ROW,
        signal=Signal.FAULT,
    ),
    Monitor("array_weak", "array_share", "below", "min_array_share", margin=0.05),
    Monitor("heater_stuck", "warm_heater_w", "above", 0.0, raise_after=LOOKS_IN_A_ROW, clear_after=LOOKS_IN_A_ROW),
    *(
        Monitor(f"overcurrent_{unit}", f"overcurrent_{unit}", "above", 0.0, unit=unit)
        for unit in ("computer", "instrument", "radio")
    ),
    Monitor("camera_frozen", "is_same_frame", "above", 0.0, raise_after=LOOKS_IN_A_ROW, unit="instrument"),
    Monitor("camera_blind", "contrast_dn", "below", "min_contrast_dn", raise_after=LOOKS_IN_A_ROW, unit="instrument"),
    Monitor("job_overdue", "overdue_s", "above", 0.0, unit="computer"),
    Monitor("model_faults", "model_faults", "above", "max_model_faults", 0.0),
    Monitor("boots_in_succession", "boots", "above", "max_boots", signal=Signal.FAULT),
    Monitor("command_loss", "silence_s", "above", "command_loss_s", signal=Signal.FAULT, resets=True),
    Monitor("memory_errors", "new_memory_errors", "above", "max_memory_errors", clear_after=60),
    Monitor("stores_full", "fullest_share", "above", "full_share", margin=0.05, raise_after=30),
)
"""In the order of the dictionary's bits. Power comes before heat."""


class Monitors:
    """Which monitors of a table are raised, judged anew with every reading."""

    def __init__(self, limits: Limits, rows: Sequence[Monitor] = MONITORS, raised: Iterable[str] = ()) -> None:
        self._limits = limits
        self._rows = rows
        self._states = {row.name: Debounce(row.name in set(raised)) for row in rows}

    def take(self, readings: Readings) -> tuple[Monitor, ...]:
        """Judge; returns those that have just been raised or lowered."""
        changed = []
        for row in self._rows:
            reading = getattr(readings, row.reads)
            if reading is None:
                continue
            before = self._states[row.name]
            self._states[row.name] = after = row.after(before, self._limits, reading)
            if before.is_raised != after.is_raised:
                changed.append(row)
        return tuple(changed)

    def is_raised(self, row: Monitor) -> bool:
        """Whether one is raised."""
        return self._states[row.name].is_raised

    @property
    def raised(self) -> tuple[Monitor, ...]:
        """Those that are, in the order of the table."""
        return tuple(row for row in self._rows if self.is_raised(row))

    @property
    def signals(self) -> tuple[Signal, ...]:
        """What they say of the mode, in the order of the table."""
        said = (row.signal if self.is_raised(row) else row.cleared for row in self._rows)
        return tuple(signal for signal in said if signal is not None)

    @property
    def insisting(self) -> tuple[Monitor, ...]:
        """Those that have seen enough beyond their limit to ask for a response: again, where it has not helped."""
        return tuple(row for row in self._rows if self._states[row.name].beyond >= row.raise_after)

    def recount(self, unit: str) -> None:
        """Those of a unit that was cycled count anew; what is raised stays so until it is seen to be well."""
        chosen = [row for row in self._rows if row.unit == unit]
        self._states |= {row.name: Debounce(is_raised=self.is_raised(row)) for row in chosen}

    def forget(self, unit: str | None = None) -> tuple[Monitor, ...]:
        """Lower those of a unit, or all, and begin anew; returns those that were raised."""
        chosen = [row for row in self._rows if unit in (None, row.unit)]
        lowered = tuple(row for row in chosen if self.is_raised(row))
        self._states |= {row.name: Debounce() for row in chosen}
        return lowered


def _value(limits: Limits, limit: str | float) -> float:
    return float(getattr(limits, limit)) if isinstance(limit, str) else limit
