"""No frame is lost or made up on the ground: what is received is forwarded, and the centre says what came of it."""

from collections import Counter
from collections.abc import Iterable

from groundstation.messages import ForwardFrames, FramesForwarded, FramesReceived, FramesTaken, HostKilled
from onboard import commands
from onboard.comms.runs import Part, frames_in
from sim.facts import ProcessRestarted, SlotSent
from sim.scenario import Scenario


class FramesCarried:
    """Counts transfer frames from the transmitter to the mission centre.

    Of a slot: sent = lost + delivered. A station forwards what it receives, at once. The mission centre takes each
    frame as accepted, damaged, repeated or refused by its security.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.violations: list[str] = []
        self._frame_bytes = {one.name: one.radio.frame_length_bytes for one in scenario.satellite}
        self._stations = {station.name for station in scenario.station if station.kind == "station"}
        self._sent: Counter[str] = Counter()
        self._deaf_until_ns: dict[str, int] = {}

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record. Who died says nothing of what it was granted."""
        if any(isinstance(answer, ProcessRestarted) for answer in answers) or self._is_deaf(now_ns, node, granted):
            return
        if node in self._stations:
            received = self._frames(event for event in granted if isinstance(event, FramesReceived))
            forwarded = self._frames(answer for answer in answers if isinstance(answer, ForwardFrames))
            self._compare(now_ns, node, "received", received, "forwarded", forwarded)
            return
        for answer in answers:
            match answer:
                case commands.Transmit(parts=parts):
                    self._sent[node] += self._count(node, parts)
                case SlotSent(satellite=satellite, lost_frames=lost, delivered_frames=delivered):
                    sent = self._sent.pop(satellite, 0)
                    if sent != lost + delivered:
                        self.violations.append(
                            f"{now_ns} ns: {satellite} sent {sent} frames, and {lost} lost and {delivered} delivered"
                        )
        arrived = self._frames(event for event in granted if isinstance(event, FramesForwarded))
        if arrived:
            self._compare(now_ns, node, "was forwarded", arrived, "told of", _taken(answers))

    def finish(self) -> None:
        """What is still on its way arrives after the run."""

    def _is_deaf(self, now_ns: int, node: str, granted: tuple[object, ...]) -> bool:
        """Whether a computer on the ground died now, or boots: what comes passes by."""
        kills = [event for event in granted if isinstance(event, HostKilled)]
        ends_ns = [self._deaf_until_ns.get(node, 0), *(now_ns + kill.boot_ns for kill in kills)]
        self._deaf_until_ns[node] = max(ends_ns)
        return bool(kills) or now_ns < self._deaf_until_ns[node]

    def _frames(self, messages: Iterable[FramesReceived | ForwardFrames | FramesForwarded]) -> Counter[str]:
        """Frames by spacecraft."""
        counts: Counter[str] = Counter()
        for message in messages:
            counts[message.spacecraft] += self._count(message.spacecraft, message.parts)
        return counts

    def _count(self, spacecraft: str, parts: tuple[Part, ...]) -> int:
        return sum(frames_in(part, self._frame_bytes[spacecraft]) for part in parts)

    def _compare(self, now_ns: int, node: str, one: str, ones: Counter[str], other: str, others: Counter[str]) -> None:
        if ones != others:
            self.violations.append(f"{now_ns} ns: {node} {one} {dict(ones)} frames and {other} {dict(others)}")


def _taken(answers: tuple[object, ...]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for answer in answers:
        if isinstance(answer, FramesTaken):
            came = answer.counts
            counts[answer.spacecraft] += (
                came.frames_accepted
                + came.frames_damaged
                + came.frames_repeated
                + came.frames_unknown_key
                + came.frames_retired_key
                + came.frames_replayed
                + came.frames_forged
            )
    return counts
