"""What stands round a station: the lowest elevation at which it sees a satellite, by azimuth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Horizon:
    """A closed line of vertices, azimuth ascending from 0 to 360 degrees, straight between them."""

    azimuth_deg: Floats
    elevation_deg: Floats

    @classmethod
    def of(cls, mask_deg: Sequence[tuple[float, float]], min_elevation_deg: float) -> "Horizon":
        """The larger of a mask and a least elevation, all round.

        `mask_deg` holds pairs of azimuth in [0, 360), ascending, and elevation; none is a free horizon. Where the mask
        passes the least elevation the line has a vertex, so that it is straight between its vertices.
        """
        if not mask_deg:
            return cls(np.array([0.0, 360.0]), np.full(2, min_elevation_deg))
        given = np.array(mask_deg, dtype=np.float64)
        seam_deg = np.interp([0.0, 360.0], given[:, 0], given[:, 1], period=360.0)
        inner = given[given[:, 0] > 0.0]
        azimuth = np.concatenate([[0.0], inner[:, 0], [360.0]])
        elevation = np.concatenate([seam_deg[:1], inner[:, 1], seam_deg[1:]])
        over = elevation - min_elevation_deg
        passes = np.flatnonzero(over[:-1] * over[1:] < 0.0)
        share = over[passes] / (over[passes] - over[passes + 1])
        crossing = azimuth[passes] + share * (azimuth[passes + 1] - azimuth[passes])
        line = np.maximum(np.insert(elevation, passes + 1, min_elevation_deg), min_elevation_deg)
        return cls(np.insert(azimuth, passes + 1, crossing), line)

    @property
    def lowest_deg(self) -> float:
        """The least elevation in any direction."""
        return float(self.elevation_deg.min())

    @property
    def is_level(self) -> bool:
        """Whether it is the same all round."""
        return bool((self.elevation_deg == self.elevation_deg[0]).all())

    def at(self, azimuth_deg: Floats) -> Floats:
        """Elevations of the line, (...), at azimuths in [0, 360]."""
        return np.interp(azimuth_deg, self.azimuth_deg, self.elevation_deg)
