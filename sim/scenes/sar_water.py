"""Open sea as an X-band radar sees it: mean backscatter, its modulation by waves, and its spikes."""

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""One value a pixel, shape (height, width)."""

CALM_M_S, STORM_M_S = 1.5, 16.0
"""Winds between which the backscatter law is used."""

_GRAVITY_M_S2 = 9.80665
_TINY = 1e-300


def horizontal_share(incidence_deg: float) -> float:
    """Backscatter at HH over that at VV (Thompson, Elfouhaily and Chapron 1998, IGARSS, with alpha = 1)."""
    slope = np.tan(np.deg2rad(incidence_deg)) ** 2
    return float(((1 + slope) / (1 + 2 * slope)) ** 2)


def mean_backscatter(wind_m_s: float, incidence_deg: float, wind_from_look_rad: float = np.pi / 4) -> float:
    """Sigma0 at HH, linear.

    A power law in wind, fitted to CMOD5.N (Hersbach 2010, Journal of Atmospheric and Oceanic Technology 27:721) over
    2 to 16 m/s and 22 to 50 degrees, where it is good to 1.3 dB r.m.s.; that X band is a little brighter is left out.
    Upwind and downwind are brighter than across by half as much again.
    """
    wind = float(np.clip(wind_m_s, CALM_M_S, STORM_M_S))
    vertical_db = -25.4 + 13.6 * np.log10(wind) - 0.55 * (incidence_deg - 35.0)
    along_wind = 1.0 + 0.2 * np.cos(2 * wind_from_look_rad)
    return float(10 ** (vertical_db / 10) * along_wind * horizontal_share(incidence_deg))


def _unit_field(rng: np.random.Generator, power: NDArray[np.float64], columns: int) -> Plane:
    """A Gaussian field of unit variance and of a power spectrum of shape (rows, columns // 2 + 1)."""
    noise = rng.standard_normal((2, *power.shape), dtype=np.float32)
    spectrum = (noise[0] + 1j * noise[1]) * np.sqrt(power).astype(np.float32)
    field = np.fft.irfft2(spectrum, s=(power.shape[0], columns))
    return np.asarray((field - field.mean()) / (field.std() + 1e-12), dtype=np.float32)


def wind_sea(
    along_rows: NDArray[np.float64], along_columns: NDArray[np.float64], wind_m_s: float, wind_rad: float
) -> NDArray[np.float64]:
    """Power at spatial frequencies (cycles per metre, which broadcast) of a fully developed sea, up to a factor.

    Pierson and Moskowitz 1964 (Journal of Geophysical Research 69:5181) in wavenumber, spread as a squared cosine about
    `wind_rad`, from the column axis. Nothing at frequency zero.
    """
    frequency = np.hypot(along_rows, along_columns)
    frequency = np.where(frequency > 0, frequency, np.inf)
    # Deep-water waves of the peak frequency 0.877 g / U: 0.82 U² long.
    peak = _GRAVITY_M_S2 * 0.877**2 / (2 * np.pi * wind_m_s**2)
    spread = np.cos(np.arctan2(along_rows, along_columns) - wind_rad) ** 2
    return np.asarray(np.exp(-1.25 * (peak / frequency) ** 2) * frequency**-4.0 * spread)


def _swell(
    rng: np.random.Generator, along_rows: NDArray[np.float64], along_columns: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A narrow spectrum: waves of 60 to 300 m from one direction."""
    wavelength_m, direction = rng.uniform(60, 300), rng.uniform(-np.pi / 2, np.pi / 2)
    off_rows = along_rows - np.sin(direction) / wavelength_m
    off_columns = along_columns - np.cos(direction) / wavelength_m
    return np.asarray(np.exp(-(off_rows**2 + off_columns**2) / (2 * (0.15 / wavelength_m) ** 2)))


def wave_modulation(
    rng: np.random.Generator, *, height_px: int, width_px: int, gsd_m: float, wind_m_s: float, wind_rad: float
) -> Plane:
    """What waves do to the backscatter: a log-normal factor of mean 1, of wind sea and, in seven seas of ten, of swell.

    Depths of modulation are assumed: tilt and hydrodynamic modulation are not told apart, nor is the smear of moving
    water in azimuth.
    """
    rows, columns = cv2.getOptimalDFTSize(height_px), cv2.getOptimalDFTSize(width_px)
    along_rows = np.asarray(np.fft.fftfreq(rows, gsd_m), np.float64)[:, None]
    along_columns = np.asarray(np.fft.rfftfreq(columns, gsd_m), np.float64)[None]
    parts = [
        (wind_sea(along_rows, along_columns, wind_m_s, wind_rad), rng.uniform(0.1, 0.5) * min(1.3, wind_m_s / 8.0))
    ]
    if rng.random() < 0.7:
        parts.append((_swell(rng, along_rows, along_columns), rng.uniform(0.05, 0.45)))
    power = sum(depth**2 * part / max(float(part.sum()), _TINY) for part, depth in parts)
    variance = sum(depth**2 for _, depth in parts)
    field = _unit_field(rng, np.asarray(power), columns)[:height_px, :width_px]
    return np.asarray(np.exp(np.float32(np.sqrt(variance)) * field - np.float32(variance / 2)), dtype=np.float32)


def gamma_texture(
    rng: np.random.Generator, *, height_px: int, width_px: int, shape_parameter: float, correlation_px: float
) -> Plane:
    """Gamma-distributed power of mean 1 and variance 1 / shape_parameter, correlated over some pixels.

    Speckle times this is K-distributed (Ward 1981, Electronics Letters 17:561). A Gaussian field is bent into a gamma
    variate by the cube of Wilson and Hilferty 1931 (PNAS 17:684), good for shape parameters of 1 and more.
    """
    assert shape_parameter >= 1.0
    reach = int(np.ceil(3 * correlation_px))
    noise = rng.standard_normal((height_px + 2 * reach, width_px + 2 * reach), dtype=np.float32)
    smooth = cv2.GaussianBlur(noise, (2 * reach + 1, 2 * reach + 1), correlation_px)
    inner = smooth[reach : reach + height_px, reach : reach + width_px]
    field = inner * np.float32(1.0 / max(float(smooth.std()), 1e-6))
    ninth = 1.0 / (9.0 * shape_parameter)
    texture = np.maximum(np.float32(1 - ninth) + np.float32(np.sqrt(ninth)) * field, 0) ** 3
    return np.asarray(texture / np.float32(max(float(texture.mean()), 1e-6)), dtype=np.float32)
