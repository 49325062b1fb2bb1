"""What must be at the end of a flight: the link was clean for long enough, so nothing made before is left on board."""

from collections.abc import Sequence
from pathlib import Path

from groundstation.archive import Archive
from onboard.mission_time import NEVER_NS, to_ns
from sim.experiment.flight_log import FlightLog
from sim.facts import ContactPlanned
from sim.scenario import Satellite, Scenario
from sim.swarm.witness import Witness
from sim.world.radio import volume_bytes

DRAINING_CONTACT_NS = to_ns(120)
RECOVERY_NS = to_ns(600)
"""After the last fault, until everything flies as it should again: a reboot, and a monitor's debounce."""
FORGOTTEN_AFTER = 8
"""Frames are worked on in order, as many at a time as there are accelerators, three at most."""
DRAINING_VOLUME = 3
"""A clean contact of this length that could carry a full outbox three times must empty it."""


def check_end(scenario: Scenario, log: FlightLog, witness: Witness) -> None:
    """Raises AssertionError where something was left undone that there was time and room for.

    A radio that was switched off, as by a brown-out, may have missed a contact; other units may go without.
    """
    for name, aos_ns in drained(scenario, log.contacts).items():
        if "radio" not in log.satellites[name].units_switched_off:
            held = sorted(key for key, made_ns in witness.products.get(name, {}).items() if made_ns < aos_ns)
            assert not held, f"{name} still holds products {held}, made before a clean contact"
    for name, frames in witness.frames.items():
        worked_on = witness.worked_on.get(name, [])
        for frame_id, taken_ns in frames.items():
            later = sum(other_ns > taken_ns for other_ns in worked_on)
            assert later < FORGOTTEN_AFTER, f"{name} forgot frame {frame_id}: {later} later ones have been worked on"


def check_archive(archive_path: Path, log: FlightLog) -> None:
    """Raises AssertionError where the archive's file holds other products than the mission centre told of."""
    archive = Archive(archive_path, read_only=True)
    try:
        for name in log.satellites:
            held = set(archive.known_ids(name))
            archived = (key for key, made in log.products.items() if made.archived_ns is not None)
            told = {product_id for node, product_id in archived if node == name}
            assert not told - held, f"{name}'s products {sorted(told - held)} were told, and are not in the archive"
            assert held == told, f"{name}'s products {sorted(held - told)} are in the archive, and nobody told"
    finally:
        archive.close()


def drained(scenario: Scenario, contacts: Sequence[ContactPlanned]) -> dict[str, int]:
    """By satellite the beginning of its last contact that must empty its outbox: the link has become clean by then, all
    faults are over, and there was time to recover."""
    loss = scenario.link
    if loss.frame_loss and loss.frame_loss_until_s is None:
        return {}
    clean_from_ns = max(to_ns(loss.frame_loss_until_s or 0.0), over_ns(scenario) + RECOVERY_NS)
    satellites = {satellite.name: satellite for satellite in scenario.satellite}
    emptying = [
        (contact.aos_ns, contact.satellite)
        for contact in contacts
        if contact.aos_ns >= clean_from_ns and _empties(satellites[contact.satellite], contact)
    ]
    return {name: aos_ns for aos_ns, name in sorted(emptying)}


def over_ns(scenario: Scenario) -> int:
    """When the last fault that is named has struck or ended, NEVER_NS where one lasts for good."""
    lasting = [fault for fault in scenario.fault if fault.row.lasts and fault.until_s is None]
    if lasting:
        return NEVER_NS
    return max((to_ns(fault.until_s or fault.at_s) for fault in scenario.fault), default=0)


def _empties(satellite: Satellite, contact: ContactPlanned) -> bool:
    duration_ns = contact.los_ns - contact.aos_ns
    assert satellite.radio.downlink_rate_bps is not None
    carried_bytes = volume_bytes(int(satellite.radio.downlink_rate_bps), duration_ns)
    is_wide = carried_bytes >= DRAINING_VOLUME * satellite.bus.limits.outbox_bytes
    return is_wide and duration_ns >= DRAINING_CONTACT_NS
