"""Study seas: squares of drawn radar sea with small targets, on which the raft model learns and is examined.

Rows are azimuth. Everything is synthetic, and the rafts are implanted scatterers: no radar image of one is public.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenes.sar_aperture import PEDESTALS, Aperture, Points, expose
from sim.scenes.sar_fields import Floats, Plane, Wavenumbers
from sim.scenes.sar_hulls import draw_ice, draw_ship
from sim.scenes.sar_law import STUDY_LAW, SeaLaw
from sim.scenes.sar_surface import SeaState, breakers, water, with_rain, with_slick

SIDE_PX = 256
APART_M = 25.0
_EDGE_PX = 10


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a study sea is fixed; None where it is drawn. `rafts` places so many rafts and no other craft."""

    wind_m_s: float | None = None
    looks: int | None = None
    gsd_m: float | None = None
    rafts: int | None = None
    raft_rcs_m2: float | None = None


@dataclass(frozen=True, slots=True)
class SmallTarget:
    """A raft or a small craft. Its contrast is the mean sigma0 it alone shows over its size to that of the water."""

    row: float
    column: float
    size_m: float
    kind: str
    cross_section_m2: float
    contrast_db: float = 0.0


@dataclass(frozen=True, slots=True)
class StudySea:
    """Sigma0 (side, side), small targets, and where ships, their ghosts and icebergs lie, a margin round them included:
    bool (side, side). `hulls` are the ships and icebergs alone, without ghosts and margins."""

    sigma0: Plane
    targets: tuple[SmallTarget, ...]
    large: NDArray[np.bool_]
    hulls: NDArray[np.bool_]
    state: SeaState
    aperture: Aperture
    gsd_m: float

    @property
    def area_km2(self) -> float:
        return float((len(self.sigma0) * self.gsd_m) ** 2 / 1e6)

    def hides(self, target: SmallTarget) -> bool:
        """Whether a target lies on a ship, its ghost or ice, where nobody seeks it."""
        return bool(self.large[int(target.row), int(target.column)])


def _split(rng: np.random.Generator, total: float, count: int) -> Floats:
    weights = rng.exponential(1.0, count)
    return np.asarray(total * weights / weights.sum())


def _small_target(
    rng: np.random.Generator, law: SeaLaw, state: SeaState, gsd_m: float, place: tuple[float, float], wish: Wish
) -> tuple[SmallTarget, Points]:
    is_raft = wish.rafts is not None or rng.random() < law.raft_share
    smear_px = rng.exponential(1.2) / gsd_m * min(state.wind_m_s / 6, 1.8)
    if is_raft:
        size_m, narrowness = rng.uniform(*law.raft_diameter_m), 1.0
        (median, spread), count = law.raft_rcs_m2, int(rng.integers(6, 16))
    else:
        size_m, narrowness = rng.uniform(*law.craft_length_m), rng.uniform(0.25, 0.4)
        (median, spread), count = law.craft_rcs_m2, int(rng.integers(6, 25))
    cross_section = float(rng.lognormal(np.log(median), spread))
    if is_raft and wish.raft_rcs_m2 is not None:
        cross_section = wish.raft_rcs_m2
    heading, bearing = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi, count)
    radius = np.sqrt(rng.random(count)) / 2 * size_m / gsd_m
    ahead, abeam = radius * np.cos(bearing), radius * np.sin(bearing) * narrowness
    rows = place[0] + np.sin(heading) * ahead + np.cos(heading) * abeam
    columns = place[1] + np.cos(heading) * ahead - np.sin(heading) * abeam
    shares = _split(rng, cross_section, count)
    if is_raft and rng.random() < law.reflector_share and wish.raft_rcs_m2 is None:
        rows, columns = np.append(rows, place[0]), np.append(columns, place[1])
        shares = np.append(shares, rng.uniform(*law.reflector_m2))
    points = Points(rows, columns, shares, np.full(len(rows), smear_px))
    kind = "raft" if is_raft else "craft"
    return SmallTarget(*place, size_m, kind, float(shares.sum())), points


def _small_targets(
    rng: np.random.Generator, law: SeaLaw, state: SeaState, gsd_m: float, side_px: int, wish: Wish
) -> list[tuple[SmallTarget, Points]]:
    count = int(rng.poisson(law.small_targets)) if wish.rafts is None else wish.rafts
    placed: list[tuple[SmallTarget, Points]] = []
    for _ in range(count):
        row, column = rng.uniform(_EDGE_PX, side_px - _EDGE_PX, 2)
        if all(np.hypot(row - other.row, column - other.column) * gsd_m >= APART_M for other, _ in placed):
            placed.append(_small_target(rng, law, state, gsd_m, (row, column), wish))
    return placed


def _contrasts(targets: list[SmallTarget], alone: Plane, surface: Plane, gsd_m: float) -> tuple[SmallTarget, ...]:
    """Targets with the contrast that this exposure gave them."""
    told = []
    for target in targets:
        row, column = round(target.row), round(target.column)
        reach = max(1, int(np.ceil(max(target.size_m, 3.0) / 2 / gsd_m)))
        shown = alone[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1].mean()
        round_it = surface[max(0, row - 20) : row + 21, max(0, column - 20) : column + 21].mean()
        contrast_db = float(10 * np.log10(max(float(shown), 1e-9) / float(round_it)))
        told.append(
            SmallTarget(target.row, target.column, target.size_m, target.kind, target.cross_section_m2, contrast_db)
        )
    return tuple(told)


def _aperture(rng: np.random.Generator, law: SeaLaw, state: SeaState, wish: Wish) -> Aperture:
    looks = int(rng.choice(law.looks)) if wish.looks is None else wish.looks
    weighting = str(rng.choice(list(PEDESTALS)))
    defocus = rng.uniform(0, 6) * min(state.wind_m_s / 6, 1.5)
    return Aperture(looks, rng.uniform(*law.oversampling), weighting, defocus)


def draw_study_sea(
    rng: np.random.Generator, wish: Wish | None = None, *, law: SeaLaw = STUDY_LAW, side_px: int = SIDE_PX
) -> StudySea:
    """A square of open sea with all that confuses a detector, by the law and what is wished."""
    wish = wish or Wish()
    gsd_m = rng.uniform(*law.gsd_m) if wish.gsd_m is None else wish.gsd_m
    state = SeaState.draw(rng, law, wish.wind_m_s)
    waves = Wavenumbers.of(side_px, gsd_m)
    sea = water(rng, law, state, waves)
    if rng.random() < law.slick_share:
        sea = with_slick(rng, law, sea, waves)
    if rng.random() < law.rain_share:
        sea = with_rain(rng, law, sea, waves, gsd_m)
    small = _small_targets(rng, law, state, gsd_m, side_px, wish)
    points = [one for _, one in small]
    large, hulls = np.zeros((2, side_px, side_px), bool)
    if rng.random() < law.ship_share:
        ship = draw_ship(rng, law, side_px, gsd_m)
        points += ship.points
        large |= ship.outline
        hulls |= ship.hull
        sea = sea * ship.wake
    if rng.random() < law.ice_share:
        for _ in range(int(rng.integers(1, 6))):
            sea, ice, outline = draw_ice(rng, law, sea, waves, gsd_m)
            large |= outline
            hulls |= ice
    if state.wind_m_s > law.breakers_from_m_s:
        points.append(breakers(rng, law, state, side_px, gsd_m))
    aperture = _aperture(rng, law, state, wish)
    surface = sea + np.float32(state.noise_sigma0)
    sigma0, alone = expose(rng, aperture, surface, Points.joined(points), gsd_m)
    targets = _contrasts([target for target, _ in small], alone, surface, gsd_m)
    calibration = np.float32(10 ** (rng.normal(0, law.calibration_db) / 10))
    return StudySea(sigma0 * calibration, targets, large, hulls, state, aperture, gsd_m)
