"""CCSDS space packets (133.0-B-2) as this mission uses them.

Every packet but the idle one carries a time code as its secondary header: mission elapsed time of the grant
as CCSDS unsegmented code (CUC, 301.0-B) with 4 octets of seconds and 3 of fraction, and no P-field, for the
layout is fixed here. Product packets go on with a segment header of 4 octets each: product id, stream length,
byte offset.

A product's *stream* is its payload followed by the CRC-32 of the payload. The frame check of 16 bits lets one
damaged frame in 65,536 through; a lossy pass of 170,000 frames has enough of them to spoil a product one day.

`spacepackets` builds the six octets of a primary header in 2 µs, one `struct` call all 25 of a segment in
0.3 µs, and a pass has 170,000 of them. Tests hold the two equal, and both equal to the data dictionary
(`onboard.comms.dictionary`), which describes every field.
"""

import zlib
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

from onboard.mission_time import NS_PER_S


class ProductKind(IntEnum):
    """What a product is. The value is its virtual channel; a spacecraft's reports of itself share housekeeping's."""

    ALERT = 0
    CHIP = 1
    THUMBNAIL = 2
    IMAGE = 3
    REPORT = 4

    @property
    def virtual_channel(self) -> int:
        """Virtual channel of the kind's packets, 0 to 4."""
        return self.value

    @property
    def apid(self) -> int:
        """Application process identifier of the kind's packets."""
        return FIRST_PRODUCT_APID + self.value


SENDING_ORDER = (ProductKind.ALERT, ProductKind.REPORT, ProductKind.CHIP, ProductKind.THUMBNAIL, ProductKind.IMAGE)
"""Strict: none of a kind is sent while one before it has anything to send."""

FIRST_PRODUCT_APID = 0x100
HOUSEKEEPING_APID = 0x110
IDLE_APID = 0x7FF
HOUSEKEEPING_CHANNEL = 4
BROADCAST_CHANNEL = 5

PRIMARY_HEADER_BYTES = 6
MIN_PACKET_BYTES = 7
"""A packet data field holds at least one octet."""
MAX_PACKET_BYTES = 65_542
PRODUCT_CHECK_BYTES = 4
TIME_CODE_BYTES = 7
FIRST_PRODUCT_ID = 1
MAX_PRODUCT_ID = 2**32 - 1

_PRIMARY = Struct(">HHH")
_TIMED = Struct(">HHH7s")
_SEGMENT = Struct(">III")
_TIMED_SEGMENT = Struct(">HHH7sIII")
TIMED_HEADER_BYTES = _TIMED.size
SEGMENT_OVERHEAD_BYTES = _TIMED_SEGMENT.size

SECONDARY_HEADER = 0x0800
UNSEGMENTED = 0xC000
COUNT_MASK = 0x3FFF
_IDLE_OCTET = b"\x55"
_KIND_BY_APID = {kind.apid: kind for kind in ProductKind}


@dataclass(frozen=True, slots=True)
class Packet:
    """A received packet that carries a time: `data` follows the secondary header."""

    apid: int
    sequence_count: int
    time_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a product's stream. `product_length` is the length of the stream, its CRC-32 included."""

    product_id: int
    product_length: int
    offset: int
    data: bytes
    kind: ProductKind


def time_code(met_ns: int) -> bytes:
    """Mission elapsed time as CUC of 4 + 3 octets, floored to 2**-24 s."""
    seconds, rest_ns = divmod(met_ns, NS_PER_S)
    return ((seconds << 24) | (rest_ns << 24) // NS_PER_S).to_bytes(TIME_CODE_BYTES, "big")


def time_of(code: bytes) -> int:
    """The earliest nanosecond with this time code: `time_code(time_of(c)) == c`, and it is never late."""
    return -(-int.from_bytes(code, "big") * NS_PER_S >> 24)


def product_check(payload: bytes) -> bytes:
    """CRC-32 (IEEE 802.3) of a payload, big endian: the last four octets of its stream."""
    return zlib.crc32(payload).to_bytes(PRODUCT_CHECK_BYTES, "big")


class PacketBuilder:
    """Builds a spacecraft's packets and holds the 14-bit sequence count of each application process."""

    def __init__(self) -> None:
        self._sent: Counter[int] = Counter()

    def segment(
        self, code: bytes, kind: ProductKind, product_id: int, product_length: int, offset: int, data: bytes
    ) -> bytes:
        """A product packet; `code` is the grant's time code."""
        apid = FIRST_PRODUCT_APID + kind
        sequence = self._sequence(apid)
        length = SEGMENT_OVERHEAD_BYTES - PRIMARY_HEADER_BYTES - 1 + len(data)
        identification = SECONDARY_HEADER | apid
        return _TIMED_SEGMENT.pack(identification, sequence, length, code, product_id, product_length, offset) + data

    def housekeeping(self, code: bytes, data: bytes) -> bytes:
        """A real-time housekeeping packet."""
        length = TIMED_HEADER_BYTES - PRIMARY_HEADER_BYTES - 1 + len(data)
        sequence = self._sequence(HOUSEKEEPING_APID)
        return _TIMED.pack(SECONDARY_HEADER | HOUSEKEEPING_APID, sequence, length, code) + data

    def idle(self, packet_bytes: int) -> bytes:
        """An idle packet of that many bytes in all."""
        assert MIN_PACKET_BYTES <= packet_bytes <= MAX_PACKET_BYTES
        filler = packet_bytes - PRIMARY_HEADER_BYTES
        return _PRIMARY.pack(IDLE_APID, self._sequence(IDLE_APID), filler - 1) + _IDLE_OCTET * filler

    def skip(self, apid: int, count: int) -> int:
        """Reserve the sequence counts of a run of packets; returns the first."""
        first = self._sent[apid]
        self._sent[apid] = first + count & COUNT_MASK
        return first

    def _sequence(self, apid: int) -> int:
        return UNSEGMENTED | self.skip(apid, 1)


def packet_bytes(stream: bytes | bytearray, at: int) -> int | None:
    """Length in bytes of the packet whose primary header is at `at`; None while that header is incomplete."""
    if len(stream) - at < PRIMARY_HEADER_BYTES:
        return None
    return int.from_bytes(stream[at + 4 : at + 6], "big") + MIN_PACKET_BYTES


def is_idle(packet: bytes) -> bool:
    """Whether a whole packet is an idle one."""
    return int.from_bytes(packet[:2], "big") & 0x7FF == IDLE_APID


def parse_packet(packet: bytes) -> Packet | None:
    """A packet taken apart; None where it is not just one unsegmented telemetry packet with a time code."""
    if len(packet) < TIMED_HEADER_BYTES:
        return None
    identification, sequence, length, code = _TIMED.unpack_from(packet)
    is_ours = identification & 0xF800 == SECONDARY_HEADER and sequence & UNSEGMENTED == UNSEGMENTED
    if not is_ours or length + MIN_PACKET_BYTES != len(packet):
        return None
    return Packet(identification & 0x7FF, sequence & COUNT_MASK, time_of(code), packet[TIMED_HEADER_BYTES:])


def whole_packet(packet: Packet) -> bytes:
    """The octets that `parse_packet` took apart."""
    length = TIMED_HEADER_BYTES - MIN_PACKET_BYTES + len(packet.data)
    sequence = UNSEGMENTED | packet.sequence_count
    return _TIMED.pack(SECONDARY_HEADER | packet.apid, sequence, length, time_code(packet.time_ns)) + packet.data


def parse_segment(packet: Packet) -> Segment | None:
    """The product segment in a packet; None where it is of another process or too short."""
    kind = _KIND_BY_APID.get(packet.apid)
    if kind is None or len(packet.data) < _SEGMENT.size:
        return None
    product_id, product_length, offset = _SEGMENT.unpack_from(packet.data)
    return Segment(product_id, product_length, offset, packet.data[_SEGMENT.size :], kind)
