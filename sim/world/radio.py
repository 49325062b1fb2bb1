"""A radio of fixed rate: how long a signal travels and how much a contact carries."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from onboard.mission_time import NS_PER_S

SPEED_OF_LIGHT_KM_S = 299_792.458  # SI definition


def propagation_delay_ns(slant_range_km: ArrayLike) -> NDArray[np.int64]:
    """One-way light time over slant ranges (...), to the nearest nanosecond."""
    return np.rint(np.asarray(slant_range_km) / SPEED_OF_LIGHT_KM_S * NS_PER_S).astype(np.int64)


def volume_bytes(rate_bps: int, duration_ns: int) -> int:
    """Whole bytes that a contact carries; whole numbers throughout, so that grants add up exactly."""
    return rate_bps * duration_ns // (8 * NS_PER_S)
