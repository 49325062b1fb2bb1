"""What spacecraft draw: constant loads, draws of units for a time; and which units go off when charge is low."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard.mission_time import to_s

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

USES = ("computer", "instrument", "radio", "heater", "bus")
"""What a spacecraft's energy is spent on, in the order in which it goes without where there is not enough."""

UNITS = ("computer", "instrument", "radio")
COMPUTER, INSTRUMENT, RADIO = range(len(UNITS))
"""The uses that the spacecraft switches off by itself; the others are what keeps it alive."""


@dataclass(frozen=True, slots=True)
class _Draw:
    """Constant power from one instant to another, by one satellite for one use."""

    satellite: int
    use: int
    start_ns: int
    end_ns: int
    power_w: float


class Loads:
    """Base loads (n_use, n_sat) in watts, and draws above them."""

    def __init__(self, base_w: Floats) -> None:
        self._base_w = base_w
        self._draws: list[_Draw] = []

    def draw(self, satellite: int, use: str, start_ns: int, end_ns: int, power_w: float) -> None:
        """Charge a load above the base loads, or below them where it is negative, from now on or later."""
        self._draws.append(_Draw(satellite, USES.index(use), start_ns, end_ns, power_w))

    def demand_j(self, start_ns: int, end_ns: int, is_on: Bools) -> Floats:
        """Energy asked for in a tick, (n_use, n_sat), by units that are on, (n_unit, n_sat)."""
        demand_j = self._base_w * to_s(end_ns - start_ns)
        for draw in self._draws:
            overlap_ns = min(draw.end_ns, end_ns) - max(draw.start_ns, start_ns)
            demand_j[draw.use, draw.satellite] += draw.power_w * to_s(max(overlap_ns, 0))
        self._draws = [draw for draw in self._draws if draw.end_ns > end_ns]
        demand_j[: len(UNITS)] *= is_on
        return np.maximum(demand_j, 0.0)


def served_j(demand_j: Floats, unserved_j: Floats) -> Floats:
    """What each use got, (n_use, n_sat), where the demand as a whole lacks `unserved_j`, (n_sat,)."""
    if not unserved_j.any():
        return demand_j
    served = demand_j.copy()
    short_j = unserved_j
    for row in range(len(served)):
        cut_j = np.minimum(served[row], short_j)
        served[row] -= cut_j
        short_j = short_j - cut_j
    return served


def switched(is_on: Bools, state_of_charge: Floats, is_short: Bools, off_below: Floats, on_above: Floats) -> Bools:
    """Which units are on after a tick, (n_unit, n_sat): off below one state of charge, on again from another.

    A brown-out, `is_short` (n_sat,), switches every unit off.
    """
    stays = is_on & (state_of_charge >= off_below) & ~is_short
    return stays | (~is_on & (state_of_charge >= on_above) & ~is_short)
