"""A product's way down by selective repeat, and what the bytes of a grant are for."""

from dataclasses import dataclass, fields
from operator import add, attrgetter

from onboard.comms.outbox import Product
from onboard.comms.packets import PRODUCT_CHECK_BYTES, SEGMENT_OVERHEAD_BYTES
from onboard.comms.reports import PartialProduct, Range, RangeSet


@dataclass(frozen=True, slots=True)
class FrameAccount:
    """Bytes of transmitted frames.

    The first four add up to the frames that carry products: `payload` is product bytes sent for the first
    time, `headers` their packet headers and CRC-32 and all that frames add (header, security, check), `fill`
    idle packets, and `retransmit` what was sent again, packet headers included. `housekeeping` is whole frames,
    those that carry the spacecraft's reports of itself among them.
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
        return FrameAccount(*map(add, _counts(self), _counts(other)))


_counts = attrgetter(*(field.name for field in fields(FrameAccount)))


@dataclass(slots=True)
class Tally:
    """Bytes of product frames while a grant fills; see `FrameAccount`."""

    payload: int = 0
    headers: int = 0
    fill: int = 0
    retransmit: int = 0


_Flight = tuple[int, int, int]
"""Start and end of a run of bytes, and the time of the grant that sent it."""
Turn = tuple[bool, float, int]
"""Place in a queue, the highest first: repeats before new data, then by value, then the lower product id."""


class Transfer:
    """Every byte of a product's stream is to be sent, in flight, or (the rest) received."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.turn: Turn | None = None
        self.length = len(product.payload) + PRODUCT_CHECK_BYTES
        self.to_send = RangeSet([(0, self.length)])
        self._frontier = 0
        """Bytes below it have been sent before."""
        self._flights: list[_Flight] = []
        self._reconciled_ns = 0

    @property
    def is_begun(self) -> bool:
        """Whether any of it was sent, or, since a reboot, told to be on the ground."""
        return self._frontier > 0 or self._reconciled_ns > 0

    @property
    def is_sent_whole(self) -> bool:
        """Whether its last byte was sent, since a reboot."""
        return self._frontier == self.length

    def next_turn(self) -> Turn | None:
        """Where it belongs among the transfers of its kind; None with nothing to send."""
        if not self.to_send:
            return None
        return self.to_send.first[0] < self._frontier, self.product.value, -self.product.product_id

    def ready(self) -> Range:
        """The first bytes to send, all of them or none sent before."""
        start, end = self.to_send.first
        return (start, min(end, self._frontier)) if start < self._frontier else (start, end)

    def take(self, now_ns: int, start: int, end: int, n_packets: int, tally: Tally) -> bool:
        """Put ready bytes in flight, in so many packets, and account for them. Whether the product's first byte,
        never sent before, is among them."""
        is_first = start == self._frontier == 0
        overhead_bytes = n_packets * SEGMENT_OVERHEAD_BYTES
        if start < self._frontier:
            tally.retransmit += overhead_bytes + end - start
        else:
            self._frontier = end
            size = len(self.product.payload)
            payload_bytes = min(end, size) - min(start, size)
            tally.payload += payload_bytes
            tally.headers += overhead_bytes + end - start - payload_bytes
        self.to_send.remove(start, end)
        if self._flights and self._flights[-1][1:] == (start, now_ns):
            start = self._flights.pop()[0]
        self._flights.append((start, end, now_ns))
        return is_first

    def read(self, start: int, end: int) -> bytes:
        """Bytes of the stream: payload, then its CRC-32."""
        payload = self.product.payload
        size = len(payload)
        if end <= size:
            return payload[start:end]
        return payload[start:] + self.product.check[max(0, start - size) : end - size]

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
        *_, last = partial.missing or ((known, known),)
        # What the ground has was sent before, if by a life that ended, and so was all before it.
        self._frontier = max(self._frontier, last[0] if last[1] == known else known)
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
