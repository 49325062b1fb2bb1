"""What on the sea is larger than a raft: ships with their wakes and ghosts, and icebergs."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.sar_aperture import Points
from sim.scenes.sar_fields import Floats, Plane, Wavenumbers
from sim.scenes.sar_law import SeaLaw
from sim.scenes.sar_marks import KELVIN_SLOPE

HULL_M, OUTLINE_M = 1.0, 6.0
"""By how much what is marked as a ship's hull, and its outline, reach beyond it."""


@dataclass(frozen=True, slots=True)
class Ship:
    """Scatterers of a ship and, if any, of its azimuth ambiguity; its hull, its outline (wider, its ghost's with it),
    and the factor its wake puts on the sea.

    Planes have shape (side, side).
    """

    points: list[Points]
    hull: NDArray[np.bool_]
    outline: NDArray[np.bool_]
    wake: Plane | np.float32


@dataclass(frozen=True, slots=True)
class _Hull:
    row: float
    column: float
    length_m: float
    beam_m: float
    heading_rad: float

    def axes_m(self, side_px: int, gsd_m: float) -> tuple[Floats, Floats]:
        """Metres ahead of and abeam of its middle, for every pixel."""
        rows, columns = np.mgrid[:side_px, :side_px].astype(np.float64)
        right, down = (columns - self.column) * gsd_m, (rows - self.row) * gsd_m
        sine, cosine = np.sin(self.heading_rad), np.cos(self.heading_rad)
        return right * cosine + down * sine, down * cosine - right * sine


def _wake(rng: np.random.Generator, hull: _Hull, ahead: Floats, abeam: Floats) -> Plane:
    """A dark turbulent wake, and brighter Kelvin arms."""
    astern = ahead < 0
    dark, bright = 10 ** (-rng.uniform(1, 7) / 10), 10 ** (rng.uniform(0, 4) / 10)
    turbulent = astern & (np.abs(abeam) < hull.beam_m * 0.5 + 0.03 * np.abs(ahead))
    arms = astern & (np.abs(np.abs(abeam) - KELVIN_SLOPE * np.abs(ahead)) < 4)
    return np.asarray(np.where(turbulent, dark, 1.0) * np.where(arms, bright, 1.0), dtype=np.float32)


def draw_ship(rng: np.random.Generator, law: SeaLaw, side_px: int, gsd_m: float) -> Ship:
    """A ship anywhere on the square, its wake and its ghost in azimuth, where it has them."""
    row, column = rng.uniform(0, side_px, 2)
    length_m = rng.uniform(*law.ship_length_m)
    hull = _Hull(row, column, length_m, length_m * rng.uniform(0.13, 0.25), rng.uniform(0, 2 * np.pi))
    count = int(rng.integers(30, 200))
    weights = rng.exponential(1.0, count) ** 2
    cross_section = 10 ** rng.uniform(*law.ship_rcs_decades) * weights / weights.sum()
    along, across = rng.uniform(-0.5, 0.5, (2, count)) * np.array([[hull.length_m], [hull.beam_m]]) / gsd_m
    sine, cosine = np.sin(hull.heading_rad), np.cos(hull.heading_rad)
    rows, columns = row + sine * along + cosine * across, column + cosine * along - sine * across
    smear_px = np.full(count, rng.exponential(1.5) / gsd_m)
    points = [Points(rows, columns, cross_section, smear_px)]
    ahead, abeam = hull.axes_m(side_px, gsd_m)
    steel, outline = (
        (np.abs(ahead) < hull.length_m / 2 + by_m) & (np.abs(abeam) < hull.beam_m / 2 + by_m)
        for by_m in (HULL_M, OUTLINE_M)
    )
    if rng.random() < law.ambiguity_share:
        up, aside = rng.uniform(-0.6, 0.6) * side_px, rng.uniform(-3, 3)
        weaker = 10 ** (-rng.uniform(*law.ambiguity_db, count) / 10)
        points.append(Points(rows + up, columns + aside, cross_section * weaker, smear_px + 3))
        down, right = np.mgrid[:side_px, :side_px]
        ghost_m = np.hypot(down - row - up, right - column - aside) * gsd_m
        outline |= ghost_m < hull.length_m / 2 + 8
    wake = _wake(rng, hull, ahead, abeam) if rng.random() < law.wake_share else np.float32(1.0)
    return Ship(points, steel, outline, wake)


def draw_ice(
    rng: np.random.Generator, law: SeaLaw, sea: Plane, waves: Wavenumbers, gsd_m: float
) -> tuple[Plane, NDArray[np.bool_], NDArray[np.bool_]]:
    """The sea with one more iceberg in it, dark in its lee; the iceberg, and its outline, which is wider."""
    side_px = len(sea)
    row, column = rng.uniform(0, side_px, 2)
    radius_m, width = rng.uniform(*law.ice_radius_m), rng.uniform(0.6, 1.6)
    rows, columns = np.mgrid[:side_px, :side_px]
    ragged = 0.15 * waves.field(rng, (waves.magnitude + 1 / 40) ** -3)
    distance = np.hypot((rows - row) * gsd_m, (columns - column) * gsd_m * width) / radius_m + ragged
    ice = distance < 1
    relief = np.exp(0.6 * waves.field(rng, (waves.magnitude + 1 / 20) ** -2))
    painted = np.where(ice, 10 ** (rng.uniform(*law.ice_db) / 10) * relief, sea)
    shadow = (distance > 1) & (distance < 1.5) & (columns > column)
    painted = np.where(shadow, 0.3 * painted, painted).astype(np.float32)
    outline = cv2.GaussianBlur(ice.astype(np.float32), (0, 0), 3) > 0.02
    return painted, ice & outline, outline
