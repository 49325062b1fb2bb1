"""How much a seed's flight may take: long flights have longer ticks, rarer frames and longer slots."""

from dataclasses import dataclass

import numpy as np

ORBIT_S = 5700.0
SHORTEST_S, LONGEST_S = 1500.0, 3 * ORBIT_S
MAX_TICKS, MAX_FRAMES, MAX_SLOTS = 400, 110, 360
"""Of all satellites together: they bound the events of a flight to about 10,000."""
LONGEST_TICK_S = 60.0
CONTACT_SHARE = 0.1
"""Of the time that a satellite in polar orbit is in sight of a station near a pole, about."""
SLOWEST_UPLINK_BPS, FASTEST_UPLINK_BPS = 100.0, 64_000.0
SLOT_BITS = 160 * 8
"""What the uplink carries in the shortest slot (`sim.world.slots`)."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is drawn before the spacecraft are."""

    duration_s: float
    satellites: int
    stations: int

    @property
    def least_tick_s(self) -> float:
        """The shortest tick of the world."""
        return min(LONGEST_TICK_S, self.duration_s * self.satellites / MAX_TICKS)

    @property
    def least_interval_s(self) -> float:
        """The shortest time between two frames of a satellite."""
        return self.duration_s * self.satellites / MAX_FRAMES

    @property
    def most_uplink_bps(self) -> float:
        """The fastest uplink: a slot lasts at least as long as it needs for a report."""
        slot_s = CONTACT_SHARE * self.duration_s * self.stations * self.satellites / MAX_SLOTS
        return max(SLOWEST_UPLINK_BPS, SLOT_BITS / slot_s) if slot_s > 1.0 else FASTEST_UPLINK_BPS


def draw_load(rng: np.random.Generator) -> Load:
    """A duration of at most three orbits, short ones more often than long ones."""
    duration_s = float(np.exp(rng.uniform(np.log(SHORTEST_S), np.log(LONGEST_S))))
    return Load(round(duration_s), int(rng.integers(1, 3)), int(rng.integers(1, 4)))
