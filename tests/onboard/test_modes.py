"""Every cell of the mode table, what the monitors say, and modes that are commanded and held."""

from dataclasses import replace
from itertools import product

import pytest

from onboard.answers import Answers
from onboard.commands import ModeEntered, SetPowerMode
from onboard.comms.telecommands import COMMANDED_MODES
from onboard.health import Health
from onboard.modes import COMMANDED, PROCESSES_FRAMES, TRANSITIONS, Limits, Mode, Signal, next_mode, signals
from onboard.settings import DurableSettings, Settings
from onboard.storage import MemoryStore
from tests.flight_for_tests import CONFIG, sampled

LIMITS = Limits(0.3, 0.4, 330.0, 320.0)

EXPECTED = {
    (Mode.NOMINAL, Signal.CHARGE_LOW): Mode.POWER_SAVING,
    (Mode.NOMINAL, Signal.CHARGE_RESTORED): Mode.NOMINAL,
    (Mode.NOMINAL, Signal.OVERHEATED): Mode.HOT,
    (Mode.NOMINAL, Signal.COOLED): Mode.NOMINAL,
    (Mode.NOMINAL, Signal.NOMINAL_COMMANDED): Mode.NOMINAL,
    (Mode.NOMINAL, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
    (Mode.NOMINAL, Signal.SAFE_COMMANDED): Mode.SAFE,
    (Mode.POWER_SAVING, Signal.CHARGE_LOW): Mode.POWER_SAVING,
    (Mode.POWER_SAVING, Signal.CHARGE_RESTORED): Mode.NOMINAL,
    (Mode.POWER_SAVING, Signal.OVERHEATED): Mode.POWER_SAVING,
    (Mode.POWER_SAVING, Signal.COOLED): Mode.POWER_SAVING,
    (Mode.POWER_SAVING, Signal.NOMINAL_COMMANDED): Mode.NOMINAL,
    (Mode.POWER_SAVING, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
    (Mode.POWER_SAVING, Signal.SAFE_COMMANDED): Mode.SAFE,
    (Mode.HOT, Signal.CHARGE_LOW): Mode.POWER_SAVING,
    (Mode.HOT, Signal.CHARGE_RESTORED): Mode.HOT,
    (Mode.HOT, Signal.OVERHEATED): Mode.HOT,
    (Mode.HOT, Signal.COOLED): Mode.NOMINAL,
    (Mode.HOT, Signal.NOMINAL_COMMANDED): Mode.HOT,
    (Mode.HOT, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
    (Mode.HOT, Signal.SAFE_COMMANDED): Mode.SAFE,
    (Mode.SAFE, Signal.CHARGE_LOW): Mode.SAFE,
    (Mode.SAFE, Signal.CHARGE_RESTORED): Mode.SAFE,
    (Mode.SAFE, Signal.OVERHEATED): Mode.SAFE,
    (Mode.SAFE, Signal.COOLED): Mode.SAFE,
    (Mode.SAFE, Signal.NOMINAL_COMMANDED): Mode.NOMINAL,
    (Mode.SAFE, Signal.SAVING_COMMANDED): Mode.POWER_SAVING,
    (Mode.SAFE, Signal.SAFE_COMMANDED): Mode.SAFE,
}


@pytest.mark.parametrize(("mode", "signal"), list(product(Mode, Signal)))
def test_every_cell_of_the_table(mode: Mode, signal: Signal) -> None:
    assert next_mode(mode, (signal,)) is EXPECTED[mode, signal]


def test_the_table_leads_nowhere_unknown_and_every_mode_says_whether_it_works() -> None:
    assert set(TRANSITIONS) <= set(EXPECTED)
    assert PROCESSES_FRAMES.keys() == set(Mode)
    assert COMMANDED.keys() == set(COMMANDED_MODES)


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


def health(store: MemoryStore | None = None) -> tuple[Health, Answers]:
    answers = Answers()
    settings = DurableSettings(store or MemoryStore(), Settings("detections"))
    return Health(replace(CONFIG, limits=LIMITS), settings, answers), answers


GOOD, WEAK, EMPTY, HOT = sampled(0.9), sampled(0.35), sampled(0.2), sampled(0.9, 340.0)


@pytest.mark.parametrize("wanted", ["safe", "power_saving"])
@pytest.mark.parametrize("before", [GOOD, WEAK, EMPTY, HOT])
@pytest.mark.parametrize("after", [GOOD, WEAK, EMPTY, HOT])
def test_a_commanded_mode_is_held_whatever_the_monitors_say(wanted: str, before: object, after: object) -> None:
    one, answers = health()
    one.take(before)  # type: ignore[arg-type]
    answers.take()
    one.command(wanted)
    assert one.mode == wanted
    for sample in (after, GOOD, after):
        one.take(sample)  # type: ignore[arg-type]
        assert one.mode == wanted
    assert sum(isinstance(said, ModeEntered) for said in answers.take()) <= 1


@pytest.mark.parametrize(
    ("sample", "expected"), [(GOOD, Mode.NOMINAL), (WEAK, Mode.NOMINAL), (EMPTY, Mode.POWER_SAVING), (HOT, Mode.HOT)]
)
def test_a_commanded_recovery_lasts_as_long_as_charge_and_heat_allow(sample: object, expected: Mode) -> None:
    one, answers = health()
    one.command("safe")
    one.take(sample)  # type: ignore[arg-type]
    answers.take()
    one.command("nominal")
    assert one.mode is expected
    assert answers.take() == (ModeEntered(expected),)
    one.take(sample)  # type: ignore[arg-type]
    assert one.mode is expected


def test_a_held_mode_outlives_a_reboot() -> None:
    store = MemoryStore()
    one, _ = health(store)
    one.command("safe")
    again, answers = health(store)
    assert again.mode is Mode.SAFE
    again.tell_mode()
    assert answers.take() == (ModeEntered("safe"),)
    again.take(GOOD)
    assert again.mode is Mode.SAFE


def test_the_power_mode_of_sunlight_is_ordered_anew_after_a_reboot() -> None:
    answers = Answers()
    config = replace(CONFIG, power_mode="25W", eclipse_power_mode="10W")
    one = Health(config, DurableSettings(MemoryStore(), Settings("raw")), answers)
    one.take(sampled(sunlit=True))
    assert answers.take() == (SetPowerMode("25W"),), "it may have booted in another"
