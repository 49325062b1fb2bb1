"""Direct broadcast: alerts for field terminals, whoever hears them, without a word from them.

A satellite repeats what a responder on the ground may want to know now. Nobody acknowledges, so that a terminal's
chance lies in repetition: an alert that fits into a frame arrives with 1 - p**k after k repeats at a frame loss of p.
"""

from collections import OrderedDict
from collections.abc import Mapping
from struct import Struct

from onboard.comms.frames import ChannelAssembler, FrameBuilder
from onboard.comms.outbox import Product
from onboard.comms.packets import (
    BROADCAST_CHANNEL,
    MIN_PACKET_BYTES,
    PRODUCT_CHECK_BYTES,
    SEGMENT_OVERHEAD_BYTES,
    PacketBuilder,
    ProductKind,
    product_check,
    time_code,
)
from onboard.comms.security import derive_key
from onboard.mission_time import NS_PER_S
from onboard.storage import MemoryStore, Store

DEFAULT_LIFETIME_NS = 6 * 3600 * NS_PER_S
"""Ours: later a responder has fresher news from other passes."""
DEFAULT_CAPACITY_BYTES = 32_768
MAX_ALERT_BYTES = 4096
"""Of one alert's payload: terminals are small. It is some 900 detections."""

_ALERTS = "broadcast/"
_DESCRIPTION = Struct(">qdqq")
"""Frame, value, times of creation and expiry."""


def broadcast_keys(keys: Mapping[int, bytes]) -> dict[int, bytes]:
    """The keys of a sealed broadcast, by id: who has them can neither read nor forge the rest of the downlink."""
    return {key_id: derive_key(key, "broadcast of alerts") for key_id, key in keys.items()}


class Broadcast:
    """The newest and most valuable alerts of the last hours, at most `capacity_bytes` of payload.

    An alert's value wears off linearly to nothing over `lifetime_ns`; in a full store the one worth least gives way.
    What it holds becomes durable with the store's next `sync`.
    """

    def __init__(
        self,
        builder: FrameBuilder,
        packets: PacketBuilder,
        store: Store | None = None,
        *,
        lifetime_ns: int = DEFAULT_LIFETIME_NS,
        capacity_bytes: int = DEFAULT_CAPACITY_BYTES,
    ) -> None:
        self.held_bytes = 0
        self._builder = builder
        self._packets = packets
        self._store: Store = MemoryStore() if store is None else store
        self._lifetime_ns = lifetime_ns
        self._capacity_bytes = capacity_bytes
        self._channel = ChannelAssembler(builder, BROADCAST_CHANNEL)
        # An idle packet at a frame's end may reach into the next frame, by less than the smallest packet.
        self._segment_bytes = builder.data_bytes - SEGMENT_OVERHEAD_BYTES - (MIN_PACKET_BYTES - 1)
        self._alerts: dict[int, Product] = {}
        self._turns: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        """Segments by product and offset, in the order in which they are due."""
        self._load()

    def __len__(self) -> int:
        """How many alerts are being repeated."""
        return len(self._alerts)

    def add(self, now_ns: int, alert: Product) -> None:
        """Repeat an alert from now on, before all others; nothing where it is too long or worth least of all."""
        assert alert.kind is ProductKind.ALERT
        assert alert.product_id not in self._alerts
        if len(alert.payload) > min(MAX_ALERT_BYTES, self._capacity_bytes):
            return
        self._hold(alert)
        description = _DESCRIPTION.pack(alert.frame_id, alert.value, alert.created_ns, alert.expires_ns)
        self._store.put(_key(alert.product_id), description + alert.payload)
        self._expire(now_ns)
        while self.held_bytes > self._capacity_bytes:
            self._remove(min(self._alerts, key=lambda product_id: self._worth(now_ns, product_id)))

    def transmit(self, now_ns: int, granted_bytes: int) -> bytes:
        """Frames for a grant, end to end: one round of all segments, or what of it there is room for.

        The next grant goes on where this one ended. Nothing to tell makes no frame.
        """
        self._expire(now_ns)
        code = time_code(now_ns)
        n_frames = granted_bytes // self._builder.frame_bytes
        frames: list[bytes] = []
        is_open = False
        for turn, data in list(self._turns.items()):
            if is_open and SEGMENT_OVERHEAD_BYTES + len(data) > self._channel.room_bytes:
                frames.append(self._frame())
                is_open = False
            if not is_open and len(frames) == n_frames:
                break
            self._channel.add(self._packet(code, turn, data))
            self._turns.move_to_end(turn)
            is_open = True
        if is_open:
            frames.append(self._frame())
        return b"".join(frames)

    def _packet(self, code: bytes, turn: tuple[int, int], data: bytes) -> bytes:
        product_id, offset = turn
        length = len(self._alerts[product_id].payload) + PRODUCT_CHECK_BYTES
        return self._packets.segment(code, ProductKind.ALERT, product_id, length, offset, data)

    def _frame(self) -> bytes:
        if room := self._channel.room_bytes:
            self._channel.add(self._packets.idle(max(room, MIN_PACKET_BYTES)))
        return self._channel.frame()

    def _worth(self, now_ns: int, product_id: int) -> tuple[float, int]:
        alert = self._alerts[product_id]
        return alert.value * (1.0 - (now_ns - alert.created_ns) / self._lifetime_ns), product_id

    def _expire(self, now_ns: int) -> None:
        for product_id, alert in list(self._alerts.items()):
            if now_ns >= min(alert.expires_ns, alert.created_ns + self._lifetime_ns):
                self._remove(product_id)

    def _hold(self, alert: Product) -> None:
        self._alerts[alert.product_id] = alert
        self.held_bytes += len(alert.payload)
        stream = _stream(alert)
        for offset in reversed(range(0, len(stream), self._segment_bytes)):
            turn = alert.product_id, offset
            self._turns[turn] = stream[offset : offset + self._segment_bytes]
            self._turns.move_to_end(turn, last=False)

    def _remove(self, product_id: int) -> None:
        alert = self._alerts.pop(product_id)
        self.held_bytes -= len(alert.payload)
        for offset in range(0, len(alert.payload) + PRODUCT_CHECK_BYTES, self._segment_bytes):
            del self._turns[product_id, offset]
        self._store.delete(_key(product_id))

    def _load(self) -> None:
        for key, kept in self._store.items(_ALERTS):
            frame_id, value, created_ns, expires_ns = _DESCRIPTION.unpack_from(kept)
            product_id, payload = int(key.removeprefix(_ALERTS), 16), kept[_DESCRIPTION.size :]
            self._hold(Product(product_id, ProductKind.ALERT, frame_id, payload, value, created_ns, expires_ns))


def _key(product_id: int) -> str:
    return f"{_ALERTS}{product_id:08x}"


def _stream(alert: Product) -> bytes:
    return alert.payload + product_check(alert.payload)
