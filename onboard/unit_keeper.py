"""Units that flight software switches: shed by a mode, cycled when a monitor asks, left off where that is in vain."""

from onboard.answers import Answers
from onboard.commands import PowerCycle, SwitchUnit
from onboard.comms.dictionary import UNITS
from onboard.comms.health_reports import UnitCycled, UnitLeftOff
from onboard.fdir_state import DurableFdir, UnitTime, is_recent
from onboard.mission_time import to_ns
from onboard.modes import SHEDS, Limits, Mode

NEVER_OFF = "radio"
"""Without it nobody could switch it on again."""


class UnitKeeper:
    """`off` are the units that shall be off; at first all are on."""

    def __init__(self, limits: Limits, state: DurableFdir, answers: Answers) -> None:
        self._limits = limits
        self._state = state
        self._answers = answers
        self.off: frozenset[str] = frozenset()

    def tell(self, mode: Mode) -> None:
        """Say of every unit what is wanted: after a reboot nobody knows what became of the last word."""
        self.off = self._wanted_off(mode)
        self._answers.say(*(SwitchUnit(unit, unit not in self.off) for unit in UNITS))

    def follow(self, mode: Mode) -> tuple[str, ...]:
        """Switch what the mode wants otherwise; returns what went off."""
        before, self.off = self.off, self._wanted_off(mode)
        changed = [unit for unit in UNITS if (unit in before) != (unit in self.off)]
        self._answers.say(*(SwitchUnit(unit, unit not in self.off) for unit in changed))
        return tuple(unit for unit in changed if unit in self.off)

    def cycle(self, now_ns: int, unit: str) -> bool:
        """Switch a unit off and on again; False where that was done often enough, and it is to be left off."""
        if unit in self.off:
            return True
        recent = self._recent(now_ns)
        tries = 1 + sum(one.unit == unit for one in recent)
        if tries > self._limits.max_cycles:
            self._leave_off(now_ns, unit)
            return False
        self._state.change(cycles=(*recent, UnitTime(unit, now_ns)))
        self._answers.say(PowerCycle(unit))
        self._answers.report(UnitCycled(now_ns, unit, tries))
        return True

    def cycled_ns(self, now_ns: int, unit: str) -> int:
        """When a unit was cycled last, of late; 0 for never."""
        return max((one.met_ns for one in self._recent(now_ns) if one.unit == unit), default=0)

    def rest(self, now_ns: int) -> None:
        """Give those another chance that have rested for long enough."""
        latest_ns = now_ns + to_ns(self._limits.rest_s)
        left_off = tuple(one for one in self._state.now.left_off if now_ns < one.met_ns <= latest_ns)
        self._state.change(left_off=left_off)

    def forgive(self) -> None:
        """Give all another chance."""
        self._state.change(left_off=(), cycles=())

    def _recent(self, now_ns: int) -> tuple[UnitTime, ...]:
        window_s = self._limits.cycle_window_s
        return tuple(one for one in self._state.now.cycles if is_recent(now_ns, one.met_ns, window_s))

    def _leave_off(self, now_ns: int, unit: str) -> None:
        if unit != NEVER_OFF:
            until_ns = now_ns + to_ns(self._limits.rest_s)
            self._state.change(left_off=(*self._state.now.left_off, UnitTime(unit, until_ns)))
            self._answers.report(UnitLeftOff(now_ns, unit))

    def _wanted_off(self, mode: Mode) -> frozenset[str]:
        return frozenset((*SHEDS[mode], *(one.unit for one in self._state.now.left_off)))
