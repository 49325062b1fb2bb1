"""Radiation as it reaches satellites in a run: what their computers are told to suffer, and what their radios send."""

from bisect import bisect_left
from dataclasses import dataclass

from onboard import events
from onboard.comms.runs import FrameRun, Part
from onboard.mission_time import NS_PER_S
from sim.executive import WORLD, Delivery
from sim.facts import BitsStruck
from sim.faults.active import FaultDue
from sim.faults.settings import Fault
from sim.radiation.strikes import (
    MEMORY,
    OUTBOX,
    TRANSMIT,
    WEIGHTS,
    WORK,
    LatchUp,
    Strike,
    latch_ups_on,
    strikes_on,
)
from sim.radiation.wear import worn
from sim.scenario import Scenario
from sim.world.orbit import Orbits

LATCHES_FIRST = -2
"""Within an instant a fault comes before all else."""


@dataclass(frozen=True, slots=True)
class StrikeDue:
    """The world's note to itself that radiation strikes."""

    strike: Strike


class Striking:
    """Strikes of a run; without orbits there are none. `flown` are the satellites as total dose has worn them.

    `on_radio` are those of transmit buffers, by satellite: instants and draws. `memory_errors` counts by satellite the
    words that mass memory found it could not correct."""

    def __init__(self, scenario: Scenario, orbits: Orbits | None = None, weight_bits: int = 0) -> None:
        strikes = strikes_on(scenario, orbits, weight_bits) if orbits else ()
        self._latch_ups = latch_ups_on(scenario, orbits) if orbits else ()
        self.flown = worn(scenario, orbits) if orbits else scenario.satellite
        self._names = [satellite.name for satellite in scenario.satellite]
        self._ecc = scenario.radiation is not None and scenario.radiation.ecc
        self.memory_errors = [0] * len(self._names)
        self._due = tuple(strike for strike in strikes if strike.unit != TRANSMIT)
        self.on_radio = [
            [(strike.at_ns, strike.draw) for strike in strikes if strike.unit == TRANSMIT and strike.satellite == index]
            for index in range(len(self._names))
        ]

    def opening(self) -> list[Delivery]:
        """Every upset and every latch-up at its instant; a latch-up is one of the faults."""
        upsets = [Delivery(strike.at_ns, WORLD, StrikeDue(strike)) for strike in self._due]
        return upsets + [Delivery(one.at_ns, WORLD, self._latching(one), LATCHES_FIRST) for one in self._latch_ups]

    def strike(self, now_ns: int, strike: Strike) -> tuple[object, ...]:
        """The fact, and what the satellite's computer suffers."""
        name = self._names[strike.satellite]
        if strike.unit == MEMORY and self._ecc and strike.bits > 1:
            self.memory_errors[strike.satellite] += 1
        return BitsStruck(name, strike.unit, strike.bits), Delivery(now_ns, name, _event(strike))

    def _latching(self, latch_up: LatchUp) -> FaultDue:
        name, at_s = self._names[latch_up.satellite], latch_up.at_ns / NS_PER_S
        return FaultDue(Fault(kind="latch_up", at_s=at_s, satellite=name, unit=latch_up.unit))

    def damaged(
        self, satellite: int, start_ns: int, end_ns: int, parts: tuple[Part, ...]
    ) -> tuple[tuple[Part, ...], tuple[BitsStruck, ...]]:
        """Frames that leave in a slot as the transmit buffer holds them, and what befell them.

        The ground refuses a frame with a false bit. One of a run, of which no frames are made, is lost all the same.
        """
        upsets = self.on_radio[satellite]
        struck = upsets[bisect_left(upsets, (start_ns, 0)) : bisect_left(upsets, (end_ns, 0))]
        told = []
        for _, draw in struck:
            if parts:
                place = draw % len(parts)
                parts = (*parts[:place], _spoilt(parts[place], draw // len(parts)), *parts[place + 1 :])
                told.append(BitsStruck(self._names[satellite], TRANSMIT, 1))
        return parts, tuple(told)


def _event(strike: Strike) -> object:
    if strike.unit == WEIGHTS:
        return events.WeightsStruck(strike.copy, strike.draw)
    if strike.unit == WORK:
        return events.WorkStruck(strike.draw)
    if strike.unit == MEMORY:
        return events.MemoryStruck(strike.draw, strike.bits)
    assert strike.unit == OUTBOX
    return events.OutboxStruck(strike.draw)


def _spoilt(part: Part, draw: int) -> Part:
    if isinstance(part, FrameRun):
        number = draw % part.frames
        return part if part.lost else part.without(((number, number + 1),))
    struck = bytearray(part)
    place, bit = divmod(draw % (8 * len(struck)), 8)
    struck[place] ^= 1 << bit
    return bytes(struck)
