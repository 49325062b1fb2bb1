"""Stretches: what image frames carried, joined while one goes on where the last one ended.

A second of a fast downlink is ten thousand image frames. Their packets need no object each: what reassembly wants
is the bytes between two gaps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from onboard.comms.packets import (
    MIN_PACKET_BYTES,
    SEGMENT_OVERHEAD_BYTES,
    UNSEGMENTED,
    Packet,
    ProductKind,
    Segment,
    parse_segment,
    time_of,
)
from onboard.comms.runs import IMAGE_IDENTIFICATION, IMAGE_PACKET_HEADER


@dataclass(frozen=True, slots=True)
class ImageStretch:
    """Image packets of one time, each of which filled its frame and went on where the one before ended."""

    time_ns: int
    segment: Segment


def segment_of(heard: Packet | ImageStretch) -> Segment | None:
    """What was heard of a product; None where it is of none."""
    return heard.segment if isinstance(heard, ImageStretch) else parse_segment(heard)


class ImageBytes(NamedTuple):
    """Where bytes of an image belong, and the time code they came with."""

    time_code: bytes
    product_id: int
    product_length: int
    offset: int


class Heard:
    """What frames carried, in order."""

    def __init__(self) -> None:
        self._items: list[Packet | ImageStretch] = []
        self._first: ImageBytes | None = None
        self._next: ImageBytes | None = None
        self._data: list[bytes] = []

    def add_image(self, place: ImageBytes, data: bytes) -> None:
        """Go on with a stretch, or begin one."""
        if place != self._next:
            self.close()
            self._first = place
        self._data.append(data)
        self._next = place._replace(offset=place.offset + len(data))

    def add(self, packets: list[Packet]) -> None:
        """Packets of other frames."""
        if packets:
            self.close()
            self._items += packets

    def close(self) -> list[Packet | ImageStretch]:
        """All there is so far."""
        if self._first:
            code, product_id, product_length, offset = self._first
            segment = Segment(product_id, product_length, offset, b"".join(self._data), ProductKind.IMAGE)
            self._items.append(ImageStretch(time_of(code), segment))
            self._first = self._next = None
            self._data.clear()
        return self._items


def stretches(fields: list[bytes]) -> Iterator[tuple[int, int, ImageBytes | None, bytes]]:
    """Data fields of one length, at least one, that begin with a packet: from and to which they are one stretch, its
    place and its bytes; or no place, for a field that is not one packet of an image."""
    octets = np.frombuffer(b"".join(fields), np.uint8).reshape(len(fields), -1)
    width = octets.shape[1]
    heads = np.ascontiguousarray(octets[:, :SEGMENT_OVERHEAD_BYTES]).view(IMAGE_PACKET_HEADER)[:, 0]
    is_image = (
        (heads["identification"] == IMAGE_IDENTIFICATION)
        & (heads["sequence"] >= UNSEGMENTED)
        & (heads["length"] == width - MIN_PACKET_BYTES)
    )
    ends = heads["offset"].astype(np.int64) + (width - SEGMENT_OVERHEAD_BYTES)
    goes_on = is_image[1:] & is_image[:-1] & (heads["offset"][1:] == ends[:-1])
    for name in ("time_code", "product_id", "product_length"):
        goes_on &= heads[name][1:] == heads[name][:-1]
    starts = [0, *(np.flatnonzero(~goes_on) + 1).tolist(), len(fields)]
    for start, end in pairwise(starts):
        place = None
        if is_image[start]:
            *_, code, product_id, product_length, offset = heads[start].item()
            place = ImageBytes(bytes(code), product_id, product_length, offset)
        yield start, end, place, octets[start:end, SEGMENT_OVERHEAD_BYTES:].tobytes()
