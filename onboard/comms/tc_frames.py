"""CCSDS TC transfer frames (232.0-B) of type BD: data that bypasses the sequence control of COP-1.

Telecommands have sequence numbers and reports of their own, which hold over passes and stations. The frame's own
sequence number is therefore zero, as 232.0-B has it for frames of type B.
"""

from struct import Struct

from onboard.comms.frames import frame_check, with_check
from onboard.comms.security import Opener, Sealer

MAX_TC_FRAME_BYTES = 1024
TC_CHANNEL = 0

_HEADER = Struct(">HHB")
_FECF_BYTES = 2
TC_FRAME_OVERHEAD_BYTES = _HEADER.size + _FECF_BYTES
_BYPASS = 0x2000
"""Version 00, bypass flag 1, control command flag 0, spare 00, and ten bits of spacecraft id."""


def most_tc_data_bytes(sealer: Sealer | None) -> int:
    """The longest data that one frame carries."""
    return MAX_TC_FRAME_BYTES - TC_FRAME_OVERHEAD_BYTES - (sealer.overhead_bytes if sealer else 0)


def build_tc_frame(spacecraft_id: int, data: bytes, sealer: Sealer | None = None) -> bytes:
    """A frame of 1 to `most_tc_data_bytes` bytes of data."""
    assert 0 <= spacecraft_id < 1024
    assert 0 < len(data) <= most_tc_data_bytes(sealer)
    size = len(data) + MAX_TC_FRAME_BYTES - most_tc_data_bytes(sealer)
    head = _HEADER.pack(_BYPASS | spacecraft_id, TC_CHANNEL << 10 | size - 1, 0)
    return with_check(head + (sealer.seal(head, data) if sealer else data))


def parse_tc_frame(frame: bytes, spacecraft_id: int, opener: Opener | None = None) -> bytes | None:
    """The data of a frame for this spacecraft; None where it is damaged, of another kind, forged or replayed."""
    size = len(frame)
    if not TC_FRAME_OVERHEAD_BYTES < size <= MAX_TC_FRAME_BYTES or frame_check(frame):
        return None
    head = frame[: _HEADER.size]
    if head != _HEADER.pack(_BYPASS | spacecraft_id, TC_CHANNEL << 10 | size - 1, 0):
        return None
    data = frame[_HEADER.size : -_FECF_BYTES]
    unseal = opener.open if opener else None
    return unseal(head, data) if unseal else data
