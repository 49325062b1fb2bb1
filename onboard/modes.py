"""Modes of the spacecraft, the table of what moves it from one to another, and the limits that its monitors keep."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What the spacecraft allows itself. After safe mode it first proves itself in recovery."""

    NOMINAL = "nominal"
    POWER_SAVING = "power_saving"
    HOT = "hot"
    SAFE = "safe"
    RECOVERY = "recovery"


class Signal(StrEnum):
    """What monitors say, or the ground of the mode it wants.

    `fault` asks for safe mode; `proven` says that nothing has asked for it, or limits the payload, for long enough.
    """

    CHARGE_LOW = "charge_low"
    CHARGE_RESTORED = "charge_restored"
    OVERHEATED = "overheated"
    COOLED = "cooled"
    FAULT = "fault"
    PROVEN = "proven"
    NOMINAL_COMMANDED = "nominal_commanded"
    SAVING_COMMANDED = "saving_commanded"
    SAFE_COMMANDED = "safe_commanded"


TRANSITIONS: dict[tuple[Mode, Signal], Mode] = {
    (Mode.NOMINAL, Signal.CHARGE_LOW): Mode.POWER_SAVING,
    (Mode.NOMINAL, Signal.OVERHEATED): Mode.HOT,
    (Mode.NOMINAL, Signal.FAULT): Mode.SAFE,
    (Mode.NOMINAL, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
    (Mode.NOMINAL, Signal.SAFE_COMMANDED): Mode.SAFE,
    (Mode.POWER_SAVING, Signal.CHARGE_RESTORED): Mode.NOMINAL,
    (Mode.POWER_SAVING, Signal.FAULT): Mode.SAFE,
    (Mode.POWER_SAVING, Signal.NOMINAL_COMMANDED): Mode.NOMINAL,
    (Mode.POWER_SAVING, Signal.SAFE_COMMANDED): Mode.SAFE,
    (Mode.HOT, Signal.COOLED): Mode.NOMINAL,
    (Mode.HOT, Signal.CHARGE_LOW): Mode.POWER_SAVING,
    (Mode.HOT, Signal.FAULT): Mode.SAFE,
    (Mode.HOT, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
    (Mode.HOT, Signal.SAFE_COMMANDED): Mode.SAFE,
    (Mode.SAFE, Signal.PROVEN): Mode.RECOVERY,
    (Mode.SAFE, Signal.NOMINAL_COMMANDED): Mode.NOMINAL,
    (Mode.SAFE, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
    (Mode.RECOVERY, Signal.PROVEN): Mode.NOMINAL,
    (Mode.RECOVERY, Signal.FAULT): Mode.SAFE,
    (Mode.RECOVERY, Signal.NOMINAL_COMMANDED): Mode.NOMINAL,
    (Mode.RECOVERY, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
    (Mode.RECOVERY, Signal.SAFE_COMMANDED): Mode.SAFE,
}
"""A pair that is not here changes nothing."""

COMMANDED: dict[str, Signal] = {
    Mode.NOMINAL.value: Signal.NOMINAL_COMMANDED,
    Mode.POWER_SAVING.value: Signal.SAVING_COMMANDED,
    Mode.SAFE.value: Signal.SAFE_COMMANDED,
}
"""The signal of a commanded mode. One other than nominal is held: its signal comes with every sample, after the
monitors', so that restored charge does not lift it. Only a fault comes later still."""

PROCESSES_FRAMES: dict[Mode, bool] = {
    Mode.NOMINAL: True,
    Mode.POWER_SAVING: False,
    Mode.HOT: False,
    Mode.SAFE: False,
    Mode.RECOVERY: False,
}

SHEDS: dict[Mode, tuple[str, ...]] = {
    Mode.NOMINAL: (),
    Mode.POWER_SAVING: (),
    Mode.HOT: (),
    Mode.SAFE: ("computer", "instrument"),
    Mode.RECOVERY: ("instrument",),
}
"""Units that a mode does without. Where only power or heat is short, the payload computer idles and the camera goes
on: what it sees now can be worked on later."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Flight rules. The gap between a limit and its resume value keeps a mode from flickering.

    Shares are of what a battery, a store or the best array power so far holds; `min_contrast_dn` is in steps of the
    camera's converter. A unit is cycled at most `max_cycles` times in `cycle_window_s`, then left off for `rest_s`.
    """

    min_state_of_charge: float
    resume_state_of_charge: float
    max_computer_temperature_k: float
    resume_computer_temperature_k: float
    critical_state_of_charge: float = 0.0
    min_battery_temperature_k: float = 0.0
    max_battery_temperature_k: float = 1000.0
    heater_off_k: float = 1000.0
    min_array_share: float = 0.0
    min_contrast_dn: float = 2.0
    job_overdue_s: float = 600.0
    max_model_faults: int = 2
    max_boots: int = 5
    boot_window_s: float = 1800.0
    command_loss_s: float = 172_800.0
    max_memory_errors: int = 0
    full_share: float = 0.95
    proven_after_s: float = 900.0
    max_cycles: int = 3
    cycle_window_s: float = 3600.0
    rest_s: float = 21_600.0


def next_mode(mode: Mode, raised: tuple[Signal, ...]) -> Mode:
    """The mode after signals, in order."""
    for signal in raised:
        mode = TRANSITIONS.get((mode, signal), mode)
    return mode
