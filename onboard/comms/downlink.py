"""The reliable product downlink: strict priorities, and selective repeat without timers.

Nothing is repeated because time has passed: between passes nobody listens for hours. The beacon decides. The
ground reports the newest packet time it has heard, so what was sent in an earlier grant and is not there is
lost, and what was sent since may still come. The rule needs no memory of passes or stations, and survives a
reboot: a transfer that starts anew learns from the next report what the ground already holds.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from types import MappingProxyType

from onboard.comms.frames import DEFAULT_FRAME_BYTES, FRAME_OVERHEAD_BYTES, ChannelAssembler, FrameBuilder
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import (
    HOUSEKEEPING_CHANNEL,
    MIN_PACKET_BYTES,
    PRODUCT_CHECK_BYTES,
    SEGMENT_OVERHEAD_BYTES,
    PacketBuilder,
    ProductKind,
    product_check,
    time_code,
)
from onboard.comms.reports import PartialProduct, RangeSet, Report, decode


@dataclass(slots=True)
class _Tally:
    payload: int = 0
    headers: int = 0
    fill: int = 0
    retransmit: int = 0
    first_sent: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FrameAccount:
    """Bytes of transmitted frames.

    The first four add up to the frames that carry products: `payload` is product bytes sent for the first
    time, `headers` their packet headers and CRC-32 and all frame headers and checks, `fill` idle packets, and
    `retransmit` what was sent again, packet headers included. `housekeeping` is whole frames.
    """

    payload: int = 0
    headers: int = 0
    fill: int = 0
    retransmit: int = 0
    housekeeping: int = 0

    @property
    def products(self) -> int:
        """Bytes of the frames that carry products."""
        return self.payload + self.headers + self.fill + self.retransmit

    def __add__(self, other: "FrameAccount") -> "FrameAccount":
        return FrameAccount(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Transmission:
    """The frames for one grant, in the order they leave, and the products whose first byte is among them."""

    frames: tuple[bytes, ...]
    account: FrameAccount
    first_sent: tuple[int, ...] = ()


_Flight = tuple[int, int, int]
"""Start and end of a run of bytes, and the time of the grant that sent it."""
_Turn = tuple[bool, float, int]
"""Place in a queue, the highest first: repeats before new data, then by value, then the lower product id."""


class _Transfer:
    """A product's way down. Every byte of its stream is to be sent, in flight, or (the rest) received."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.turn: _Turn | None = None
        self.check = product_check(product.payload)
        self.length = len(product.payload) + PRODUCT_CHECK_BYTES
        self.to_send = RangeSet([(0, self.length)])
        self.frontier = 0
        """Bytes below it have been sent before."""
        self._flights: list[_Flight] = []
        self._reconciled_ns = 0

    @property
    def is_begun(self) -> bool:
        """Whether any of it was sent, or, since a reboot, told to be on the ground."""
        return self.frontier > 0 or self._reconciled_ns > 0

    def next_turn(self) -> _Turn | None:
        if not self.to_send:
            return None
        return self.to_send.first[0] < self.frontier, self.product.value, -self.product.product_id

    def take(self, now_ns: int, most_bytes: int) -> tuple[int, int, bool]:
        """Put the first bytes to send in flight: start, end, and whether they had been sent before."""
        start, end = self.to_send.first
        end = min(end, start + most_bytes)
        again = start < self.frontier
        if again:
            end = min(end, self.frontier)
        else:
            self.frontier = end
        self.to_send.remove(start, end)
        if self._flights and self._flights[-1][1:] == (start, now_ns):
            start_of_run = self._flights.pop()[0]
            self._flights.append((start_of_run, end, now_ns))
        else:
            self._flights.append((start, end, now_ns))
        return start, end, again

    def read(self, start: int, end: int) -> bytes:
        """Bytes of the stream: payload, then its CRC-32."""
        payload = self.product.payload
        size = len(payload)
        if end <= size:
            return payload[start:end]
        return payload[start:] + self.check[max(0, start - size) : end - size]

    def reconcile(self, partial: PartialProduct | None, heard_ns: int) -> None:
        """Believe a report that covers this product, unless one that had heard as much was believed before.

        Where the ground forgot what it had (it restarted, or ran out of memory), that is to be sent again.
        """
        if heard_ns <= self._reconciled_ns:
            return
        self._reconciled_ns = heard_ns
        if partial is None or partial.length != self.length:
            partial = PartialProduct(self.product.product_id, self.length, self.length, ((0, self.length),))
        known = partial.known_through
        not_there = RangeSet(partial.missing)
        untold = self.to_send.within(known, self.length)
        self.to_send = RangeSet([*partial.missing, *untold])
        if known < self.length:
            not_there.add(known, self.length)
        flights, self._flights = self._flights, []
        for start, end, sent_ns in flights:
            awaited_from = start if sent_ns >= heard_ns else max(start, known)
            for piece in not_there.within(awaited_from, end):
                self._flights.append((*piece, sent_ns))
                self.to_send.remove(*piece)


class Downlink:
    """One spacecraft's downlink: makes frames for granted bytes only, forgets a product only when told."""

    def __init__(self, spacecraft_id: int, outbox: Outbox, frame_length: int = DEFAULT_FRAME_BYTES) -> None:
        builder = FrameBuilder(spacecraft_id, frame_length)
        self._frame_length = frame_length
        self._outbox = outbox
        self._packets = PacketBuilder()
        self._channels = {kind: ChannelAssembler(builder, kind.virtual_channel) for kind in ProductKind}
        self._housekeeping = ChannelAssembler(builder, HOUSEKEEPING_CHANNEL)
        self._transfers: dict[int, _Transfer] = {}
        self._queues: dict[ProductKind, list[_Turn]] = {kind: [] for kind in ProductKind}
        self._owes_products = False
        for product in outbox:
            self._begin(product)

    @property
    def pending_products(self) -> int:
        """How many products are not yet acknowledged."""
        return len(self._outbox)

    @property
    def pending_bytes(self) -> int:
        """Payload bytes not yet acknowledged."""
        return self._outbox.held_bytes

    @property
    def queued_bytes(self) -> Mapping[ProductKind, int]:
        """Stream bytes that are to be sent (not in flight, not received), by kind."""
        queued = dict.fromkeys(ProductKind, 0)
        for transfer in self._transfers.values():
            queued[transfer.product.kind] += transfer.to_send.size
        return MappingProxyType(queued)

    def store(self, product: Product) -> tuple[Product, ...]:
        """Take a product for transmission; returns what a full outbox dropped, perhaps the product itself."""
        dropped = self._outbox.store(product)
        for victim in dropped:
            if victim.product_id in self._transfers:
                self._end(victim.product_id)
        if product.product_id in self._outbox:
            self._begin(product)
        return dropped

    def transmit(self, now_ns: int, granted_bytes: int, housekeeping: bytes) -> Transmission:
        """Frames for a grant: first a housekeeping frame, then products while there are any to send.

        On a link so slow that grants hold one frame, the two take turns: product packets are beacons as well.
        """
        n_frames = granted_bytes // self._frame_length
        if n_frames < 1:
            return Transmission((), FrameAccount())
        code = time_code(now_ns)
        tally = _Tally()
        frames: list[bytes] = []
        if n_frames > 1 or not (self._owes_products and any(self._queues.values())):
            frames.append(self._housekeeping_frame(code, housekeeping))
        housekeeping_bytes = self._frame_length * len(frames)
        self._owes_products = n_frames == len(frames)
        for kind, queue in self._queues.items():
            while queue and len(frames) < n_frames:
                frames.append(self._product_frame(kind, now_ns, code, tally))
        account = FrameAccount(tally.payload, tally.headers, tally.fill, tally.retransmit, housekeeping_bytes)
        return Transmission(tuple(frames), account, tuple(tally.first_sent))

    def apply_report(self, now_ns: int, report: bytes) -> tuple[int, ...]:
        """Learn from the ground's report; returns the ids, ascending, of products acknowledged and forgotten.

        A malformed report, or one that heard the future, is ignored; an old or repeated one changes nothing.
        """
        told = decode(report)
        if told is None or told.heard_ns > now_ns:
            return ()
        archived = RangeSet(told.archived)
        acknowledged = tuple(sorted(product_id for product_id in self._transfers if product_id in archived))
        for product_id in acknowledged:
            self._outbox.remove(product_id)
            self._end(product_id)
        self._reconcile(told)
        return acknowledged

    def _reconcile(self, told: Report) -> None:
        partials = {partial.product_id: partial for partial in told.partials}
        for product_id, transfer in self._transfers.items():
            is_begun = transfer.is_begun or product_id in partials
            if is_begun and told.from_id <= product_id <= told.through_id:
                transfer.reconcile(partials.get(product_id), told.heard_ns)
                self._place(transfer)

    def _housekeeping_frame(self, code: bytes, data: bytes) -> bytes:
        channel = self._housekeeping
        packet = self._packets.housekeeping(code, data)
        assert len(packet) <= channel.room_bytes
        channel.add(packet)
        return self._filled(channel)

    def _product_frame(self, kind: ProductKind, now_ns: int, code: bytes, tally: _Tally) -> bytes:
        channel, queue = self._channels[kind], self._queues[kind]
        tally.headers += FRAME_OVERHEAD_BYTES
        tally.fill += channel.used_bytes
        while queue and channel.room_bytes > SEGMENT_OVERHEAD_BYTES:
            transfer = self._transfers[-queue[-1][2]]
            channel.add(self._segment(transfer, now_ns, code, channel.room_bytes, tally))
            self._place(transfer)
        tally.fill += channel.room_bytes
        return self._filled(channel)

    def _filled(self, channel: ChannelAssembler) -> bytes:
        # Only idle packets span frames: a lost frame costs its own segments and no neighbour's.
        if room := channel.room_bytes:
            channel.add(self._packets.idle(max(room, MIN_PACKET_BYTES)))
        return channel.frame()

    def _segment(self, transfer: _Transfer, now_ns: int, code: bytes, room_bytes: int, tally: _Tally) -> bytes:
        start, end, again = transfer.take(now_ns, room_bytes - SEGMENT_OVERHEAD_BYTES)
        size = len(transfer.product.payload)
        if again:
            tally.retransmit += SEGMENT_OVERHEAD_BYTES + end - start
        else:
            if start == 0:
                tally.first_sent.append(transfer.product.product_id)
            first_time = min(end, size) - min(start, size)
            tally.payload += first_time
            tally.headers += SEGMENT_OVERHEAD_BYTES + end - start - first_time
        product = transfer.product
        data = transfer.read(start, end)
        return self._packets.segment(code, product.kind, product.product_id, transfer.length, start, data)

    def _begin(self, product: Product) -> None:
        transfer = self._transfers[product.product_id] = _Transfer(product)
        self._place(transfer)

    def _end(self, product_id: int) -> None:
        transfer = self._transfers.pop(product_id)
        transfer.to_send = RangeSet()
        self._place(transfer)

    def _place(self, transfer: _Transfer) -> None:
        """Move a transfer to where it now belongs in its queue."""
        turn = transfer.next_turn()
        if turn == transfer.turn:
            return
        queue = self._queues[transfer.product.kind]
        if transfer.turn is not None:
            del queue[bisect_left(queue, transfer.turn)]
        if turn is not None:
            insort(queue, turn)
        transfer.turn = turn
