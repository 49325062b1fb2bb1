"""From transfer frames to packets: one deframer a spacecraft, fed by any number of stations."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from groundstation.stretches import Heard, ImageBytes, ImageStretch, stretches
from onboard.comms.frame_checks import frame_checks
from onboard.comms.frames import (
    CHANNEL_COUNT_AT,
    DEFAULT_FRAME_BYTES,
    FRAME_CHECK_BYTES,
    FRAME_HEADER_BYTES,
    NO_PACKET_START,
    ONLY_IDLE_DATA,
    FrameOpener,
    frame_check,
    frame_header,
    parse_sound_frame,
)
from onboard.comms.packets import Packet, ProductKind, is_idle, packet_bytes, parse_packet
from onboard.comms.runs import FrameRun, Part

_BESIDE_COUNTS = [0, 1, 4, 5]
"""Octets of a frame's header that say whose it is, of which channel, and where its first packet begins."""


@dataclass(slots=True)
class _Channel:
    last_frame: bytes = b""
    last_count: int = -1
    partial: bytes = b""


@dataclass(slots=True)
class DeframerCounts:
    """Frames accepted, damaged or foreign, refused by the opener, and repeated; breaks in channel counts; packets
    torn or of another format."""

    frames: int = 0
    bad_frames: int = 0
    refused: int = 0
    duplicates: int = 0
    gaps: int = 0
    discarded_packets: int = 0


class Deframer:
    """Takes one spacecraft's frames in any order; a packet within one frame survives the loss of others."""

    def __init__(
        self, spacecraft_id: int, frame_length: int = DEFAULT_FRAME_BYTES, opener: FrameOpener | None = None
    ) -> None:
        self.counts = DeframerCounts()
        self._spacecraft_id = spacecraft_id
        self._frame_length = frame_length
        self._opener = opener
        self._unseal = opener.open if opener else None
        self._channels = [_Channel() for _ in range(8)]
        image_header = frame_header(spacecraft_id, ProductKind.IMAGE.virtual_channel, 0, 0, 0)
        self._image_header = np.frombuffer(image_header, np.uint8)[_BESIDE_COUNTS]

    def push(self, frame: bytes) -> list[Packet]:
        """Packets completed by a frame. Idle packets are left out; any bytes are safe."""
        if len(frame) != self._frame_length or frame_check(frame):
            self.counts.bad_frames += 1
            return []
        return self._push_sound(frame)

    def receive(self, parts: Iterable[Part]) -> list[Packet | ImageStretch]:
        """What a station forwarded, deframed: a frame that is a single image packet becomes part of a stretch."""
        heard = Heard()
        for part in parts:
            if isinstance(part, FrameRun):
                self._receive_run(part, heard)
            else:
                self._receive_frames(part, heard)
        return heard.close()

    def _receive_frames(self, part: bytes, heard: Heard) -> None:
        size = self._frame_length
        octets = np.frombuffer(part[: len(part) // size * size], np.uint8).reshape(-1, size)
        is_sound = frame_checks(octets) == 0
        octets = octets[is_sound]
        self.counts.bad_frames += -(-len(part) // size) - len(octets)
        is_image = (octets[:, _BESIDE_COUNTS] == self._image_header).all(axis=1)
        edges = [0, *(np.flatnonzero(is_image[1:] != is_image[:-1]) + 1).tolist(), len(octets)]
        for first, last in pairwise(edges):
            frames = octets[first:last].tobytes()
            if frames and is_image[first]:
                self._receive_images(frames, heard)
                continue
            for at in range(0, len(frames), size):
                heard.add(self._push_sound(frames[at : at + size]))

    def _receive_images(self, frames: bytes, heard: Heard) -> None:
        """Sound frames of which each says that a packet of the image channel begins it."""
        channel = self._channels[ProductKind.IMAGE.virtual_channel]
        fields, channel_counts = self._opened(channel, frames)
        if not fields:
            return
        self.counts.frames += len(fields)
        is_gap = np.diff(np.frombuffer(channel_counts, np.uint8)) != 1
        for start, end, place, data in stretches(fields):
            self._follow(channel, channel_counts[start])
            if place:
                self._tear(channel)
                self.counts.gaps += int(is_gap[start : end - 1].sum())
                channel.last_count = channel_counts[end - 1]
                heard.add_image(place, data)
            else:
                heard.add(self._packets(channel, 0, fields[start]))

    def _opened(self, channel: _Channel, frames: bytes) -> tuple[list[bytes], bytes]:
        """Data fields and channel counts of those frames that are new and authentic."""
        fields, channel_counts = [], bytearray()
        for at in range(0, len(frames), self._frame_length):
            frame = frames[at : at + self._frame_length]
            if (field := self._open(channel, frame)) is not None:
                fields.append(field)
                channel_counts.append(frame[CHANNEL_COUNT_AT])
        return fields, bytes(channel_counts)

    def _receive_run(self, run: FrameRun, heard: Heard) -> None:
        is_sealed = run.security_sequence >= 0
        ours = (self._spacecraft_id, self._frame_length, self._opener is not None)
        if (run.spacecraft_id, run.frame_bytes, is_sealed) != ours:
            self.counts.bad_frames += run.n_arrived
            return
        channel = self._channels[ProductKind.IMAGE.virtual_channel]
        at = 0
        for start, end in run.arrived:
            self.counts.frames += end - start
            self._follow(channel, run.virtual_channel_count + start & 0xFF)
            self._tear(channel)
            channel.last_count = run.virtual_channel_count + end - 1 & 0xFF
            if self._opener:
                self._opener.open_run(run.security_sequence + start, end - start)
            size = (end - start) * run.segment_bytes
            offset = run.offset + start * run.segment_bytes
            place = ImageBytes(run.time_code, run.product_id, run.product_length, offset)
            heard.add_image(place, run.data[at : at + size])
            at += size
        channel.last_frame = b""

    def _push_sound(self, frame: bytes) -> list[Packet]:
        parsed = parse_sound_frame(frame)
        if parsed is None or parsed.spacecraft_id != self._spacecraft_id:
            self.counts.bad_frames += 1
            return []
        channel = self._channels[parsed.virtual_channel]
        data = self._open(channel, frame)
        if data is None:
            return []
        self.counts.frames += 1
        self._follow(channel, parsed.virtual_channel_count)
        return self._packets(channel, parsed.first_header_pointer, data)

    def _open(self, channel: _Channel, frame: bytes) -> bytes | None:
        """The data field of a sound frame; None where it repeats the last one or is not authentic."""
        if frame == channel.last_frame:
            self.counts.duplicates += 1
            return None
        data: bytes | None = frame[FRAME_HEADER_BYTES:-FRAME_CHECK_BYTES]
        if self._unseal and data is not None:
            data = self._unseal(frame[:FRAME_HEADER_BYTES], data)
        if data is None:
            self.counts.refused += 1
        else:
            channel.last_frame = frame
        return data

    def _follow(self, channel: _Channel, count: int) -> None:
        if channel.last_count >= 0 and count != channel.last_count + 1 & 0xFF:
            self.counts.gaps += 1
            self._tear(channel)
        channel.last_count = count

    def _tear(self, channel: _Channel) -> None:
        self.counts.discarded_packets += bool(channel.partial)
        channel.partial = b""

    def _packets(self, channel: _Channel, pointer: int, data: bytes) -> list[Packet]:
        if pointer == ONLY_IDLE_DATA:
            return []
        is_start_here = pointer != NO_PACKET_START
        packets = self._resume(channel, data[:pointer], is_start_here) if channel.partial else []
        return packets + self._cut(channel, data[pointer:]) if is_start_here else packets

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
