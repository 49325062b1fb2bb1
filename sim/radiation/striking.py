"""Radiation as it reaches satellites in a run: what their computers are told to suffer, and what their radios send."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from onboard import events
from onboard.comms.runs import FrameRun, Part
from sim.executive import Delivery
from sim.facts import BitsStruck
from sim.radiation.strikes import MEMORY, OUTBOX, TRANSMIT, WEIGHTS, WORK, Strike
from sim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class StrikeDue:
    """The world's note to itself that radiation strikes."""

    strike: Strike


class Striking:
    """Strikes of a run. `memory_errors` counts by satellite the words that mass memory found it could not correct."""

    def __init__(self, scenario: Scenario, strikes: Sequence[Strike]) -> None:
        self._names = [satellite.name for satellite in scenario.satellite]
        self._ecc = scenario.radiation is not None and scenario.radiation.ecc
        self.memory_errors = [0] * len(self._names)
        self.due = tuple(strike for strike in strikes if strike.unit != TRANSMIT)
        self._on_radio = [
            [(strike.at_ns, strike.draw) for strike in strikes if strike.unit == TRANSMIT and strike.satellite == index]
            for index in range(len(self._names))
        ]

    def strike(self, now_ns: int, strike: Strike) -> tuple[object, ...]:
        """The fact, and what the satellite's computer suffers."""
        name = self._names[strike.satellite]
        if strike.unit == MEMORY and self._ecc and strike.bits > 1:
            self.memory_errors[strike.satellite] += 1
        return BitsStruck(name, strike.unit, strike.bits), Delivery(now_ns, name, _event(strike))

    def damaged(
        self, satellite: int, start_ns: int, end_ns: int, parts: tuple[Part, ...]
    ) -> tuple[tuple[Part, ...], tuple[BitsStruck, ...]]:
        """Frames that leave in a slot as the transmit buffer holds them, and what befell them.

        The ground refuses a frame with a false bit. One of a run, of which no frames are made, is lost all the same.
        """
        upsets = self._on_radio[satellite]
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
