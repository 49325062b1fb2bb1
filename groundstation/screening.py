"""What the ground knows to be hot without being a fire: places whose alerts confirm no event.

Furnaces, flares, glass roofs and solar plants stand still: a list of them, as of the static thermal anomalies that
active-fire services mask, takes the alerts there out of the count. They are archived, exported and grouped as ever. A
true fire beside such a place is not confirmed either, and that is counted as what it is, a true event that was lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from groundstation.alerts import EARTH_RADIUS_M, Alert, chord_m

MAX_KNOWN_SITES = 200_000
"""Some tens of megabytes; VIIRS Nightfire's catalogue of flares and industry has about twenty thousand."""
_DEG_M = EARTH_RADIUS_M * np.pi / 180.0


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A place whose heat is known, and how far it reaches round the point."""

    latitude_deg: float
    longitude_deg: float
    radius_m: float = 0.0


class KnownSites:
    """Known places, sorted by latitude, so that an alert is held against its near ones only."""

    def __init__(self, sites: Iterable[KnownSite], sigmas: float) -> None:
        rows = sorted((site.latitude_deg, site.longitude_deg, site.radius_m) for site in sites)
        self._latitude_deg, self._longitude_deg, self._radius_m = np.array(rows, np.float64).reshape(-1, 3).T
        self._sigmas = sigmas

    def hold(self, alert: Alert) -> bool:
        """Whether an alert's box, with so many sigmas of its position error, touches a known place."""
        if not len(self._radius_m):
            return False
        reach_m = self._radius_m + alert.radius_m + self._sigmas * alert.found.position_error_m
        band_deg = float(reach_m.max()) / _DEG_M
        first, last = np.searchsorted(
            self._latitude_deg, (alert.latitude_deg - band_deg, alert.latitude_deg + band_deg)
        ).tolist()
        near = np.s_[first : last + 1]
        here = np.array([alert.latitude_deg]), np.array([alert.longitude_deg])
        distance_m = chord_m(*here, self._latitude_deg[near], self._longitude_deg[near])
        return bool((distance_m <= reach_m[near]).any())
