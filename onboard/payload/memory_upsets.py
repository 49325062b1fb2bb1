"""Upsets in mass memory: bits of stored frames that radiation flipped, and what error correction makes of them.

The camera's files stay as they were written, for others share them: what memory holds is told when it is read.
"""

from collections.abc import Callable, Iterable

import numpy as np

from onboard.payload.imagery import Frame, MassMemory, Planes

WORD_PX = 4
"""Of 16 bits each: a word of 64 bits with 8 check bits corrects one and finds two (Hsiao 1970, a class of optimal
minimum odd-weight-column SEC-DED codes)."""
ECC_CAPACITY_SHARE = 64 / 72
"""What is left of a memory for data."""

Upset = tuple[int, int]
"""A draw, and how many bits of a word it flipped."""


class MemoryUpsets:
    """What was struck, by frame. With `ecc` single bits are corrected, and a word with two is zeros, which hold
    nothing."""

    def __init__(self, memory: MassMemory, *, ecc: bool) -> None:
        self._memory = memory
        self._ecc = ecc
        self._upsets: dict[int, tuple[Upset, ...]] = {}

    def strike(self, frames: Iterable[int], draw: int, bits: int) -> None:
        """Strike one of the frames held, if any."""
        held = sorted(frames)
        self._upsets = {frame: upsets for frame, upsets in self._upsets.items() if frame in held}
        if held and not (self._ecc and bits == 1):
            frame = held[draw % len(held)]
            self._upsets[frame] = (*self._upsets.get(frame, ()), (draw // len(held), bits))

    def reader(self, frame: Frame) -> Callable[[], Planes]:
        """Reads a frame as memory holds it now, from any thread, later."""
        upsets = self._upsets.get(frame.frame_id, ())
        return lambda: self._struck(self._memory.read(frame), upsets)

    def _struck(self, planes: Planes, upsets: tuple[Upset, ...]) -> Planes:
        if not upsets:
            return planes
        struck = np.array(planes)
        numbers = struck.reshape(-1)
        for draw, bits in upsets:
            place, bit = divmod(draw % (16 * numbers.size), 16)
            word = place - place % WORD_PX
            if self._ecc:
                numbers[word : word + WORD_PX] = 0
            else:
                numbers[place] ^= np.uint16(1 << bit)
                if bits > 1:
                    numbers[place] ^= np.uint16(1 << (bit + 1) % 16)
        return struck
