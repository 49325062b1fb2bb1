"""What a satellite's passes carry, tick by tick: room for product bytes, and when the transmitter is on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard.comms.frames import FRAME_OVERHEAD_BYTES
from onboard.comms.packets import PRODUCT_CHECK_BYTES, SEGMENT_OVERHEAD_BYTES
from onboard.comms.security import OVERHEAD_BYTES
from onboard.mission_time import to_ns
from sim.planning import FlightPlan
from sim.scenario import Scenario
from sim.world.frames import Floats
from sim.world.slots import Slot, slots


@dataclass(frozen=True, slots=True)
class Carriage:
    """One satellite's downlink over n ticks. `room_bytes` (n,) is in data fields of transfer frames that arrive, after
    a beacon in each grant; `heard` (n,) says whether the ground can acknowledge in a tick.

    `sending_ns` (n, 2) is from when to when it transmits in a tick.
    """

    room_bytes: Floats
    heard: NDArray[np.bool_]
    sending_ns: NDArray[np.int64]
    data_bytes: int
    last_contact_tick: int

    def cost_bytes(self, product_bytes: int) -> int:
        """Of a product in data fields: its stream with its check, and the headers of its segments."""
        stream_bytes = product_bytes + PRODUCT_CHECK_BYTES
        return stream_bytes + SEGMENT_OVERHEAD_BYTES * -(-stream_bytes // (self.data_bytes - SEGMENT_OVERHEAD_BYTES))


def carriages(scenario: Scenario, plan: FlightPlan, ticks_ns: NDArray[np.int64]) -> tuple[Carriage, ...]:
    """Of every satellite, by the grants that its contacts make in a run."""
    found: list[list[Slot]] = [[] for _ in scenario.satellite]
    for contact in plan.contacts:
        found[contact.satellite] += slots(contact, scenario, plan.orbits, plan.sites)
    return tuple(_carriage(scenario, index, grants, ticks_ns) for index, grants in enumerate(found))


def _carriage(scenario: Scenario, index: int, grants: list[Slot], ticks_ns: NDArray[np.int64]) -> Carriage:
    frame_bytes = scenario.satellite[index].radio.frame_length_bytes
    sealed_bytes = OVERHEAD_BYTES if scenario.security.encryption else 0
    data_bytes = frame_bytes - FRAME_OVERHEAD_BYTES - sealed_bytes
    n_ticks = len(ticks_ns) - 1
    room_bytes, heard = np.zeros(n_ticks), np.zeros(n_ticks, dtype=bool)
    sending_ns = np.zeros((n_ticks, 2), dtype=np.int64)
    last = -1
    for grant in grants:
        tick = int(np.searchsorted(ticks_ns, grant.start_ns, side="right")) - 1
        heard[tick] |= grant.up_bytes > 0
        n_frames = grant.down_bytes // frame_bytes
        if not n_frames:
            continue
        # A grant of one frame carries a beacon every other time.
        room_bytes[tick] += max(n_frames - 1, 0.5) * data_bytes * (1.0 - _loss(scenario, grant))
        begin_ns = sending_ns[tick, 0] or grant.start_ns
        sending_ns[tick] = begin_ns, grant.end_ns
        last = tick
    return Carriage(room_bytes, heard, sending_ns, data_bytes, last)


def _loss(scenario: Scenario, grant: Slot) -> float:
    """Share of frames that are to be sent again: the link's own and the scenario's."""
    link = scenario.link
    is_lossy = link.frame_loss_until_s is None or grant.start_ns < to_ns(link.frame_loss_until_s)
    return 1.0 - (1.0 - (link.frame_loss if is_lossy else 0.0)) * (1.0 - grant.down_error_rate)
