"""What must be at the end of a flight: the link was clean for long enough, so nothing is left on board."""

from onboard.mission_time import to_ns
from sim.experiment.flight_log import FlightLog
from sim.planning import contacts_of, orbits_of
from sim.scenario import Satellite, Scenario
from sim.world.link import Contact
from sim.world.radio import volume_bytes

DRAINING_CONTACT_NS = to_ns(120)
DRAINING_VOLUME = 3
"""A clean contact of this length that could carry a full outbox three times must empty it."""


def undrained(scenario: Scenario, log: FlightLog) -> dict[str, list[int]]:
    """Products by satellite that a clean contact must have brought down, and did not.

    A radio that was switched off, as by a brown-out, may have missed it; other units may go without.
    """
    return {
        name: pending
        for name, aos_ns in drained(scenario).items()
        if "radio" not in log.satellites[name].units_switched_off
        and (pending := log.pending_products(name, before_ns=aos_ns))
    }


def drained(scenario: Scenario) -> dict[str, int]:
    """By satellite the beginning of its last contact that must empty its outbox: the link has become clean by then."""
    loss = scenario.link
    if loss.frame_loss and loss.frame_loss_until_s is None:
        return {}
    clean_from_ns = to_ns(loss.frame_loss_until_s or 0.0)
    emptying = [
        (contact.aos_ns, scenario.satellite[contact.satellite].name)
        for contact in contacts_of(scenario, orbits_of(scenario))
        if contact.aos_ns >= clean_from_ns and _empties(scenario.satellite[contact.satellite], contact)
    ]
    return {name: aos_ns for aos_ns, name in sorted(emptying)}


def _empties(satellite: Satellite, contact: Contact) -> bool:
    duration_ns = contact.los_ns - contact.aos_ns
    assert satellite.radio.downlink_rate_bps is not None
    carried_bytes = volume_bytes(int(satellite.radio.downlink_rate_bps), duration_ns)
    is_wide = carried_bytes >= DRAINING_VOLUME * satellite.bus.limits.outbox_bytes
    return is_wide and duration_ns >= DRAINING_CONTACT_NS
