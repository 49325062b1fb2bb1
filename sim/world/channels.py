"""What of a transmission went over which virtual channel."""

import numpy as np

from onboard.comms.packets import ProductKind
from onboard.comms.runs import FrameRun, Part

N_CHANNELS = 8
_CHANNEL_OCTET = 1
"""Of a TM primary header (132.0-B): the virtual channel is its bits 1 to 3."""


def channel_bytes(parts: tuple[Part, ...], frame_bytes: int) -> tuple[int, ...]:
    """Bytes on the air, whole frames, by virtual channel, (8,)."""
    counts = np.zeros(N_CHANNELS, dtype=np.int64)
    for part in parts:
        if isinstance(part, FrameRun):
            counts[ProductKind.IMAGE.virtual_channel] += part.frames
        else:
            octets = np.frombuffer(part, np.uint8).reshape(-1, frame_bytes)[:, _CHANNEL_OCTET]
            counts += np.bincount(octets >> 1 & N_CHANNELS - 1, minlength=N_CHANNELS)
    return tuple((counts * frame_bytes).tolist())
