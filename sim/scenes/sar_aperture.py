"""A radar's picture by way of its spectrum: whole side lobes, several weightings, and targets out of focus.

Slower than `sar_imaging` on large frames, and wider: that one draws one instrument, this one any.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenes.sar_fields import Floats, Plane

PEDESTALS = {"rectangular": 1.0, "hamming": 0.54, "taylor": 0.7}
"""Weightings of the processed band, pedestal plus cosine; the last is about a Taylor weighting of -20 dB."""


@dataclass(frozen=True, slots=True)
class Points:
    """Scatterers, arrays of shape (n,): places in pixels, cross-sections, azimuth smear by motion (pixels, 1 sigma)."""

    rows: Floats
    columns: Floats
    cross_section_m2: Floats
    smear_px: Floats

    @classmethod
    def joined(cls, parts: "list[Points]") -> "Points":
        """All scatterers of a scene."""
        if not parts:
            return cls(*(np.zeros(0) for _ in range(4)))
        return cls(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.columns for part in parts]),
            np.concatenate([part.cross_section_m2 for part in parts]),
            np.concatenate([part.smear_px for part in parts]),
        )

    def inside(self, side_px: int) -> "Points":
        """Those that lie in a square, its border pixels left out."""
        within = [(place > 1) & (place < side_px - 2) for place in (self.rows, self.columns)]
        kept = within[0] & within[1]
        return Points(self.rows[kept], self.columns[kept], self.cross_section_m2[kept], self.smear_px[kept])


@dataclass(frozen=True, slots=True)
class Aperture:
    """What forms the picture: looks averaged in intensity, samples a resolution cell, weighting, and defocus.

    `defocus` is the phase, in turns at half the sampling frequency, by which targets that move lose their focus in
    azimuth.
    """

    looks: int
    oversampling: float
    weighting: str
    defocus: float

    def response(self, side_px: int) -> NDArray[np.complex64]:
        """The transfer function of shape (side, side), of unit mean square, as `numpy.fft.fft2` orders it."""
        frequency = np.fft.fftfreq(side_px)
        inside = np.abs(frequency) <= 0.5 / self.oversampling
        pedestal = PEDESTALS[self.weighting]
        taper = pedestal + (1 - pedestal) * np.cos(2 * np.pi * frequency * self.oversampling)
        axis = np.where(inside, taper, 0.0)
        axis /= np.sqrt((axis**2).mean())
        return np.outer(axis, axis).astype(np.complex64)


def _lattice(rng: np.random.Generator, points: Points, side_px: int, gsd_m: float) -> NDArray[np.complex64]:
    """Complex amplitudes of one look, each point shared among its four pixels; power adds up to cross-section."""
    rows = points.rows + rng.normal(0, 1, len(points.rows)) * np.clip(points.smear_px / 2, 0, 8)
    rows = np.clip(rows, 1, side_px - 3)
    amplitude = np.sqrt(points.cross_section_m2) / gsd_m * np.exp(2j * np.pi * rng.random(len(rows)))
    row, column = np.floor(rows).astype(int), np.floor(points.columns).astype(int)
    down, right = rows - row, points.columns - column
    plane = np.zeros((side_px, side_px), np.complex128)
    for step, across, share in (
        (0, 0, (1 - down) * (1 - right)),
        (0, 1, (1 - down) * right),
        (1, 0, down * (1 - right)),
        (1, 1, down * right),
    ):
        np.add.at(plane, (row + step, column + across), amplitude * share)
    return plane.astype(np.complex64)


def expose(
    rng: np.random.Generator, aperture: Aperture, surface: Plane, points: Points, gsd_m: float
) -> tuple[Plane, Plane]:
    """Intensity, and what the points alone would show, both sigma0 of shape (side, side).

    `surface` is sigma0 of water, ice and thermal noise before speckle.
    """
    side_px = len(surface)
    response = aperture.response(side_px)
    frequency = np.fft.fftfreq(side_px)[:, None]
    blur = response * np.exp(8j * np.pi * aperture.defocus * frequency**2).astype(np.complex64)
    points = points.inside(side_px)
    amplitude = np.sqrt(surface / 2, dtype=np.float32)
    intensity, alone = np.zeros_like(surface), np.zeros_like(surface)
    for _ in range(aperture.looks):
        white = rng.standard_normal((2, side_px, side_px), dtype=np.float32) * amplitude
        spectrum = np.fft.fft2(white[0] + 1j * white[1]) * response
        if len(points.rows):
            echoes = np.fft.fft2(_lattice(rng, points, side_px, gsd_m)) * blur
            shown = np.fft.ifft2(echoes)
            alone += shown.real**2 + shown.imag**2
            spectrum += echoes
        look = np.fft.ifft2(spectrum)
        intensity += look.real**2 + look.imag**2
    return intensity / np.float32(aperture.looks), alone / np.float32(aperture.looks)
