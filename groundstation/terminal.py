"""A field terminal: a responder's small receiver of what satellites broadcast. It has no uplink."""

from collections.abc import Iterator

from groundstation.alerts import read_list
from groundstation.deframer import Deframer
from groundstation.messages import AlertReceived, BroadcastLink, FramesReceived, TerminalConfig
from groundstation.reassembly import Reassembly
from onboard.comms.frames import FRAME_HEADER_BYTES
from onboard.comms.packets import BROADCAST_CHANNEL, ProductKind, Segment, parse_segment
from onboard.comms.security import Direction, Opener
from onboard.mission_time import NEVER_NS

CAPACITY_BYTES = 2**19
"""Memory of a spacecraft's alerts in reception: all that it repeats, 32 KiB, may be there in pieces of 57 bytes."""
MAX_TOLD = 4096
"""Alerts remembered of a spacecraft, which repeats some hundred of them for some hours."""
REPLAY_WINDOW = 4096
"""Frames that may be out of order: one antenna hears them as they come."""


class Terminal:
    """Tells of each alert once, as long as it remembers it. Memory is bounded whatever it hears."""

    def __init__(self, config: TerminalConfig) -> None:
        self.name = config.name
        self.deadline_ns = NEVER_NS
        self._receivers = {link.name: _Receiver(link) for link in config.spacecraft}

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        """Take frames in, and answer with the alerts that are new."""
        out: list[object] = []
        for event in inbox:
            assert isinstance(event, FramesReceived), f"unknown event {event!r}"
            receiver = self._receivers.get(event.spacecraft)
            if receiver is not None:
                out += (
                    alert for part in event.parts if isinstance(part, bytes) for alert in receiver.hear(now_ns, part)
                )
        return tuple(out)

    def crash(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing to let go of."""


class _Receiver:
    """One spacecraft's alerts."""

    def __init__(self, link: BroadcastLink) -> None:
        self._link = link
        self._deframer = Deframer(link.spacecraft_id, link.frame_length_bytes, _opener(link))
        self._reassembly = Reassembly(CAPACITY_BYTES)
        self._told: dict[int, None] = {}

    def hear(self, now_ns: int, frames: bytes) -> Iterator[AlertReceived]:
        for segment in self._segments(frames):
            if segment.product_id in self._told:
                continue
            product = self._reassembly.push(segment)
            if product is None:
                continue
            self._remember(product.product_id)
            found = read_list(product.payload, now_ns)
            if found is not None:
                yield AlertReceived(self._link.name, product.product_id, found.frame_id, product.payload)

    def _segments(self, frames: bytes) -> Iterator[Segment]:
        size = self._link.frame_length_bytes
        for at in range(0, len(frames), size):
            frame = frames[at : at + size]
            if len(frame) < FRAME_HEADER_BYTES or frame[1] >> 1 & 7 != BROADCAST_CHANNEL:
                continue
            for packet in self._deframer.push(frame):
                segment = parse_segment(packet)
                if segment is not None and segment.kind is ProductKind.ALERT:
                    yield segment

    def _remember(self, product_id: int) -> None:
        self._reassembly.archived(product_id)
        self._told[product_id] = None
        if len(self._told) > MAX_TOLD:
            # Reassembly remembers all that it was told of; what it has in pieces will be repeated.
            self._told = dict.fromkeys(list(self._told)[MAX_TOLD // 2 :])
            self._reassembly = Reassembly(CAPACITY_BYTES)


def _opener(link: BroadcastLink) -> Opener | None:
    """Opens frames under any key held: nobody tells a terminal of a rotation."""
    if not link.keys:
        return None
    keys = dict(link.keys)
    opener = Opener(keys, link.spacecraft_id, Direction.DOWN, window=REPLAY_WINDOW)
    for key_id in keys:
        opener.expect(key_id)
    return opener
