"""Power and heat of spacecraft, one step after another: arrays over satellites, no ticks, no messages, no clock."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.world.battery import battery_step
from sim.world.heaters import on_when_cold, on_when_hot
from sim.world.loads import USES, served_j
from sim.world.solar_array import cell_power_w, incidence, towards
from sim.world.spacecraft import Spacecraft
from sim.world.thermal_network import Coupling, network_step

Floats = NDArray[np.float64]
HEATER, BUS = USES.index("heater"), USES.index("bus")
SATELLITES_AT_ONCE = 3200
"""Into so many a large fleet is best divided: arrays of five nodes then stay below 128 KiB, from where the C library
asks the system for new pages every time (mallopt(3), M_MMAP_THRESHOLD)."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What reaches spacecraft in a step, each (n_sat,): `sun_body` is the Sun's direction in body axes, (3, n_sat).

    `sunlight_w_m2` counts the shadow; the Earth's two are what a plate facing the nadir would receive.
    """

    sun_body: Floats
    sunlight_w_m2: Floats
    albedo_w_m2: Floats
    infrared_w_m2: Floats


@dataclass(frozen=True, slots=True)
class EnergyStep:
    """Where a step's joules went, each (n_sat,), with `served_j` (n_use, n_sat).

    Power: generated = battery energy after - before + sum of served + battery heat + curtailed.
    Heat: warmed = sum of heat capacity x (temperature after - before) + emitted; warmed is what light leaves in the
    surfaces, less what it gives as power, and all that is dissipated.
    """

    generated_j: Floats
    served_j: Floats
    unserved_j: Floats
    battery_heat_j: Floats
    curtailed_j: Floats
    warmed_j: Floats
    emitted_j: Floats


class Energy:
    """The state of power and heat: `battery_energy_j` (n_sat,), `temperature_k` (n_node, n_sat), switches."""

    def __init__(self, spacecraft: Spacecraft) -> None:
        self.spacecraft = spacecraft
        self.battery_energy_j = spacecraft.initial_energy_j.copy()
        self.temperature_k = spacecraft.initial_temperature_k.copy()
        n_sat = self.battery_energy_j.shape[0]
        self.heater_is_on = [np.zeros(n_sat, dtype=bool) for _ in spacecraft.thermostats]
        self.loop_is_closed = [np.zeros(n_sat, dtype=bool) for _ in spacecraft.switches]
        self._stuck_on, self._stuck_off = (np.zeros(n_sat, dtype=bool) for _ in range(2))
        self._array_share: Floats | None = None

    def step(self, dt_s: float, around: Surroundings, demand_j: Floats) -> EnergyStep:
        """Move on by a step. To `demand_j` (n_use, n_sat) is added, in place, what heaters and pumps ask for."""
        craft, temperature_k = self.spacecraft, self.temperature_k
        self._switch()
        thermal_w = self._thermal_control_w()
        if thermal_w is not None:
            demand_j[HEATER] += thermal_w * dt_s
        heat_w = craft.albedo_m2 * around.albedo_w_m2
        heat_w += craft.infrared_m2 * around.infrared_w_m2
        self._warm_sides(around, heat_w)
        panel_w = self._panel_powers(around, heat_w)
        drawn_w = sum(panel_w[1:], start=panel_w[0])
        generated_j = drawn_w * (craft.tracking_efficiency * dt_s)
        first, *others = (_shared(temperature_k[node], share) for node, share in craft.battery_warmed)
        battery_k = sum(others, start=first)
        load_j = demand_j.sum(axis=0)
        step = battery_step(craft.batteries, self.battery_energy_j, generated_j, load_j, dt_s, battery_k)
        served = served_j(demand_j, step.unserved_j)
        used = 1.0 - step.curtailed_j / np.maximum(generated_j, 1e-300)
        for group, power_w in zip(craft.panels, panel_w, strict=True):
            heat_w[group.node] -= power_w * used
        served_w = served * (1.0 / dt_s)
        # The regulator is part of the bus; the battery's losses stay in its cells.
        served_w[BUS] += drawn_w * (1.0 - craft.tracking_efficiency) * used
        self._dissipate(served_w, demand_j[HEATER], served[HEATER], heat_w)
        battery_heat_w = step.heat_j * (1.0 / dt_s)
        for node, share in craft.battery_warmed:
            heat_w[node] += _shared(battery_heat_w, share)
        heat = network_step(
            temperature_k, dt_s, heat_w, craft.heat_capacity_j_k, craft.emissive_m2, self._couplings_now()
        )
        self.temperature_k = heat.temperature_k
        self.battery_energy_j = step.energy_j
        return EnergyStep(
            generated_j,
            served,
            step.unserved_j,
            step.heat_j,
            step.curtailed_j,
            heat_w.sum(axis=0) * dt_s,
            heat.emitted_w.sum(axis=0) * dt_s,
        )

    def heater_power_w(self, node: NDArray[np.int64]) -> Floats:
        """Of the heaters that are on, (n_sat,), on one node of each spacecraft, (n_sat,) by row."""
        power_w = np.zeros(len(node))
        for heater, on in zip(self.spacecraft.thermostats, self.heater_is_on, strict=True):
            power_w += heater.power_w * on * (node == heater.node)
        return power_w

    def set_heaters(self, satellite: int, *, stuck_on: bool, stuck_off: bool) -> None:
        """Whether a satellite's heaters no longer obey their thermostats."""
        self._stuck_on[satellite], self._stuck_off[satellite] = stuck_on, stuck_off

    def set_array_share(self, satellite: int, share: float) -> None:
        """What share of its array's cells a satellite has left; the light on the others warms them."""
        if self._array_share is None:
            self._array_share = np.ones(self.battery_energy_j.shape[0])
        self._array_share[satellite] = share

    def lose_cells(self, satellite: int, lost_share: float) -> float:
        """A share of a satellite's battery is gone, with the energy in it, which is returned in joules."""
        kept = np.ones(self.battery_energy_j.shape[0])
        kept[satellite] = 1.0 - lost_share
        batteries = self.spacecraft.batteries
        smaller = replace(batteries, capacity_j=batteries.capacity_j * kept, floor_j=batteries.floor_j * kept)
        self.spacecraft = replace(self.spacecraft, batteries=smaller)
        lost_j = float(self.battery_energy_j[satellite]) * lost_share
        self.battery_energy_j = self.battery_energy_j * kept
        return lost_j

    def _switch(self) -> None:
        craft, temperature_k = self.spacecraft, self.temperature_k
        for place, heater in enumerate(craft.thermostats):
            self.heater_is_on[place] = on_when_cold(
                self.heater_is_on[place], temperature_k[heater.node], heater.on_below_k, heater.off_above_k
            )
            self.heater_is_on[place] = (self.heater_is_on[place] | self._stuck_on) & ~self._stuck_off
        for place, switch in enumerate(craft.switches):
            self.loop_is_closed[place] = on_when_hot(
                self.loop_is_closed[place], temperature_k[switch.node], switch.close_above_k, switch.open_below_k
            )

    def _thermal_control_w(self) -> Floats | None:
        craft = self.spacecraft
        powers_w = [heater.power_w * on for heater, on in zip(craft.thermostats, self.heater_is_on, strict=True)]
        powers_w += [loop.pump_w * on for loop, on in zip(craft.switches, self.loop_is_closed, strict=True)]
        return sum(powers_w[1:], start=powers_w[0]) if powers_w else None

    def _warm_sides(self, around: Surroundings, heat_w: Floats) -> None:
        lit_w_m2 = around.sun_body * around.sunlight_w_m2
        before, behind = np.maximum(lit_w_m2, 0.0), np.minimum(lit_w_m2, 0.0)
        for axis, sign, node, absorbing_m2 in self.spacecraft.sunward_m2:
            if sign > 0:
                heat_w[node] += before[axis] * absorbing_m2
            else:
                heat_w[node] -= behind[axis] * absorbing_m2

    def _panel_powers(self, around: Surroundings, heat_w: Floats) -> list[Floats]:
        """What every group of panels could give, before the regulator; the light it absorbs is added to the heat."""
        craft, powers_w = self.spacecraft, []
        for group in craft.panels:
            cosine = towards(group.direction, around.sun_body)
            lit_w_m2 = incidence(group.mount, cosine) * around.sunlight_w_m2
            powers_w.append(
                cell_power_w(
                    lit_w_m2,
                    group.effective_m2,
                    self.temperature_k[group.node],
                    craft.temperature_coefficient_per_k,
                    craft.reference_k,
                )
            )
            heat_w[group.node] += lit_w_m2 * group.absorbing_m2
            if group.back_absorbing_m2 is not None:
                heat_w[group.node] += np.maximum(-cosine, 0.0) * around.sunlight_w_m2 * group.back_absorbing_m2
        return powers_w if self._array_share is None else [power_w * self._array_share for power_w in powers_w]

    def _dissipate(self, served_w: Floats, asked_j: Floats, given_j: Floats, heat_w: Floats) -> None:
        """Warm the nodes by what the uses draw; heaters and pumps by the share of what they ask for that they get."""
        craft = self.spacecraft
        for warmed in craft.warmed:
            heat_w[warmed.node] += _shared(served_w[warmed.use], warmed.share)
        if not asked_j.any():
            return
        fed = given_j / np.maximum(asked_j, 1e-300)
        for heater, on in zip(craft.thermostats, self.heater_is_on, strict=True):
            heat_w[heater.node] += heater.power_w * on * fed
        for loop, on in zip(craft.switches, self.loop_is_closed, strict=True):
            heat_w[loop.node] += loop.pump_w * on * fed

    def _couplings_now(self) -> list[Coupling]:
        now = list(self.spacecraft.couplings)
        for switch, closed in zip(self.spacecraft.switches, self.loop_is_closed, strict=True):
            one = now[switch.coupling]
            now[switch.coupling] = Coupling(
                one.first, one.second, one.conductance_w_k + switch.added_w_k * closed, one.radiative_m2
            )
        return now


def _shared(values: Floats, share: Floats | None) -> Floats:
    """What falls to a node, where None stands for all of it on every satellite."""
    return values if share is None else values * share
