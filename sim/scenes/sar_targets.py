"""Life rafts and ships as sets of scattering points."""

import numpy as np

from sim.scenes.sar_imaging import Floats, Scatterers

RAFT_MEDIAN_M2 = 3.5
RAFT_SPREAD = 0.8
"""Cross-section of a raft without a reflector: log-normal, assumed (no X-band measurement from space is public)."""
REFLECTOR_SHARE = 0.3
REFLECTOR_M2 = (2.0, 12.0)
"""Rafts that show a radar reflector, and what it adds; assumed."""

CRAFT_LENGTH_M = (5.0, 15.0)
CRAFT_MEDIAN_M2, CRAFT_SPREAD = 8.0, 0.9
"""Cross-section of a small boat, log-normal like a raft's; assumed."""

SHIP_LENGTH_M = (20.0, 150.0)
SHIP_BRIGHTNESS_DB = (3.0, 4.0)
"""Cross-section of a ship per square metre of its deck, mean and deviation; assumed."""


def _motion_px(rng: np.random.Generator, wind_m_s: float, gsd_m: float) -> float:
    """Displacement in azimuth of a small craft that bobs while the aperture passes, one sigma; grows with the wind."""
    return float(min(rng.exponential(0.6) * min(wind_m_s / 6.0, 1.8) / gsd_m, 8.0))


def _shared(rng: np.random.Generator, total: float, count: int, unevenness: int) -> Floats:
    weights = rng.exponential(1.0, count) ** unevenness
    return np.asarray(total * weights / weights.sum())


def draw_raft(rng: np.random.Generator, row: float, column: float, *, wind_m_s: float, gsd_m: float) -> Scatterers:
    """A raft of 2.5 to 6 m, three in ten with a reflector."""
    count = int(rng.integers(6, 16))
    spread, diameter_m = np.sqrt(rng.random(count)), rng.uniform(2.5, 6.0)
    radius_px = spread * diameter_m / 2 / gsd_m
    angle = rng.uniform(0, 2 * np.pi, count)
    cross_section = _shared(rng, rng.lognormal(np.log(RAFT_MEDIAN_M2), RAFT_SPREAD), count, 1)
    if rng.random() < REFLECTOR_SHARE:
        radius_px[0] = 0.0
        cross_section[0] += rng.uniform(*REFLECTOR_M2)
    rows, columns = row + radius_px * np.sin(angle), column + radius_px * np.cos(angle)
    deck_m2 = np.pi / 4 * diameter_m**2
    return Scatterers(rows, columns, cross_section, _motion_px(rng, wind_m_s, gsd_m), deck_m2)


def draw_craft(rng: np.random.Generator, row: float, column: float, *, wind_m_s: float, gsd_m: float) -> Scatterers:
    """A boat of 5 to 15 m on any heading."""
    count, length_m = int(rng.integers(6, 25)), rng.uniform(*CRAFT_LENGTH_M)
    narrowness, heading, angle = rng.uniform(0.25, 0.4), rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi, count)
    radius_px = np.sqrt(rng.random(count)) * length_m / 2 / gsd_m
    ahead, abeam = radius_px * np.cos(angle), radius_px * np.sin(angle) * narrowness
    cross_section = _shared(rng, rng.lognormal(np.log(CRAFT_MEDIAN_M2), CRAFT_SPREAD), count, 1)
    rows = row + np.sin(heading) * ahead + np.cos(heading) * abeam
    columns = column + np.cos(heading) * ahead - np.sin(heading) * abeam
    deck_m2 = np.pi / 4 * length_m**2 * narrowness
    return Scatterers(rows, columns, cross_section, _motion_px(rng, wind_m_s, gsd_m), deck_m2)


def draw_ship(
    rng: np.random.Generator, row: float, column: float, *, gsd_m: float, heading_rad: float | None = None
) -> Scatterers:
    """A ship of 20 to 150 m on a heading, from the column axis, or on any; without wake or azimuth ambiguity."""
    length_m = float(np.exp(rng.uniform(*np.log(SHIP_LENGTH_M))))
    beam_m = length_m * rng.uniform(0.13, 0.25)
    heading, count = rng.uniform(0, 2 * np.pi), int(rng.integers(30, 200))
    heading = heading if heading_rad is None else heading_rad
    ahead, abeam = rng.uniform(-0.5, 0.5, (2, count)) * np.array([[length_m], [beam_m]]) / gsd_m
    cross_section = length_m * beam_m * 10 ** (rng.normal(*SHIP_BRIGHTNESS_DB) / 10)
    rows = row + np.sin(heading) * ahead + np.cos(heading) * abeam
    columns = column + np.cos(heading) * ahead - np.sin(heading) * abeam
    shared_m2 = _shared(rng, cross_section, count, 2)
    return Scatterers(rows, columns, shared_m2, rng.exponential(0.75) / gsd_m, length_m * beam_m)
