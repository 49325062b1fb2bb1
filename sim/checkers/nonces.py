"""No nonce is ever used twice: the sequence numbers that seal frames only go up, in each direction of each link."""

import numpy as np
from numpy.typing import NDArray

from groundstation.messages import SendTelecommands
from onboard import commands
from onboard.comms.runs import FrameRun
from onboard.comms.security import SECURITY_HEADER_BYTES
from sim.scenario import Scenario

TM_HEADER_BYTES, TC_HEADER_BYTES = 6, 5
"""Primary headers (132.0-B, 232.0-B); the security header comes next, and its last eight octets are the number."""
_NUMBER_BYTES = 8


class NoncesOnce:
    """Reads the numbers of sealed frames where they are made: on board, and at the mission centre.

    A key's id and the direction are the rest of an IV. One counter serves all keys of a direction, through reboots and
    rotations, so that numbers which only go up are more than what is needed (`onboard.comms.security`).
    """

    def __init__(self, scenario: Scenario) -> None:
        self.violations: list[str] = []
        self._frame_bytes = {
            satellite.name: satellite.radio.frame_length_bytes
            for satellite in scenario.satellite
            if scenario.security.encryption
        }
        self._last: dict[str, int] = {}

    def record(self, now_ns: int, node: str, _granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one journal record."""
        for answer in answers:
            match answer:
                case commands.Transmit(parts=parts) if node in self._frame_bytes:
                    for part in parts:
                        if isinstance(part, FrameRun):
                            self._rise(now_ns, f"{node}'s downlink", part.security_sequence, part.frames)
                        else:
                            self._rise_over(now_ns, f"{node}'s downlink", self._numbers(node, part))
                case commands.BroadcastFrames(frames) if node in self._frame_bytes:
                    self._rise_over(now_ns, f"{node}'s broadcast", self._numbers(node, frames))
                case SendTelecommands(spacecraft=spacecraft, frames=frames) if spacecraft in self._frame_bytes:
                    for frame in frames:
                        self._rise(now_ns, f"{spacecraft}'s uplink", _number(frame, TC_HEADER_BYTES))

    def finish(self) -> None:
        """Nothing is left open."""

    def _numbers(self, node: str, frames: bytes) -> NDArray[np.uint64]:
        """Those of frames end to end."""
        last = TM_HEADER_BYTES + SECURITY_HEADER_BYTES
        octets = np.frombuffer(frames, np.uint8).reshape(-1, self._frame_bytes[node])
        return octets[:, last - _NUMBER_BYTES : last].copy().view(">u8")[:, 0].astype(np.uint64)

    def _rise_over(self, now_ns: int, link: str, numbers: NDArray[np.uint64]) -> None:
        if len(numbers) and (numbers[1:] > numbers[:-1]).all():
            self._rise(now_ns, link, int(numbers[0]), int(numbers[-1] - numbers[0]) + 1)
        else:
            for number in numbers.tolist():
                self._rise(now_ns, link, number)

    def _rise(self, now_ns: int, link: str, first: int, count: int = 1) -> None:
        if first <= (last := self._last.get(link, -1)):
            self.violations.append(f"{now_ns} ns: {link} uses the nonce {first} again, after {last}")
        self._last[link] = max(last, first + count - 1)


def _number(frame: bytes, header_bytes: int) -> int:
    end = header_bytes + SECURITY_HEADER_BYTES
    return int.from_bytes(frame[end - _NUMBER_BYTES : end], "big")
