"""Chance by place: 64-bit hashes of seed, cause and whole numbers, the same in whatever order they are asked for."""

import numpy as np
from numpy.typing import NDArray

from sim.streams import seed_of

Hashes = NDArray[np.uint64]

_MASK = 2**64 - 1
_KEYS = 2**63 - 1  # so that a few may be added to a key
# Of two independent 16-bit uniform numbers' standard deviation, four of them added: 65536 x sqrt(4 / 12).
_DEVIATION_OF_FOUR = 65536.0 / np.sqrt(3.0)
_MEAN_OF_FOUR = 2.0 * 65535.0


def key_of(seed: int, cause: str) -> int:
    """A 63-bit key of a cause, such as `relief/3`, in the Earth of a seed."""
    return seed_of(seed, f"earth/{cause}") & _KEYS


def mixed(values: Hashes) -> Hashes:
    """Every bit of the result hangs on every bit of the value (finaliser of SplitMix64: Steele et al. 2014, OOPSLA)."""
    values = values ^ (values >> np.uint64(30))
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def numbered(key: int, *numbers: NDArray[np.int64]) -> Hashes:
    """Hashes of whole numbers, arrays that broadcast together, under a key."""
    hashes = np.full((1,) * max(number.ndim for number in numbers), key, np.uint64)
    for place, number in enumerate(numbers):
        salted = mixed(number.astype(np.uint64) + np.uint64((key * (2 * place + 3)) & _MASK))
        hashes = mixed(hashes ^ salted)
    return hashes


def uniform(hashes: Hashes) -> NDArray[np.float64]:
    """Numbers in [0, 1)."""
    return np.asarray((hashes >> np.uint64(11)) * 2.0**-53)


def normal(hashes: Hashes) -> NDArray[np.float32]:
    """Nearly normal numbers of unit variance, within 3.5: four uniform ones added."""
    four = np.ascontiguousarray(hashes).view(np.uint16).reshape(*hashes.shape, 4)
    total = four[..., 0].astype(np.float32)
    for place in range(1, 4):
        total += four[..., place]
    total -= np.float32(_MEAN_OF_FOUR)
    total *= np.float32(1.0 / _DEVIATION_OF_FOUR)
    return total
