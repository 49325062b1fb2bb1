"""Radio contacts: who uses which antenna when, what a slot can carry, and what of it arrives.

In a pass the link grants a second at a time. What a slot carries arrives after its last bit and the signal's travel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onboard.mission_time import NS_PER_S, to_ns
from sim.equipment.radio import Radio
from sim.scenario import LinkQuality
from sim.streams import Streams
from sim.world.access import Sites, Window
from sim.world.orbit import Orbits
from sim.world.radio import propagation_delay_ns, volume_bytes

SLOT_NS = NS_PER_S
SMALLEST_SLOT_FRAMES = 2
"""A slot carries the beacon and a product's frame at least: a slow radio gets longer slots."""
SMALLEST_SLOT_UPLINK_BYTES = 128
"""And a report upwards, of the smallest useful size."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A satellite uses a station's antenna from acquisition to loss of signal."""

    satellite: int
    station: int
    aos_ns: int
    los_ns: int
    max_elevation_deg: float


def allocate(windows: Sequence[Window]) -> tuple[Contact, ...]:
    """Windows as contacts: an antenna serves one satellite at a time, a satellite uses one station at a time.

    Who rises first keeps both until it sets; another joins with what is left of its window.
    """
    satellite_free_ns: dict[int, int] = {}
    station_free_ns: dict[int, int] = {}
    contacts = []
    for window in sorted(windows, key=lambda window: (window.aos_ns, window.satellite_index, window.station_index)):
        satellite, station = window.satellite_index, window.station_index
        aos_ns = max(window.aos_ns, satellite_free_ns.get(satellite, 0), station_free_ns.get(station, 0))
        if aos_ns < window.los_ns:
            contacts.append(Contact(satellite, station, aos_ns, window.los_ns, window.max_elevation_deg))
            satellite_free_ns[satellite] = station_free_ns[station] = window.los_ns
    return tuple(contacts)


@dataclass(frozen=True, slots=True)
class Slot:
    """One grant of a contact."""

    contact: Contact
    start_ns: int
    end_ns: int
    delay_ns: int
    down_bytes: int
    up_bytes: int


def slot_ns(radio: Radio) -> int:
    """How long one grant lasts."""
    down_ns = transmission_ns(SMALLEST_SLOT_FRAMES * radio.frame_length_bytes, radio.downlink_rate_bps)
    up_ns = transmission_ns(SMALLEST_SLOT_UPLINK_BYTES, radio.uplink_rate_bps)
    return max(SLOT_NS, down_ns, up_ns)


def uplink_slot_bytes(radio: Radio) -> int:
    """What the uplink carries in a whole slot."""
    return volume_bytes(int(radio.uplink_rate_bps), slot_ns(radio))


def slots(contact: Contact, radio: Radio, orbits: Orbits, sites: Sites) -> list[Slot]:
    """A contact's grants, in order. The delay is the light time at the slot's start."""
    length_ns = slot_ns(radio)
    starts = np.arange(contact.aos_ns, contact.los_ns, length_ns, dtype=np.int64)
    positions = orbits.positions_ecef(starts / 1e9)[contact.satellite]
    delays = propagation_delay_ns(sites.look(np.array(contact.station), positions).range_km)
    cut = []
    for start_ns, delay_ns in zip(starts.tolist(), delays.tolist(), strict=True):
        end_ns = min(start_ns + length_ns, contact.los_ns)
        down_bytes = volume_bytes(int(radio.downlink_rate_bps), end_ns - start_ns)
        up_bytes = volume_bytes(int(radio.uplink_rate_bps), end_ns - start_ns)
        cut.append(Slot(contact, start_ns, end_ns, delay_ns, down_bytes, up_bytes))
    return cut


def transmission_ns(n_bytes: int, rate_bps: float) -> int:
    """Time on the air."""
    return -(-n_bytes * 8 * NS_PER_S // int(rate_bps))


class Channel:
    """Loses transfer frames and telecommands, each by its own chance, until the link becomes clean."""

    def __init__(self, quality: LinkQuality, streams: Streams) -> None:
        self._loss = quality.frame_loss
        self._until_ns = None if quality.frame_loss_until_s is None else to_ns(quality.frame_loss_until_s)
        self._streams = streams

    def surviving(self, now_ns: int, name: str, frames: bytes, frame_length: int) -> bytes:
        """The frames, end to end, that were not lost on the way of satellite or station `name`."""
        count = len(frames) // frame_length
        if not count or not self._is_lossy(now_ns):
            return frames
        kept = self._streams.get(f"link/{name}").random(count) >= self._loss
        return np.frombuffer(frames, np.uint8).reshape(count, frame_length)[kept].tobytes()

    def loses(self, now_ns: int, name: str) -> bool:
        """Whether one telecommand is lost."""
        return self._is_lossy(now_ns) and bool(self._streams.get(f"uplink/{name}").random() < self._loss)

    def _is_lossy(self, now_ns: int) -> bool:
        return self._loss > 0 and (self._until_ns is None or now_ns < self._until_ns)
