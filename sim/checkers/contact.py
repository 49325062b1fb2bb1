"""No transfer frame leaves outside a planned contact or beyond its grant, and every byte of it has a purpose."""

from collections.abc import Collection

from groundstation.messages import FramesReceived
from onboard import commands, events
from onboard.comms.runs import sent_bytes
from sim.facts import ContactPlanned, SlotSent

LONGEST_TRAVEL_NS = 200_000_000
"""Light takes 0.14 s to geostationary height and back down to the horizon."""


class WithinContact:
    """Checks transmissions against the pass plan and the grants, and the ledger of each against its frames.

    Field terminals hear what nobody planned for them; what is sent to them keeps to its grant.
    """

    def __init__(self, terminals: Collection[str] = ()) -> None:
        self._terminals = frozenset(terminals)
        self.violations: list[str] = []
        self._contacts: list[ContactPlanned] = []
        self._granted_bytes: dict[str, int] = {}

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record."""
        for event in granted:
            if isinstance(event, events.TransmitGranted):
                self._granted_bytes[node] = event.granted_bytes
            if isinstance(event, events.BroadcastGranted):
                self._granted_bytes[node] = event.granted_bytes
            if isinstance(event, FramesReceived) and node not in self._terminals:
                self._check_reception(now_ns, node, event)
        for answer in answers:
            self._take(now_ns, node, answer)

    def finish(self) -> None:
        """Nothing is left open."""

    def _take(self, now_ns: int, node: str, answer: object) -> None:
        match answer:
            case ContactPlanned():
                self._contacts.append(answer)
            case SlotSent(satellite=satellite, station=station):
                if not self._plans(satellite, station, now_ns, 0):
                    self.violations.append(f"{now_ns} ns: {satellite} sent to {station} outside a contact")
            case commands.BroadcastFrames(frames):
                if len(frames) > self._granted_bytes[node]:
                    self.violations.append(f"{now_ns} ns: {node} broadcast {len(frames)} bytes beyond its grant")
            case commands.Transmit(parts=parts):
                n_bytes = sent_bytes(parts)
                if n_bytes > self._granted_bytes[node]:
                    self.violations.append(f"{now_ns} ns: {node} sent {n_bytes} bytes beyond its grant")
                if n_bytes != _accounted_bytes(answer):
                    self.violations.append(f"{now_ns} ns: {node}'s frames and their account differ")

    def _check_reception(self, now_ns: int, node: str, event: FramesReceived) -> None:
        if not self._plans(event.spacecraft, node, now_ns, LONGEST_TRAVEL_NS):
            self.violations.append(f"{now_ns} ns: {node} received {event.spacecraft} outside a contact")

    def _plans(self, satellite: str, station: str, now_ns: int, travel_ns: int) -> bool:
        return any(
            contact.satellite == satellite
            and contact.station == station
            and contact.aos_ns <= now_ns <= contact.los_ns + travel_ns
            for contact in self._contacts
        )


def _accounted_bytes(sent: commands.Transmit) -> int:
    return sent.payload_bytes + sent.header_bytes + sent.fill_bytes + sent.retransmit_bytes + sent.housekeeping_bytes
