"""The error control field of many frames at once.

One frame's CRC-16 takes an octet at a time. In an array of frames, whole stretches of octets fold at once: the CRC
of a message is its remainder by the generator polynomial, which has multiples of four terms,
x^8a + x^8b + x^8c + 1. So octets from place a on, counted from a frame's end, may be moved down: added (XOR) at b, c
and 0. Seven steps leave 64 octets of 1,115 for the ordinary way, in half of its time for all.
"""

from binascii import crc_hqx
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from onboard.comms.frames import MAX_FRAME_BYTES, frame_check

_GENERATOR = 0x11021
_LEAST_OCTETS = 64
"""Below it, folding gains nothing."""
_FEW_FRAMES = 16
_BLOCK_FRAMES = 256
"""So that frames at work stay in the processor's cache."""

_Fold = tuple[int, int, int]


@lru_cache(maxsize=1)
def _powers() -> tuple[int, ...]:
    """x^(8 n) modulo the generator, for every octet of a frame."""
    powers = [1]
    while len(powers) < MAX_FRAME_BYTES:
        remainder = powers[-1] << 8
        for bit in range(23, 15, -1):
            if remainder >> bit & 1:
                remainder ^= _GENERATOR << bit - 16
        powers.append(remainder)
    return tuple(powers)


@lru_cache(maxsize=8)
def _folds(length: int) -> tuple[_Fold, ...]:
    """The folds (a, b, c), a > b > c, that shorten `length` octets, each as much as it can: to a."""
    powers = _powers()
    place = {power: n for n, power in enumerate(powers)}
    folds: list[_Fold] = []
    while length > _LEAST_OCTETS:
        # What is moved down to b and above must end below a.
        candidates = ((a, b) for a in range(length // 2, length) for b in range(1, 2 * a - length + 1))
        for a, b in candidates:
            c = place.get(powers[a] ^ powers[b] ^ 1, 0)
            if 0 < c < b:
                folds.append((a, b, c))
                length = a
                break
        else:
            break
    return tuple(folds)


def frame_checks(frames: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """`frame_check` of each row, (n_frames,), of frames, (n_frames, n_octets)."""
    if len(frames) < _FEW_FRAMES:
        return np.array([frame_check(frame.tobytes()) for frame in frames], np.uint16)
    checks: list[int] = []
    for first in range(0, len(frames), _BLOCK_FRAMES):
        checks += _block_checks(frames[first : first + _BLOCK_FRAMES].copy())
    return np.array(checks, np.uint16)


def _block_checks(frames: NDArray[np.uint8]) -> list[int]:
    length = end = frames.shape[1]
    frames[:, :2] ^= 0xFF
    for a, *places in _folds(end):
        moved = frames[:, end - length : end - a]
        for place in (*places, 0):
            frames[:, end - place - (length - a) : end - place] ^= moved
        length = a
    rest = frames[:, end - length :].tobytes()
    return [crc_hqx(rest[at : at + length], 0) for at in range(0, len(rest), length)]
