"""Contacts with the rates and volumes of their grants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from onboard.mission_time import to_s, utc_text
from sim.planning import contacts_of, sites_of
from sim.scenario import Scenario
from sim.world.frames import Floats
from sim.world.link import Contact
from sim.world.orbit import Orbits
from sim.world.slots import slots


@dataclass(frozen=True, slots=True)
class Pass:
    """A contact and its grants: where they begin, in s after the start, and their rates, each (n_slot,)."""

    contact: Contact
    satellite: str
    station: str
    start_s: Floats
    rate_bps: Floats
    volume_bytes: int

    @property
    def duration_s(self) -> float:
        """From acquisition to loss of signal."""
        return to_s(self.contact.los_ns - self.contact.aos_ns)

    @property
    def mean_rate_bps(self) -> float:
        """Volume over duration."""
        return 8.0 * self.volume_bytes / self.duration_s


def passes_of(scenario: Scenario, orbits: Orbits) -> tuple[Pass, ...]:
    """In order of acquisition, as the antennas are shared."""
    sites = sites_of(scenario)
    found = []
    for contact in contacts_of(scenario, orbits):
        grants = slots(contact, scenario, orbits, sites)
        found.append(
            Pass(
                contact,
                scenario.satellite[contact.satellite].name,
                scenario.station[contact.station].name,
                np.array([to_s(grant.start_ns) for grant in grants]),
                np.array([float(grant.down_rate_bps) for grant in grants]),
                sum(grant.down_bytes for grant in grants),
            )
        )
    return tuple(found)


def pass_rows(scenario: Scenario, passes: Sequence[Pass]) -> list[dict[str, Any]]:
    """As `skysift passes --json` prints them."""
    return [
        {
            "satellite": one.satellite,
            "station": one.station,
            "aos_utc": utc_text(scenario.start_utc, one.contact.aos_ns),
            "los_utc": utc_text(scenario.start_utc, one.contact.los_ns),
            "duration_s": one.duration_s,
            "max_elevation_deg": round(one.contact.max_elevation_deg, 3),
            "max_rate_bps": int(one.rate_bps.max()),
            "volume_bytes": one.volume_bytes,
        }
        for one in passes
    ]
