"""The true battery and temperatures of every spacecraft, stepped on a fixed tick with loads pro-rated inside it.

The tick is the world's alone: what an observer asks, or how often, moves nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from onboard.mission_time import to_ns, to_s
from sim.equipment.bus import Bus
from sim.scenario import Satellite
from sim.world.cycle_life import TurningPoints, Wear, WoehlerCurve, wear
from sim.world.energy import Energy
from sim.world.loads import UNITS, USES, Loads, switched
from sim.world.orbit import Orbits
from sim.world.spacecraft import spacecraft_of
from sim.world.surroundings import SurroundingsAlong, mean_radius_km

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SUNLIT_FRACTION = 0.5
"""A Sun sensor says 'sunlit' from half of the solar disc."""


class Plant:
    """True state, arrays over satellites, and the accounts so far.

    `battery_energy_j` (n_sat,), `temperature_k` (n_node, n_sat) by `nodes`. Units (n_unit, n_sat) by `UNITS`: charge
    feeds them, flight software wants them on, `overcurrent` marks those whose latch-up limiter has tripped. Energy
    in joules since the start: `generated_j`, `lost_j` (of it `curtailed_j`, which no battery could take), `unserved_j`,
    `spent_j` (n_use, n_sat) by `USES`. Heat: `warmed_j` is what came in, `emitted_j` what left.
    """

    def __init__(self, satellites: Sequence[Satellite], orbits: Orbits, tick_s: float, until_ns: int) -> None:
        self._buses = [satellite.bus for satellite in satellites]
        n_sat = len(self._buses)
        self.ticks_ns = _tick_instants(to_ns(tick_s), until_ns)
        self._surroundings = SurroundingsAlong(orbits, self.ticks_ns)
        craft = spacecraft_of(self._buses, mean_radius_km(orbits))
        self._energy = Energy(craft)
        self.nodes = craft.nodes
        self.capacity_j = np.asarray(craft.batteries.capacity_j)
        self._initial_j = craft.initial_energy_j
        self._heat_capacity_j_k = craft.heat_capacity_j_k
        self._initial_temperature_k = craft.initial_temperature_k
        self._computer_row = np.array([self.nodes.index(bus.loads.computer_node) for bus in self._buses])
        idle_w = np.array([satellite.device.setting.idle_w for satellite in satellites])
        self._loads = Loads(_base_w(self._buses, idle_w))
        self._off_below, self._on_above = _thresholds(self._buses)
        self._tick = 0
        self._is_fed, self.is_wanted = (np.ones((len(UNITS), n_sat), dtype=bool) for _ in range(2))
        self.overcurrent, self._is_cycled = (np.zeros((len(UNITS), n_sat), dtype=bool) for _ in range(2))
        self._overcurrent_w = np.zeros((len(UNITS), n_sat))
        self.temperature_max_k = self._initial_temperature_k.copy()
        self.temperature_min_k = self._initial_temperature_k.copy()
        self.generated_j, self.lost_j, self.curtailed_j, self.unserved_j = (np.zeros(n_sat) for _ in range(4))
        self.warmed_j, self.emitted_j = np.zeros(n_sat), np.zeros(n_sat)
        self.spent_j = np.zeros((len(USES), n_sat))
        self.array_power_w = np.zeros(n_sat)
        self._battery_row = np.array([self.nodes.index(bus.battery.node) for bus in self._buses])
        self._turning = TurningPoints(self.state_of_charge)

    def draw(self, satellite: int, use: str, start_ns: int, end_ns: int, power_w: float) -> None:
        """Charge a load above the base loads, from now on or later."""
        self._loads.draw(satellite, use, start_ns, end_ns, power_w)

    def switch(self, satellite: int, unit: str, *, is_on: bool) -> None:
        """What flight software wants of a unit: off is off, on is as far as charge and limiter allow."""
        self.is_wanted[UNITS.index(unit), satellite] = is_on
        self._end_latch_ups()

    def trip(self, satellite: int, unit: str, overcurrent_w: float = 0.0) -> None:
        """A unit latches up: it is off, and draws its over-current, until its supply is cut. One without is spared."""
        self.overcurrent[UNITS.index(unit), satellite] = True
        self._overcurrent_w[UNITS.index(unit), satellite] = overcurrent_w
        self._end_latch_ups()

    def cycle(self, satellite: int, unit: str, *, is_over: bool = False) -> None:
        """Take a unit off its supply, which ends a latch-up; when that is over, put it back."""
        self._is_cycled[UNITS.index(unit), satellite] = not is_over
        self._end_latch_ups()

    def stick_heaters(self, satellite: int, *, stuck_on: bool, stuck_off: bool) -> None:
        """Whether a satellite's heaters no longer obey their thermostats."""
        self._energy.set_heaters(satellite, stuck_on=stuck_on, stuck_off=stuck_off)

    def lose_strings(self, satellite: int, lost_share: float) -> None:
        """What share of a satellite's solar array gives nothing."""
        self._energy.set_array_share(satellite, 1.0 - lost_share)

    def lose_cells(self, satellite: int, lost_share: float) -> None:
        """A share of a satellite's battery is gone; the energy in it is lost."""
        self.lost_j[satellite] += self._energy.lose_cells(satellite, lost_share)
        self.capacity_j = np.asarray(self._energy.spacecraft.batteries.capacity_j)

    def step(self) -> None:
        """Move to the end of the current tick."""
        start_ns, end_ns = (int(instant) for instant in self.ticks_ns[self._tick : self._tick + 2])
        # What a unit drew before it was switched within the tick, it drew: only charge cuts whole ticks.
        demand_j = self._loads.demand_j(start_ns, end_ns, self._is_fed)
        demand_j[: len(UNITS)] += self._overcurrent_w * to_s(end_ns - start_ns)
        step = self._energy.step(to_s(end_ns - start_ns), self._surroundings.at(self._tick), demand_j)
        self.generated_j += step.generated_j
        self.lost_j += step.battery_heat_j + step.curtailed_j
        self.curtailed_j += step.curtailed_j
        self.unserved_j += step.unserved_j
        self.spent_j += step.served_j
        self.warmed_j += step.warmed_j
        self.emitted_j += step.emitted_j
        np.maximum(self.temperature_max_k, self.temperature_k, out=self.temperature_max_k)
        np.minimum(self.temperature_min_k, self.temperature_k, out=self.temperature_min_k)
        charge = self.state_of_charge
        self._turning.take(charge)
        self._is_fed = switched(self._is_fed, charge, step.unserved_j > 0.0, self._off_below, self._on_above)
        self._end_latch_ups()
        self.array_power_w = step.generated_j / to_s(end_ns - start_ns)
        self._tick += 1

    def _end_latch_ups(self) -> None:
        self.overcurrent &= self._is_fed & self.is_wanted & ~self._is_cycled
        self._overcurrent_w *= self.overcurrent

    @property
    def next_tick_ns(self) -> int | None:
        """When the current tick ends, or None after the last."""
        return int(self.ticks_ns[self._tick + 1]) if self._tick + 1 < len(self.ticks_ns) else None

    @property
    def battery_energy_j(self) -> Floats:
        """What the batteries hold, (n_sat,)."""
        return self._energy.battery_energy_j

    @property
    def temperature_k(self) -> Floats:
        """Of every node, (n_node, n_sat)."""
        return self._energy.temperature_k

    @property
    def computer_temperature_k(self) -> Floats:
        """Of the node that each payload computer is on, (n_sat,)."""
        return np.asarray(self.temperature_k[self._computer_row, np.arange(len(self._computer_row))])

    @property
    def battery_temperature_k(self) -> Floats:
        """Of the node that each battery is on, (n_sat,)."""
        return np.asarray(self.temperature_k[self._battery_row, np.arange(len(self._battery_row))])

    @property
    def heater_power_w(self) -> Floats:
        """Of each battery's heaters while they are switched on, (n_sat,)."""
        return self._energy.heater_power_w(self._battery_row)

    @property
    def is_fed(self) -> Bools:
        """Which units charge suffices for, (n_unit, n_sat)."""
        return self._is_fed

    @property
    def is_on(self) -> Bools:
        """Which units work, (n_unit, n_sat)."""
        return np.asarray(self._is_fed & self.is_wanted & ~self.overcurrent & ~self._is_cycled)

    @property
    def stored_j(self) -> Floats:
        """What the batteries hold more than at the start, (n_sat,)."""
        return np.asarray(self.battery_energy_j - self._initial_j)

    @property
    def heat_stored_j(self) -> Floats:
        """What the nodes hold more than at the start, (n_sat,)."""
        return np.asarray((self._heat_capacity_j_k * (self.temperature_k - self._initial_temperature_k)).sum(axis=0))

    @property
    def state_of_charge(self) -> Floats:
        """Energy over capacity, (n_sat,)."""
        return np.asarray(self.battery_energy_j / self.capacity_j)

    @property
    def sunlit(self) -> Bools:
        """Whether the Sun shone in the tick that ended, (n_sat,)."""
        return np.asarray(self._surroundings.illuminated(max(self._tick - 1, 0)) > SUNLIT_FRACTION)

    def nodes_of(self, satellite: int) -> tuple[tuple[int, str], ...]:
        """Rows and names of the nodes that a satellite has."""
        return tuple((row, name) for row, name in enumerate(self.nodes) if name in self._buses[satellite].node)

    def wear(self, satellite: int) -> Wear:
        """What cycling has cost a satellite's battery."""
        battery = self._buses[satellite].battery
        curve = WoehlerCurve(battery.cycle_life, battery.cycle_life_depth, battery.cycle_life_exponent)
        return wear(self._turning.history(satellite), curve)


def _base_w(buses: Sequence[Bus], computer_idle_w: Floats) -> Floats:
    base_w = np.zeros((len(USES), len(buses)))
    base_w[USES.index("bus")] = [bus.loads.bus_w for bus in buses]
    base_w[USES.index("computer")] = computer_idle_w
    return base_w


def _thresholds(buses: Sequence[Bus]) -> tuple[Floats, Floats]:
    """States of charge below which units are switched off, and from which on again, each (n_unit, n_sat)."""
    rules = [[getattr(bus.shedding, unit) for bus in buses] for unit in UNITS]
    off_below = np.array([[rule.off_below for rule in row] for row in rules])
    on_above = np.array([[rule.on_above for rule in row] for row in rules])
    return off_below, on_above


def _tick_instants(tick_ns: int, until_ns: int) -> NDArray[np.int64]:
    """0, one tick, two ticks and so on; the last tick ends with the run."""
    whole = np.arange(0, until_ns, tick_ns, dtype=np.int64)
    return np.append(whole, np.int64(until_ns))
