"""Work of the steps between levels, counted from what is done to a sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.data import sample_path
from sim.equipment.instrument import Instrument
from sim.equipment.records import read_record
from sim.world.workload import focusing_macs_per_px, range_doppler_operations, steps_per_px


def instrument(name: str) -> Instrument:
    return read_record(Instrument, sample_path("instruments", f"{name}.toml"))


def test_range_doppler_by_hand() -> None:
    """Cumming and Wong 2005, section 11.5: 5 N log2 N a transform, 6 a product, 2 (2 M - 1) an interpolation.

    4096 x 4096 samples, 8 taps: four transforms of 12 stages (240), two products (12), one interpolation (30).
    """
    assert range_doppler_operations(4096.0, 4096.0) == 4096 * 4096 * (240 + 12 + 30)


def test_transforms_are_most_of_it() -> None:
    """Chan and others 2008 (PIER C 1, 159) put them at about 70 % of all, reference functions included."""
    samples = 2048.0 * 8192.0
    transforms = samples * 10 * (11 + 13)
    assert 0.6 < transforms / float(range_doppler_operations(2048.0, 8192.0)) < 0.9


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
