"""The reliable product downlink: strict priorities, and selective repeat without timers.

Nothing is repeated because time has passed: between passes nobody listens for hours. The beacon decides. The
ground reports the newest packet time it has heard, so what was sent in an earlier grant and is not there is
lost, and what was sent since may still come. The rule needs no memory of passes or stations, and survives a
reboot: a transfer that starts anew learns from the next report what the ground already holds.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import Literal

from onboard.comms.frames import DEFAULT_FRAME_BYTES, ChannelAssembler, FrameBuilder, FrameSealer
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import (
    HOUSEKEEPING_CHANNEL,
    MIN_PACKET_BYTES,
    SEGMENT_OVERHEAD_BYTES,
    SENDING_ORDER,
    PacketBuilder,
    ProductKind,
    time_code,
)
from onboard.comms.reports import RangeSet, Report, decode
from onboard.comms.runs import FrameRun, Part
from onboard.comms.transfer import FrameAccount, Tally, Transfer, Turn

SHORTEST_RUN_FRAMES = 2
Lane = Literal["runs", "frames"]
"""Whether consecutive full image frames are answered as a run, or each is made."""


@dataclass(frozen=True, slots=True)
class Transmission:
    """The frames for one grant, in the order they leave, and the products whose first or last byte, never sent before,
    is among them."""

    parts: tuple[Part, ...]
    account: FrameAccount
    first_sent: tuple[int, ...] = ()
    sent_whole: tuple[int, ...] = ()


class _Burst:
    """A grant as it fills."""

    def __init__(self, now_ns: int, n_frames: int) -> None:
        self.now_ns = now_ns
        self.code = time_code(now_ns)
        self.frames_left = n_frames
        self.product_tally, self.report_tally = Tally(), Tally()
        self.housekeeping_frames = 0
        self.first_sent: list[int] = []
        self.sent_whole: list[int] = []
        self._parts: list[Part] = []
        self._frames: list[bytes] = []

    def add(self, frames: bytes, count: int = 1) -> None:
        self._frames.append(frames)
        self.frames_left -= count

    def add_run(self, run: FrameRun) -> None:
        self._close()
        self._parts.append(run)
        self.frames_left -= run.frames

    def transmission(self, frame_bytes: int) -> Transmission:
        self._close()
        tally = self.product_tally
        housekeeping_bytes = self.housekeeping_frames * frame_bytes
        account = FrameAccount(tally.payload, tally.headers, tally.fill, tally.retransmit, housekeeping_bytes)
        return Transmission(tuple(self._parts), account, tuple(self.first_sent), tuple(self.sent_whole))

    def _close(self) -> None:
        if self._frames:
            self._parts.append(b"".join(self._frames))
            self._frames.clear()


class Downlink:
    """One spacecraft's downlink: makes frames for granted bytes only, forgets a product only when told.

    Reports of the spacecraft on itself share the housekeeping's channel; alerts go even before the beacon.
    """

    def __init__(
        self,
        spacecraft_id: int,
        outbox: Outbox,
        frame_length: int = DEFAULT_FRAME_BYTES,
        *,
        sealer: FrameSealer | None = None,
        lane: Lane = "runs",
    ) -> None:
        self._builder = FrameBuilder(spacecraft_id, frame_length, sealer)
        self._lane = lane
        self._outbox = outbox
        self._packets = PacketBuilder()
        self._channels = {kind: ChannelAssembler(self._builder, kind.virtual_channel) for kind in ProductKind}
        assert ProductKind.REPORT.virtual_channel == HOUSEKEEPING_CHANNEL
        self._transfers: dict[int, Transfer] = {}
        self._queues: dict[ProductKind, list[Turn]] = {kind: [] for kind in SENDING_ORDER}
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

    def store(self, product: Product, next_contact_ns: int = 0) -> tuple[Product, ...]:
        """Take a product for transmission; returns what a full outbox dropped, perhaps the product itself."""
        dropped = self._outbox.store(product, next_contact_ns)
        for victim in dropped:
            if victim.product_id in self._transfers:
                self._end(victim.product_id)
        if product.product_id in self._outbox:
            self._begin(product)
        return dropped

    def expire(self, now_ns: int) -> tuple[Product, ...]:
        """Give up the products whose deadline has passed; returns them."""
        expired = self._outbox.expire(now_ns)
        for product in expired:
            self._end(product.product_id)
        return expired

    def strike(self, draw: int) -> None:
        """Radiation flips a bit of a product held, if any: `draw` modulo their number, and then its bits, says
        which."""
        if held := sorted(self._transfers):
            transfer = self._transfers[held[draw % len(held)]]
            if n_bits := 8 * len(transfer.product.payload):
                transfer.product = self._outbox.strike(transfer.product.product_id, draw // len(held) % n_bits)

    def discard_damaged(self) -> tuple[Product, ...]:
        """Give up the products that are not what was made; returns them."""
        damaged = tuple(product for product in self._outbox if not product.is_sound)
        for product in damaged:
            self._outbox.remove(product.product_id)
            self._end(product.product_id)
        return damaged

    def transmit(self, now_ns: int, granted_bytes: int, housekeeping: bytes | None) -> Transmission:
        """Frames for a grant: alerts, the housekeeping frame if any, then other products while there are any to send.

        On a link so slow that grants hold one frame, the two take turns: product packets are beacons as well.
        """
        burst = _Burst(now_ns, granted_bytes // self._builder.frame_bytes)
        if burst.frames_left < 1:
            return Transmission((), FrameAccount())
        if burst.frames_left == 1 and self._owes_products and any(self._queues.values()):
            housekeeping = None
        self._owes_products = housekeeping is not None and burst.frames_left == 1
        self._send(ProductKind.ALERT, burst, kept_frames=int(housekeeping is not None))
        if housekeeping is not None:
            self._send_housekeeping(burst, housekeeping)
        for kind in SENDING_ORDER:
            self._send(kind, burst)
        return burst.transmission(self._builder.frame_bytes)

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

    def _send(self, kind: ProductKind, burst: _Burst, kept_frames: int = 0) -> None:
        queue, channel = self._queues[kind], self._channels[kind]
        while queue and burst.frames_left > kept_frames:
            if kind is not ProductKind.IMAGE or channel.used_bytes or not self._send_run(burst):
                self._send_frame(kind, burst)

    def _send_housekeeping(self, burst: _Burst, data: bytes) -> None:
        channel = self._channels[ProductKind.REPORT]
        packet = self._packets.housekeeping(burst.code, data)
        assert len(packet) <= channel.room_bytes
        channel.add(packet)
        self._send_frame(ProductKind.REPORT, burst)

    def _send_frame(self, kind: ProductKind, burst: _Burst) -> None:
        channel, queue = self._channels[kind], self._queues[kind]
        is_report = kind is ProductKind.REPORT
        tally = burst.report_tally if is_report else burst.product_tally
        burst.housekeeping_frames += is_report
        tally.headers += self._builder.overhead_bytes
        tally.fill += channel.used_bytes
        room = channel.room_bytes
        while queue and room > SEGMENT_OVERHEAD_BYTES:
            transfer = self._transfers[-queue[-1][2]]
            start, end = transfer.ready()
            end = min(end, start + room - SEGMENT_OVERHEAD_BYTES)
            packet = self._segment(transfer, start, end, burst.code)
            channel.add(packet)
            room -= len(packet)
            self._take(transfer, start, end, 1, burst, tally)
        # Only idle packets span frames: a lost frame costs its own segments and no neighbour's.
        if room:
            tally.fill += room
            channel.add(self._packets.idle(max(room, MIN_PACKET_BYTES)))
        burst.add(channel.frame())

    def _segment(self, transfer: Transfer, start: int, end: int, code: bytes) -> bytes:
        product, data = transfer.product, transfer.read(start, end)
        return self._packets.segment(code, product.kind, product.product_id, transfer.length, start, data)

    def _send_run(self, burst: _Burst) -> bool:
        """The frames that the next image fills one after another; False where there are too few for a run."""
        transfer = self._transfers[-self._queues[ProductKind.IMAGE][-1][2]]
        start, end = transfer.ready()
        segment_bytes = self._builder.data_bytes - SEGMENT_OVERHEAD_BYTES
        n_frames = min((end - start) // segment_bytes, burst.frames_left)
        if n_frames < SHORTEST_RUN_FRAMES:
            return False
        end = start + n_frames * segment_bytes
        run = self._run(transfer, start, end, n_frames, burst.code)
        burst.product_tally.headers += n_frames * self._builder.overhead_bytes
        self._take(transfer, start, end, n_frames, burst, burst.product_tally)
        if self._lane == "runs":
            burst.add_run(run)
        else:
            burst.add(run.make_frames(self._builder.sealer), n_frames)
        return True

    def _run(self, transfer: Transfer, start: int, end: int, n_frames: int, code: bytes) -> FrameRun:
        builder, image = self._builder, ProductKind.IMAGE
        master_count, channel_count = builder.skip(image.virtual_channel, n_frames)
        return FrameRun(
            spacecraft_id=builder.spacecraft_id,
            frame_bytes=builder.frame_bytes,
            frames=n_frames,
            master_channel_count=master_count,
            virtual_channel_count=channel_count,
            sequence_count=self._packets.skip(image.apid, n_frames),
            security_sequence=builder.sealer.skip(n_frames) if builder.sealer else -1,
            time_code=code,
            product_id=transfer.product.product_id,
            product_length=transfer.length,
            offset=start,
            segment_bytes=(end - start) // n_frames,
            data=transfer.read(start, end),
        )

    def _take(self, transfer: Transfer, start: int, end: int, n_packets: int, burst: _Burst, tally: Tally) -> None:
        was_whole = transfer.is_sent_whole
        if transfer.take(burst.now_ns, start, end, n_packets, tally):
            burst.first_sent.append(transfer.product.product_id)
        if transfer.is_sent_whole and not was_whole:
            burst.sent_whole.append(transfer.product.product_id)
        self._place(transfer)

    def _begin(self, product: Product) -> None:
        transfer = self._transfers[product.product_id] = Transfer(product)
        self._place(transfer)

    def _end(self, product_id: int) -> None:
        transfer = self._transfers.pop(product_id)
        transfer.to_send = RangeSet()
        self._place(transfer)

    def _place(self, transfer: Transfer) -> None:
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
