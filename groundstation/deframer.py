"""From transfer frames to packets: one deframer a spacecraft, fed by any number of stations."""

from dataclasses import dataclass

from onboard.comms.frames import (
    DEFAULT_FRAME_BYTES,
    NO_PACKET_START,
    ONLY_IDLE_DATA,
    TmFrame,
    parse_frame,
)
from onboard.comms.packets import Packet, is_idle, packet_bytes, parse_packet


@dataclass(slots=True)
class _Channel:
    last_frame: bytes = b""
    last_count: int = -1
    partial: bytes = b""


@dataclass(slots=True)
class DeframerCounts:
    """Frames accepted, refused and repeated; breaks in channel counts; packets torn or of another format."""

    frames: int = 0
    bad_frames: int = 0
    duplicates: int = 0
    gaps: int = 0
    discarded_packets: int = 0


class Deframer:
    """Takes one spacecraft's frames in any order; a packet within one frame survives the loss of others."""

    def __init__(self, spacecraft_id: int, frame_length: int = DEFAULT_FRAME_BYTES) -> None:
        self.counts = DeframerCounts()
        self._spacecraft_id = spacecraft_id
        self._frame_length = frame_length
        self._channels = [_Channel() for _ in range(8)]

    def push(self, frame: bytes) -> list[Packet]:
        """Packets completed by a frame. Idle packets are left out; any bytes are safe."""
        parsed = parse_frame(frame, self._frame_length)
        if parsed is None or parsed.spacecraft_id != self._spacecraft_id:
            self.counts.bad_frames += 1
            return []
        channel = self._channels[parsed.virtual_channel]
        if frame == channel.last_frame:
            self.counts.duplicates += 1
            return []
        self.counts.frames += 1
        self._follow(channel, parsed.virtual_channel_count)
        channel.last_frame = frame
        return self._packets(channel, parsed)

    def _follow(self, channel: _Channel, count: int) -> None:
        if channel.last_count >= 0 and count != channel.last_count + 1 & 0xFF:
            self.counts.gaps += 1
            self._tear(channel)
        channel.last_count = count

    def _tear(self, channel: _Channel) -> None:
        self.counts.discarded_packets += bool(channel.partial)
        channel.partial = b""

    def _packets(self, channel: _Channel, frame: TmFrame) -> list[Packet]:
        pointer = frame.first_header_pointer
        if pointer == ONLY_IDLE_DATA:
            return []
        is_start_here = pointer != NO_PACKET_START
        packets = self._resume(channel, frame.data[:pointer], is_start_here) if channel.partial else []
        return packets + self._cut(channel, frame.data[pointer:]) if is_start_here else packets

    def _resume(self, channel: _Channel, data: bytes, is_end: bool) -> list[Packet]:
        # Channel counts have 8 bits: where 256 frames were lost, the place of the packet's end betrays it.
        stream = channel.partial + data
        size = packet_bytes(stream, 0)
        is_sound = size == len(stream) if is_end else size is None or size >= len(stream)
        if is_sound:
            return self._cut(channel, stream)
        self._tear(channel)
        return []

    def _cut(self, channel: _Channel, stream: bytes) -> list[Packet]:
        """Whole packets at the head of a stream; the rest waits for the channel's next frame."""
        packets = []
        at = 0
        while (size := packet_bytes(stream, at)) is not None and at + size <= len(stream):
            packet = stream[at : at + size]
            at += size
            if parsed := parse_packet(packet):
                packets.append(parsed)
            elif not is_idle(packet):
                self.counts.discarded_packets += 1
        channel.partial = stream[at:]
        return packets
