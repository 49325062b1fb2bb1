"""A spacecraft's clock, as the ground knows it: by when its housekeeping arrives.

A packet is stamped when its slot begins, and arrives when the slot has been sent, has travelled and has come over the
ground network. So the age of a packet lies in a known range; where it does not, the clock is wrong. The estimate is
good to about the length of a slot.
"""

from onboard.mission_time import NS_PER_S
from onboard.storage import Store
from onboard.wire import Codec

LIGHT_NS = NS_PER_S
"""Longer than a signal travels to anything that this mission flies."""
AGREEING = 3
"""So many packets in a row must tell the same: one alone may be damaged, or somebody's who meddles."""
MAX_HISTORY = 512
"""Estimates that are kept of one clock, the newest."""

_CODEC = Codec()


class ClockCorrelation:
    """`offset_ns` is by how much a clock is ahead, 0 while it is as good as can be told.

    What was believed when is kept in the store: a product's stamps are corrected as of when it came.
    """

    def __init__(self, store: Store, spacecraft: str, network_ns: int, slot_ns: int) -> None:
        self._store = store
        self._key = _key(spacecraft)
        self._oldest_ns = network_ns + slot_ns + LIGHT_NS
        self._newest_ns = network_ns
        self._likely_ns = network_ns + slot_ns // 2
        kept = store.get(self._key)
        self._history: tuple[tuple[int, int], ...] = _CODEC.decode(kept) if kept else ()
        self._strange: list[int] = []

    @property
    def offset_ns(self) -> int:
        """By how much the clock is ahead, behind where negative."""
        return self._history[-1][1] if self._history else 0

    def corrected(self, stamp_ns: int) -> int:
        """When it was, by the ground's clock."""
        return stamp_ns - self.offset_ns

    def hear(self, stamp_ns: int, received_ns: int) -> bool:
        """Take a stamp of housekeeping and when it came; whether the estimate has changed."""
        if self._is_sound(received_ns - self.corrected(stamp_ns)):
            self._strange.clear()
            return False
        self._strange.append(stamp_ns + self._likely_ns - received_ns)
        spread_ns = max(self._strange) - min(self._strange)
        if spread_ns > self._oldest_ns - self._newest_ns:
            self._strange = self._strange[-1:]
        if len(self._strange) < AGREEING:
            return False
        self._history = (*self._history[1 - MAX_HISTORY :], (received_ns, self._strange[-1]))
        self._strange.clear()
        self._store.put(self._key, _CODEC.encode(self._history))
        return True

    def _is_sound(self, age_ns: int) -> bool:
        return self._newest_ns <= age_ns <= self._oldest_ns


def offset_at(store: Store, spacecraft: str, received_ns: int) -> int:
    """By how much a clock was believed to be ahead at an instant, for whoever reads what came then."""
    kept = store.get(_key(spacecraft))
    history: tuple[tuple[int, int], ...] = _CODEC.decode(kept) if kept else ()
    return next((offset_ns for at_ns, offset_ns in reversed(history) if at_ns <= received_ns), 0)


def _key(spacecraft: str) -> str:
    return f"clock/{spacecraft}"
