"""Throttling of payload computers by temperature, with hysteresis. Arrays over satellites, (n_sat,).

A step of throttling has a limit above which it is engaged and a lower one at which it is left: the trip points with
hysteresis of Linux's thermal framework (Documentation/driver-api/thermal/sysfs-api.rst, `trip_point_[0-*]_hyst`).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.equipment.device import Device

Floats = NDArray[np.float64]
Values = Floats | float
Counts = NDArray[np.int64]


def chip_temperature_k(node_k: Values, power_w: Values, rise_k_per_w: Values) -> Floats:
    """Temperature of the chip over its node, in steady state: heat flow times thermal resistance."""
    return np.asarray(node_k + np.asarray(power_w, dtype=np.float64) * rise_k_per_w)


def engaged_steps(engaged: Counts, chip_k: Floats, above_k: Floats, below_k: Floats) -> Counts:
    """How many steps are engaged, given how many were; limits (n_sat, n_step), each row rising.

    A step is engaged above its upper limit, and stays so until the chip has cooled to its lower one.
    """
    temperature = np.asarray(chip_k)[:, None]
    was_engaged = np.asarray(engaged)[:, None] > np.arange(above_k.shape[1])
    is_engaged = (temperature > above_k) | (was_engaged & (temperature > below_k))
    return np.asarray(is_engaged.sum(axis=1), dtype=np.int64)


class Throttling:
    """The limits of a fleet's computers, and how many steps each has engaged, `engaged` (n_sat,)."""

    def __init__(self, devices: Sequence[Device]) -> None:
        n_step = max(len(device.throttling) for device in devices)
        self._above_k = _table([[step.above_k for step in device.throttling] for device in devices], n_step)
        self._below_k = _table([[step.below_k for step in device.throttling] for device in devices], n_step)
        shares = [[1.0, *(step.throughput_share for step in device.throttling)] for device in devices]
        self._shares = _table(shares, n_step + 1)
        self._rise_k_per_w = np.array([device.chip_rise_k_per_w for device in devices])
        self.engaged = np.zeros(len(devices), dtype=np.int64)

    def update(self, node_k: Floats, power_w: Floats) -> Floats:
        """Judge the chips at these node temperatures and powers, (n_sat,); returns their shares of full throughput."""
        chip_k = chip_temperature_k(node_k, power_w, self._rise_k_per_w)
        self.engaged = engaged_steps(self.engaged, chip_k, self._above_k, self._below_k)
        shares: Floats = self._shares[np.arange(len(self.engaged)), self.engaged]
        return shares


def _table(rows: list[list[float]], width: int) -> Floats:
    """Rows of one width; what a row lacks is a limit that no temperature reaches."""
    return np.array([row + [np.inf] * (width - len(row)) for row in rows]).reshape(len(rows), width)
