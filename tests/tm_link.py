"""What tests see of the downlink that the spacecraft and the ground have no use for."""

from onboard.comms.downlink import Downlink
from onboard.comms.frames import DEFAULT_FRAME_BYTES, TmFrame, frame_check, parse_sound_frame
from onboard.comms.packets import ProductKind


def parse_frame(frame: bytes, frame_bytes: int = DEFAULT_FRAME_BYTES) -> TmFrame | None:
    """A frame taken apart; None where length, check, version, status or pointer are not as built here."""
    return None if len(frame) != frame_bytes or frame_check(frame) else parse_sound_frame(frame)


def queued_bytes(downlink: Downlink, kind: ProductKind) -> int:
    """Stream bytes that are to be sent: not in flight, not received."""
    transfers = downlink._transfers.values()
    return sum(transfer.to_send.size for transfer in transfers if transfer.product.kind is kind)
