"""The world on the timeline: it owns the truth, carries every message between nodes, and charges for all of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from groundstation import messages as ground
from onboard import commands, events
from onboard.mission_time import NEVER_NS, to_ns
from onboard.payload.imagery import Frame, MassMemory
from sim.equipment.instrument import Instrument
from sim.executive import WORLD, Delivery, Sent
from sim.facts import (
    ContactPlanned,
    ExposureMissed,
    FrameExposed,
    SlotSent,
    UnitsSwitched,
    UplinkSent,
)
from sim.planning import FlightPlan
from sim.scenario import Scenario
from sim.scenes.renderer import DrawnFrame, Renderer
from sim.streams import Streams
from sim.world.accounting import accounts
from sim.world.camera import Exposure, footprint_deg
from sim.world.computers import ComputerDue, PayloadComputers
from sim.world.link import Channel, Contact, transmission_ns
from sim.world.loads import COMPUTER, INSTRUMENT, RADIO, UNITS
from sim.world.plant import Plant
from sim.world.slots import Slot, slots

CENTRE = "centre"
_TICK_FIRST, _GRANT_LAST = -1, 1
"""Within an instant the plant moves first, and radio grants come after whatever else arrived."""

Answer = object
"""A delivery, or a fact for the journal."""


@dataclass(frozen=True, slots=True)
class _TickDue:
    pass


@dataclass(frozen=True, slots=True)
class _ExposureDue:
    exposure: Exposure


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
    ) -> None:
        self.deadline_ns = NEVER_NS
        self._scenario = scenario
        self._satellites = scenario.satellite
        self._index = {satellite.name: index for index, satellite in enumerate(scenario.satellite)}
        self._plan = flight_plan
        self._renderer = renderer
        self._memory = MassMemory(memory_root)
        self._memory_refs: dict[tuple[int, int], str] = {}
        self._channel = Channel(scenario.link, Streams(scenario.seed))
        self._slots: dict[int, Slot] = {}
        self.plant = Plant(scenario.satellite, flight_plan.orbits, scenario.world_tick_s, to_ns(scenario.duration_s))
        self._computers = PayloadComputers(scenario.satellite)
        self._answers: list[Answer] = []

    def opening(self) -> tuple[Answer, ...]:
        """What is known before the start: the pass plan, the exposures, the first tick."""
        self._answers = []
        for contact in self._plan.contacts:
            satellite, station = self._names(contact)
            self._answers.append(
                ContactPlanned(satellite, station, contact.aos_ns, contact.los_ns, round(contact.max_elevation_deg, 3))
            )
            first, *later = slots(contact, self._scenario, self._plan.orbits, self._plan.sites)
            self._later(first.start_ns, _SlotDue(first, tuple(later)), _GRANT_LAST)
        for exposure in self._plan.exposures:
            self._later(exposure.at_ns, _ExposureDue(exposure))
        self._answers.extend(self._computers.opening())
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
                case _ExposureDue(exposure):
                    self._expose(now_ns, exposure)
                case _SlotDue(slot, later):
                    self._grant(slot, later)
                case _:
                    raise AssertionError(f"unknown message {message!r}")
        return tuple(self._answers)

    def close(self) -> None:
        """Stop drawing scenes."""
        self._renderer.close()

    def index_of(self, satellite: str) -> int:
        """A satellite's place in the plant's arrays."""
        return self._index[satellite]

    # The plant

    def _tick(self, now_ns: int) -> None:
        for satellite, draw in self._computers.draws(now_ns):
            self.plant.draw(satellite, "computer", draw.start_ns, draw.end_ns, draw.power_w)
        were_on = self.plant.is_on
        self.plant.step()
        self._tell_switched(were_on)
        self._answers.extend(self._computers.throttle(now_ns, self.plant.computer_temperature_k))
        self._answers.extend(self._computers.feed(now_ns, self.plant.is_on[COMPUTER]))
        if self.plant.next_tick_ns is None:
            for name, index in self._index.items():
                self._answers.extend(accounts(self.plant, index, name))
            self._answers.extend(self._computers.accounts())
        else:
            self._later_tick()
        self._sample_housekeeping(now_ns)

    def _sample_housekeeping(self, now_ns: int) -> None:
        charge, temperature, sunlit = self.plant.state_of_charge, self.plant.computer_temperature_k, self.plant.sunlit
        for index, satellite in enumerate(self._satellites):
            sample = events.HousekeepingSampled(
                state_of_charge=round(float(charge[index]), 3),
                computer_temperature_k=round(float(temperature[index]), 1),
                sunlit=bool(sunlit[index]),
            )
            self._answers.append(Delivery(now_ns, satellite.name, sample, _TICK_FIRST))

    def _tell_switched(self, before: NDArray[np.bool_]) -> None:
        is_on = self.plant.is_on
        for index in np.flatnonzero((before != is_on).any(axis=0)):
            off, on = (
                tuple(unit for unit, changes in zip(UNITS, rows[:, index], strict=True) if changes)
                for rows in (before & ~is_on, is_on & ~before)
            )
            self._answers.append(UnitsSwitched(self._satellites[index].name, off, on))

    # The camera

    def _expose(self, now_ns: int, exposure: Exposure) -> None:
        satellite = self._satellites[exposure.satellite]
        drawn = self._renderer.drawn(exposure)
        if not self.plant.is_on[INSTRUMENT, exposure.satellite]:
            self._memory.release(drawn.memory_ref)
            self._answers.append(ExposureMissed(satellite.name, exposure.frame_id))
            return
        facts = drawn.facts
        frame = _frame(exposure, drawn, satellite.instrument)
        self._memory_refs[exposure.satellite, frame.frame_id] = frame.memory_ref
        energy_j = satellite.instrument.energy_per_frame_j
        self.plant.draw(exposure.satellite, "instrument", now_ns, now_ns + to_ns(1), energy_j)
        self._answers.append(
            FrameExposed(
                satellite=satellite.name,
                frame_id=frame.frame_id,
                picture=facts.picture,
                imagery=facts.imagery,
                captured_bytes=frame.captured_bytes,
                lossless_bytes=drawn.lossless_bytes,
                area_km2=round(drawn.width_px * drawn.height_px * (facts.gsd_m / 1000) ** 2, 6),
                targets=facts.targets,
                faint=facts.faint,
            )
        )
        self._answers.append(Delivery(now_ns, satellite.name, events.FrameCaptured(frame)))

    # The link and the ground network

    def _grant(self, slot: Slot, later: tuple[Slot, ...]) -> None:
        satellite, station = self._names(slot.contact)
        self._slots[slot.contact.satellite] = slot
        is_silent = not self.plant.is_on[RADIO, slot.contact.satellite]
        if slot.down_bytes and not is_silent:
            granted = events.TransmitGranted(slot.down_bytes)
            self._answers.append(Delivery(slot.start_ns, satellite, granted, _GRANT_LAST))
            power_w = self._satellites[slot.contact.satellite].radio.transmit_w
            self.plant.draw(slot.contact.satellite, "radio", slot.start_ns, slot.end_ns, power_w)
        if slot.up_bytes and not is_silent:
            granted_up = ground.UplinkGranted(satellite, slot.up_bytes)
            self._answers.append(Delivery(slot.start_ns, station, granted_up, _GRANT_LAST))
        if later:
            self._later(later[0].start_ns, _SlotDue(later[0], later[1:]), _GRANT_LAST)

    def _take(self, now_ns: int, sender: str, sent: object) -> None:
        match sent:
            case commands.StartJob():
                self._answers.extend(self._computers.start(now_ns, self._index[sender], sent))
            case commands.SetPowerMode(power_mode):
                self._answers.extend(self._computers.set_mode(now_ns, self._index[sender], power_mode))
            case commands.Transmit():
                self._transmit(now_ns, sender, sent)
            case commands.ReleaseFrame(frame_id):
                self._memory.release(self._memory_refs.pop((self._index[sender], frame_id)))
            case ground.ForwardFrames(spacecraft, frames):
                at_ns = now_ns + self._network_ns(spacecraft)
                self._answers.append(Delivery(at_ns, CENTRE, ground.FramesForwarded(sender, spacecraft, frames)))
            case ground.SendTelecommand(station, spacecraft, data):
                at_ns = now_ns + self._network_ns(spacecraft)
                self._answers.append(Delivery(at_ns, station, ground.TelecommandQueued(spacecraft, data)))
            case ground.Radiate(spacecraft, data):
                self._radiate(now_ns, sender, spacecraft, data)

    def _transmit(self, now_ns: int, sender: str, sent: commands.Transmit) -> None:
        satellite = self._index[sender]
        slot = self._slots[satellite]
        radio = self._satellites[satellite].radio
        assert slot.start_ns == now_ns, "transmission outside a granted slot"
        assert len(sent.frames) <= slot.down_bytes, "transmission beyond the grant"
        _, station = self._names(slot.contact)
        length = radio.frame_length_bytes
        arrived = self._channel.surviving(now_ns, sender, sent.frames, length, slot.down_error_rate)
        delivered, lost = len(arrived) // length, (len(sent.frames) - len(arrived)) // length
        self._answers.append(SlotSent(sender, station, slot.down_bytes, len(sent.frames), lost, delivered))
        if arrived:
            at_ns = now_ns + transmission_ns(len(sent.frames), slot.down_rate_bps) + slot.delay_ns
            self._answers.append(Delivery(at_ns, station, ground.FramesReceived(sender, arrived)))

    def _radiate(self, now_ns: int, station: str, spacecraft: str, data: bytes) -> None:
        satellite = self._index[spacecraft]
        slot = self._slots[satellite]
        assert slot.start_ns == now_ns, "telecommand outside a granted slot"
        assert len(data) <= slot.up_bytes, "telecommand beyond the grant"
        lost = self._channel.loses(now_ns, station, slot.up_error_rate)
        self._answers.append(UplinkSent(spacecraft, station, len(data), lost))
        if not lost:
            rate_bps = self._satellites[satellite].radio.uplink_rate_bps
            at_ns = now_ns + transmission_ns(len(data), rate_bps) + slot.delay_ns
            self._answers.append(Delivery(at_ns, spacecraft, events.TelecommandReceived(data)))

    def _network_ns(self, spacecraft: str) -> int:
        return to_ns(self._satellites[self._index[spacecraft]].radio.station_latency_s)

    # Posting

    def _names(self, contact: Contact) -> tuple[str, str]:
        return self._satellites[contact.satellite].name, self._scenario.station[contact.station].name

    def _later(self, at_ns: int, message: object, priority: int = 0) -> None:
        self._answers.append(Delivery(at_ns, WORLD, message, priority))

    def _later_tick(self) -> None:
        assert self.plant.next_tick_ns is not None
        self._later(self.plant.next_tick_ns, _TickDue(), _TICK_FIRST)


def _frame(exposure: Exposure, drawn: DrawnFrame, instrument: Instrument) -> Frame:
    facts = drawn.facts
    return Frame(
        frame_id=exposure.frame_id,
        memory_ref=drawn.memory_ref,
        width_px=drawn.width_px,
        height_px=drawn.height_px,
        bands=facts.bands,
        sensed_bands=facts.sensed_bands,
        scale=facts.scale,
        offset=facts.offset,
        bit_depth=facts.bit_depth,
        exposed_ns=exposure.at_ns,
        footprint_deg=facts.footprint_deg or footprint_deg(exposure, drawn.width_px, drawn.height_px, facts.gsd_m),
        gsd_m=facts.gsd_m,
        raw_bytes=_raw_bytes(drawn, instrument),
    )


def _raw_bytes(drawn: DrawnFrame, instrument: Instrument) -> int:
    """A radar's echoes; pictures of a user's may be deeper than its own, and must still go into them."""
    frame_px = drawn.width_px * drawn.height_px
    at_most_bytes = 2 * drawn.facts.sensed_bands * frame_px
    return max(round(frame_px * instrument.raw_bytes_per_px), at_most_bytes) if instrument.raw_bytes_per_px else 0
