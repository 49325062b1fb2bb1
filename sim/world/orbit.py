"""Where satellites are by SGP4: states in TEME and in Earth-fixed axes at any instant.

Lengths are km; times are seconds after the scenario's epoch. `sim.world.ephemeris` holds the same orbits as arcs,
which are far quicker to ask.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from sgp4.api import SGP4_ERRORS, SatrecArray

from onboard.errors import InputError
from sim.world.elements import Elements, satrec
from sim.world.frames import Floats, days_since_j2000, gmst_rad, states_to_ecef, teme_to_ecef


class Orbits:
    """A constellation that SGP4 carries: n_sat satellites, in the order of their elements.

    Raises InputError that names `source` and the satellite where elements are malformed or the orbit decays.
    """

    def __init__(self, elements: Sequence[Elements], epoch: datetime, *, source: str | Path = "orbit") -> None:
        assert epoch.tzinfo is not None
        self.epoch = epoch.astimezone(UTC)
        self.n_sat = len(elements)
        self.source = source
        self._records = [
            satrec(one, self.epoch, source, f"satellite[{index}].orbit") for index, one in enumerate(elements)
        ]
        self.period_s: Floats = np.array([120.0 * np.pi / record.no_kozai for record in self._records])
        self.eccentricity: Floats = np.array([record.ecco for record in self._records])

    def states_teme(self, t_s: ArrayLike, satellites: Sequence[int] | None = None) -> tuple[Floats, Floats]:
        """Positions km and velocities km/s in TEME, each (n_sat, n_t, 3), at instants of shape (n_t,).

        `satellites` asks for some of them only, in that order.
        """
        asked = range(self.n_sat) if satellites is None else satellites
        days = days_since_j2000(self.epoch, t_s)
        fraction = days % 1.0
        code, position, velocity = SatrecArray([self._records[one] for one in asked]).sgp4(
            2451545.0 + days - fraction, fraction
        )
        broken = (code != 0) | np.isnan(position[..., 0])
        if broken.any():
            row, instant = np.argwhere(broken)[0]
            reason = SGP4_ERRORS.get(int(code[row, instant]), "cannot be propagated")
            after_s = float(np.atleast_1d(t_s)[instant])
            rule = f"no orbit {abs(after_s):.0f} s {'before' if after_s < 0.0 else 'after'} the start: {reason}"
            raise InputError(self.source, rule, key=f"satellite[{asked[row]}].orbit")
        return position, velocity

    def positions_teme(self, t_s: ArrayLike) -> Floats:
        """Positions in TEME, (n_sat, n_t, 3) km."""
        return self.states_teme(t_s)[0]

    def states_ecef(self, t_s: ArrayLike) -> tuple[Floats, Floats]:
        """Positions km and velocities km/s relative to the rotating Earth, each (n_sat, n_t, 3)."""
        return states_to_ecef(*self.states_teme(t_s), gmst_rad(self.epoch, t_s))

    def positions_ecef(self, t_s: ArrayLike, satellites: Sequence[int] | None = None) -> Floats:
        """Earth-fixed positions, (n_sat, n_t, 3) km, of some satellites as `states_teme`."""
        return teme_to_ecef(self.states_teme(t_s, satellites)[0], gmst_rad(self.epoch, t_s))
