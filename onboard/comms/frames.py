"""CCSDS TM transfer frames (132.0-B) of fixed length; of the optional fields only the error control field."""

from binascii import crc_hqx
from collections import Counter
from dataclasses import dataclass
from struct import Struct

DEFAULT_FRAME_BYTES = 1115
"""One Reed-Solomon (255, 223) code block of interleaving depth 5 (131.0-B)."""
MIN_FRAME_BYTES = 128
"""Ours: a housekeeping packet must fit."""
MAX_FRAME_BYTES = 2048
"""The first header pointer has 11 bits, two values of which are taken."""
NO_PACKET_START = 0x7FF
ONLY_IDLE_DATA = 0x7FE
IDLE_CHANNEL = 7

_HEADER = Struct(">HBBH")
_FECF_BYTES = 2
_PACKETS_IN_ORDER = 0x1800
"""Data field status of packets: no secondary header, synchronization flag 0, segment length identifier 11."""
FRAME_OVERHEAD_BYTES = _HEADER.size + _FECF_BYTES


def frame_check(data: bytes) -> int:
    """CRC-16 of 132.0-B: polynomial 0x1021, all ones at the start. It is 0 over data and its own check."""
    return crc_hqx(data, 0xFFFF)


@dataclass(frozen=True, slots=True)
class TmFrame:
    """A frame that passed its check."""

    spacecraft_id: int
    virtual_channel: int
    master_channel_count: int
    virtual_channel_count: int
    first_header_pointer: int
    data: bytes


def parse_frame(frame: bytes, frame_bytes: int = DEFAULT_FRAME_BYTES) -> TmFrame | None:
    """A frame taken apart; None where length, check, version, status or pointer are not as built here."""
    if len(frame) != frame_bytes or frame_check(frame):
        return None
    identification, master_count, channel_count, status = _HEADER.unpack_from(frame)
    if identification & 0xC001 or status & 0xF800 != _PACKETS_IN_ORDER:
        return None
    pointer = status & 0x7FF
    data = frame[_HEADER.size : -_FECF_BYTES]
    if len(data) <= pointer < ONLY_IDLE_DATA:
        return None
    return TmFrame(identification >> 4, identification >> 1 & 7, master_count, channel_count, pointer, data)


class FrameBuilder:
    """A spacecraft's master channel: numbers and seals the frames of all its virtual channels."""

    def __init__(self, spacecraft_id: int, frame_bytes: int = DEFAULT_FRAME_BYTES) -> None:
        assert 0 <= spacecraft_id < 1024
        assert MIN_FRAME_BYTES <= frame_bytes <= MAX_FRAME_BYTES
        self.frame_bytes = frame_bytes
        self.data_bytes = frame_bytes - FRAME_OVERHEAD_BYTES
        self._identification = spacecraft_id << 4
        self._master_count = 0
        self._channel_counts: Counter[int] = Counter()

    def build(self, virtual_channel: int, first_header_pointer: int, data: bytes) -> bytes:
        """The next frame of a virtual channel; `data` fills the data field exactly."""
        assert len(data) == self.data_bytes
        count = self._channel_counts[virtual_channel]
        head = _HEADER.pack(
            self._identification | virtual_channel << 1,
            self._master_count,
            count,
            _PACKETS_IN_ORDER | first_header_pointer,
        )
        self._master_count = self._master_count + 1 & 0xFF
        self._channel_counts[virtual_channel] = count + 1 & 0xFF
        frame = head + data
        return frame + frame_check(frame).to_bytes(_FECF_BYTES, "big")

    def idle(self) -> bytes:
        """A frame that keeps the link busy (only idle data)."""
        return self.build(IDLE_CHANNEL, ONLY_IDLE_DATA, b"\x55" * self.data_bytes)


class ChannelAssembler:
    """Lays packets end to end into the frames of one virtual channel; a packet may span frames."""

    def __init__(self, builder: FrameBuilder, virtual_channel: int) -> None:
        self._builder = builder
        self._virtual_channel = virtual_channel
        self._data = b""
        self._first_header_pointer = NO_PACKET_START

    @property
    def used_bytes(self) -> int:
        """Bytes waiting for this frame and, if a packet spans, the ones after it."""
        return len(self._data)

    @property
    def room_bytes(self) -> int:
        """Free bytes of the present data field."""
        return max(0, self._builder.data_bytes - len(self._data))

    def add(self, packet: bytes) -> None:
        """Append a packet; what is beyond the room goes on in the next frames."""
        assert self.room_bytes
        if self._first_header_pointer == NO_PACKET_START:
            self._first_header_pointer = len(self._data)
        self._data += packet

    def frame(self) -> bytes:
        """Seal the present frame, which must be full; what is left of a spanning packet begins the next."""
        size = self._builder.data_bytes
        frame = self._builder.build(self._virtual_channel, self._first_header_pointer, self._data[:size])
        self._data = self._data[size:]
        self._first_header_pointer = NO_PACKET_START
        return frame
