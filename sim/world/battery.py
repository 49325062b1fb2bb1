"""Lithium-ion batteries: what they take, what they give, what it costs. Arrays over satellites, (n_sat,).

Charging is limited by current below the constant-voltage phase, and in it by a current that falls with what is still
missing, so that the charge approaches full exponentially (as CC-CV charging does; Plett 2015, section 2.2). Below
freezing no charge is taken: lithium would plate (Knap, Vestergaard and Stroe 2020, Energies 13, 4097).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = Floats | float

SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Batteries:
    """What batteries can do, each (n_sat,). `floor_j` is the energy that is never drawn.

    `charge_c_per_h` and `discharge_c_per_h` are the most capacities an hour; the constant-voltage phase begins at the
    state of charge `taper_from`.
    """

    capacity_j: Values
    floor_j: Values = 0.0
    charge_efficiency: Values = 1.0
    discharge_efficiency: Values = 1.0
    charge_c_per_h: Values = np.inf
    discharge_c_per_h: Values = np.inf
    taper_from: Values = 0.0
    min_charge_temperature_k: Values = 0.0

    def most_stored_j(self, energy_j: Values, dt_s: float) -> Floats:
        """The most that a step can add to energies: at constant current, or at constant voltage."""
        missing_j = np.maximum(self.capacity_j - np.asarray(energy_j), 0.0)
        hours = dt_s / SECONDS_PER_HOUR
        rate_per_h = np.divide(self.charge_c_per_h, 1.0 - np.asarray(self.taper_from))
        at_voltage_j = missing_j * -np.expm1(rate_per_h * -hours)
        return np.asarray(np.minimum(np.asarray(self.charge_c_per_h * self.capacity_j) * hours, at_voltage_j))

    def most_drawn_j(self, energy_j: Values, dt_s: float) -> Floats:
        """The most that a step can take from energies."""
        most_j = np.asarray(self.discharge_c_per_h * self.capacity_j) * (dt_s / SECONDS_PER_HOUR)
        return np.minimum(most_j, np.maximum(np.asarray(energy_j) - self.floor_j, 0.0))


@dataclass(frozen=True, slots=True)
class BatteryStep:
    """A battery after a step, and where the step's energy went; joules, each (n_sat,).

    The account closes: generated = (energy after - energy before) + (load - unserved) + heat + curtailed. `heat_j`
    warms the cells; `curtailed_j` was never drawn from the array.
    """

    energy_j: Floats
    heat_j: Floats
    curtailed_j: Floats
    unserved_j: Floats


def battery_step(
    batteries: Batteries,
    energy_j: Values,
    generated_j: Values,
    load_j: Values,
    dt_s: float,
    temperature_k: Values = np.inf,
) -> BatteryStep:
    """Serve the load from the array first, charge with the surplus, discharge for the deficit.

    `unserved_j` is load that neither array nor battery could carry: a brown-out for the caller to act on.
    """
    energy = np.asarray(energy_j, dtype=np.float64)
    surplus_j = np.asarray(generated_j, dtype=np.float64) - load_j
    excess_j = np.maximum(surplus_j, 0.0)
    deficit_j = excess_j - surplus_j
    may_charge = np.asarray(temperature_k) >= batteries.min_charge_temperature_k
    most_taken_j = batteries.most_stored_j(energy, dt_s) * may_charge / batteries.charge_efficiency
    most_delivered_j = batteries.most_drawn_j(energy, dt_s) * batteries.discharge_efficiency
    taken_j = np.minimum(excess_j, most_taken_j)
    delivered_j = np.minimum(deficit_j, most_delivered_j)
    stored_j = taken_j * batteries.charge_efficiency
    drawn_j = delivered_j / batteries.discharge_efficiency
    return BatteryStep(
        energy_j=energy + stored_j - drawn_j,
        heat_j=(taken_j - stored_j) + (drawn_j - delivered_j),
        curtailed_j=excess_j - taken_j,
        unserved_j=deficit_j - delivered_j,
    )
