"""A ground station: forwards what its antenna receives, radiates what the mission centre wants sent."""

from groundstation.messages import (
    ForwardFrames,
    FramesReceived,
    Radiate,
    StationConfig,
    TelecommandQueued,
    UplinkGranted,
)
from onboard.mission_time import NEVER_NS


class Station:
    """One antenna. Per spacecraft it holds one telecommand at most: a newer one carries all an older one said."""

    def __init__(self, config: StationConfig) -> None:
        self.name = config.name
        self.deadline_ns = NEVER_NS
        self._waiting: dict[str, bytes] = {}

    def advance(self, _now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        """Forward frames, queue telecommands, radiate on grant."""
        out: list[object] = []
        for event in inbox:
            match event:
                case FramesReceived(spacecraft, frames):
                    out.append(ForwardFrames(spacecraft, frames))
                case TelecommandQueued(spacecraft, data):
                    self._waiting[spacecraft] = data
                case UplinkGranted(spacecraft, granted_bytes):
                    if len(self._waiting.get(spacecraft, b"")) <= granted_bytes:
                        out.extend(Radiate(spacecraft, data) for data in self._taken(spacecraft))
                case _:
                    raise AssertionError(f"unknown event {event!r}")
        return tuple(out)

    def close(self) -> None:
        """Nothing to let go of."""

    def _taken(self, spacecraft: str) -> tuple[bytes, ...]:
        data = self._waiting.pop(spacecraft, None)
        return () if data is None else (data,)
