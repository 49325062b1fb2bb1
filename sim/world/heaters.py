"""Thermostats and thermal switches: states with hysteresis. Arrays over satellites, (n_sat,)."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def on_when_cold(is_on: Bools, temperature_k: Floats, on_below_k: Floats, off_above_k: Floats) -> Bools:
    """A heater: on below one temperature, off above the other, as it was between them."""
    return (temperature_k < on_below_k) | (is_on & (temperature_k <= off_above_k))


def on_when_hot(is_on: Bools, temperature_k: Floats, on_above_k: Floats, off_below_k: Floats) -> Bools:
    """A loop's pump or a heat switch: on above one temperature, off below the other, as it was between them."""
    return (temperature_k > on_above_k) | (is_on & (temperature_k >= off_below_k))
