"""The catalogue of mass memory: raw frames that wait for processing, and frames kept after it while there is room.

A newcomer that needs room gets it first from frames kept: the least valuable, then the oldest; their results are made.
Then from waiting frames of less value than its own, again the least valuable and the oldest first: never from
one of equal or greater value, which came earlier. What is in work or wanted by the ground gives way to nothing.
Where all this makes too little room, nothing is evicted and the newcomer is refused.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from onboard.payload.imagery import Frame
from onboard.storage import MemoryStore, Store
from onboard.wire import Codec


class FrameState(IntEnum):
    """How far a frame has come. The value is its turn to be evicted."""

    KEPT = 0
    WAITING = 1


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame in mass memory. `place` is its turn in the order of admission."""

    frame: Frame
    value: float
    state: FrameState
    is_wanted: bool
    place: int


_Turn = tuple[int, float, int, int]
_FRAMES = "frames/"
_EVICTED = "evicted_frame_bytes"


def _work_turn(stored: StoredFrame) -> _Turn:
    return 0, 0.0, stored.place, stored.frame.frame_id


def _eviction_turn(stored: StoredFrame) -> _Turn:
    return stored.state, stored.value, stored.frame.exposed_ns, stored.frame.frame_id


class FrameStore:
    """Frames by id, bounded in the sensor's bytes. It begins with what the store holds, nothing of it in work.

    Its writes become durable with the store's next `sync`. Pixels are elsewhere: who is told that a frame was
    refused, evicted or released forgets them.
    """

    def __init__(self, capacity_bytes: int, store: Store | None = None) -> None:
        self.capacity_bytes = capacity_bytes
        self.waiting_bytes = 0
        self.retained_bytes = 0
        self.n_retained = 0
        self._store: Store = MemoryStore() if store is None else store
        self._codec = Codec(Frame)
        self._frames: dict[int, StoredFrame] = {}
        self._in_work: set[int] = set()
        self._waiting: list[_Turn] = []
        self._wanted: list[_Turn] = []
        self._evictable: list[_Turn] = []
        self._next_place = 0
        self._evicted_bytes = int.from_bytes(self._store.get(_EVICTED) or b"", "big")
        for _, entry in self._store.items(_FRAMES):
            place, state, is_wanted, value, frame = self._codec.decode(entry)
            self._enter(StoredFrame(frame, value, FrameState(state), is_wanted, place))
            self._next_place = max(self._next_place, place + 1)

    @property
    def stored_bytes(self) -> int:
        """Sensor bytes of all frames held."""
        return self.waiting_bytes + self.retained_bytes

    @property
    def waiting_share(self) -> float:
        """What waits, of all that there is room for; 1 where there is room for nothing."""
        return self.waiting_bytes / self.capacity_bytes if self.capacity_bytes else 1.0

    @property
    def evicted_bytes(self) -> int:
        """Sensor bytes evicted so far, over all reboots."""
        return self._evicted_bytes

    @property
    def n_waiting(self) -> int:
        """How many frames wait and are not in work."""
        return len(self._waiting)

    def waiting(self) -> Iterator[Frame]:
        """Frames that wait for processing and are not in work, in the order of admission."""
        return (self._frames[frame_id].frame for *_, frame_id in self._waiting)

    def wanted(self) -> Iterator[Frame]:
        """Frames the ground wants as they are and that are not in work, in the order of admission."""
        return (self._frames[frame_id].frame for *_, frame_id in self._wanted)

    def get(self, frame_id: int) -> StoredFrame | None:
        """A frame held."""
        return self._frames.get(frame_id)

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[int]:
        """The numbers of all frames held, ascending."""
        return iter(sorted(self._frames))

    def __contains__(self, frame_id: int) -> bool:
        return frame_id in self._frames

    def admit(self, frame: Frame, value: float = 0.0) -> tuple[StoredFrame, ...]:
        """Take in a frame that waits for processing; returns what was evicted for it, in that order.

        Where there can be no room the newcomer itself is returned: refused.
        """
        assert frame.frame_id not in self._frames
        assert math.isfinite(value)
        newcomer = StoredFrame(frame, value, FrameState.WAITING, is_wanted=False, place=self._next_place)
        victims = self._victims(newcomer)
        if victims is None:
            return (newcomer,)
        for victim in victims:
            self._evict(victim)
        self._next_place += 1
        self._enter(newcomer)
        self._write(newcomer)
        return victims

    def begin_work(self, frame_id: int) -> Frame:
        """A job takes the frame: until that ends it is neither evicted nor given to another."""
        self._put(self._frames[frame_id], is_in_work=True)
        return self._frames[frame_id].frame

    def put_back(self, frame_id: int) -> None:
        """The job was lost: the frame is again what it was, in its old turn."""
        self._put(self._frames[frame_id])

    def keep(self, frame_id: int, value: float) -> None:
        """The frame has been processed, or could not be: it stays as long as there is room, by its value."""
        assert math.isfinite(value)
        self._put(replace(self._frames[frame_id], state=FrameState.KEPT, value=value))

    def want(self, frame_id: int) -> bool:
        """The ground asks for the frame as it is; whether it is there. It stays until it is served."""
        if frame_id not in self._frames:
            return False
        self._put(replace(self._frames[frame_id], is_wanted=True), is_in_work=frame_id in self._in_work)
        return True

    def serve(self, frame_id: int) -> None:
        """The wanted frame has become a product, or cannot."""
        self._put(replace(self._frames[frame_id], is_wanted=False))

    def resize(self, capacity_bytes: int) -> tuple[StoredFrame, ...]:
        """Hold so much from now on; returns what had to be evicted, in that order. What is in work or wanted stays."""
        self.capacity_bytes = capacity_bytes
        victims: list[StoredFrame] = []
        while self.stored_bytes > capacity_bytes and self._evictable:
            victims.append(self._frames[self._evictable[0][3]])
            self._evict(victims[-1])
        return tuple(victims)

    def trim(self, most_retained_bytes: int) -> tuple[StoredFrame, ...]:
        """Evict frames kept until they fit in so many bytes; returns them, in that order."""
        victims: list[StoredFrame] = []
        while self.retained_bytes > most_retained_bytes and self._evictable:
            state, *_, frame_id = self._evictable[0]
            if state != FrameState.KEPT:
                break
            victims.append(self._frames[frame_id])
            self._evict(victims[-1])
        return tuple(victims)

    def release(self, frame_id: int) -> StoredFrame:
        """Forget a frame that is not in work, for instance because the ground said so."""
        assert frame_id not in self._in_work
        stored = self._leave(frame_id)
        self._store.delete(f"{_FRAMES}{frame_id:016x}")
        return stored

    def _victims(self, newcomer: StoredFrame) -> tuple[StoredFrame, ...] | None:
        excess = self.stored_bytes + newcomer.frame.captured_bytes - self.capacity_bytes
        victims: list[StoredFrame] = []
        for state, value, _, frame_id in self._evictable:
            if excess <= 0 or (state == FrameState.WAITING and value >= newcomer.value):
                break
            victims.append(self._frames[frame_id])
            excess -= victims[-1].frame.captured_bytes
        return tuple(victims) if excess <= 0 else None

    def _evict(self, victim: StoredFrame) -> None:
        self.release(victim.frame.frame_id)
        self._evicted_bytes += victim.frame.captured_bytes
        self._store.put(_EVICTED, self._evicted_bytes.to_bytes(16, "big"))

    def _put(self, stored: StoredFrame, is_in_work: bool = False) -> None:
        frame_id = stored.frame.frame_id
        before = self._leave(frame_id)
        if is_in_work:
            self._in_work.add(frame_id)
        self._enter(stored)
        if stored != before:
            self._write(stored)

    def _enter(self, stored: StoredFrame) -> None:
        frame_id = stored.frame.frame_id
        self._frames[frame_id] = stored
        self._count(stored, 1)
        for queue, turn in self._queues(stored):
            insort(queue, turn)

    def _leave(self, frame_id: int) -> StoredFrame:
        stored = self._frames[frame_id]
        for queue, turn in self._queues(stored):
            del queue[bisect_left(queue, turn)]
        del self._frames[frame_id]
        self._in_work.discard(frame_id)
        self._count(stored, -1)
        return stored

    def _queues(self, stored: StoredFrame) -> Iterator[tuple[list[_Turn], _Turn]]:
        """The queues a frame stands in, and its turn in each."""
        if stored.frame.frame_id in self._in_work:
            return
        if stored.state is FrameState.WAITING:
            yield self._waiting, _work_turn(stored)
        if stored.is_wanted:
            yield self._wanted, _work_turn(stored)
        else:
            yield self._evictable, _eviction_turn(stored)

    def _count(self, stored: StoredFrame, sign: int) -> None:
        n_bytes = sign * stored.frame.captured_bytes
        if stored.state is FrameState.WAITING:
            self.waiting_bytes += n_bytes
        else:
            self.retained_bytes += n_bytes
            self.n_retained += sign

    def _write(self, stored: StoredFrame) -> None:
        entry = (stored.place, int(stored.state), stored.is_wanted, stored.value, stored.frame)
        self._store.put(f"{_FRAMES}{stored.frame.frame_id:016x}", self._codec.encode(entry))
