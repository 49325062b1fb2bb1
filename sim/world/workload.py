"""What bringing a frame from one level to the next costs, in multiply-accumulates for each pixel of the frame.

Levels are those of ARCHITECTURE and of CEOS: raw numbers are level 0, calibrated and registered ones 1, located ones
2, detections 4. A radar's focusing is counted from the lengths of its Fourier transforms, the other steps
from what is done to a sample. One operation is a real multiplication or addition, two make a multiply-accumulate.
"""

from math import ceil, log2

import numpy as np
from numpy.typing import NDArray

from onboard.commands import ProcessingStep
from sim.equipment.instrument import Instrument

Values = NDArray[np.float64] | float

CALIBRATION_MACS = 8.0
"""A sample: offset and gain, and a bad pixel replaced by the mean of its neighbours (assumed: 1 and 7; the chain is
that of OBPMark benchmark 1.1, Steenari and others 2021, doi:10.5281/zenodo.5638577)."""

RESAMPLING_MACS = 20.0
"""A sample by cubic convolution: 16 taps (Keys 1981) and 4 for the place in the other band (assumed)."""

LOCATION_MACS = 9.0
"""A pixel: latitude and longitude by bilinear interpolation between tie points, 4 each, and the tie points' own share
(assumed: 250 for the sensor model at one pixel in 16 x 16)."""

MULTILOOK_MACS = 2.0
"""A look: power of a complex sample (assumed)."""

KERNEL_TAPS = 8
"""Of the interpolator that corrects range cell migration (assumed: twice as many are an eighth more work)."""

RANGE_OVERSAMPLING = 1.2
"""Samples a pixel along range, of those that `raw_bytes_per_px` counts, one byte each (see the instrument's file)."""


def range_doppler_operations(n_range: Values, n_azimuth: Values, kernel_taps: int = KERNEL_TAPS) -> NDArray[np.float64]:
    """Real operations that focus a block of n_range x n_azimuth complex samples by the range-Doppler algorithm.

    Range and azimuth compression are a transform forth, a product and a transform back each; between the azimuth
    transforms an interpolator with a kernel of M taps corrects range cell migration. It takes 2 (2 M - 1) a sample, M
    real taps on both parts; a complex product takes 6; a transform of N points 5 N log2 N, N / 2 log2 N butterflies of
    a product and two complex sums. Steps and counts are those of Cumming and Wong, Digital Processing of Synthetic
    Aperture Radar Data (Artech House 2005), cited from memory; making the reference functions is not counted.
    """
    samples = np.asarray(n_range, dtype=np.float64) * n_azimuth
    transforms = 10.0 * np.log2(n_range) + 10.0 * np.log2(n_azimuth)
    return np.asarray(samples * (transforms + 2 * 6 + 2 * (2 * kernel_taps - 1)))


def focusing_macs_per_px(width_px: int, height_px: int, raw_samples_per_px: float) -> float:
    """Work of focusing a radar image, for each of its pixels; its columns run along range.

    The transforms have the next power of two of the samples that the image's echoes take. A raw sample more than range
    needs is one of azimuth, where looks are taken and added up.
    """
    azimuth_per_px = max(raw_samples_per_px / RANGE_OVERSAMPLING, 1.0)
    n_range = 2.0 ** ceil(log2(width_px * RANGE_OVERSAMPLING))
    n_azimuth = 2.0 ** ceil(log2(height_px * azimuth_per_px))
    operations = float(range_doppler_operations(n_range, n_azimuth))
    return operations / 2.0 / (width_px * height_px) + MULTILOOK_MACS * azimuth_per_px


def steps_per_px(instrument: Instrument) -> tuple[ProcessingStep, ...]:
    """The steps that a frame of the instrument goes through before a network sees it, in order.

    Their work is in multiply-accumulates a pixel, rounded to whole ones.
    """
    bands = len(instrument.bands)
    steps = []
    if instrument.kind == "sar":
        samples = max(instrument.raw_bytes_per_px, RANGE_OVERSAMPLING)
        focusing = focusing_macs_per_px(instrument.width_px, instrument.height_px, samples)
        steps.append(ProcessingStep("focusing", round(focusing)))
    steps.append(ProcessingStep("calibration", round(CALIBRATION_MACS * bands)))
    if bands > 1:
        steps.append(ProcessingStep("registration", round(RESAMPLING_MACS * (bands - 1))))
    steps.append(ProcessingStep("location", round(LOCATION_MACS)))
    return tuple(steps)
