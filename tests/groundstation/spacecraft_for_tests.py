"""The radio of a spacecraft, without a spacecraft: products down, telecommands up, and what it says of both."""

from dataclasses import replace

from groundstation.messages import FramesForwarded, SendTelecommands
from onboard.comms import event_reports, housekeeping
from onboard.comms.command_receiver import CommandReceiver
from onboard.comms.downlink import Downlink
from onboard.comms.outbox import Outbox, Product
from onboard.comms.packets import ProductKind
from onboard.comms.security import Direction, Opener, OpenerState, Sealer
from onboard.comms.tc_frames import parse_tc_frame
from onboard.comms.telecommand_catalogue import decode
from onboard.comms.telecommand_packets import CommandPacket, parse_packets
from onboard.comms.telecommands import Telecommand
from onboard.payload.detections import Detection
from onboard.payload.products import DetectionList, encode
from onboard.storage import MemoryStore
from tests.onboard.comms.sequence_numbers import Numbers

SAT, SPACECRAFT_ID, FRAME_BYTES = "ember-1", 1, 512
FOOTPRINT = (10.0, 20.0, 10.0, 20.1, 9.9, 20.1, 9.9, 20.0)
GRANT_BYTES = 10 * FRAME_BYTES


def a_list(frame_id: int, exposed_ns: int = 0, confidence: float = 1.0, prefix: bytes = b"\x01\x02\x03\x04") -> bytes:
    """The list of one detection, always at the same place."""
    box = Detection(1, 2, 3, 4, 0, confidence, 2)
    return encode(DetectionList(prefix, "wildfire", frame_id, exposed_ns, 64, 64, FOOTPRINT, 100.0, (box,)))


class Spacecraft:
    """With an alert for each frame. What `uplinked` says arrived is accepted at once, and executed by nobody."""

    def __init__(self, *frame_ids: int, keys: dict[int, bytes] | None = None) -> None:
        keys = keys or {}
        sealer = Sealer(keys, SPACECRAFT_ID, Direction.DOWN, Numbers()) if keys else None
        self.sealer = sealer
        self.opener = Opener(keys, SPACECRAFT_ID, Direction.UP, OpenerState()) if keys else None
        self.downlink = Downlink(SPACECRAFT_ID, Outbox(100_000), FRAME_BYTES, sealer=sealer)
        self.receiver = CommandReceiver(MemoryStore())
        self.commands: dict[int, Telecommand | None] = {}
        self.acknowledged: tuple[int, ...] = ()
        self.said = housekeeping.Housekeeping(0, 0.9, 290.0, 0, True, 0, 0, 0, 0, 0)
        self._last_id = 1000
        for frame_id in frame_ids:
            self.put(frame_id, ProductKind.ALERT, a_list(frame_id))

    def put(self, product_id: int, kind: ProductKind, payload: bytes) -> None:
        """Make a product."""
        self.downlink.store(Product(product_id, kind, product_id, payload, 1.0, 0))

    def report(self, *reports: event_reports.EventReport) -> None:
        """Make a product of reports."""
        self._last_id += 1
        self.put(self._last_id, ProductKind.REPORT, event_reports.encode(reports))

    def send(self, now_ns: int, station: str = "Troll", **said: int) -> FramesForwarded:
        """What a station forwards of a grant; the beacon may say something else than what is."""
        sample = replace(
            self.said,
            met_ns=now_ns,
            outbox_products=self.downlink.pending_products,
            outbox_bytes=self.downlink.pending_bytes,
            commands_accepted=self.receiver.accepted,
            commands_window=self.receiver.window,
        )
        beacon = housekeeping.encode(replace(sample, **said))  # type: ignore[arg-type]
        return FramesForwarded(station, SAT, self.downlink.transmit(now_ns, GRANT_BYTES, beacon).parts)

    def uplinked(self, now_ns: int, answers: tuple[object, ...]) -> dict[int, Telecommand]:
        """Take what goes up; the telecommands among it that are new."""
        taken: dict[int, Telecommand] = {}
        frames = (frame for one in answers if isinstance(one, SendTelecommands) for frame in one.frames)
        for frame in frames:
            for packet in parse_packets(parse_tc_frame(frame, SPACECRAFT_ID, self.opener) or b""):
                if isinstance(packet, CommandPacket):
                    self.receiver.receive(packet.sequence, packet.data)
                    command = decode(packet.data)
                    if packet.sequence not in self.commands and command is not None:
                        taken[packet.sequence] = self.commands[packet.sequence] = command
                else:
                    self.acknowledged += self.downlink.apply_report(now_ns, packet.data)
        self.receiver.execute(lambda *_: None)
        return taken
