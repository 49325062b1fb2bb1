"""Variants of a scenario's spacecraft flown side by side: load to charge to temperature, tick by tick of the plant.

The plant, its computers, their throttling and the flight rules are those of a run. There are no nodes and no messages,
no frame is drawn and no model runs; the downlink is a stream of bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onboard.mission_time import NEVER_NS, to_ns, to_s
from onboard.payload.models import ModelCard
from onboard.strategy import STRATEGIES
from sim.configuration import spacecraft_config
from sim.experiment.fit.craft import Count, Craft
from sim.experiment.fit.needs import Demand, FrameNeeds
from sim.experiment.fit.passes_ahead import carriages
from sim.planning import FlightPlan, orbits_of
from sim.scenario import Satellite, Scenario
from sim.world.frames import Floats
from sim.world.loads import COMPUTER, INSTRUMENT, RADIO, UNITS
from sim.world.plant import Plant
from sim.world.processor import PayloadComputer
from sim.world.throttling import Throttling, chip_temperature_k


@dataclass(frozen=True, slots=True)
class Variant:
    """A satellite, counted as in the scenario, perhaps with other equipment.

    Its passes carry `volume` times what they do; where it `is_always_heard`, results are on the ground at once.
    """

    index: int
    satellite: Satellite
    volume: float = 1.0
    is_always_heard: bool = False
    is_idle: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a variant. `completed` frames are on the ground, or held nothing to send.

    `late` results were made after the last contact, `dropped` ones lost their place or use. Temperatures are the
    highest of the computer's node and of its chip, energy is in joules.
    """

    count: Count
    completed: int
    late: int
    dropped: int
    peak_memory_bytes: int
    peak_outbox_bytes: int
    node_k: float
    chip_k: float
    generated_j: float
    spent_j: float
    lost_j: float


class Timeline:
    """What every variant of a scenario shares: exposures, their needs, and what passes carry."""

    def __init__(self, scenario: Scenario, card: ModelCard, plan: FlightPlan, demand: Demand) -> None:
        self.scenario = scenario
        self.card = card
        self.demand = demand
        self._plan = plan
        until_ns = to_ns(scenario.duration_s)
        tick_ns = to_ns(scenario.world_tick_s)
        self.ticks_ns = np.append(np.arange(0, until_ns, tick_ns, dtype=np.int64), np.int64(until_ns))
        self.carriages = carriages(scenario, plan, self.ticks_ns)
        kind = STRATEGIES[scenario.strategy].kind
        lifetime_s = getattr(scenario.lifetimes, f"{kind.name.lower()}_s")
        self._lifetime_ns = NEVER_NS if lifetime_s is None else to_ns(lifetime_s)

    def fly(self, variants: Sequence[Variant]) -> list[Outcome]:
        """Fly them all from the start to the end."""
        flight = _Flight(self, variants)
        for tick in range(len(self.ticks_ns) - 1):
            flight.step(tick)
        return flight.outcomes()

    def crafts(self, fleet: Scenario, variants: Sequence[Variant]) -> list[Craft]:
        """The variants' payloads."""
        return [
            Craft(
                spacecraft_config(fleet, place, self.card, {}, Path(), is_durable=False),
                PayloadComputer(variant.satellite.device),
                self.carriages[variant.index],
                () if variant.is_idle else self._exposures(variant.index),
                self._lifetime_ns,
            )
            for place, variant in enumerate(variants)
        ]

    def _exposures(self, index: int) -> list[tuple[int, FrameNeeds]]:
        return list(zip(self.demand.at_ns[index], self.demand.needs[index], strict=True))


class _Flight:
    """The variants' plant and payloads as they fly."""

    def __init__(self, timeline: Timeline, variants: Sequence[Variant]) -> None:
        scenario = timeline.scenario
        satellites = tuple(variant.satellite for variant in variants)
        fleet = scenario.model_copy(update={"satellite": satellites})
        self._timeline, self._variants = timeline, variants
        self._plant = Plant(satellites, orbits_of(fleet), scenario.world_tick_s, to_ns(scenario.duration_s))
        self._crafts = timeline.crafts(fleet, variants)
        devices = [satellite.device for satellite in satellites]
        self._throttling = Throttling(devices)
        self._rise_k_per_w = np.array([device.chip_rise_k_per_w for device in devices])
        self._node_k = self._plant.computer_temperature_k.copy()
        self._chip_k = self._node_k.copy()
        # What is on its way to the ground when the last contact ends was made in time.
        self._ready: list[frozenset[int]] = [frozenset()] * len(variants)
        self._sample(0)

    def step(self, tick: int) -> None:
        """Move on by a tick: first the payloads, then the plant, then what follows from its state."""
        start_ns, end_ns = (int(instant) for instant in self._timeline.ticks_ns[tick : tick + 2])
        plant = self._plant
        for place, craft in enumerate(self._crafts):
            satellite = self._variants[place].satellite
            for at_ns in craft.advance(end_ns, sees=bool(plant.is_on[INSTRUMENT, place])):
                energy_j = satellite.instrument.energy_per_frame_j
                plant.draw(place, UNITS[INSTRUMENT], at_ns, at_ns + to_ns(1), energy_j)
            self._transmit(tick, place, craft)
            for draw in craft.computer.take_draws(end_ns):
                plant.draw(place, UNITS[COMPUTER], draw.start_ns, draw.end_ns, draw.power_w)
        plant.step()
        power_w = np.array([craft.computer.take_energy_j() for craft in self._crafts]) / to_s(end_ns - start_ns)
        node_k = plant.computer_temperature_k
        for craft, share in zip(self._crafts, self._throttling.update(node_k, power_w).tolist(), strict=True):
            craft.throttle(end_ns, share)
        for craft, is_fed in zip(self._crafts, plant.is_on[COMPUTER].tolist(), strict=True):
            craft.feed(end_ns, is_fed=is_fed)
        self._note(node_k, chip_temperature_k(node_k, power_w, self._rise_k_per_w))
        self._sample(end_ns)
        for craft in self._crafts:
            craft.count.modes_s[craft.mode] = craft.count.modes_s.get(craft.mode, 0.0) + to_s(end_ns - start_ns)

    def outcomes(self) -> list[Outcome]:
        """One a variant."""
        return [self._outcome(place) for place in range(len(self._variants))]

    def _transmit(self, tick: int, place: int, craft: Craft) -> None:
        variant, carriage = self._variants[place], self._timeline.carriages[self._variants[place].index]
        if variant.is_always_heard:
            craft.outbox.send(np.inf, is_acknowledged=True)
        begin_ns, end_ns = carriage.sending_ns[tick].tolist()
        if end_ns and self._plant.is_on[RADIO, place]:
            self._plant.draw(place, UNITS[RADIO], begin_ns, end_ns, variant.satellite.radio.transmit_w)
            room_bytes = float(carriage.room_bytes[tick]) * variant.volume
            craft.outbox.send(room_bytes, is_acknowledged=bool(carriage.heard[tick]))
        if tick == carriage.last_contact_tick:
            self._ready[place] = frozenset(craft.outbox.waiting)

    def _note(self, node_k: Floats, chip_k: Floats) -> None:
        np.maximum(self._node_k, node_k, out=self._node_k)
        np.maximum(self._chip_k, chip_k, out=self._chip_k)

    def _sample(self, now_ns: int) -> None:
        plant = self._plant
        rows = (plant.state_of_charge.tolist(), plant.computer_temperature_k.tolist(), plant.sunlit.tolist())
        for place, (craft, charge, computer_k, sunlit) in enumerate(zip(self._crafts, *rows, strict=True)):
            shed = craft.shed
            craft.sample(now_ns, charge, computer_k, sunlit=sunlit)
            if craft.shed != shed:
                for unit in UNITS:
                    plant.switch(place, unit, is_on=unit not in craft.shed)
                craft.feed(now_ns, is_fed=bool(plant.is_on[COMPUTER, place]))

    def _outcome(self, place: int) -> Outcome:
        craft, plant = self._crafts[place], self._plant
        waiting = craft.outbox.waiting
        carriage = self._timeline.carriages[self._variants[place].index]
        never_heard = carriage.last_contact_tick < 0
        stuck = len(waiting) if never_heard else sum(frame in self._ready[place] for frame in waiting)
        return Outcome(
            count=craft.count,
            completed=craft.count.empty + len(craft.outbox.delivered),
            late=len(waiting) - stuck,
            dropped=len(craft.outbox.dropped),
            peak_memory_bytes=craft.peak_memory_bytes,
            peak_outbox_bytes=craft.outbox.peak_bytes,
            node_k=float(self._node_k[place]),
            chip_k=float(self._chip_k[place]),
            generated_j=float(plant.generated_j[place]),
            spent_j=float(plant.spent_j[:, place].sum()),
            lost_j=float(plant.lost_j[place] - plant.curtailed_j[place]),
        )
