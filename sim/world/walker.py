"""Walker shells: satellites evenly spread over planes, and planes evenly spread over the nodes (J. G. Walker, Royal
Aircraft Establishment TR 77044, 1977; Journal of the British Interplanetary Society 37, 1984)."""

from typing import Literal

import numpy as np

from sim.world.frames import Floats

NODE_SPREAD_DEG = {"delta": 360.0, "star": 180.0}
"""A delta's planes share the whole circle; a star's share half of it, so that they all cross near the poles."""


def walker_slots(
    total: int, planes: int, phasing: int, kind: Literal["delta", "star"] = "delta"
) -> tuple[Floats, Floats]:
    """Node and mean anomaly in degrees from those of the first satellite, each (planes, total / planes).

    In i: T/P/F notation, satellites of one plane are 360 P / T apart; a plane's satellites pass their ascending nodes
    360 F / T degrees ahead of those of the plane before it.
    """
    assert total % planes == 0
    plane, slot = np.divmod(np.arange(total), total // planes)
    node_deg = NODE_SPREAD_DEG[kind] * plane / planes
    anomaly_deg = (360.0 * slot * planes + 360.0 * phasing * plane) / total % 360.0
    return node_deg.reshape(planes, -1), anomaly_deg.reshape(planes, -1)
