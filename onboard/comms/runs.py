"""Runs of image frames: a pass of millions of transfer frames as a few numbers and the bytes they carry.

A run is consecutive frames of the image channel, each filled by one segment of one product, each segment going on
where the last one ended. Its numbers make every frame of it again, bit for bit; nobody needs to.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from onboard.comms.frame_checks import frame_checks
from onboard.comms.frames import FrameSealer, frame_header
from onboard.comms.packets import (
    COUNT_MASK,
    MIN_PACKET_BYTES,
    SECONDARY_HEADER,
    SEGMENT_OVERHEAD_BYTES,
    UNSEGMENTED,
    ProductKind,
)
from onboard.comms.reports import Range

IMAGE_PACKET_HEADER = np.dtype(
    [
        ("identification", ">u2"),
        ("sequence", ">u2"),
        ("length", ">u2"),
        ("time_code", "V7"),
        ("product_id", ">u4"),
        ("product_length", ">u4"),
        ("offset", ">u4"),
    ]
)
"""What `PacketBuilder.segment` writes before the bytes of a segment."""
assert IMAGE_PACKET_HEADER.itemsize == SEGMENT_OVERHEAD_BYTES
IMAGE_IDENTIFICATION = SECONDARY_HEADER | ProductKind.IMAGE.apid
"""Version 1, telemetry, with a secondary header (133.0-B)."""
_FRAME_HEADER = np.dtype([("identification", "V2"), ("master", "u1"), ("channel", "u1"), ("status", "V2")])


@dataclass(frozen=True, slots=True)
class FrameRun:
    """`frames` transfer frames in a row. Counts are of the first one; `security_sequence` is -1 on a clear link.

    `lost` are those that did not arrive, as ascending ranges counted from the first frame; `data` is
    `segment_bytes` for each of the others, end to end.
    """

    spacecraft_id: int
    frame_bytes: int
    frames: int
    master_channel_count: int
    virtual_channel_count: int
    sequence_count: int
    security_sequence: int
    time_code: bytes
    product_id: int
    product_length: int
    offset: int
    segment_bytes: int
    data: bytes
    lost: tuple[Range, ...] = ()

    @property
    def sent_bytes(self) -> int:
        """Bytes on the air, those of lost frames included."""
        return self.frames * self.frame_bytes

    @property
    def n_arrived(self) -> int:
        """How many frames arrived."""
        return self.frames - sum(end - start for start, end in self.lost)

    @property
    def arrived(self) -> Iterator[Range]:
        """The frames that arrived, as ascending ranges counted from the first frame."""
        start = 0
        for lost_from, lost_to in self.lost:
            if start < lost_from:
                yield start, lost_from
            start = lost_to
        if start < self.frames:
            yield start, self.frames

    def without(self, lost: tuple[Range, ...]) -> "FrameRun":
        """What arrives of a whole run."""
        assert not self.lost
        size = self.segment_bytes
        kept = replace(self, lost=lost)
        return replace(kept, data=b"".join(self.data[start * size : end * size] for start, end in kept.arrived))

    def make_frames(self, sealer: FrameSealer | None = None) -> bytes:
        """The frames of a whole run, end to end."""
        assert not self.lost
        heads, fields = self._frame_headers(), self._fields()
        if sealer:
            fields = self._sealed(sealer, heads, fields)
        bodies = np.concatenate((_octets(heads), fields), axis=1)
        checks = frame_checks(bodies).astype(">u2")
        return np.concatenate((bodies, _octets(checks)), axis=1).tobytes()

    def _frame_headers(self) -> NDArray[np.void]:
        numbers = np.arange(self.frames)
        head = frame_header(self.spacecraft_id, ProductKind.IMAGE.virtual_channel, 0, 0, 0)
        heads = np.full(self.frames, np.frombuffer(head, _FRAME_HEADER)[0])
        heads["master"] = self.master_channel_count + numbers & 0xFF
        heads["channel"] = self.virtual_channel_count + numbers & 0xFF
        return heads

    def _fields(self) -> NDArray[np.uint8]:
        numbers = np.arange(self.frames)
        packets = np.empty(self.frames, IMAGE_PACKET_HEADER)
        packets["identification"] = IMAGE_IDENTIFICATION
        packets["sequence"] = UNSEGMENTED | self.sequence_count + numbers & COUNT_MASK
        packets["length"] = SEGMENT_OVERHEAD_BYTES + self.segment_bytes - MIN_PACKET_BYTES
        packets["time_code"] = np.void(self.time_code)
        packets["product_id"] = self.product_id
        packets["product_length"] = self.product_length
        packets["offset"] = self.offset + numbers * self.segment_bytes
        segments = np.frombuffer(self.data, np.uint8).reshape(self.frames, self.segment_bytes)
        return np.concatenate((_octets(packets), segments), axis=1)

    def _sealed(self, sealer: FrameSealer, heads: NDArray[np.void], fields: NDArray[np.uint8]) -> NDArray[np.uint8]:
        head, field = heads.itemsize, fields.shape[1]
        associated, plain = heads.tobytes(), fields.tobytes()
        sealed = b"".join(
            sealer.seal_at(
                self.security_sequence + number,
                associated[number * head : (number + 1) * head],
                plain[number * field : (number + 1) * field],
            )
            for number in range(self.frames)
        )
        return np.frombuffer(sealed, np.uint8).reshape(self.frames, -1)


Part = bytes | FrameRun
"""A piece of a transmission: whole frames end to end, or a run of them."""


def frames_in(part: Part, frame_bytes: int) -> int:
    """How many frames of a part are there: those of a run that were lost are not."""
    return part.n_arrived if isinstance(part, FrameRun) else len(part) // frame_bytes


def sent_bytes(parts: tuple[Part, ...]) -> int:
    """Bytes on the air of a transmission."""
    return sum(part.sent_bytes if isinstance(part, FrameRun) else len(part) for part in parts)


def _octets(records: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Records, (n,), as their octets, (n, octets of one)."""
    return records.view(np.uint8).reshape(len(records), -1)
