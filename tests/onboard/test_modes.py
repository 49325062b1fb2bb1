"""Every cell of the mode table, and what the monitors say."""

import pytest

from onboard.modes import PROCESSES_FRAMES, TRANSITIONS, Limits, Mode, Signal, next_mode, signals

LIMITS = Limits(0.3, 0.4, 330.0, 320.0)

EXPECTED = {
    (Mode.NOMINAL, Signal.CHARGE_LOW): Mode.POWER_SAVING,
    (Mode.NOMINAL, Signal.CHARGE_RESTORED): Mode.NOMINAL,
    (Mode.NOMINAL, Signal.OVERHEATED): Mode.HOT,
    (Mode.NOMINAL, Signal.COOLED): Mode.NOMINAL,
    (Mode.POWER_SAVING, Signal.CHARGE_LOW): Mode.POWER_SAVING,
    (Mode.POWER_SAVING, Signal.CHARGE_RESTORED): Mode.NOMINAL,
    (Mode.POWER_SAVING, Signal.OVERHEATED): Mode.POWER_SAVING,
    (Mode.POWER_SAVING, Signal.COOLED): Mode.POWER_SAVING,
    (Mode.HOT, Signal.CHARGE_LOW): Mode.POWER_SAVING,
    (Mode.HOT, Signal.CHARGE_RESTORED): Mode.HOT,
    (Mode.HOT, Signal.OVERHEATED): Mode.HOT,
    (Mode.HOT, Signal.COOLED): Mode.NOMINAL,
}


@pytest.mark.parametrize(("mode", "signal"), [(mode, signal) for mode in Mode for signal in Signal])
def test_every_cell_of_the_table(mode: Mode, signal: Signal) -> None:
    assert next_mode(mode, (signal,)) is EXPECTED[mode, signal]


def test_the_table_leads_nowhere_unknown_and_every_mode_says_whether_it_works() -> None:
    assert set(TRANSITIONS) <= set(EXPECTED)
    assert PROCESSES_FRAMES.keys() == set(Mode)


def test_a_sample_may_recover_and_overheat_at_once() -> None:
    raised = signals(LIMITS, 0.9, 340.0)
    assert raised == (Signal.CHARGE_RESTORED, Signal.OVERHEATED)
    assert next_mode(Mode.POWER_SAVING, raised) is Mode.HOT


@pytest.mark.parametrize(
    ("charge", "temperature_k", "raised"),
    [
        (0.299, 325.0, (Signal.CHARGE_LOW,)),
        (0.3, 325.0, ()),
        (0.4, 325.0, (Signal.CHARGE_RESTORED,)),
        (0.35, 330.1, (Signal.OVERHEATED,)),
        (0.35, 330.0, ()),
        (0.35, 320.0, (Signal.COOLED,)),
    ],
)
def test_monitors_at_their_limits(charge: float, temperature_k: float, raised: tuple[Signal, ...]) -> None:
    assert signals(LIMITS, charge, temperature_k) == raised
