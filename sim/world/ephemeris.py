"""Where satellites are, quickly: SGP4 states on a grid, joined by cubic Hermite arcs.

Every satellite has its own grid: a minute apart, or a divisor of it where a low perigee bends the orbit faster. It
starts at the scenario's epoch, so that neither the span nor the other satellites that are asked for move a result.
Each frame has its own arcs, both within a metre of SGP4: 0.14 MB a satellite-day where the grid is a minute's. Lengths
are km; times are seconds after the epoch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.world.elements import SGP4_MU_KM3_S2
from sim.world.frames import Floats, gmst_rad, teme_to_ecef
from sim.world.orbit import Orbits

Indices = NDArray[np.intp]

GRID_S = 60.0
STEPS_S = (60.0, 30.0, 20.0, 15.0, 12.0, 10.0)  # divisors of the grid: every arc of a finer one lies within a cell
BESIDE = 3  # samples on either side of a central difference
BYTES_AN_ARC = 250  # 96 are kept, the rest is SGP4's states while they become arcs
BYTES_AT_ONCE = 50_000_000  # of one group of satellites, arcs and what is computed on them
NOWHERE = -(2**62)  # the offset of satellites without arcs: no index
ARC_ERROR_KM = 0.6e-3  # leaves 0.4 m for what Earth's rotation and oblateness add to the two-body bound


@dataclass(frozen=True, slots=True)
class Arcs:
    """Cubic arcs of a constellation in one frame.

    Arc k of satellite i runs from k steps after the epoch; its coefficients, by rising power of the time in steps
    since then, are `coefficient_km[offset[i] + k]`, (4, 3). To ask for a satellite without arcs is an IndexError.
    """

    step_s: Floats
    offset: Indices
    coefficient_km: Floats
    start_s: float
    end_s: float

    def positions(self, satellite: Indices | int, t_s: Floats) -> Floats:
        """Positions (..., 3) km of satellites at instants; indices and times broadcast to (...)."""
        c, u = self._arc(satellite, t_s)
        return np.asarray(c[..., 0, :] + u * (c[..., 1, :] + u * (c[..., 2, :] + u * c[..., 3, :])))

    def states(self, satellite: Indices | int, t_s: Floats) -> tuple[Floats, Floats]:
        """Positions (..., 3) km and velocities (..., 3) km/s, which are the arcs' own derivatives."""
        c, u = self._arc(satellite, t_s)
        position = c[..., 0, :] + u * (c[..., 1, :] + u * (c[..., 2, :] + u * c[..., 3, :]))
        velocity = c[..., 1, :] + u * (2.0 * c[..., 2, :] + u * (3.0 * c[..., 3, :]))
        return position, velocity / self.step_s[satellite][..., None]

    def _arc(self, satellite: Indices | int, t_s: Floats) -> tuple[Floats, Floats]:
        assert not np.size(t_s) or (np.min(t_s) >= self.start_s and np.max(t_s) <= self.end_s), "outside the span"
        place = t_s / self.step_s[satellite]
        cell = np.floor(place)
        # `take` gathers rows three times as fast as an index does.
        coefficient = self.coefficient_km.take(self.offset[satellite] + cell.astype(np.intp), axis=0)
        return coefficient, (place - cell)[..., None]


class Ephemeris:
    """Orbits as arcs in [start_s, end_s], which may lie before the epoch.

    Raises InputError that names the satellite where an orbit decays.
    """

    def __init__(self, orbits: Orbits, start_s: float, end_s: float) -> None:
        assert start_s <= end_s
        self.orbits = orbits
        self.n_sat = orbits.n_sat
        self.period_s = orbits.period_s
        self.start_s, self.end_s = start_s, end_s
        self.step_s = arc_step_s(orbits.period_s, orbits.eccentricity)
        self._all = np.arange(orbits.n_sat)[:, None]

    @property
    def epoch(self) -> datetime:
        """The instant that times count from."""
        return self.orbits.epoch

    @property
    def grid_s(self) -> Floats:
        """Instants of the minute's grid within the span: samples of SGP4 itself, of every satellite."""
        return GRID_S * np.arange(np.ceil(self.start_s / GRID_S), np.floor(self.end_s / GRID_S) + 1.0)

    @cached_property
    def teme(self) -> Arcs:
        """Arcs in TEME of all satellites, kept."""
        return self.teme_of(np.arange(self.n_sat))

    @cached_property
    def ecef(self) -> Arcs:
        """Arcs in Earth-fixed axes of all satellites, kept."""
        return self.ecef_of(np.arange(self.n_sat))

    def teme_of(self, satellites: Indices) -> Arcs:
        """Arcs in TEME of some satellites, (n,), which keep their indices."""
        return self._arcs(satellites, is_earth_fixed=False)

    def ecef_of(self, satellites: Indices) -> Arcs:
        """Arcs in Earth-fixed axes, as `teme_of`."""
        return self._arcs(satellites, is_earth_fixed=True)

    def groups(self, bytes_beside: int) -> Iterator[Indices]:
        """All satellites, so many at once that arcs and `bytes_beside` each arc fit into BYTES_AT_ONCE; at least one.

        So a constellation's memory does not grow with it, nor with the span until a single satellite fills it.
        """
        arcs_each = (self.end_s - self.start_s) / self.step_s.min(initial=GRID_S) + 1.0
        at_once = max(1, int(BYTES_AT_ONCE / (arcs_each * (BYTES_AN_ARC + bytes_beside))))
        for first in range(0, self.n_sat, at_once):
            yield np.arange(first, min(first + at_once, self.n_sat))

    def positions_teme(self, t_s: ArrayLike) -> Floats:
        """Positions in TEME, (n_sat, n_t, 3) km, at instants (n_t,), or (n_sat, n_t): each satellite's own."""
        return self.teme.positions(self._all, _instants(t_s))

    def states_teme(self, t_s: ArrayLike) -> tuple[Floats, Floats]:
        """Positions km and velocities km/s in TEME, each (n_sat, n_t, 3), at instants as `positions_teme`."""
        return self.teme.states(self._all, _instants(t_s))

    def positions_ecef(self, t_s: ArrayLike) -> Floats:
        """Earth-fixed positions, (n_sat, n_t, 3) km, at instants as `positions_teme`."""
        return self.ecef.positions(self._all, _instants(t_s))

    def states_ecef(self, t_s: ArrayLike) -> tuple[Floats, Floats]:
        """Positions km and velocities km/s relative to the rotating Earth, each (n_sat, n_t, 3)."""
        return self.ecef.states(self._all, _instants(t_s))

    def _arcs(self, satellites: Indices, *, is_earth_fixed: bool) -> Arcs:
        steps_s = self.step_s[satellites]
        first = np.floor(self.start_s / steps_s).astype(np.intp)
        n_arc = np.floor(self.end_s / steps_s).astype(np.intp) + 1 - first
        begin = np.cumsum(n_arc) - n_arc
        coefficient_km = np.empty((int(n_arc.sum()), 4, 3))
        for step_s in np.unique(steps_s):
            alike = np.flatnonzero(steps_s == step_s)
            count = n_arc[alike[0]]
            t_s = step_s * np.arange(first[alike[0]] - BESIDE, first[alike[0]] + count + 1 + BESIDE)
            samples_km = self.orbits.states_teme(t_s, satellites[alike].tolist())[0]
            if is_earth_fixed:
                samples_km = teme_to_ecef(samples_km, gmst_rad(self.epoch, t_s))
            # One satellite at a time stays in the processor's cache: half the time.
            for arcs, track in zip(begin[alike].tolist(), samples_km, strict=True):
                coefficient_km[arcs : arcs + count] = hermite_coefficients(track)
        offset = np.full(self.n_sat, NOWHERE, dtype=np.intp)
        offset[satellites] = begin - first
        return Arcs(self.step_s, offset, coefficient_km, self.start_s, self.end_s)


def arc_step_s(period_s: Floats, eccentricity: Floats) -> Floats:
    """The longest step of STEPS_S whose arcs miss a two-body orbit by less than ARC_ERROR_KM, (n_sat,).

    A cubic Hermite arc of step h misses by h^4 / 384 of the largest fourth derivative (Burden and Faires, Numerical
    Analysis, theorem 3.9), which two-body motion has at its perigee: (1 + 3 e) (mu / r^3)^2 r, from two more
    derivatives of r'' = -mu r / r^3. The slope misses by sqrt(3) / 216 h^3 of it, under 3 cm/s.
    """
    perigee_km = np.cbrt(SGP4_MU_KM3_S2 * (period_s / (2.0 * np.pi)) ** 2) * (1.0 - eccentricity)
    bend_km_s4 = (1.0 + 3.0 * eccentricity) * SGP4_MU_KM3_S2**2 / perigee_km**5
    longest_s = (384.0 * ARC_ERROR_KM / bend_km_s4) ** 0.25
    steps_s = np.array(STEPS_S)
    choice = (steps_s > longest_s[:, None]).sum(axis=1)
    return np.asarray(steps_s[np.minimum(choice, len(steps_s) - 1)])


def hermite_coefficients(samples_km: Floats) -> Floats:
    """Cubics that join positions (..., n + 2 BESIDE, 3): (..., n - 1, 4, 3), by rising power of the time in steps.

    Slopes are central differences of sixth order (Fornberg, Mathematics of Computation 51, 1988, table 1). SGP4's own
    velocities would not do: they leave out the rates of its lunar and solar terms, miss the slope of its positions
    by 1.2 m/s on a Molniya orbit (Vallado's case 08195), and would bend an arc of a minute 6.7 m astray.
    """
    n = samples_km.shape[-2] - 2 * BESIDE

    def moved(places: int) -> Floats:
        return samples_km[..., BESIDE + places : BESIDE + places + n, :]

    slope = (45.0 * (moved(1) - moved(-1)) - 9.0 * (moved(2) - moved(-2)) + (moved(3) - moved(-3))) / 60.0
    here, leap = moved(0)[..., :-1, :], np.diff(moved(0), axis=-2)
    leaving, arriving = slope[..., :-1, :], slope[..., 1:, :]
    cubics = np.empty((*here.shape[:-1], 4, 3))
    cubics[..., 0, :] = here
    cubics[..., 1, :] = leaving
    cubics[..., 2, :] = 3.0 * leap - 2.0 * leaving - arriving
    cubics[..., 3, :] = leaving + arriving - 2.0 * leap
    return cubics


def _instants(t_s: ArrayLike) -> Floats:
    return np.atleast_1d(np.asarray(t_s, dtype=np.float64))
