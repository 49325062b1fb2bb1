"""Work of the steps between levels, counted from what is done to a sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.data import sample_path
from sim.equipment.instrument import Instrument
from sim.equipment.records import read_record
from sim.world.workload import KERNEL_TAPS, focusing_macs_per_px, range_doppler_operations, steps_per_px


def instrument(name: str) -> Instrument:
    return read_record(Instrument, sample_path("instruments", f"{name}.toml"))


def test_range_doppler_by_hand() -> None:
    """4096 x 4096 samples, 8 taps: four transforms of 12 stages (240), two products (12), one interpolation (30)."""
    assert range_doppler_operations(4096.0, 4096.0) == 4096 * 4096 * (240 + 12 + 30)


def test_transforms_are_most_of_it() -> None:
    """About 70 % of all, reference functions included (Chan and others 2008, PIER C 1, 159; cited from memory)."""
    samples = 2048.0 * 8192.0
    transforms = samples * 10 * (11 + 13)
    assert 0.6 < transforms / float(range_doppler_operations(2048.0, 8192.0)) < 0.9


def counted_transform(signal: list[complex]) -> tuple[list[complex], int]:
    """A radix-2 Fourier transform, and its real operations: 6 of a complex product, 2 of a complex sum."""
    n = len(signal)
    if n == 1:
        return signal, 0
    (even, ours), (odd, theirs) = counted_transform(signal[::2]), counted_transform(signal[1::2])
    turned = [np.exp(-2j * np.pi * k / n) * one for k, one in enumerate(odd)]
    upper = [a + b for a, b in zip(even, turned, strict=True)]
    lower = [a - b for a, b in zip(even, turned, strict=True)]
    return upper + lower, ours + theirs + n // 2 * (6 + 2 + 2)


def test_operations_of_a_block_as_they_are_counted_one_by_one() -> None:
    """A block is transformed and back along both axes, multiplied twice and interpolated once, tap by tap."""
    n_range, n_azimuth, taps = 16, 64, 5
    rng = np.random.default_rng(1)
    along_range, along_azimuth = (rng.normal(size=n) + 1j * rng.normal(size=n) for n in (n_range, n_azimuth))
    spectrum, range_count = counted_transform(list(along_range))
    np.testing.assert_allclose(spectrum, np.fft.fft(along_range))
    _, azimuth_count = counted_transform(list(along_azimuth))
    transforms = 2 * n_azimuth * range_count + 2 * n_range * azimuth_count
    interpolation = 2 * (taps + (taps - 1))  # of the real and of the imaginary part: products, and their sums
    a_sample = 2 * 6 + interpolation
    assert range_doppler_operations(n_range, n_azimuth, taps) == transforms + n_range * n_azimuth * a_sample


def test_the_kernels_length_matters_little() -> None:
    once, twice = (float(range_doppler_operations(2048.0, 8192.0, taps)) for taps in (KERNEL_TAPS, 2 * KERNEL_TAPS))
    assert 1.1 < twice / once < 1.13


@given(st.integers(4, 14), st.integers(4, 14))
def test_arrays_and_numbers_agree_and_grow(range_log2: int, azimuth_log2: int) -> None:
    n_range, n_azimuth = 2.0**range_log2, 2.0**azimuth_log2
    many = range_doppler_operations(np.array([n_range, 2 * n_range]), np.array([n_azimuth, n_azimuth]))
    assert many[0] == range_doppler_operations(n_range, n_azimuth)
    assert many[1] > 2 * many[0]


def test_a_radars_echoes_are_focused_first() -> None:
    steps = steps_per_px(instrument("x-band-sar"))
    assert [step.name for step in steps] == ["focusing", "calibration", "location"]
    # 1024 px x 1.2 and 1024 px x 5.8 / 1.2 are transformed as 2048 and 8192, then 4.8 looks are added.
    by_hand = 2048 * 8192 * (10 * (11 + 13) + 12 + 30) / 2 / 1024**2 + 2 * 5.8 / 1.2
    assert steps[0].work_macs == round(by_hand) == pytest.approx(focusing_macs_per_px(1024, 1024, 5.8), abs=0.5)


def test_a_cameras_bands_are_calibrated_registered_and_located() -> None:
    steps = {step.name: step.work_macs for step in steps_per_px(instrument("swir-imager"))}
    assert steps == {"calibration": 4 * 8, "registration": 3 * 20, "location": 9}


def test_one_band_needs_no_registration() -> None:
    single = instrument("swir-imager").model_copy(update={"bands": ("pan",), "scale": (1.0,), "offset": (0.0,)})
    assert [step.name for step in steps_per_px(single)] == ["calibration", "location"]
