"""Modes of the spacecraft and the table of what moves it from one to another."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What the spacecraft allows itself."""

    NOMINAL = "nominal"
    POWER_SAVING = "power_saving"
    HOT = "hot"
    SAFE = "safe"


class Signal(StrEnum):
    """What a monitor says of one housekeeping sample, or the ground of the mode it wants."""

    CHARGE_LOW = "charge_low"
    CHARGE_RESTORED = "charge_restored"
    OVERHEATED = "overheated"
    COOLED = "cooled"
    NOMINAL_COMMANDED = "nominal_commanded"
    SAVING_COMMANDED = "saving_commanded"
    SAFE_COMMANDED = "safe_commanded"


TRANSITIONS: dict[tuple[Mode, Signal], Mode] = {
    (Mode.NOMINAL, Signal.CHARGE_LOW): Mode.POWER_SAVING,
    (Mode.NOMINAL, Signal.OVERHEATED): Mode.HOT,
    (Mode.POWER_SAVING, Signal.CHARGE_RESTORED): Mode.NOMINAL,
    (Mode.HOT, Signal.COOLED): Mode.NOMINAL,
    (Mode.HOT, Signal.CHARGE_LOW): Mode.POWER_SAVING,
    (Mode.NOMINAL, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
    (Mode.NOMINAL, Signal.SAFE_COMMANDED): Mode.SAFE,
    (Mode.POWER_SAVING, Signal.NOMINAL_COMMANDED): Mode.NOMINAL,
    (Mode.POWER_SAVING, Signal.SAFE_COMMANDED): Mode.SAFE,
    (Mode.HOT, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
    (Mode.HOT, Signal.SAFE_COMMANDED): Mode.SAFE,
    (Mode.SAFE, Signal.NOMINAL_COMMANDED): Mode.NOMINAL,
    (Mode.SAFE, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
}
"""A pair that is not here changes nothing."""

COMMANDED: dict[str, Signal] = {
    Mode.NOMINAL.value: Signal.NOMINAL_COMMANDED,
    Mode.POWER_SAVING.value: Signal.SAVING_COMMANDED,
    Mode.SAFE.value: Signal.SAFE_COMMANDED,
}
"""The signal of a commanded mode. One other than nominal is held: its signal comes with every sample, after the
monitors', so that restored charge does not lift it."""

PROCESSES_FRAMES: dict[Mode, bool] = {
    Mode.NOMINAL: True,
    Mode.POWER_SAVING: False,
    Mode.HOT: False,
    Mode.SAFE: False,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Flight rules. The gap between a limit and its resume value keeps a mode from flickering."""

    min_state_of_charge: float
    resume_state_of_charge: float
    max_computer_temperature_k: float
    resume_computer_temperature_k: float


def signals(limits: Limits, state_of_charge: float, computer_temperature_k: float) -> tuple[Signal, ...]:
    """What the monitors say, power before heat."""
    raised = (
        (Signal.CHARGE_LOW, state_of_charge < limits.min_state_of_charge),
        (Signal.CHARGE_RESTORED, state_of_charge >= limits.resume_state_of_charge),
        (Signal.OVERHEATED, computer_temperature_k > limits.max_computer_temperature_k),
        (Signal.COOLED, computer_temperature_k <= limits.resume_computer_temperature_k),
    )
    return tuple(signal for signal, is_raised in raised if is_raised)


def next_mode(mode: Mode, raised: tuple[Signal, ...]) -> Mode:
    """The mode after the signals of one sample, in order."""
    for signal in raised:
        mode = TRANSITIONS.get((mode, signal), mode)
    return mode
