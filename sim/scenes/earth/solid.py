"""Fields so wide that a face of the cube is small for them: noise in space, met where the Earth's surface is.

It knows no faces and no edges; it costs more than `lattice`, and is asked at few points.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.scenes.earth.hashing import key_of, normal, numbered
from sim.scenes.earth.places import RADIUS_M, upward

_CORNERS = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])


def _eased(phase: NDArray[np.float64]) -> NDArray[np.float64]:
    """Perlin's quintic: flat at the nodes, so that no lattice shows (Perlin 2002, ACM SIGGRAPH, 681)."""
    return np.asarray(phase**3 * (phase * (phase * 6.0 - 15.0) + 10.0))


_PHASES = _eased((np.arange(256) + 0.5) / 256)
_GAIN = float(np.mean(_PHASES**2 + (1.0 - _PHASES) ** 2)) ** -1.5


def wide_values(
    seed: int,
    cause: str,
    latitude_deg: ArrayLike,
    longitude_deg: ArrayLike,
    *,
    coarsest_m: float,
    octaves: int,
    slope: float,
) -> NDArray[np.float64]:
    """A field at places (...), of nearly unit variance over the Earth, with nodes from `coarsest_m` apart by halves and
    power falling as f^-slope (in two dimensions)."""
    points = upward(latitude_deg, longitude_deg)
    variance = 2.0 ** (-(slope - 2.0) * np.arange(octaves))
    amplitude = _GAIN * np.sqrt(variance / variance.sum())
    return np.asarray(
        sum(
            amplitude[index] * _octave(key_of(seed, f"{cause}/solid/{index}"), points, coarsest_m / 2.0**index)
            for index in range(octaves)
        )
    )


def _octave(key: int, points: NDArray[np.float64], node_m: float) -> NDArray[np.float64]:
    nodes = points * (RADIUS_M / node_m) + 0.5
    whole = np.floor(nodes)
    shares = _eased(nodes - whole)
    first = whole.astype(np.int64)[..., None, :] + _CORNERS
    weights = np.prod(np.where(_CORNERS == 1, shares[..., None, :], 1.0 - shares[..., None, :]), axis=-1)
    return np.asarray((weights * normal(numbered(key, first[..., 0], first[..., 1], first[..., 2]))).sum(axis=-1))
