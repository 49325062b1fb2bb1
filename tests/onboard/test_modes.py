"""Every cell of the mode table, and modes that are commanded and held."""

from dataclasses import replace
from itertools import product

import pytest

from onboard.answers import Answers
from onboard.commands import ModeEntered, SetPowerMode, SwitchUnit
from onboard.comms.dictionary import UNITS
from onboard.comms.telecommands import COMMANDED_MODES
from onboard.config import SpacecraftConfig
from onboard.events import HousekeepingSampled
from onboard.mission_time import to_ns
from onboard.mode_keeper import ModeKeeper
from onboard.modes import COMMANDED, PROCESSES_FRAMES, SHEDS, TRANSITIONS, Limits, Mode, Signal, next_mode
from onboard.settings import DurableSettings, Settings
from onboard.storage import MemoryStore
from tests.flight_for_tests import CONFIG, sampled

LIMITS = Limits(0.3, 0.4, 330.0, 320.0, max_battery_temperature_k=318.0)

MODES = "nominal power_saving hot safe recovery"
FOLLOWING = {
    Signal.CHARGE_LOW: "power_saving power_saving power_saving safe recovery",
    Signal.CHARGE_RESTORED: "nominal nominal hot safe recovery",
    Signal.OVERHEATED: "hot power_saving hot safe recovery",
    Signal.COOLED: "nominal power_saving nominal safe recovery",
    Signal.FAULT: "safe safe safe safe safe",
    Signal.PROVEN: "nominal power_saving hot recovery nominal",
    Signal.NOMINAL_COMMANDED: "nominal nominal hot nominal nominal",
    Signal.SAVING_COMMANDED: "power_saving power_saving power_saving power_saving power_saving",
    Signal.SAFE_COMMANDED: "safe safe safe safe safe",
}
"""After each signal, the mode that follows each of the above, in their order."""
EXPECTED = {
    (Mode(before), signal): Mode(after)
    for signal, modes in FOLLOWING.items()
    for before, after in zip(MODES.split(), modes.split(), strict=True)
}


@pytest.mark.parametrize(("mode", "signal"), list(product(Mode, Signal)))
def test_every_cell_of_the_table(mode: Mode, signal: Signal) -> None:
    assert next_mode(mode, (signal,)) is EXPECTED[mode, signal]


def test_the_table_leads_nowhere_unknown_and_every_mode_says_whether_it_works() -> None:
    assert set(TRANSITIONS) <= set(EXPECTED)
    assert PROCESSES_FRAMES.keys() == SHEDS.keys() == set(Mode)
    assert all(set(shed) <= set(UNITS) - {"radio"} for shed in SHEDS.values())
    assert COMMANDED.keys() == set(COMMANDED_MODES)


class Keeper(ModeKeeper):
    """Told the time by itself, a tick for every word."""

    def __init__(self, store: MemoryStore | None = None, config: SpacecraftConfig = CONFIG) -> None:
        self.answers = Answers()
        store = store or MemoryStore()
        settings = DurableSettings(store, Settings("detections"))
        super().__init__(replace(config, limits=LIMITS), settings, store, self.answers)
        self.now_ns = 0

    def judge(self, *samples: HousekeepingSampled) -> None:
        for sample in samples:
            self.now_ns += to_ns(10)
            self.take(self.now_ns, sample, overdue_s=0.0, fullest_share=0.0)

    def order(self, mode: str) -> None:
        self.command(self.now_ns, mode)

    def modes(self) -> list[str]:
        """Those that were entered since the last call."""
        return [said.mode for said in self.answers.take() if isinstance(said, ModeEntered)]


GOOD, WEAK, EMPTY, HOT = sampled(0.9), sampled(0.35), sampled(0.2), sampled(0.9, 340.0)


def test_a_sample_may_recover_and_overheat_at_once() -> None:
    one = Keeper()
    one.judge(EMPTY, HOT)
    assert one.modes() == ["power_saving", "hot"]


@pytest.mark.parametrize("wanted", ["safe", "power_saving"])
@pytest.mark.parametrize("before", [GOOD, WEAK, EMPTY, HOT])
@pytest.mark.parametrize("after", [GOOD, WEAK, EMPTY, HOT])
def test_a_commanded_mode_is_held_whatever_the_monitors_say(
    wanted: str, before: HousekeepingSampled, after: HousekeepingSampled
) -> None:
    one = Keeper()
    one.judge(before)
    one.modes()
    one.order(wanted)
    assert one.mode == wanted
    for sample in (after, GOOD, after):
        one.judge(sample)
        assert one.mode == wanted
    assert len(one.modes()) <= 1


@pytest.mark.parametrize(
    ("sample", "expected"), [(GOOD, Mode.NOMINAL), (WEAK, Mode.NOMINAL), (EMPTY, Mode.POWER_SAVING), (HOT, Mode.HOT)]
)
def test_a_commanded_nominal_lasts_as_long_as_charge_and_heat_allow(
    sample: HousekeepingSampled, expected: Mode
) -> None:
    one = Keeper()
    one.order("safe")
    one.judge(sample)
    assert one.modes() == ["safe"]
    one.order("nominal")
    assert one.modes() == [expected.value]
    one.judge(sample)
    assert one.mode is expected


@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode_outlives_a_reboot(mode: Mode) -> None:
    store = MemoryStore()
    one = Keeper(store)
    worst = {Mode.POWER_SAVING: EMPTY, Mode.HOT: HOT}.get(mode, GOOD)
    one.judge(worst)
    if mode in (Mode.SAFE, Mode.RECOVERY):
        one.judge(*[replace(GOOD, battery_temperature_k=400.0)] * 3, *[GOOD] * 3)
        assert one.mode is Mode.SAFE
    if mode is Mode.RECOVERY:
        one.judge(*[GOOD] * 90)
    assert one.mode is mode
    again = Keeper(store)
    assert again.mode is mode
    again.now_ns = one.now_ns
    again.booted(again.now_ns)
    assert again.answers.take() == (ModeEntered(mode), *(SwitchUnit(unit, unit not in SHEDS[mode]) for unit in UNITS))
    again.judge(worst)
    assert again.mode is mode


def test_a_held_mode_outlives_a_reboot() -> None:
    store = MemoryStore()
    Keeper(store).order("safe")
    again = Keeper(store)
    again.judge(*[GOOD] * 200)
    assert again.mode is Mode.SAFE


def test_the_power_mode_of_sunlight_is_ordered_anew_after_a_reboot() -> None:
    one = Keeper(config=replace(CONFIG, power_mode="25W", eclipse_power_mode="10W"))
    one.judge(sampled(sunlit=True))
    assert one.answers.take() == (SetPowerMode("25W"),), "it may have booted in another"
