"""The water of a study sea: waves, swell, streaks and spikes, then slicks and rain. Sigma0 before speckle and noise."""

from dataclasses import dataclass

import cv2
import numpy as np

from sim.scenes.sar_aperture import Points
from sim.scenes.sar_fields import Floats, Plane, Wavenumbers, gamma_from
from sim.scenes.sar_law import SeaLaw

MOST_BREAKERS = 400


@dataclass(frozen=True, slots=True)
class SeaState:
    """What the sea is like: wind, and where it blows along from the column axis; mean sigma0, linear."""

    wind_m_s: float
    wind_rad: float
    incidence_deg: float
    sigma0: float
    noise_sigma0: float

    @classmethod
    def draw(cls, rng: np.random.Generator, law: SeaLaw, wind_m_s: float | None) -> "SeaState":
        """A state by the law, of a given wind or of any."""
        wind = rng.uniform(*law.wind_m_s) if wind_m_s is None else wind_m_s
        direction, incidence = rng.uniform(0, 2 * np.pi), rng.uniform(*law.incidence_deg)
        base_db, per_decade, per_degree = law.backscatter_db
        level_db = base_db + per_decade * np.log10(wind) + per_degree * (incidence - 35.0)
        level_db += rng.normal(0, law.backscatter_spread_db)
        noise = 10 ** (rng.uniform(*law.noise_db) / 10)
        return cls(wind, direction, incidence, float(10 ** (level_db / 10)), float(noise))


def _wind_sea(rng: np.random.Generator, state: SeaState, waves: Wavenumbers) -> Floats:
    """Power of waves about the wind, none longer than two and a half times the peak (after Pierson and Moskowitz)."""
    peak = 1.0 / (np.clip(0.8 * state.wind_m_s**2, 3, 250) * rng.uniform(0.7, 1.3))
    k = waves.magnitude
    spread = np.cos(np.arctan2(waves.along_rows, waves.along_columns) - state.wind_rad) ** 2
    power = np.exp(-1.25 * (peak / k) ** 2) * (k + peak / 4) ** -4 * spread**2 * (k > 0.4 * peak)
    return np.asarray(power + 1e-12)


def _swell(rng: np.random.Generator, law: SeaLaw, waves: Wavenumbers) -> Floats:
    length_m, angle = rng.uniform(*law.swell_length_m), rng.uniform(0, np.pi)
    rows, columns = np.sin(angle) / length_m, np.cos(angle) / length_m
    width = 2 * (0.15 / length_m) ** 2
    ahead = np.exp(-((waves.along_columns - columns) ** 2 + (waves.along_rows - rows) ** 2) / width)
    astern = np.exp(-((waves.along_columns + columns) ** 2 + (waves.along_rows + rows) ** 2) / width)
    return np.asarray(ahead + astern + 1e-12)


def _streaks(rng: np.random.Generator, state: SeaState, waves: Wavenumbers) -> Floats:
    """Roll vortices of the air: long along the wind."""
    along = np.cos(state.wind_rad) * waves.along_columns + np.sin(state.wind_rad) * waves.along_rows
    across = -np.sin(state.wind_rad) * waves.along_columns + np.cos(state.wind_rad) * waves.along_rows
    return np.asarray((np.hypot(along * rng.uniform(3, 12), across) + 1 / 600) ** -2.2)


def water(rng: np.random.Generator, law: SeaLaw, state: SeaState, waves: Wavenumbers) -> Plane:
    """Sigma0 of open water: a log-normal modulation by waves times a gamma texture, of mean about the state's."""
    depth = rng.uniform(*law.sea_depth) * min(1.3, state.wind_m_s / 8)
    modulation = depth * waves.field(rng, _wind_sea(rng, state, waves))
    if rng.random() < law.swell_share:
        modulation += rng.uniform(*law.swell_depth) * waves.field(rng, _swell(rng, law, waves))
    modulation += rng.uniform(*law.streak_depth) * waves.field(rng, _streaks(rng, state, waves))
    shape = float(np.exp(rng.uniform(*np.log(law.texture_shape))))
    grain = waves.field(rng, np.exp(-((waves.magnitude * rng.uniform(*law.texture_sharpness)) ** 2)))
    modulation -= modulation.var() / 2
    return np.asarray(np.float32(state.sigma0) * gamma_from(grain, shape) * np.exp(modulation), dtype=np.float32)


def with_slick(rng: np.random.Generator, law: SeaLaw, sea: Plane, waves: Wavenumbers) -> Plane:
    """Where a film of oil or a calm lies the sea is darker."""
    film = cv2.GaussianBlur(waves.field(rng, (waves.magnitude + 1 / 400) ** -3.2), (0, 0), 2)
    damped = np.float32(10 ** (-rng.uniform(*law.slick_db) / 10))
    return np.where(film > rng.uniform(0, 1.5), sea * damped, sea)


def with_rain(rng: np.random.Generator, law: SeaLaw, sea: Plane, waves: Wavenumbers, gsd_m: float) -> Plane:
    """A rain cell: drops roughen the sea, or damp its waves."""
    side_px = len(sea)
    centre = rng.random(2) * side_px
    rows, columns = np.mgrid[:side_px, :side_px]
    distance = np.hypot(rows - centre[0], columns - centre[1]) * gsd_m / rng.uniform(*law.rain_radius_m)
    patchy = 1 + 0.4 * waves.field(rng, (waves.magnitude + 1 / 100) ** -3)
    gain_db = rng.uniform(*law.rain_db) * np.exp(-(distance**4)) * patchy
    return np.asarray(sea * 10 ** (gain_db / 10), dtype=np.float32)


def breakers(rng: np.random.Generator, law: SeaLaw, state: SeaState, side_px: int, gsd_m: float) -> Points:
    """Breaking crests: streaks of up to 4 m along the wave crests, about as bright as faint rafts."""
    area_km2 = (side_px * gsd_m) ** 2 / 1e6
    growth = ((state.wind_m_s - law.breakers_from_m_s) / 8) ** 2
    count = min(MOST_BREAKERS, int(rng.poisson(area_km2 * rng.uniform(*law.breakers_per_km2) * growth)))
    place = rng.uniform(0, side_px, (2, count, 1))
    # Three scatterers a crest; a crest shows 25 m2 of sea about, spread by a factor of 2.
    strength = state.sigma0 * 25 * np.exp(rng.normal(0, 0.8, (count, 1)))
    offset_px = rng.uniform(-0.5, 0.5, (count, 3)) * rng.uniform(0.5, 4, (count, 1)) / gsd_m
    rows = place[0] + offset_px * np.cos(state.wind_rad)
    columns = place[1] - offset_px * np.sin(state.wind_rad)
    shares = strength / 3 * rng.exponential(1.0, (count, 3))
    return Points(rows.ravel(), columns.ravel(), shares.ravel(), rng.exponential(2.0, 3 * count) / gsd_m)
