"""Electrical power: what the array makes, what the battery keeps. Arrays over satellites, (n_sat,)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = Floats | float


@dataclass(frozen=True, slots=True)
class BatteryStep:
    """A battery after a step, and where the step's energy went; joules, each (n_sat,).

    The account closes: generated = (energy after - energy before) + (load - unserved) + lost.
    """

    energy_j: Floats
    lost_j: Floats
    unserved_j: Floats


def array_power_w(
    area_m2: Values,
    efficiency: Values,
    solar_flux_w_m2: Values,
    illuminated_fraction: Values,
    tracking_efficiency: Values = 1.0,
) -> Floats:
    """Power of a solar array, (n_sat,); `tracking_efficiency` is the mean cosine of incidence."""
    flux_w_m2 = np.asarray(solar_flux_w_m2, dtype=np.float64) * illuminated_fraction
    return np.asarray(flux_w_m2 * area_m2 * efficiency * tracking_efficiency)


def battery_step(
    energy_j: Values,
    capacity_j: Values,
    generated_j: Values,
    load_j: Values,
    charge_efficiency: Values,
) -> BatteryStep:
    """Serve the load from the array first, charge with the surplus, discharge for the deficit.

    Charging keeps `charge_efficiency` of what goes in (the whole round trip is charged here: discharge is
    free of loss). `lost_j` is that conversion loss plus what the full battery could not take; `unserved_j` is
    load that neither array nor battery could carry: a brown-out for the caller to act on.
    """
    energy = np.asarray(energy_j, dtype=np.float64)
    surplus = np.asarray(generated_j, dtype=np.float64) - load_j
    excess = np.maximum(surplus, 0.0)
    deficit = np.maximum(-surplus, 0.0)
    stored = np.minimum(excess * charge_efficiency, np.maximum(capacity_j - energy, 0.0))
    drawn = np.minimum(deficit, energy)
    return BatteryStep(energy + stored - drawn, excess - stored, deficit - drawn)
