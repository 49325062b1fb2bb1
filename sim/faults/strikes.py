"""Faults at their instants: each is begun and ended where its physics is, and the journal is told."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundstation import messages as ground
from onboard import events
from onboard.mission_time import to_ns
from sim.executive import WORLD, Delivery
from sim.facts import FaultCleared, FaultInjected
from sim.faults.active import ActiveFaults, FaultDue
from sim.faults.catalogue import CENTRE
from sim.faults.clock import OnboardClock
from sim.faults.link import LinkFaults
from sim.faults.settings import Fault
from sim.scenario import Scenario
from sim.world.cameras import Cameras
from sim.world.computers import PayloadComputers
from sim.world.loads import INSTRUMENT, UNITS
from sim.world.plant import Plant

STRIKES_FIRST = -2
"""Within an instant a fault comes before all else, as an order does."""


@dataclass(frozen=True, slots=True)
class Struck:
    """What faults strike."""

    plant: Plant
    cameras: Cameras
    computers: PayloadComputers
    links: LinkFaults
    clocks: dict[str, OnboardClock]


class Strikes:
    """Methods answer with deliveries and facts."""

    def __init__(self, scenario: Scenario, active: ActiveFaults, struck: Struck) -> None:
        self._scenario = scenario
        self._index = {satellite.name: index for index, satellite in enumerate(scenario.satellite)}
        self._active = active
        self._struck = struck

    def opening(self) -> list[object]:
        """Every fault that the scenario names, at its instant."""
        return [Delivery(to_ns(fault.at_s), WORLD, FaultDue(fault), STRIKES_FIRST) for fault in self._scenario.fault]

    def take(self, now_ns: int, due: FaultDue) -> list[object]:
        """A fault strikes, or ends."""
        fault = due.fault
        if due.is_over:
            return self._clear(now_ns, fault, due.line) if due.line else self._end(now_ns, fault)
        answers: list[object] = [FaultInjected(fault.target, fault.kind, due.line)]
        if fault.row.lasts:
            self._active.begin(fault)
            if fault.until_s is not None:
                over = FaultDue(fault, is_over=True)
                answers.append(Delivery(max(now_ns, to_ns(fault.until_s)), WORLD, over, STRIKES_FIRST))
        return [*answers, *self._effect(now_ns, fault), *self.ended_by_cycling()]

    def ended_by_cycling(self) -> list[object]:
        """What a unit that lost its supply is rid of: a latch-up, hung software, a camera that sticks."""
        over = [fault for fault in self._active.all_of("camera_stuck") if not self._has_power(fault, INSTRUMENT)]
        over += [fault for fault in self._active.all_of("latch_up") if not self._is_latched(fault)]
        hung = self._active.all_of("software_hung")
        over += [fault for fault in hung if not self._struck.computers.is_hung(self._index[fault.target])]
        for fault in over:
            self._active.end(fault)
        return [FaultCleared(fault.target, fault.kind) for fault in over]

    def _clear(self, now_ns: int, like: Fault, line: str) -> list[object]:
        """Everything of a kind ends for a node, as somebody orders."""
        told = [answer for fault in self._active.of(like.kind, like.target) for answer in self._end(now_ns, fault)]
        effects = (answer for answer in told if not isinstance(answer, FaultCleared))
        return [FaultCleared(like.target, like.kind, line), *effects]

    def _end(self, now_ns: int, fault: Fault) -> list[object]:
        if not self._active.end(fault):
            return []
        plant, computers = self._struck.plant, self._struck.computers
        answers: list[object] = [FaultCleared(fault.target, fault.kind)]
        match fault.kind:
            case "latch_up":
                plant.cycle(self._index[fault.target], fault.unit or "")
                plant.cycle(self._index[fault.target], fault.unit or "", is_over=True)
            case "software_hung":
                answers += computers.hang(now_ns, self._index[fault.target], is_hung=False)
            case _:
                answers += self._effect(now_ns, fault)
        return answers

    def _has_power(self, fault: Fault, unit: int) -> bool:
        return bool(self._struck.plant.is_on[unit, self._index[fault.target]])

    def _is_latched(self, fault: Fault) -> bool:
        return bool(self._struck.plant.overcurrent[UNITS.index(fault.unit or ""), self._index[fault.target]])

    def _effect(self, now_ns: int, fault: Fault) -> Iterator[object]:
        """What follows of a fault, for kinds that are no state that others look at; of states, as they are now."""
        if fault.satellite is None:
            yield from self._on_ground(now_ns, fault)
            return
        index, name, struck = self._index[fault.satellite], fault.satellite, self._struck
        match fault.kind:
            case "camera_stuck":
                struck.cameras.faults.strike(name)
            case "heater_stuck_on" | "heater_stuck_off":
                on, off = (self._active.holds(f"heater_stuck_{way}", name) for way in ("on", "off"))
                struck.plant.stick_heaters(index, stuck_on=on, stuck_off=off)
            case "array_string_lost":
                struck.plant.lose_strings(index, self._active.worst(fault.kind, name, "lost_share"))
            case "cell_lost":
                struck.plant.lose_cells(index, fault.lost_share or 0.0)
            case "latch_up":
                struck.plant.trip(index, fault.unit or "", fault.overcurrent_w or 0.0)
            case "accelerator_failed":
                yield from struck.computers.fail(now_ns, index, fault.accelerator or 1)
            case "software_hung":
                yield from struck.computers.hang(now_ns, index)
            case "pass_cut_short":
                struck.links.cut(now_ns, index, fault)
            case "clock_drift":
                drifts = self._active.of(fault.kind, name)
                struck.clocks[name].drift(now_ns, sum(one.drift_ppm or 0.0 for one in drifts))
            case "clock_jump":
                struck.clocks[name].jump(now_ns, to_ns(fault.offset_s or 0.0))
            case _:
                yield from self._on_board(now_ns, index, fault)

    def _on_board(self, now_ns: int, index: int, fault: Fault) -> Iterator[object]:
        """What flight software's own computer and stores suffer."""
        name = str(fault.satellite)
        match fault.kind:
            case "process_killed":
                yield from self._struck.computers.abort(now_ns, index)
                yield Delivery(now_ns, name, events.ComputerKilled(to_ns(fault.boot_s or 0.0)), STRIKES_FIRST)
            case "model_corrupt":
                yield Delivery(now_ns, name, events.ModelCorrupted(fault.n_bytes or 1), STRIKES_FIRST)
            case "disk_full" | "memory_short":
                whole_bytes = self._scenario.satellite[index].bus.limits.mass_memory_bytes
                left = 1.0 - self._active.worst("memory_short", name, "lost_share")
                is_full = self._active.holds("disk_full", name)
                yield Delivery(now_ns, name, events.StorageSampled(int(whole_bytes * left), is_full), STRIKES_FIRST)

    def _on_ground(self, now_ns: int, fault: Fault) -> Iterator[object]:
        name = str(fault.station)
        match fault.kind:
            case "process_killed":
                yield Delivery(now_ns, name, ground.HostKilled(to_ns(fault.boot_s or 0.0)), STRIKES_FIRST)
            case "disk_full":
                is_full = self._active.holds("disk_full", CENTRE)
                yield Delivery(now_ns, CENTRE, ground.ArchiveSampled(is_full), STRIKES_FIRST)
            case "false_acknowledgement":
                is_false = self._active.holds(fault.kind, name)
                yield Delivery(now_ns, CENTRE, ground.FrontEndSampled(name, is_false), STRIKES_FIRST)
