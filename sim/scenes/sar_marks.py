"""What lies on a flown sea beside its targets, painted into windows of its sigma0: wakes, rain, ice, breakers."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.sar_imaging import Scatterers

Plane = NDArray[np.float32]
"""Sigma0, shape (height, width), painted in place."""

WAKE_M = 600.0
KELVIN_SLOPE = 0.33
"""Tangent of 18.3 degrees, a little less than Kelvin's 19.5; assumed."""
BREAKERS_FROM_M_S = 4.0
BREAKERS_PER_KM2 = (50.0, 2500.0)
"""At 12 m/s; assumed."""
ICE_RADIUS_M = (8.0, 40.0)
ICE_DB = (-12.0, -3.0)
RAIN_RADIUS_M = (150.0, 1500.0)
RAIN_DB = (-3.0, 7.0)
AMBIGUITY_DB = (20.0, 30.0)
"""How far a ship's ghost lies below it; assumed, what small radars state."""


def _window(plane: Plane, row: float, column: float, reach_px: float) -> tuple[Plane, NDArray[np.float32]] | None:
    """The part of a plane about a place, and its pixels' offsets from it (2, height, width); None where it is none."""
    height, width = plane.shape
    top, bottom = max(0, int(row - reach_px)), min(height, int(row + reach_px) + 1)
    left, right = max(0, int(column - reach_px)), min(width, int(column + reach_px) + 1)
    if top >= bottom or left >= right:
        return None
    rows, columns = np.mgrid[top:bottom, left:right].astype(np.float32)
    return plane[top:bottom, left:right], np.stack([rows - np.float32(row), columns - np.float32(column)])


def paint_wake(
    rng: np.random.Generator, sea: Plane, row: float, column: float, heading_rad: float, beam_m: float, gsd_m: float
) -> None:
    """A dark turbulent wake and brighter Kelvin arms behind a ship; `heading_rad` from the column axis."""
    depth, gain = 10 ** (-rng.uniform(1, 7) / 10), 10 ** (rng.uniform(0, 4) / 10)
    found = _window(sea, row, column, WAKE_M / gsd_m)
    if found is None:
        return
    part, (down, right) = found
    sine, cosine = np.float32(np.sin(heading_rad)), np.float32(np.cos(heading_rad))
    astern = -(right * cosine + down * sine) * np.float32(gsd_m)
    abeam = np.abs(down * cosine - right * sine) * np.float32(gsd_m)
    fading = np.clip(1 - astern / np.float32(WAKE_M), 0, 1) * (astern > 0)
    turbulent = (abeam < beam_m / 2 + 0.03 * astern) * fading
    arms = (np.abs(abeam - KELVIN_SLOPE * astern) < 4) * fading
    part *= (1 + np.float32(depth - 1) * turbulent) * (1 + np.float32(gain - 1) * arms)


def paint_rain(rng: np.random.Generator, sea: Plane, row: float, column: float, gsd_m: float) -> None:
    """A rain cell, which roughens the sea or damps its waves."""
    radius_px = float(np.exp(rng.uniform(*np.log(RAIN_RADIUS_M)))) / gsd_m
    gain_db = rng.uniform(*RAIN_DB)
    found = _window(sea, row, column, 1.6 * radius_px)
    if found is None:
        return
    part, (down, right) = found
    square = (down**2 + right**2) / np.float32(radius_px**2)
    patchy = cv2.resize(
        rng.normal(1, 0.4, (12, 12)).astype(np.float32), part.shape[::-1], interpolation=cv2.INTER_CUBIC
    )
    part *= np.power(np.float32(10), np.float32(gain_db / 10) * np.exp(-(square**2)) * patchy)


def paint_ice(
    rng: np.random.Generator, sea: Plane, row: float, column: float, gsd_m: float
) -> tuple[float, float] | None:
    """An iceberg, dark in its lee. Its half height and half width in pixels; None where nothing of it shows."""
    radius_px = rng.uniform(*ICE_RADIUS_M) / gsd_m
    width = rng.uniform(0.6, 1.6)
    level = 10 ** (rng.uniform(*ICE_DB) / 10)
    found = _window(sea, row, column, 2.6 * radius_px)
    if found is None:
        return None
    part, (down, right) = found
    angle = np.arctan2(down, right)
    phases = rng.uniform(0, 2 * np.pi, 5)
    ragged = sum(
        np.sin((n + 2) * angle + phase) * np.float32(0.16 / (n + 1)) for n, phase in enumerate(phases.tolist())
    )
    distance = np.hypot(down, right * np.float32(width)) / np.float32(radius_px) + ragged
    relief = cv2.GaussianBlur(rng.standard_normal(part.shape, dtype=np.float32), (0, 0), max(1.0, 2.0 / gsd_m))
    relief *= np.float32(0.6 / max(float(relief.std()), 1e-6))
    part[(distance > 1) & (distance < 1.5) & (right > 0)] *= np.float32(0.3)
    ice = distance < 1
    part[ice] = np.float32(level) * np.exp(relief[ice])
    return radius_px * 1.2, radius_px * 1.2 / width


def paint_breakers(
    rng: np.random.Generator, sea: Plane, wind_m_s: float, wind_rad: float, mean: float, gsd_m: float
) -> None:
    """Breaking crests: streaks of up to 4 m along the waves' crests, some about as bright as faint rafts.

    `mean` is the sigma0 of the sea. Each is a patch of brighter water, speckled like it.
    """
    if wind_m_s <= BREAKERS_FROM_M_S:
        return
    height, width = sea.shape
    area_km2 = height * width * gsd_m**2 / 1e6
    growth = ((wind_m_s - BREAKERS_FROM_M_S) / 8) ** 2
    count = int(rng.poisson(area_km2 * rng.uniform(*BREAKERS_PER_KM2) * growth))
    rows, columns = rng.uniform(0, height, (count, 1)), rng.uniform(0, width, (count, 1))
    offset_px = rng.uniform(-0.5, 0.5, (count, 3)) * rng.uniform(0.5, 4, (count, 1)) / gsd_m
    rows = np.clip(rows + offset_px * np.cos(wind_rad), 0, height - 1).astype(int)
    columns = np.clip(columns - offset_px * np.sin(wind_rad), 0, width - 1).astype(int)
    # A crest shows the backscatter of some 25 m2 of sea, spread by a factor of 2.
    strength = mean * 25 / gsd_m**2 * np.exp(rng.normal(0, 0.8, (count, 1))) / 3 * rng.exponential(1.0, (count, 3))
    bright = np.zeros_like(sea)
    np.add.at(bright, (rows.ravel(), columns.ravel()), strength.ravel().astype(np.float32))
    sea += cv2.GaussianBlur(bright, (3, 3), 0.5)


def ghost_of(rng: np.random.Generator, ship: Scatterers, reach_px: float) -> Scatterers:
    """A ship's azimuth ambiguity: the same points far up or down the track, weak and smeared."""
    up = rng.uniform(0.2, 1.0) * reach_px * (1 if rng.random() < 0.5 else -1)
    aside = rng.uniform(-3, 3)
    weaker = 10 ** (-rng.uniform(*AMBIGUITY_DB, len(ship.rows)) / 10)
    return Scatterers(
        ship.rows + up, ship.columns + aside, ship.cross_section_m2 * weaker, ship.smear_px + 3.0, ship.deck_m2
    )
