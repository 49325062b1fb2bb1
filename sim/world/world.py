"""The world on the timeline: it owns the truth, carries every message between nodes, and charges for all of it."""

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundstation import messages as ground
from onboard import commands
from onboard.mission_time import NEVER_NS, to_ns
from sim.executive import WORLD, Delivery, Sent
from sim.facts import ContactPlanned, FrameExposed, ProcessRestarted, UnitsSwitched
from sim.faults.active import ActiveFaults, FaultDue
from sim.faults.clock import clocks_for
from sim.faults.link import LinkFaults
from sim.faults.strikes import Strikes, Struck
from sim.operations import Operations, OrderDue
from sim.operator_file import OperatorOrder
from sim.planning import FlightPlan
from sim.radiation.striking import StrikeDue, Striking
from sim.scenario import Scenario
from sim.scenes.renderer import Renderer
from sim.world.accounting import accounts
from sim.world.broadcasting import Broadcasting
from sim.world.broadcasts import BroadcastSlot
from sim.world.camera import Exposure
from sim.world.cameras import Cameras
from sim.world.computers import ComputerDue, PayloadComputers
from sim.world.loads import COMPUTER, INSTRUMENT, RADIO, UNITS
from sim.world.plant import Plant
from sim.world.sensors import sampled
from sim.world.slots import Slot, slots
from sim.world.traffic import GRANT_LAST, Answer, Traffic

_TICK_FIRST = -1
"""Within an instant the plant moves first."""
POWER_CYCLE_S = 5.0
"""For how long a unit is off its supply: assumed, long enough for its capacitors to empty."""


@dataclass(frozen=True, slots=True)
class _TickDue:
    pass


@dataclass(frozen=True, slots=True)
class _ExposureDue:
    exposure: Exposure


@dataclass(frozen=True, slots=True)
class _BroadcastDue:
    slot: BroadcastSlot


@dataclass(frozen=True, slots=True)
class _CycleOver:
    satellite: str
    unit: str


@dataclass(frozen=True, slots=True)
class _SlotDue:
    slot: Slot
    later: tuple[Slot, ...]


class World:
    """A participant whose answers are deliveries to other nodes, deliveries to itself, and facts."""

    def __init__(
        self,
        scenario: Scenario,
        flight_plan: FlightPlan,
        renderer: Renderer,
        memory_root: Path,
        operations: Operations,
        striking: Striking,
    ) -> None:
        self.deadline_ns = NEVER_NS
        self._scenario, self._satellites = scenario, scenario.satellite
        self._index = {satellite.name: index for index, satellite in enumerate(scenario.satellite)}
        self._plan = flight_plan
        faults = ActiveFaults()
        self._cameras = Cameras(scenario, flight_plan, renderer, memory_root, faults)
        self._links = LinkFaults(scenario, flight_plan, faults)
        self._striking = striking
        self._traffic = Traffic(scenario, self._links.arrivals_ns, striking)
        self._broadcasting = Broadcasting(scenario)
        self._broadcasts = [
            iter([slot for slot in flight_plan.broadcasts if slot.satellite == one]) for one in self._index.values()
        ]
        self._exposures_ns = [
            [*(one.at_ns for one in flight_plan.exposures if one.satellite == index), NEVER_NS]
            for index in range(len(scenario.satellite))
        ]
        self._operations = operations
        self.plant = Plant(striking.flown, flight_plan.orbits, scenario.world_tick_s, to_ns(scenario.duration_s))
        self._told_on = self.plant.is_on
        self._computers = PayloadComputers(striking.flown)
        self.clocks = clocks_for(list(self._index))
        struck = Struck(self.plant, self._cameras, self._computers, self._links, self.clocks)
        self._strikes = Strikes(scenario, faults, struck)
        self._answers: list[Answer] = []

    def opening(self) -> tuple[Answer, ...]:
        """What is known before the start: the pass plan, the exposures, the first tick."""
        self._answers = []
        for contact in self._plan.contacts:
            satellite, station = self._traffic.names(contact)
            first, *later = slots(contact, self._scenario, self._plan.orbits, self._plan.sites)
            light_ns = min(slot.delay_ns for slot in (first, *later))
            elevation_deg = round(contact.max_elevation_deg, 3)
            self._answers.append(
                ContactPlanned(satellite, station, contact.aos_ns, contact.los_ns, elevation_deg, light_ns)
            )
            self._later(first.start_ns, _SlotDue(first, tuple(later)), GRANT_LAST)
        for index in range(len(self._satellites)):
            self._await_broadcast(index)
        for exposure in self._plan.exposures:
            self._later(exposure.at_ns, _ExposureDue(exposure))
        for part in (self._strikes, self._striking, self._operations, self._computers):
            self._answers.extend(part.opening())
        self._sample_housekeeping(0)
        self._later_tick()
        return tuple(self._answers)

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[Answer, ...]:
        """Do what is due, and what nodes asked for."""
        self._answers = []
        for message in inbox:
            match message:
                case Sent(sender, sent):
                    self._take(now_ns, sender, sent)
                case _TickDue():
                    self._tick(now_ns)
                case ComputerDue(satellite):
                    self._answers.extend(self._computers.advance(now_ns, satellite))
                case StrikeDue(strike):
                    self._answers += self._striking.strike(now_ns, strike)
                case _ExposureDue(exposure):
                    is_on = bool(self.plant.is_on[INSTRUMENT, exposure.satellite])
                    exposed = self._cameras.expose_planned(exposure, is_on=is_on)
                    self._expose(now_ns, exposed, exposure.satellite)
                case _CycleOver(satellite=name):
                    self._switch(now_ns, name, message)
                case _SlotDue(slot, later):
                    self._grant(slot, later)
                case _BroadcastDue(slot):
                    is_mute = self._links.is_mute(self._satellites[slot.satellite].name)
                    is_silent = is_mute or not self.plant.is_on[RADIO, slot.satellite]
                    self._answers += self._broadcasting.grant(slot, is_silent=is_silent)
                    self._await_broadcast(slot.satellite)
                case (FaultDue() as due) | OrderDue(OperatorOrder(wish=FaultDue() as due)):
                    self._strike(now_ns, due)
                case OrderDue():
                    self._answers += self._operations.carry_out(now_ns, message)
                case _:
                    raise AssertionError(f"unknown message {message!r}")
        return tuple(self._answers)

    def close(self) -> None:
        """Stop drawing scenes."""
        self._cameras.close()

    def index_of(self, satellite: str) -> int:
        """A satellite's place in the plant's arrays."""
        return self._index[satellite]

    # The plant

    def _tick(self, now_ns: int) -> None:
        for satellite, draw in self._computers.draws(now_ns):
            self.plant.draw(satellite, "computer", draw.start_ns, draw.end_ns, draw.power_w)
        self.plant.step()
        self._answers.extend(self._computers.throttle(now_ns, self.plant.computer_temperature_k))
        self._switched(now_ns)
        if self.plant.next_tick_ns is None:
            for name, index in self._index.items():
                self._answers.extend(accounts(self.plant, index, name))
            self._answers.extend(self._computers.accounts())
        else:
            self._later_tick()
        self._sample_housekeeping(now_ns)

    def _sample_housekeeping(self, now_ns: int) -> None:
        for index, sample in enumerate(sampled(self.plant, self._striking.memory_errors)):
            self._answers.append(Delivery(now_ns, self._satellites[index].name, sample, _TICK_FIRST))

    def _switch(self, now_ns: int, sender: str, wish: commands.SwitchUnit | commands.PowerCycle | _CycleOver) -> None:
        """Obey at once: what works on a payload computer that goes off is lost."""
        satellite = self._index[sender]
        match wish:
            case commands.SwitchUnit(unit, is_on):
                self.plant.switch(satellite, unit, is_on=is_on)
            case commands.PowerCycle(unit):
                self.plant.cycle(satellite, unit)
                self._later(now_ns + to_ns(POWER_CYCLE_S), _CycleOver(sender, unit))
            case _CycleOver(unit=unit):
                self.plant.cycle(satellite, unit, is_over=True)
        self._switched(now_ns)

    def _strike(self, now_ns: int, due: FaultDue) -> None:
        """A fault strikes or ends, and may switch a unit."""
        self._answers += self._strikes.take(now_ns, due)
        self._switched(now_ns)

    def _switched(self, now_ns: int) -> None:
        """What follows where units went off or on."""
        self._tell_switched()
        self._answers.extend(self._computers.feed(now_ns, self.plant.is_on[COMPUTER]))
        self._answers += self._strikes.ended_by_cycling()

    def _tell_switched(self) -> None:
        """Tell of units that are not as was told last, whoever switched them."""
        before, is_on = self._told_on, self.plant.is_on
        self._told_on = is_on
        for index in np.flatnonzero((before != is_on).any(axis=0)):
            off, on = (
                tuple(unit for unit, changes in zip(UNITS, rows[:, index], strict=True) if changes)
                for rows in (before & ~is_on, is_on & ~before)
            )
            self._answers.append(UnitsSwitched(self._satellites[index].name, off, on))

    # The camera and the link

    def _expose(self, now_ns: int, exposed: list[Answer], satellite: int) -> None:
        """Charge for a frame, where one was taken."""
        if any(isinstance(answer, FrameExposed) for answer in exposed):
            energy_j = self._satellites[satellite].instrument.energy_per_frame_j
            self.plant.draw(satellite, "instrument", now_ns, now_ns + to_ns(1), energy_j)
        self._answers += exposed

    def _grant(self, slot: Slot, later: tuple[Slot, ...]) -> None:
        """Grant a slot up to a planned exposure or a job's end: what is found may overtake all that waits."""
        satellite = slot.contact.satellite
        frame_bytes = self._satellites[satellite].radio.frame_length_bytes
        exposures_ns = self._exposures_ns[satellite]
        exposure_ns = exposures_ns[bisect_right(exposures_ns, slot.start_ns)]
        if parts := slot.cut(min(exposure_ns, self._computers.next_change_ns(satellite)), frame_bytes):
            slot, rest = parts
            later = (rest, *later)
        slot = self._links.worsened(slot)
        is_silent = self._links.is_silent(slot) or not self.plant.is_on[RADIO, satellite]
        self._answers += self._traffic.grant(slot, is_silent=is_silent)
        if slot.down_bytes and not is_silent:
            power_w = self._satellites[satellite].radio.transmit_w
            self.plant.draw(satellite, "radio", slot.start_ns, slot.end_ns, power_w)
        if later:
            self._later(later[0].start_ns, _SlotDue(later[0], later[1:]), GRANT_LAST)

    def _await_broadcast(self, satellite: int) -> None:
        if slot := next(self._broadcasts[satellite], None):
            self._later(slot.start_ns, _BroadcastDue(slot), GRANT_LAST)

    def _broadcast(self, now_ns: int, sender: str, sent: commands.BroadcastFrames) -> None:
        index = self._index[sender]
        ends_ns = now_ns + self._broadcasting.airtime_ns(index, sent)
        self.plant.draw(index, "radio", now_ns, ends_ns, self._satellites[index].radio.transmit_w)
        self._answers += self._broadcasting.send(now_ns, sender, sent)

    def _take(self, now_ns: int, sender: str, sent: object) -> None:
        match sent:
            case commands.StartJob():
                self._answers += self._computers.start(now_ns, self._index[sender], sent)
            case commands.SetPowerMode(power_mode):
                self._answers += self._computers.set_mode(now_ns, self._index[sender], power_mode)
            case commands.SwitchUnit() | commands.PowerCycle():
                self._switch(now_ns, sender, sent)
            case commands.Transmit():
                self._answers += self._traffic.transmit(now_ns, sender, sent)
            case commands.BroadcastFrames():
                self._broadcast(now_ns, sender, sent)
            case commands.ReleaseFrame(frame_id):
                self._cameras.release(self._index[sender], frame_id)
            case commands.Expose():
                self._expose_commanded(now_ns, self._index[sender])
            case commands.Booted(frames=frames):
                self._answers += self._computers.abort(now_ns, self._index[sender])
                self._cameras.keep_only(now_ns, self._index[sender], frames)
            case commands.RestartComputer() | ProcessRestarted() if sender in self._index:
                self._answers += self._computers.abort(now_ns, self._index[sender])
            case ground.ForwardFrames():
                self._answers.append(self._traffic.forward(now_ns, sender, sent))
            case ground.SendTelecommands():
                self._answers.append(self._traffic.queue(now_ns, sent))
            case ground.Radiate():
                self._answers += self._traffic.radiate(now_ns, sender, sent)

    def _expose_commanded(self, now_ns: int, satellite: int) -> None:
        is_on = bool(self.plant.is_on[INSTRUMENT, satellite])
        self._expose(now_ns, self._cameras.expose_commanded(now_ns, satellite, is_on=is_on), satellite)

    def _later(self, at_ns: int, message: object, priority: int = 0) -> None:
        self._answers.append(Delivery(at_ns, WORLD, message, priority))

    def _later_tick(self) -> None:
        assert self.plant.next_tick_ns is not None
        self._later(self.plant.next_tick_ns, _TickDue(), _TICK_FIRST)
