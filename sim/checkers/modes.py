"""Modes follow their table, by signals that there was reason for; nothing keeps a sound spacecraft from nominal."""

import json
from dataclasses import dataclass, field

from onboard import commands, events
from onboard.comms.dictionary import MONITORS as SEVERITIES
from onboard.comms.dictionary import Severity
from onboard.mission_time import to_ns
from onboard.modes import COMMANDED, TRANSITIONS, Mode, Signal
from onboard.monitors import MONITORS
from sim.facts import OperatorOrdered, ProcessRestarted
from sim.scenario import Scenario

HINDERING = frozenset(name for name, severity in SEVERITIES if severity in (Severity.MEDIUM, Severity.HIGH))
TICKS_OF_GRACE = 4
"""Monitors are judged with samples: a mode may outlast its reason by that much."""
_SET_MODE = "set_mode"


@dataclass(slots=True)
class _State:
    mode: Mode = Mode.NOMINAL
    raised: set[str] = field(default_factory=set)
    ordered: list[str] = field(default_factory=list)
    executed: int = 0
    clear_since_ns: int | None = 0

    @property
    def held(self) -> str:
        """The mode that was commanded last."""
        return self.ordered[self.executed - 1] if self.executed else Mode.NOMINAL.value


class ModesFollow:
    """Keeps the mode of every spacecraft beside what its monitors say.

    Of a process that died by itself the last words are lost: its spacecraft is not looked at any more.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.violations: list[str] = []
        self._states = {satellite.name: _State() for satellite in scenario.satellite}
        grace_ns = to_ns(TICKS_OF_GRACE * scenario.world_tick_s)
        self._patience_ns = {one.name: to_ns(one.bus.limits.proven_after_s) + grace_ns for one in scenario.satellite}

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record."""
        for answer in answers:
            if isinstance(answer, OperatorOrdered):
                self._note_order(answer)
        state = self._states.get(node)
        if state is None:
            return
        if any(isinstance(answer, ProcessRestarted) for answer in answers):
            del self._states[node]
            return
        for answer in answers:
            self._take(now_ns, node, state, answer)
        is_judged = any(isinstance(answer, commands.OutboxSampled) for answer in answers)
        if is_judged and any(isinstance(event, events.HousekeepingSampled) for event in granted):
            self._judge(now_ns, node, state)

    def finish(self) -> None:
        """Nothing is left open."""

    def _note_order(self, order: OperatorOrdered) -> None:
        if order.wish == "SetMode" and order.telecommands and order.satellite in self._states:
            self._states[order.satellite].ordered.append(str(json.loads(order.line)["mode"]))

    def _take(self, now_ns: int, node: str, state: _State, answer: object) -> None:
        match answer:
            case commands.MonitorChanged(monitor, is_raised):
                (state.raised.add if is_raised else state.raised.discard)(monitor)
            case commands.CommandEnded(word=word) if word == _SET_MODE:
                state.executed += 1
                state.clear_since_ns = None
            case commands.ModeEntered(mode):
                if Mode(mode) not in _reachable(state):
                    raised = ", ".join(sorted(state.raised)) or "nothing"
                    self.violations.append(
                        f"{now_ns} ns: {node} went from {state.mode.value} to {mode} while {raised} was raised"
                    )
                state.mode, state.clear_since_ns = Mode(mode), None

    def _judge(self, now_ns: int, node: str, state: _State) -> None:
        """After a sample was judged, the mode is one that monitors and the ground want."""
        is_held = state.held != Mode.NOMINAL
        is_wrong = (
            (state.mode is Mode.NOMINAL and bool(state.raised & {"charge_low", "computer_hot"}))
            or (state.mode is Mode.HOT and "computer_hot" not in state.raised)
            or (state.mode is Mode.POWER_SAVING and "charge_low" not in state.raised and not is_held)
        )
        if is_wrong:
            raised = ", ".join(sorted(state.raised)) or "nothing"
            self.violations.append(f"{now_ns} ns: {node} has no reason to be {state.mode.value}: {raised} is raised")
        if is_held or state.raised & HINDERING:
            state.clear_since_ns = None
        elif state.clear_since_ns is None:
            state.clear_since_ns = now_ns  # since it has been in this mode, at the earliest
        elif state.mode is not Mode.NOMINAL and now_ns - state.clear_since_ns > self._patience_ns[node]:
            self.violations.append(f"{now_ns} ns: {node} is still {state.mode.value}, with no reason for long")


def _reachable(state: _State) -> set[Mode]:
    """Modes that signals with a reason lead to, one after another."""
    signals = {Signal.FAULT, *map(COMMANDED.__getitem__, state.ordered)}
    for row in MONITORS:
        if signal := row.signal if row.name in state.raised else row.cleared:
            signals.add(signal)
    if not state.raised & HINDERING:
        signals.add(Signal.PROVEN)
    found = {state.mode}
    while grown := {TRANSITIONS[mode, one] for mode in found for one in signals if (mode, one) in TRANSITIONS} - found:
        found |= grown
    return found
