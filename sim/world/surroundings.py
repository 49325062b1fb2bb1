"""What reaches spacecraft along their orbits, tick by tick: sunlight, Earthshine, the Earth's own infrared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.world.attitude import sun_in_body
from sim.world.earthshine import albedo_w_m2, earth_infrared_w_m2
from sim.world.energy import Surroundings
from sim.world.environment import illuminated_fraction, solar_flux_w_m2, sun_position_au
from sim.world.frames import Floats, dot
from sim.world.orbit import Orbits

TICKS_AHEAD = 360
"""Ticks that are computed at once: an hour of the usual ones, little memory."""
EARTH_MU_KM3_S2 = 398600.4418  # WGS-84 (NIMA TR8350.2)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Some ticks, each (n_sat, n_tick), the Sun's direction (3, n_sat, n_tick)."""

    illuminated: Floats
    sun_body: Floats
    sunlight_w_m2: Floats
    albedo_w_m2: Floats
    infrared_w_m2: Floats


class SurroundingsAlong:
    """The surroundings of satellites in the middle of every tick, computed a stretch of ticks at a time."""

    def __init__(self, orbits: Orbits, ticks_ns: NDArray[np.int64]) -> None:
        self._orbits = orbits
        self._middle_s = (ticks_ns[:-1] + ticks_ns[1:]) / 2e9
        self._number = -1
        self._stretch = self._at(0)

    def at(self, tick: int) -> Surroundings:
        """During a tick."""
        stretch, k = self._at(tick), tick % TICKS_AHEAD
        return Surroundings(
            np.ascontiguousarray(stretch.sun_body[:, :, k]),
            stretch.sunlight_w_m2[:, k],
            stretch.albedo_w_m2[:, k],
            stretch.infrared_w_m2[:, k],
        )

    def illuminated(self, tick: int) -> Floats:
        """Share of the solar disc that is seen in a tick, (n_sat,)."""
        return self._at(tick).illuminated[:, tick % TICKS_AHEAD]

    def _at(self, tick: int) -> _Stretch:
        number = tick // TICKS_AHEAD
        if number != self._number:
            first = number * TICKS_AHEAD
            self._stretch = _stretch(self._orbits, self._middle_s[first : first + TICKS_AHEAD])
            self._number = number
        return self._stretch


def mean_radius_km(orbits: Orbits) -> Floats:
    """Semi-major axes by Kepler's third law, (n_sat,)."""
    return np.asarray(np.cbrt(EARTH_MU_KM3_S2 * (orbits.period_s / (2.0 * np.pi)) ** 2))


def _stretch(orbits: Orbits, middle_s: Floats) -> _Stretch:
    position_km, velocity_km_s = orbits.states_teme(middle_s)
    sun_au = sun_position_au(orbits.epoch, middle_s)
    illuminated = illuminated_fraction(position_km, sun_au)
    radius_km = np.sqrt(dot(position_km, position_km))
    flux_w_m2 = solar_flux_w_m2(sun_au)
    down = -position_km / radius_km[..., None]
    return _Stretch(
        illuminated,
        np.moveaxis(sun_in_body(position_km, velocity_km_s, sun_au), -1, 0),
        flux_w_m2 * illuminated,
        albedo_w_m2(flux_w_m2, position_km, sun_au, down),
        earth_infrared_w_m2(radius_km, 1.0),
    )
