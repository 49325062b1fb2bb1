"""What faults do to a frame's pixels: the same picture again, or none."""

import numpy as np

from onboard.payload.compression import encode_jpegls
from onboard.payload.imagery import Frame, MassMemory, Planes
from sim.faults.active import ActiveFaults


class CameraFaults:
    """Changes frames in mass memory before flight software hears of them."""

    def __init__(self, memory: MassMemory, active: ActiveFaults) -> None:
        self._memory = memory
        self._active = active
        self._last: dict[str, Planes] = {}

    def strike(self, satellite: str) -> None:
        """A camera that sticks from now on gives the next frame, which may be the first, again and again."""
        self._last.pop(satellite, None)

    def spoil(self, satellite: str, frame: Frame, lossless_bytes: int) -> int:
        """What a faulty camera makes of a frame; its size as JPEG-LS then."""
        if self._active.holds("camera_blind", satellite):
            return self._written(frame, np.zeros(self._memory.read(frame).shape, np.uint16))
        if not self._active.holds("camera_stuck", satellite):
            return lossless_bytes
        planes = np.array(self._memory.read(frame))
        stuck = self._last.setdefault(satellite, planes)
        # A picture of another size is filled with what there is.
        return self._written(frame, stuck if stuck.shape == planes.shape else np.resize(stuck, planes.shape))

    def _written(self, frame: Frame, planes: Planes) -> int:
        self._memory.release(frame.memory_ref)  # not written over: a cache may hold the same file
        self._memory.write(frame.memory_ref, planes)
        return len(encode_jpegls(planes[: frame.sensed_bands], frame.bit_depth))
