"""A ground station: forwards what its antenna receives, radiates what the mission centre wants sent."""

from groundstation.messages import (
    ForwardFrames,
    FramesReceived,
    Radiate,
    StationConfig,
    TelecommandsQueued,
    UplinkGranted,
)
from onboard.mission_time import NEVER_NS


class Station:
    """One antenna. Per spacecraft it holds the frames of the newest order, which says better what is to be sent."""

    def __init__(self, config: StationConfig) -> None:
        self.name = config.name
        self.deadline_ns = NEVER_NS
        self._waiting: dict[str, TelecommandsQueued] = {}

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        """Forward frames, queue telecommands, radiate on grant."""
        out: list[object] = []
        for event in inbox:
            match event:
                case FramesReceived(spacecraft, parts):
                    out.append(ForwardFrames(spacecraft, parts))
                case TelecommandsQueued():
                    self._waiting[event.spacecraft] = event
                case UplinkGranted(spacecraft, granted_bytes):
                    if frames := self._taken(now_ns, spacecraft, granted_bytes):
                        out.append(Radiate(spacecraft, frames))
                case _:
                    raise AssertionError(f"unknown event {event!r}")
        return tuple(out)

    def crash(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing to let go of."""

    def _taken(self, now_ns: int, spacecraft: str, granted_bytes: int) -> tuple[bytes, ...]:
        """The first of the waiting frames that the grant holds; the others go on waiting until they are too old."""
        queued = self._waiting.pop(spacecraft, None)
        if queued is None or now_ns > queued.until_ns:
            return ()
        frames, count = queued.frames, 0
        while count < len(frames) and len(frames[count]) <= granted_bytes:
            granted_bytes -= len(frames[count])
            count += 1
        if frames[count:]:
            self._waiting[spacecraft] = TelecommandsQueued(spacecraft, frames[count:], queued.until_ns)
        return frames[:count]
