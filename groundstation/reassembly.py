"""From segments to whole products, and the report that tells the spacecraft what is still missing."""

from dataclasses import dataclass, field

from onboard.comms.packets import (
    MAX_PRODUCT_ID,
    PRODUCT_CHECK_BYTES,
    ProductKind,
    Segment,
    product_check,
)
from onboard.comms.reports import PartialProduct, RangeSet, Report, encode, fit

DEFAULT_CAPACITY_BYTES = 256 * 2**20
PARTIAL_BYTES, PIECE_BYTES = 768, 256
"""What Python takes for a product in reception and for each piece of it, besides the data; measured, rounded up."""
_GOLDEN_RATIO_32 = 2_654_435_769
"""2**32 over the golden ratio (Knuth, The Art of Computer Programming, 6.4)."""


def _scattered(step: int, n_places: int) -> int:
    """A place for each step: multiples of the golden ratio fall evenly, and every n-th of them does too."""
    return (step * _GOLDEN_RATIO_32 & 0xFFFFFFFF) * n_places >> 32


@dataclass(frozen=True, slots=True)
class ReceivedProduct:
    """A product that arrived whole, its CRC-32 checked."""

    product_id: int
    kind: ProductKind
    payload: bytes


@dataclass(slots=True)
class ReassemblyCounts:
    """Segments with nothing new or contradictory, products with a false CRC-32 or put out for room."""

    duplicates: int = 0
    conflicts: int = 0
    damaged: int = 0
    evicted: int = 0


@dataclass(slots=True)
class _Partial:
    kind: ProductKind
    length: int
    missing: RangeSet
    pieces: dict[int, bytes] = field(default_factory=dict)
    held_bytes: int = PARTIAL_BYTES

    def store(self, segment: Segment) -> int:
        """Keep what is new of a segment; returns how much memory that takes."""
        before = self.held_bytes
        for start, end in self.missing.within(segment.offset, segment.offset + len(segment.data)):
            self.pieces[start] = segment.data[start - segment.offset : end - segment.offset]
            self.held_bytes += PIECE_BYTES + end - start
            self.missing.remove(start, end)
        return self.held_bytes - before

    def payload(self) -> bytes | None:
        """The payload of a product with nothing missing; None where its CRC-32 is false. Copies as little as it can."""
        pieces = [self.pieces[start] for start in sorted(self.pieces)]
        check = b""
        while lacking := PRODUCT_CHECK_BYTES - len(check):
            last = pieces.pop()
            check = last[-lacking:] + check
            if len(last) > lacking:
                pieces.append(last[:-lacking])
        payload = b"".join(pieces)
        return payload if product_check(payload) == check else None


class Reassembly:
    """One spacecraft's products in reception, at most `capacity_bytes` of them.

    What is put out for room or found damaged is missing again. A product beyond the capacity is refused.
    """

    def __init__(self, capacity_bytes: int = DEFAULT_CAPACITY_BYTES) -> None:
        self.counts = ReassemblyCounts()
        self._capacity_bytes = capacity_bytes
        self._held_bytes = 0
        self._heard_ns = 0
        self._archived = RangeSet()
        self._partials: dict[int, _Partial] = {}
        self._whole: dict[int, int] = {}
        self._reports = 0

    @property
    def held_bytes(self) -> int:
        """Memory that partial products take."""
        return self._held_bytes

    def hear(self, packet_time_ns: int, received_ns: int) -> None:
        """Note a packet's time stamp, where by that clock it is `received_ns`. One from the future came in a damaged
        frame: it would spoil reports."""
        if packet_time_ns <= received_ns:
            self._heard_ns = max(self._heard_ns, packet_time_ns)

    def forget_time(self) -> None:
        """The spacecraft's clock was found to have been set: what was heard before says nothing of now."""
        self._heard_ns = 0

    def archived(self, product_id: int) -> None:
        """Acknowledge a product that the archive holds; at start, call this for all that it holds."""
        self._whole.pop(product_id, None)
        self.forget(product_id)
        self._archived.add(product_id, product_id + 1)

    def forget(self, product_id: int) -> None:
        """Drop what there is of a partial product, for instance because the spacecraft gave it up."""
        if partial := self._partials.pop(product_id, None):
            self._held_bytes -= partial.held_bytes

    def push(self, segment: Segment) -> ReceivedProduct | None:
        """Take a segment in; returns its product when that makes it whole, once.

        Where length or kind differ from the product's so far, one of the two came in a damaged frame. Nobody
        knows which, so the older is forgotten: were it kept, a false one would shut the true one out.
        """
        product_id, length = segment.product_id, segment.product_length
        if product_id in self._archived or product_id in self._whole:
            self.counts.duplicates += 1
            return None
        fits = segment.data and segment.offset + len(segment.data) <= length <= self._capacity_bytes
        if not fits or length < PRODUCT_CHECK_BYTES:
            self.counts.conflicts += 1
            return None
        partial = self._partials.get(product_id)
        if partial and (partial.length, partial.kind) != (length, segment.kind):
            self.counts.conflicts += 1
            self.forget(product_id)
            partial = None
        if partial is None:
            partial = _Partial(segment.kind, length, RangeSet([(0, length)]))
            self._partials[product_id] = partial
            self._held_bytes += PARTIAL_BYTES
        self._store(product_id, partial, segment)
        return None if partial.missing else self._complete(product_id, partial)

    def report(self, max_bytes: int) -> bytes:
        """The full state; where `max_bytes` do not hold it, one window of it, a different one each time."""
        self._reports += 1
        report = self._state(0)
        fitted = fit(report, max_bytes)
        return encode(fitted if fitted is report else fit(self._state(self._window_start(report)), max_bytes))

    def _window_start(self, report: Report) -> int:
        # Were windows taken in turn and only every n-th report arrived, some would never be told. They begin
        # where an item ends, to cover the unheard behind it. One in five begins at 0, where no other reaches.
        ends = sorted([end for _, end in report.archived] + [partial.product_id + 1 for partial in report.partials])
        place = _scattered(self._reports, len(ends) + 1 + len(ends) // 4)
        return ends[place - 1] if 0 < place <= len(ends) else 0

    def _store(self, product_id: int, partial: _Partial, segment: Segment) -> None:
        stored = partial.store(segment)
        self.counts.duplicates += not stored
        self._held_bytes += stored
        while self._held_bytes > self._capacity_bytes:
            # Putting out the oldest fell into a cycle: each round of repeats put out what the next repeated.
            others = sorted(self._partials.keys() - {product_id}) or [product_id]
            self.forget(others[_scattered(self.counts.evicted, len(others))])
            self.counts.evicted += 1

    def _complete(self, product_id: int, partial: _Partial) -> ReceivedProduct | None:
        self.forget(product_id)
        payload = partial.payload()
        if payload is None:
            self.counts.damaged += 1
            return None
        self._whole[product_id] = partial.length
        return ReceivedProduct(product_id, partial.kind, payload)

    def _state(self, from_id: int) -> Report:
        whole = [PartialProduct(product_id, length, length, ()) for product_id, length in self._whole.items()]
        partial = [
            PartialProduct(product_id, partial.length, partial.length, tuple(partial.missing))
            for product_id, partial in self._partials.items()
            if product_id >= from_id
        ]
        archived = tuple(self._archived.within(from_id, MAX_PRODUCT_ID + 1))
        whole = [product for product in whole if product.product_id >= from_id]
        return Report(self._heard_ns, from_id, MAX_PRODUCT_ID, archived, (*whole, *partial))
