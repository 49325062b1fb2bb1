"""Every store on board stays within what it was built for, and no frame is forgotten."""

from onboard import commands, events
from sim.scenario import Scenario


class Bounded:
    """Checks outbox and mass memory against the bus file, and that no frame vanishes unsaid."""

    def __init__(self, scenario: Scenario) -> None:
        self.violations: list[str] = []
        self._limits = {satellite.name: satellite.bus.limits for satellite in scenario.satellite}
        self._stored: dict[str, dict[int, int]] = {satellite.name: {} for satellite in scenario.satellite}
        self._open: dict[str, set[int]] = {satellite.name: set() for satellite in scenario.satellite}

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record."""
        if node not in self._limits:
            return
        for event in granted:
            if isinstance(event, events.FrameCaptured):
                self._stored[node][event.frame.frame_id] = event.frame.captured_bytes
                self._open[node].add(event.frame.frame_id)
        for answer in answers:
            self._take(node, answer)
        stored_bytes = sum(self._stored[node].values())
        if stored_bytes > self._limits[node].mass_memory_bytes:
            self.violations.append(f"{now_ns} ns: {node} stores {stored_bytes} bytes of frames, more than it has")

    def finish(self) -> None:
        """What is still open must be waiting, in work or set aside on board."""
        for node, frames in self._open.items():
            if not frames <= self._stored[node].keys():
                self.violations.append(f"{node} forgot frames {sorted(frames - self._stored[node].keys())}")

    def _take(self, node: str, answer: object) -> None:
        match answer:
            case commands.ReleaseFrame(frame_id):
                del self._stored[node][frame_id]
            case commands.FrameProcessed(frame_id=frame_id) | commands.FrameRefused(frame_id=frame_id):
                self._open[node].discard(frame_id)
            case commands.OutboxSampled(pending_bytes=pending_bytes):
                if pending_bytes > self._limits[node].outbox_bytes:
                    self.violations.append(f"{node}'s outbox holds {pending_bytes} bytes, more than it has")
