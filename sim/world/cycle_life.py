"""How fast cycling wears a lithium-ion battery: depths by rainflow counting, damage by a Woehler curve and Miner's sum.

The curve is a power law through two points of one cell's specification (Saft VES180, ESA ARTES 8 project page): at
30 % depth, five years in low orbit (27,500 cycles of 95.6 minutes) cost at most 20 % of capacity; at 90 % depth,
fifteen years in GEO (1,350 cycles) at most 2 %, 13,500 cycles to 20 %. Both are bounds, and end of life is 80 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WoehlerCurve:
    """Cycles to end of life at a depth d: `cycles` x (d / `depth`)^-`exponent`."""

    cycles: float
    depth: float
    exponent: float

    def cycles_at(self, depth: ArrayLike) -> Floats:
        """Cycles to end of life at depths (...) in (0, 1]."""
        return self.cycles * (np.asarray(depth, dtype=np.float64) / self.depth) ** -self.exponent


@dataclass(frozen=True, slots=True)
class Wear:
    """What a run's cycling did: counted cycles (halves count half), the deepest, and the share of life it cost."""

    cycles: float
    depth_max: float
    damage: float

    @property
    def cycle_life(self) -> float | None:
        """Cycles of this run's mix that the battery lives for, None where it never cycled."""
        return self.cycles / self.damage if self.damage else None


def rainflow(turning_points: Sequence[float]) -> list[tuple[float, float]]:
    """Ranges of a history with their counts, 1 or 1/2 (ASTM E1049-85, section 5.4.4)."""
    ranges: list[tuple[float, float]] = []
    points: list[float] = []
    for value in turning_points:
        points.append(value)
        while len(points) >= 3:
            latest, previous = abs(points[-1] - points[-2]), abs(points[-2] - points[-3])
            if latest < previous:
                break
            if len(points) == 3:  # the range holds the history's start
                ranges.append((previous, 0.5))
                points.pop(0)
            else:
                ranges.append((previous, 1.0))
                del points[-3:-1]
    ranges += [(abs(after - before), 0.5) for before, after in pairwise(points)]
    return [(depth, count) for depth, count in ranges if depth > 0.0]


def wear(turning_points: Sequence[float], curve: WoehlerCurve) -> Wear:
    """Miner's sum over a history of states of charge."""
    cycles = rainflow(turning_points)
    return Wear(
        cycles=sum(count for _, count in cycles),
        depth_max=max((depth for depth, _ in cycles), default=0.0),
        damage=sum(count / float(curve.cycles_at(depth)) for depth, count in cycles),
    )


class TurningPoints:
    """Keeps where states of charge turn, as they are told one after another."""

    def __init__(self, state_of_charge: Floats) -> None:
        self._last = state_of_charge.copy()
        self._direction = np.zeros(len(state_of_charge))
        self._points: list[list[float]] = [[float(charge)] for charge in state_of_charge]

    def take(self, state_of_charge: Floats) -> None:
        """The next states, (n_sat,)."""
        direction = np.sign(state_of_charge - self._last)
        for satellite in np.flatnonzero(direction * self._direction < 0.0):
            self._points[satellite].append(float(self._last[satellite]))
        self._direction = np.where(direction == 0.0, self._direction, direction)
        self._last = state_of_charge.copy()

    def history(self, satellite: int) -> list[float]:
        """A satellite's turning points, the first and the latest state among them."""
        return [*self._points[satellite], float(self._last[satellite])]
