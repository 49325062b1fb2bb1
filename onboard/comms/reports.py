"""The ground's report on what it has of a spacecraft's products: the data of a telecommand packet.

A report is the full state, not a change: any may be lost, repeated or late. Where the state does not fit, it
covers a window of product ids, and of a partial product the bytes below its `known_through`; of everything
else it says nothing. Inside the window silence has a meaning: a product not listed has not been heard of.

Layout: version octet, varints (LEB128) of `heard_ns`, `from_id` and `through_id`, items in ascending order of
id, CRC-16. An item opens with its distance from the last item's end, doubled, plus 1 for a partial product.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from onboard.comms.frames import frame_check
from onboard.comms.packets import MAX_PRODUCT_ID

VERSION = 1
MIN_REPORT_BYTES = 96
"""Room for the fixed part and twice the largest item of one range, so that every report tells something."""
_CHECK_BYTES = 2
_MAX_VARINT_BYTES = 9

Range = tuple[int, int]
"""Start and end, the end exclusive."""


class RangeSet:
    """A set of integers as sorted ranges that do not touch, kept as one flat list of bounds for bisection."""

    __slots__ = ("_bounds",)

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self._bounds: list[int] = []
        for start, end in ranges:
            self.add(start, end)

    def add(self, start: int, end: int) -> None:
        """Put [start, end) in."""
        self._splice(start, end, inside=0)

    def remove(self, start: int, end: int) -> None:
        """Take [start, end) out."""
        self._splice(start, end, inside=1)

    def _splice(self, start: int, end: int, inside: int) -> None:
        # An odd position lies inside a range. A bound stays where membership changes after the splice.
        assert start < end
        bounds = self._bounds
        first, last = bisect_left(bounds, start), bisect_right(bounds, end)
        bounds[first:last] = [start] * (first & 1 == inside) + [end] * (last & 1 == inside)

    def within(self, start: int, end: int) -> list[Range]:
        """The ranges cut to [start, end), which may be empty."""
        bounds = self._bounds
        pieces: list[Range] = []
        if start >= end:
            return pieces
        for at in range(bisect_right(bounds, start) & ~1, len(bounds), 2):
            if bounds[at] >= end:
                break
            pieces.append((max(start, bounds[at]), min(end, bounds[at + 1])))
        return pieces

    @property
    def first(self) -> Range:
        """The lowest range of a set that is not empty."""
        return self._bounds[0], self._bounds[1]

    @property
    def size(self) -> int:
        """How many integers."""
        return sum(self._bounds[1::2]) - sum(self._bounds[::2])

    def __contains__(self, number: int) -> bool:
        return bisect_right(self._bounds, number) & 1 == 1

    def __iter__(self) -> Iterator[Range]:
        return zip(self._bounds[::2], self._bounds[1::2], strict=True)

    def __bool__(self) -> bool:
        return bool(self._bounds)


@dataclass(frozen=True, slots=True)
class PartialProduct:
    """Below `known_through` all but `missing` (ascending, disjoint) was received; above it nothing is said.

    A product that is whole but not yet archived is one with nothing missing.
    """

    product_id: int
    length: int
    known_through: int
    missing: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """State of products `from_id` through `through_id`; `heard_ns` is the newest packet time heard, or 0."""

    heard_ns: int
    from_id: int
    through_id: int
    archived: tuple[Range, ...]
    partials: tuple[PartialProduct, ...]


def encode(report: Report) -> bytes:
    """The report's bytes; its items must lie in its window."""
    body = bytearray([VERSION])
    for number in (report.heard_ns, report.from_id, report.through_id):
        body += _varint(number)
    position = report.from_id
    for item in _items(report):
        body += _encode_item(item, position)
        position = _end(item)
    return bytes(body) + frame_check(bytes(body)).to_bytes(_CHECK_BYTES, "big")


def fit(report: Report, max_bytes: int) -> Report:
    """The report itself if it encodes within `max_bytes` (at least `MIN_REPORT_BYTES`), else a window of it.

    In a window a partial product gets half the room left, so that one of many holes does not hide the others.
    """
    assert max_bytes >= MIN_REPORT_BYTES
    room = max_bytes - len(encode(replace(report, archived=(), partials=())))
    items = _items(report)
    if _is_within(room, items, report.from_id):
        return report
    kept: list[_Item] = []
    position = report.from_id
    for item in items:
        told = _cut(item, position, room // 2) if isinstance(item, PartialProduct) else item
        if told is None or (cost := len(_encode_item(told, position))) > room:
            report = replace(report, through_id=_start(item) - 1)
            break
        room -= cost
        position = _end(item)
        kept.append(told)
    archived = tuple(item for item in kept if not isinstance(item, PartialProduct))
    return replace(report, archived=archived, partials=tuple(p for p in kept if isinstance(p, PartialProduct)))


def decode(data: bytes) -> Report | None:
    """The report in these bytes, or None where they are not a well-formed report. Never raises."""
    body = data[:-_CHECK_BYTES]
    if len(data) <= _CHECK_BYTES or frame_check(data) or body[0] != VERSION:
        return None
    try:
        return _Reader(body).report()
    except _Malformed:
        return None


class _Malformed(Exception):
    pass


_Item = Range | PartialProduct


def _start(item: _Item) -> int:
    return item.product_id if isinstance(item, PartialProduct) else item[0]


def _end(item: _Item) -> int:
    return item.product_id + 1 if isinstance(item, PartialProduct) else item[1]


def _items(report: Report) -> list[_Item]:
    return sorted([*report.archived, *report.partials], key=_start)


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _encode_item(item: _Item, position: int) -> bytes:
    if not isinstance(item, PartialProduct):
        start, end = item
        return _varint(start - position << 1) + _varint(end - start - 1)
    untold = item.length - item.known_through
    head = _varint(item.product_id - position << 1 | 1) + _varint(item.length) + _varint(untold)
    return head + _varint(len(item.missing)) + _encode_ranges(item.missing)


def _encode_ranges(ranges: Iterable[Range]) -> bytes:
    encoded = bytearray()
    position = 0
    for start, end in ranges:
        encoded += _varint(start - position) + _varint(end - start - 1)
        position = end
    return bytes(encoded)


def _is_within(room: int, items: Iterable[_Item], position: int) -> bool:
    for item in items:
        room -= len(_encode_item(item, position))
        if room < 0:
            return False
        position = _end(item)
    return True


def _cut(partial: PartialProduct, position: int, room: int) -> PartialProduct | None:
    """The partial product with as many of its first missing ranges as fit; None where not even one does."""
    head = replace(partial, known_through=0, missing=())
    room -= len(_encode_item(head, position)) + len(_varint(len(partial.missing))) - 1
    end = 0
    for count, (start, stop) in enumerate(partial.missing):
        room -= len(_varint(start - end)) + len(_varint(stop - start - 1))
        if room < 0:
            return replace(partial, known_through=start, missing=partial.missing[:count]) if count else None
        end = stop
    return partial if room >= 0 else None


class _Reader:
    """Takes a checked body apart; raises `_Malformed` where it is not what `encode` writes."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 1

    def report(self) -> Report:
        heard_ns, from_id, through_id = self._varint(), self._varint(), self._varint()
        _require(through_id <= MAX_PRODUCT_ID)
        archived: list[Range] = []
        partials: list[PartialProduct] = []
        position = from_id
        while self._at < len(self._body):
            distance = self._varint()
            position += distance >> 1
            if distance & 1:
                partials.append(self._partial(position))
                position += 1
            else:
                start, position = position, position + self._varint() + 1
                archived.append((start, position))
            _require(position <= through_id + 1)
        return Report(heard_ns, from_id, through_id, tuple(archived), tuple(partials))

    def _partial(self, product_id: int) -> PartialProduct:
        length, untold, count = self._varint(), self._varint(), self._varint()
        known_through = length - untold
        missing: list[Range] = []
        position = 0
        for _ in range(count):
            start = position + self._varint()
            position = start + self._varint() + 1
            missing.append((start, position))
        _require(0 <= position <= known_through)
        return PartialProduct(product_id, length, known_through, tuple(missing))

    def _varint(self) -> int:
        number = 0
        for shift in range(0, 7 * _MAX_VARINT_BYTES, 7):
            _require(self._at < len(self._body))
            octet = self._body[self._at]
            self._at += 1
            number |= (octet & 0x7F) << shift
            if octet < 0x80:
                return number
        raise _Malformed


def _require(condition: bool) -> None:
    if not condition:
        raise _Malformed
