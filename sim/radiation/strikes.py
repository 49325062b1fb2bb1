"""When radiation strikes, and what: drawn before the start, for every cause out of a stream of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard.mission_time import NS_PER_S, to_ns
from sim.radiation.environment import MULTIPLE_BIT_SHARE, relative_rate
from sim.radiation.settings import Radiation
from sim.scenario import Satellite, Scenario
from sim.streams import Streams
from sim.world.frames import Floats, geodetic
from sim.world.loads import COMPUTER, INSTRUMENT, RADIO, UNITS
from sim.world.orbit import Orbits

WEIGHTS, WORK, MEMORY, OUTBOX, TRANSMIT = "weights", "work", "memory", "outbox", "transmit"
GRID_S = 30.0
"""Rates are taken as even in between: a satellite crosses the anomaly in some ten minutes."""
LATCHING = (UNITS[COMPUTER], UNITS[INSTRUMENT], UNITS[RADIO])
ENVIRONMENT_LATCH_UPS_PER_DAY = 0.134
"""Of one device in low orbit (Spacecraft Environment Engineering 2019, doi 10.12126/see.2019.02.002); the anchor's
orbit is taken for it."""
_DRAW_BITS = 62
MOST_PER_DAY = 10_000.0
"""Each strike is a message: a memory that suffers more does not fly without protection anyway."""


@dataclass(frozen=True, slots=True)
class Strike:
    """An upset. `draw` says where: whoever holds the bits takes it modulo their number. `bits` of one word flip.

    Of weights it strikes the copy, counted from 0.
    """

    at_ns: int
    satellite: int
    unit: str
    draw: int
    copy: int = 0
    bits: int = 1


@dataclass(frozen=True, slots=True)
class LatchUp:
    """A unit, by the name of its load, draws over-current from now on, until it is switched off and on again."""

    at_ns: int
    satellite: int
    unit: str


def strikes_on(scenario: Scenario, orbits: Orbits, weight_bits: int) -> tuple[Strike, ...]:
    """All upsets of a run in order of time; none without a table of radiation."""
    radiation = scenario.radiation
    if radiation is None:
        return ()
    streams, found = Streams(scenario.seed), []
    paces = _Paces(scenario, orbits, radiation)
    for index, satellite in enumerate(scenario.satellite):
        for unit, copy, per_day in _rates(radiation, satellite, paces.mean(index), weight_bits):
            stream = streams.get(_cause(f"{unit}/{satellite.name}/{copy}", radiation))
            for at_ns in paces.instants_ns(index, per_day, stream):
                draw = int(stream.integers(1 << _DRAW_BITS))
                bits = 2 if unit == MEMORY and stream.random() < MULTIPLE_BIT_SHARE else 1
                found.append(Strike(at_ns, index, unit, draw, copy, bits))
    return tuple(sorted(found, key=lambda strike: (strike.at_ns, strike.satellite, strike.unit, strike.copy)))


def latch_ups_on(scenario: Scenario, orbits: Orbits) -> tuple[LatchUp, ...]:
    """All latch-ups of a run in order of time."""
    radiation = scenario.radiation
    if radiation is None:
        return ()
    streams, found = Streams(scenario.seed), []
    paces = _Paces(scenario, orbits, radiation)
    for index, satellite in enumerate(scenario.satellite):
        by_place = ENVIRONMENT_LATCH_UPS_PER_DAY * paces.mean(index) if radiation.environment else 0.0
        per_day = by_place if radiation.latch_ups_per_day is None else radiation.latch_ups_per_day
        stream = streams.get(_cause(f"latch_up/{satellite.name}", radiation))
        for at_ns in paces.instants_ns(index, per_day, stream):
            found.append(LatchUp(at_ns, index, str(stream.choice(LATCHING))))
    return tuple(sorted(found, key=lambda one: (one.at_ns, one.satellite)))


class _Paces:
    """How fast things strike along each orbit, beside the anchor's mean; evenly without `environment`."""

    def __init__(self, scenario: Scenario, orbits: Orbits, radiation: Radiation) -> None:
        self._end_ns = to_ns(scenario.duration_s)
        self._edges_s = np.append(np.arange(0.0, scenario.duration_s, GRID_S), scenario.duration_s)
        self._pace: Callable[[int], Floats] = lambda _index: np.ones(len(self._edges_s) - 1)
        if radiation.environment:
            start = scenario.start_utc
            year = start.year + (start.timetuple().tm_yday - 1) / 365.25
            middles_s = (self._edges_s[:-1] + self._edges_s[1:]) / 2.0

            def along(index: int) -> Floats:
                return relative_rate(*geodetic(orbits.positions_ecef(middles_s, [index])[0]), year)

            self._pace = along
        self._kept: dict[int, Floats] = {}

    def mean(self, index: int) -> float:
        """Of a satellite over the run."""
        return float(np.average(self._of(index), weights=np.diff(self._edges_s)))

    def instants_ns(self, index: int, per_day: float, stream: np.random.Generator) -> Iterator[int]:
        """Instants of a Poisson process whose mean over the run is `per_day`, and whose pace is the satellite's."""
        weights: NDArray[np.float64] = self._of(index) * np.diff(self._edges_s)
        grown = np.append(0.0, np.cumsum(weights)) / weights.sum()
        n = stream.poisson(per_day * self._edges_s[-1] / 86400.0)
        at_s = np.interp(np.sort(stream.random(n)), grown, self._edges_s)
        yield from (min(int(at * NS_PER_S), self._end_ns - 1) for at in at_s.tolist())

    def _of(self, index: int) -> Floats:
        if index not in self._kept:
            self._kept[index] = self._pace(index)
        return self._kept[index]


def _cause(name: str, radiation: Radiation) -> str:
    return f"radiation/{radiation.draw}/{name}"


def _rates(
    radiation: Radiation, satellite: Satellite, pace: float, weight_bits: int
) -> Iterator[tuple[str, int, float]]:
    """What is struck, which copy of it, and how often a day on the mean.

    The bits that stand for a store, where the environment strikes it: a frame for the work in progress and for mass
    memory, in which few wait at a time; a tenth of the outbox, which is seldom full (assumed); a second's frames for
    the radio.
    """
    frame_bits = 16 * len(satellite.instrument.bands) * satellite.instrument.width_px * satellite.instrument.height_px
    radio_bits = satellite.radio.downlink_rate_bps or 10e6
    held = (
        (WEIGHTS, radiation.weight_upsets_per_day, weight_bits),
        (WORK, radiation.work_upsets_per_day, frame_bits),
        (MEMORY, radiation.memory_upsets_per_day, frame_bits),
        (OUTBOX, radiation.outbox_upsets_per_day, 8 * satellite.bus.limits.outbox_bytes / 10),
        (TRANSMIT, radiation.transmit_upsets_per_day, radio_bits),
    )
    copies = {"none": 1, "tmr": 3, "diverse": 2}[radiation.voting]
    for unit, given, bits in held:
        by_place = radiation.upsets_per_bit_day * bits * pace if radiation.environment else 0.0
        per_day = by_place if given is None else given
        if per_day > 0.0:
            yield from ((unit, copy, min(per_day, MOST_PER_DAY)) for copy in range(copies if unit == WEIGHTS else 1))
