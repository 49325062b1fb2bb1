"""Where the Sun stands for a spacecraft that points at the nadir.

Body axes are the local orbital frame of ECSS-E-ST-10-09C: z to the Earth's centre, y against the orbit's normal, x
completes them and lies along the velocity of a circular orbit.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sim.world.frames import Floats, dot

SIDES: Mapping[str, tuple[int, float]] = {
    **{f"+{axis}": (place, 1.0) for place, axis in enumerate("xyz")},
    **{f"-{axis}": (place, -1.0) for place, axis in enumerate("xyz")},
}
"""A side's axis and sign: `+z` looks at the Earth, `+x` ahead."""


def sun_in_body(position_km: Floats, velocity_km_s: Floats, sun_au: Floats) -> Floats:
    """Unit vectors to the Sun in body axes, shape (..., 3); inertial states (..., 3), the Sun broadcasts against them.

    The Sun is taken to stand in one direction for the Earth and the satellite, 0.003 degrees apart at 1,000 km.
    """
    down = -position_km / np.sqrt(dot(position_km, position_km))[..., None]
    right = np.cross(velocity_km_s, position_km)
    right /= np.sqrt(dot(right, right))[..., None]
    ahead = np.cross(right, down)
    sun = sun_au / np.sqrt(dot(sun_au, sun_au))[..., None]
    return np.stack([dot(axis, np.broadcast_to(sun, axis.shape)) for axis in (ahead, right, down)], axis=-1)


def unit(vector: tuple[float, float, float]) -> NDArray[np.float64]:
    """A direction of length 1."""
    length = float(np.sqrt(sum(component * component for component in vector)))
    return np.array(vector) / length
