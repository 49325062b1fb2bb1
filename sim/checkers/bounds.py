"""Every store on board stays within what it was built for, and no frame is forgotten."""

from onboard import commands, events
from sim.facts import ProcessRestarted
from sim.scenario import Scenario


class Bounded:
    """Checks outbox and mass memory against the bus file, and that no frame vanishes unsaid.

    A process that dies by itself takes with it whether it had admitted the frames it was granted, and what it said of
    others in its last words: what mass memory holds is told when it has started again.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.violations: list[str] = []
        self._limits = {satellite.name: satellite.bus.limits for satellite in scenario.satellite}
        self._captured_bytes: dict[str, dict[int, int]] = {name: {} for name in self._limits}
        self._stored: dict[str, set[int]] = {name: set() for name in self._limits}
        self._open: dict[str, set[int]] = {name: set() for name in self._limits}

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record."""
        if node not in self._limits:
            return
        arrived = [event.frame for event in granted if isinstance(event, events.FrameCaptured)]
        self._captured_bytes[node] |= {frame.frame_id: frame.captured_bytes for frame in arrived}
        if any(isinstance(answer, ProcessRestarted) for answer in answers):
            return
        for stored in (self._stored[node], self._open[node]):
            stored |= {frame.frame_id for frame in arrived}
        for answer in answers:
            self._take(node, answer)
        stored_bytes = sum(self._captured_bytes[node][frame_id] for frame_id in self._stored[node])
        if stored_bytes > self._limits[node].mass_memory_bytes:
            self.violations.append(f"{now_ns} ns: {node} stores {stored_bytes} bytes of frames, more than it has")

    def finish(self) -> None:
        """What is still open must be waiting or in work on board; what was set aside was said, and may give way."""
        for node, frames in self._open.items():
            if forgotten := sorted(frames - self._stored[node]):
                self.violations.append(f"{node} forgot frames {forgotten}")

    def _take(self, node: str, answer: object) -> None:
        match answer:
            case commands.Booted(frames=frames):
                self._stored[node] = set(frames)
                self._open[node] &= set(frames)
            case commands.ReleaseFrame(frame_id):
                self._stored[node].remove(frame_id)
            case (
                commands.FrameProcessed(frame_id=frame_id)
                | commands.FrameRefused(frame_id=frame_id)
                | commands.FrameSetAside(frame_id=frame_id)
            ):
                self._open[node].discard(frame_id)
            case commands.OutboxSampled(pending_bytes=pending_bytes):
                if pending_bytes > self._limits[node].outbox_bytes:
                    self.violations.append(f"{node}'s outbox holds {pending_bytes} bytes, more than it has")
