"""What radiation does to what a spacecraft's computer holds: its flight core does not see it, and may find it."""

from collections.abc import Mapping
from functools import partial

from onboard.commands import StartJob
from onboard.computer import Computer
from onboard.events import MemoryStruck, WeightsStruck, WorkStruck
from onboard.payload.memory_upsets import MemoryUpsets
from onboard.payload_work import FrameResult, FrameWork, PayloadWork

Upset = WeightsStruck | WorkStruck | MemoryStruck
UPSETS = (WeightsStruck, WorkStruck, MemoryStruck)


class Upsets:
    """Strikes the memories of one computer."""

    def __init__(self, computer: Computer, payload: PayloadWork, memory: MemoryUpsets) -> None:
        self._computer = computer
        self._payload = payload
        self._memory = memory

    def take(
        self, event: Upset, in_work: Mapping[int, tuple[StartJob, FrameWork]]
    ) -> "tuple[int, partial[FrameResult]] | None":
        """Flip bits; returns the job whose work was struck, if one was, with the work that it then is."""
        match event:
            case WeightsStruck(copy, draw):
                self._payload.strike_weights(self._computer.flying[0], copy, draw)
            case MemoryStruck(draw, bits):
                self._memory.strike(self._computer.stored_frames, draw, bits)
            case WorkStruck(draw) if in_work:
                job_id = sorted(in_work)[draw % len(in_work)]
                _, work = in_work[job_id]
                return job_id, partial(work, draw // len(in_work))
        return None
