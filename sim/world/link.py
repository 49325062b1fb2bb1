"""Radio contacts: who uses which antenna when, and what of their traffic is lost.

What a slot carries arrives after its last bit and the signal's travel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from onboard.comms.runs import FrameRun, Part, frames_in
from onboard.mission_time import NS_PER_S, to_ns
from sim.scenario import LinkQuality
from sim.streams import Streams
from sim.world.access import Window


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


def transmission_ns(n_bytes: int, rate_bps: float) -> int:
    """Time on the air."""
    return -(-n_bytes * 8 * NS_PER_S // int(rate_bps))


def _arrived(part: Part, kept: NDArray[np.bool_], frame_length: int) -> Part:
    """What is kept, (n_frames,), of a part."""
    if kept.all():
        return part
    if isinstance(part, FrameRun):
        edges = np.flatnonzero(np.diff(kept, prepend=True, append=True))
        return part.without(tuple((start, end) for start, end in edges.reshape(-1, 2).tolist()))
    return np.frombuffer(part, np.uint8).reshape(-1, frame_length)[kept].tobytes()


class Channel:
    """Loses transfer frames and telecommands, each by its own chance.

    Two causes are independent: the error rate that the caller names, which is the link's own, and the scenario's loss,
    which ends when the link becomes clean.
    """

    def __init__(self, quality: LinkQuality, streams: Streams) -> None:
        self._loss = quality.frame_loss
        self._until_ns = None if quality.frame_loss_until_s is None else to_ns(quality.frame_loss_until_s)
        self._streams = streams

    def surviving(
        self, now_ns: int, name: str, parts: tuple[Part, ...], frame_length: int, error_rate: float = 0.0
    ) -> tuple[Part, ...]:
        """What was not lost on the way of satellite or station `name`: each frame has a draw, made or in a run."""
        chance = self._chance(now_ns, error_rate)
        counts = [frames_in(part, frame_length) for part in parts]
        if not chance or not sum(counts):
            return parts
        kept = self._streams.get(f"link/{name}").random(sum(counts)) >= chance
        shares = zip(parts, np.split(kept, np.cumsum(counts)[:-1]), strict=True)
        return tuple(_arrived(part, share, frame_length) for part, share in shares if share.any())

    def loses(self, now_ns: int, name: str, error_rate: float = 0.0) -> bool:
        """Whether one telecommand is lost."""
        chance = self._chance(now_ns, error_rate)
        return chance > 0 and bool(self._streams.get(f"uplink/{name}").random() < chance)

    def _chance(self, now_ns: int, error_rate: float) -> float:
        is_lossy = self._until_ns is None or now_ns < self._until_ns
        return 1.0 - (1.0 - (self._loss if is_lossy else 0.0)) * (1.0 - error_rate)
