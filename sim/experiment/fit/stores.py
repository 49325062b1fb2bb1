"""An outbox as a stream of bytes: who goes first, who gives way, what has come down. No packet is made.

The rules are those of `onboard.comms.outbox` and `onboard.comms.transfer`: the most valuable and then the oldest are
sent first; in a full outbox the least valuable and then the oldest give way to one not worse.
"""

from bisect import insort
from dataclasses import dataclass

from onboard.mission_time import NEVER_NS


@dataclass(slots=True)
class _Held:
    size_bytes: int
    left_bytes: float
    value: float
    frame: int
    expires_ns: int
    is_down: bool = False


class Outbox:
    """Frames' results on their way: `delivered` are the frames whose result is on the ground."""

    def __init__(self, capacity_bytes: int) -> None:
        self._capacity_bytes = capacity_bytes
        self._held: dict[int, _Held] = {}
        self._turns: list[tuple[float, int]] = []
        self._worth: list[tuple[float, int]] = []
        self._last_id = 0
        self.held_bytes = 0
        self.peak_bytes = 0
        self.delivered: list[int] = []
        self.dropped: list[int] = []

    @property
    def waiting(self) -> list[int]:
        """Frames whose result is not on the ground."""
        return [held.frame for held in self._held.values() if not held.is_down]

    def store(self, frame: int, size_bytes: int, cost_bytes: int, value: float, expires_ns: int = NEVER_NS) -> None:
        """Take a result in: of a size, and of a cost in the frames that carry it."""
        victims = self._victims(size_bytes, value)
        if victims is None:
            self.dropped.append(frame)
            return
        for victim in victims:
            if not self._held[victim].is_down:
                self.dropped.append(self._held[victim].frame)
            self._remove(victim)
        self._last_id += 1
        self._held[self._last_id] = _Held(size_bytes, cost_bytes, value, frame, expires_ns)
        insort(self._turns, (-value, self._last_id))
        insort(self._worth, (value, self._last_id))
        self.held_bytes += size_bytes
        self.peak_bytes = max(self.peak_bytes, self.held_bytes)

    def expire(self, now_ns: int) -> None:
        """Give up what nobody wants any more."""
        for product_id in [one for one, held in self._held.items() if held.expires_ns <= now_ns]:
            if not self._held[product_id].is_down:
                self.dropped.append(self._held[product_id].frame)
            self._remove(product_id)

    def send(self, room_bytes: float, *, is_acknowledged: bool) -> float:
        """Fill a tick's room; returns what was used of it. What is down is forgotten once it is acknowledged."""
        left_bytes = room_bytes
        while left_bytes > 0 and self._turns:
            _, product_id = self._turns[0]
            held = self._held[product_id]
            taken = min(left_bytes, held.left_bytes)
            held.left_bytes -= taken
            left_bytes -= taken
            if held.left_bytes > 0:
                break
            self._turns.pop(0)
            held.is_down = True
            self.delivered.append(held.frame)
        if is_acknowledged:
            for product_id in [one for one, held in self._held.items() if held.is_down]:
                self._remove(product_id)
        return room_bytes - left_bytes

    def _victims(self, size_bytes: int, value: float) -> list[int] | None:
        excess = self.held_bytes + size_bytes - self._capacity_bytes
        victims: list[int] = []
        for worth, product_id in self._worth:
            if excess <= 0 or worth > value:
                break
            victims.append(product_id)
            excess -= self._held[product_id].size_bytes
        return victims if excess <= 0 else None

    def _remove(self, product_id: int) -> None:
        held = self._held.pop(product_id)
        self._worth.remove((held.value, product_id))
        if not held.is_down:
            self._turns.remove((-held.value, product_id))
        self.held_bytes -= held.size_bytes
