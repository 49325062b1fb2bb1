"""CCSDS TM transfer frames (132.0-B) of fixed length; of the optional fields only the error control field.

On a secured link (SDLS, 355.0-B) the data field is sealed: a security header before it and a MAC behind it take
their bytes from it.
"""

from binascii import crc_hqx
from struct import Struct
from typing import NamedTuple, Protocol

DEFAULT_FRAME_BYTES = 1115
"""One Reed-Solomon (255, 223) code block of interleaving depth 5 (131.0-B)."""
MIN_FRAME_BYTES = 128
"""Ours: a housekeeping packet must fit."""
MAX_FRAME_BYTES = 2048
"""The first header pointer has 11 bits, two values of which are taken."""
NO_PACKET_START = 0x7FF
ONLY_IDLE_DATA = 0x7FE
IDLE_CHANNEL = 7

FRAME_CHECK_BYTES = 2
CHANNEL_COUNT_AT = 3
"""The octet of a frame that holds its virtual channel's count."""

_HEADER = Struct(">HBBH")
FRAME_HEADER_BYTES = _HEADER.size
_N_CHANNELS = 8
_PACKETS_IN_ORDER = 0x1800
"""Data field status of packets: no secondary header, synchronization flag 0, segment length identifier 11."""
FRAME_OVERHEAD_BYTES = FRAME_HEADER_BYTES + FRAME_CHECK_BYTES


class FrameSealer(Protocol):
    """Authenticated encryption of data fields (`onboard.comms.security.Sealer`)."""

    overhead_bytes: int

    def seal(self, associated: bytes, data: bytes, /) -> bytes:
        """The sealed data field under the next sequence number; `associated` is the frame's primary header."""

    def skip(self, count: int, /) -> int:
        """Reserve the sequence numbers of a run of frames; returns the first."""

    def seal_at(self, sequence: int, associated: bytes, data: bytes, /) -> bytes:
        """The sealed data field of a frame of a run."""


class FrameOpener(Protocol):
    """The other end's (`onboard.comms.security.Opener`)."""

    def open(self, associated: bytes, sealed: bytes, /) -> bytes | None:
        """The data field; None where it is not authentic or was opened before."""

    def open_run(self, first: int, count: int, /) -> None:
        """Take the sequence numbers of a run of frames as opened."""


def frame_check(data: bytes) -> int:
    """CRC-16 of 132.0-B: polynomial 0x1021, all ones at the start. It is 0 over data and its own check."""
    return crc_hqx(data, 0xFFFF)


def with_check(frame: bytes) -> bytes:
    """A frame without its error control field, and that field."""
    return frame + crc_hqx(frame, 0xFFFF).to_bytes(FRAME_CHECK_BYTES, "big")


class TmFrame(NamedTuple):
    """A frame that passed its check. On a secured link `data` is still sealed."""

    spacecraft_id: int
    virtual_channel: int
    master_channel_count: int
    virtual_channel_count: int
    first_header_pointer: int
    data: bytes


def parse_sound_frame(frame: bytes) -> TmFrame | None:
    """A frame whose length and check are right, taken apart; None where version, status or pointer are not."""
    identification, master_count, channel_count, status = _HEADER.unpack_from(frame)
    if identification & 0xC001 or status & 0xF800 != _PACKETS_IN_ORDER:
        return None
    pointer = status & 0x7FF
    if len(frame) - FRAME_OVERHEAD_BYTES <= pointer < ONLY_IDLE_DATA:
        return None
    data = frame[FRAME_HEADER_BYTES:-FRAME_CHECK_BYTES]
    return TmFrame(identification >> 4, identification >> 1 & 7, master_count, channel_count, pointer, data)


def frame_header(
    spacecraft_id: int, virtual_channel: int, master_count: int, channel_count: int, first_header_pointer: int
) -> bytes:
    """A primary header; counts are taken modulo 256."""
    return _HEADER.pack(
        spacecraft_id << 4 | virtual_channel << 1,
        master_count & 0xFF,
        channel_count & 0xFF,
        _PACKETS_IN_ORDER | first_header_pointer,
    )


class FrameBuilder:
    """A spacecraft's master channel: numbers and seals the frames of all its virtual channels."""

    def __init__(
        self, spacecraft_id: int, frame_bytes: int = DEFAULT_FRAME_BYTES, sealer: FrameSealer | None = None
    ) -> None:
        assert 0 <= spacecraft_id < 1024
        assert MIN_FRAME_BYTES <= frame_bytes <= MAX_FRAME_BYTES
        self.spacecraft_id = spacecraft_id
        self.frame_bytes = frame_bytes
        self.sealer = sealer
        self.overhead_bytes = FRAME_OVERHEAD_BYTES + (sealer.overhead_bytes if sealer else 0)
        self.data_bytes = frame_bytes - self.overhead_bytes
        self._master_count = 0
        self._channel_counts = [0] * _N_CHANNELS

    def build(self, virtual_channel: int, first_header_pointer: int, data: bytes) -> bytes:
        """The next frame of a virtual channel; `data` fills the data field exactly."""
        assert len(data) == self.data_bytes
        master_count, channel_count = self.skip(virtual_channel, 1)
        head = frame_header(self.spacecraft_id, virtual_channel, master_count, channel_count, first_header_pointer)
        return with_check(head + (self.sealer.seal(head, data) if self.sealer else data))

    def skip(self, virtual_channel: int, count: int) -> tuple[int, int]:
        """Reserve the numbers of a run of frames; returns the first master and virtual channel count."""
        counts = self._master_count, self._channel_counts[virtual_channel]
        self._master_count = counts[0] + count & 0xFF
        self._channel_counts[virtual_channel] = counts[1] + count & 0xFF
        return counts

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
