"""Solar arrays: how panels face the Sun, and what their cells make of it. Arrays over satellites, (n_sat,)."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = Floats | float


class Mount(StrEnum):
    """How a panel is held: fixed to the body's axes, turned about one axis towards the Sun, or about two."""

    FIXED = "fixed"
    ONE_AXIS = "one-axis"
    TWO_AXES = "two-axes"


@dataclass(frozen=True, slots=True)
class PanelGroup:
    """Panels of one mount on one thermal node, at most one of them on each satellite; arrays (n_sat,).

    `direction` is the normal of fixed panels or the axis of turning ones in body axes, (3, n_sat), length 1.
    `effective_m2` is area x efficiency at the reference temperature and age, 0 where a satellite has no such panel;
    `absorbing_m2` and `back_absorbing_m2` are area x absorptance of its two sides.
    """

    mount: Mount
    node: int
    direction: Floats
    effective_m2: Floats
    absorbing_m2: Floats
    back_absorbing_m2: Floats | None = None


def towards(direction: Floats, sun_body: Floats) -> Floats:
    """Cosine between directions and the Sun, both (3, n_sat) in body axes."""
    return np.asarray(direction[0] * sun_body[0] + direction[1] * sun_body[1] + direction[2] * sun_body[2])


def incidence(mount: Mount, cosine: Floats) -> Floats:
    """Cosine of the angle of incidence, from that between the Sun and the panel's normal or axis.

    Turning about an axis brings the normal as near to the Sun as the axis allows: the sine of the Sun's angle to it.
    """
    match mount:
        case Mount.FIXED:
            return np.maximum(cosine, 0.0)
        case Mount.ONE_AXIS:
            return np.sqrt(np.maximum(1.0 - cosine * cosine, 0.0))
        case Mount.TWO_AXES:
            return np.ones_like(cosine)


def cell_power_w(
    light_w_m2: Values, effective_m2: Values, temperature_k: Values, coefficient_per_k: Values, reference_k: Values
) -> Floats:
    """Power of cells under light along their normal: linear in temperature, with a relative coefficient."""
    factor = np.maximum(1.0 + coefficient_per_k * (np.asarray(temperature_k) - reference_k), 0.0)
    return np.asarray(light_w_m2 * effective_m2 * factor)


def aged(ageing_per_year: Values, age_years: Values) -> Floats:
    """Share of its power that an array has kept: the same share is lost every year (SMAD, section 11.4.1)."""
    return np.asarray((1.0 - np.asarray(ageing_per_year)) ** age_years)
