"""Random fields over a square piece of sea: Gaussian ones of a given spectrum, and gamma-distributed texture."""

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""One value a pixel, shape (side, side)."""
Floats = NDArray[np.float64]

_SHARES = np.linspace(0.0005, 0.9995, 400)
"""Gamma variates are cut off beyond these quantiles: one pixel in two thousand keeps the value of its neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class Wavenumbers:
    """Spatial frequencies of a square of `side_px` pixels in cycles per metre, as `numpy.fft.rfft2` orders them."""

    side_px: int
    along_rows: Floats
    along_columns: Floats
    magnitude: Floats

    @classmethod
    def of(cls, side_px: int, gsd_m: float) -> "Wavenumbers":
        """Of pixels of `gsd_m` metres; the magnitude is never quite zero."""
        along_rows = np.asarray(np.fft.fftfreq(side_px, gsd_m), np.float64)[:, None]
        along_columns = np.asarray(np.fft.rfftfreq(side_px, gsd_m), np.float64)[None]
        return cls(side_px, along_rows, along_columns, np.hypot(along_rows, along_columns) + 1e-6)

    def field(self, rng: np.random.Generator, power: Floats) -> Plane:
        """A Gaussian field of mean 0 and variance 1 with a power spectrum of the magnitude's shape, up to a factor."""
        noise = rng.standard_normal((2, *power.shape), dtype=np.float32)
        spectrum = (noise[0] + 1j * noise[1]) * np.sqrt(power).astype(np.float32)
        field = np.fft.irfft2(spectrum, s=(self.side_px, self.side_px))
        return np.asarray((field - field.mean()) / (field.std() + 1e-9), dtype=np.float32)


@lru_cache(maxsize=1)
def _normal_quantiles() -> Floats:
    normal = NormalDist()
    return np.array([normal.inv_cdf(share) for share in _SHARES.tolist()])


def gamma_quantiles(shape_parameter: float) -> Floats:
    """Quantiles at 400 even shares of a gamma variate of mean 1, by summing its density over the logarithm."""
    logarithm = np.linspace(-16.0, np.log(shape_parameter + 12 * np.sqrt(shape_parameter) + 30), 4000)
    density = np.exp(shape_parameter * logarithm - np.exp(logarithm) - shape_parameter * np.log(shape_parameter))
    share = np.cumsum(density)
    return np.asarray(np.exp(np.interp(_SHARES, share / share[-1], logarithm)) / shape_parameter)


def gamma_from(gaussian: Plane, shape_parameter: float) -> Plane:
    """A Gaussian field of unit variance bent into a gamma-distributed one of mean 1, rank by rank.

    Speckle times this is K-distributed (Ward 1981, Electronics Letters 17:561).
    """
    bent = np.interp(gaussian, _normal_quantiles(), gamma_quantiles(shape_parameter))
    return np.asarray(bent, dtype=np.float32)
