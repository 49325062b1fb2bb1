import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenes.fire import Patches, draw_front, draw_point, emission, gather, place
from sim.scenes.sensor import FLIGHT_SENSOR, Sensor, digitise, observe, random_sensor
from sim.scenes.spectra import (
    LAND_COVERS,
    NIR,
    SWIR1,
    SWIR2,
    fire_reflectance,
    planck_radiance,
    random_scar,
)
from sim.scenes.terrain import draw_land, fractal
from sim.scenes.truth import Target, label_targets, targets_from


def test_planck_against_wien_and_stefan_boltzmann() -> None:
    """Peak at 2897.77 µm K, integral sigma T^4 / pi (CODATA 2018: 5.670374419e-8)."""
    wavelength_um = np.linspace(0.3, 200, 400_000)
    radiance = planck_radiance(1000.0, wavelength_um)
    assert wavelength_um[radiance.argmax()] * 1000 == pytest.approx(2897.77, rel=1e-3)
    assert np.trapezoid(radiance, wavelength_um) == pytest.approx(5.670374419e-8 * 1000**4 / np.pi, rel=1e-3)


def test_fire_adds_most_where_the_sun_is_weakest() -> None:
    added = fire_reflectance(np.array([700.0, 1000.0]), np.array([0.01, 0.01]), 40.0)
    assert (np.diff(added, axis=0) > 0).all()
    assert (added[:, 1] > added[:, 0]).all()
    low_sun = fire_reflectance(np.array([1000.0]), np.array([0.01]), 70.0)
    assert low_sun[SWIR2, 0] / added[SWIR2, 1] == pytest.approx(np.cos(np.radians(40)) / np.cos(np.radians(70)))


def test_fire_of_a_thousandth_of_a_pixel_by_hand() -> None:
    """1000 K at 2.201 µm: B = 3344 W m-2 sr-1 µm-1; 0.95 * 0.9 * pi * B / 85 / 1000 with the Sun overhead."""
    added = fire_reflectance(np.array([1000.0]), np.array([0.001]), 0.0)
    assert added[SWIR2, 0] == pytest.approx(0.95 * 0.9 * np.pi * 3344 / 85 / 1000, rel=2e-3)


def test_fresh_scars_are_as_steep_as_real_ones() -> None:
    rng = np.random.default_rng(1)
    scars = np.array([random_scar(rng) for _ in range(2000)])
    ratio = scars[:, SWIR2] / scars[:, NIR]
    assert ratio.min() > 1
    assert np.quantile(ratio, 0.9) > 4
    assert scars[:, SWIR2].max() < max(spectrum[SWIR2] for spectrum in LAND_COVERS.values())


@given(st.integers(0, 2**32 - 1), st.sampled_from([33, 100, 144]), st.sampled_from([1, 2]))
def test_fractal_is_normalised(seed: int, side_px: int, coarseness: int) -> None:
    field = fractal(np.random.default_rng(seed), side_px, 2.4, coarseness)
    assert field.shape == (side_px, side_px)
    assert field.dtype == np.float32
    assert abs(float(field.mean())) < 1e-3
    assert float(field.std()) == pytest.approx(1, abs=1e-3)


def test_land_is_like_land() -> None:
    for seed in range(12):
        land = draw_land(np.random.default_rng(seed), side_px=96, sun_zenith_deg=40.0)
        assert land.reflectance.shape == (4, 96, 96)
        assert land.reflectance.dtype == np.float32
        assert land.reflectance.min() > 0
        assert np.median(land.reflectance) < 0.8


def _one_patch(side_px: int) -> Patches:
    middle = np.array([side_px // 2])
    return Patches(middle, middle, np.array([4.0]), np.array([1000.0]))


@given(st.integers(0, 2**32 - 1))
def test_optics_neither_ring_nor_make_light(seed: int) -> None:
    side = 48
    hot = emission(_one_patch(side), side_px=side, gsd_m=20.0, sun_zenith_deg=30.0)
    rng = np.random.default_rng(seed)
    _, fire_swir2 = observe(rng, random_sensor(rng), np.full_like(hot, 0.1), hot, 8)
    assert fire_swir2.shape == (32, 32)
    assert fire_swir2.min() >= 0
    assert float(fire_swir2.sum()) == pytest.approx(float(hot[SWIR2].sum()), rel=1e-4)


def test_a_shift_moves_the_band() -> None:
    side = 48
    hot = emission(_one_patch(side), side_px=side, gsd_m=20.0, sun_zenith_deg=30.0)
    sensor = Sensor(0.4, ((0, 0), (0, 0), (0, 0), (1.0, -0.5)), (9.0,) * 4, (0.0,) * 4)
    _, fire_swir2 = observe(np.random.default_rng(0), sensor, np.zeros_like(hot), hot, 8)
    rows, columns = np.mgrid[:32, :32]
    assert float((rows * fire_swir2).sum() / fire_swir2.sum()) == pytest.approx(16 + 1.0, abs=0.02)
    assert float((columns * fire_swir2).sum() / fire_swir2.sum()) == pytest.approx(16 - 0.5, abs=0.02)


def test_saturation_and_noise_are_the_sensors() -> None:
    surface = np.full((4, 116, 116), 0.1, np.float32)
    surface[SWIR1] = 5.0
    measured, _ = observe(np.random.default_rng(3), FLIGHT_SENSOR, surface, np.zeros_like(surface), 8)
    assert (measured[SWIR1] == np.float32(FLIGHT_SENSOR.saturation[SWIR1])).all()
    expected = FLIGHT_SENSOR.noise[NIR] * np.sqrt(0.3 + 0.1 / 0.3)
    assert float(measured[NIR].std()) == pytest.approx(expected, rel=0.05)


def test_digitise_rounds_and_clips_to_the_sensors_depth() -> None:
    levels = digitise(np.array([-0.1, 0.0, 0.0003, 1.0, 2.0, 7.0], np.float32))
    assert levels.dtype == np.uint16
    assert levels.tolist() == [0, 0, 1, 2048, 4095, 4095]
    assert digitise(np.array([1.0], np.float32), scale=1 / 255, bit_depth=8).tolist() == [255]


def test_fires_burn_on_land_only_and_scars_keep_to_their_window() -> None:
    rng = np.random.default_rng(5)
    ground = np.full((4, 101, 101), 0.3, np.float32)
    water = np.zeros((101, 101), np.bool_)
    water[:, 60:] = True
    front = draw_front(rng, window_px=40, gsd_m=20.0)
    patches = place(front, 50, 45, ground, water)
    assert (patches.columns < 60).all()
    assert (ground[:, :, 60:] == np.float32(0.3)).all()
    assert (ground[:, :29] == np.float32(0.3)).all()
    assert (np.abs(ground[SWIR2] - 0.3) > 0.02).any()
    cold = draw_front(rng, window_px=40, gsd_m=20.0, burning=False)
    assert len(cold.patches.rows) == 0


def test_patches_at_the_edge_are_cut_off() -> None:
    fire = draw_point(np.random.default_rng(1), smallest_m2=300.0)
    ground = np.full((4, 20, 20), 0.3, np.float32)
    dry = np.zeros((20, 20), np.bool_)
    assert len(place(fire, 100, 100, ground, dry).rows) == 0
    assert len(gather([]).rows) == 0


def test_targets_are_the_8_connected_components() -> None:
    fire = np.zeros((12, 12), np.float32)
    fire[1, 1], fire[2, 2], fire[2, 3] = 0.06, 0.3, 0.05
    fire[8:10, 6:11] = 0.2
    labels, targets = label_targets(fire)
    assert targets == targets_from(fire)
    assert targets == (Target(1, 1, 3, 3, 2, float(fire[2, 2])), Target(6, 8, 11, 10, 10, float(fire[8, 6])))
    assert (labels[8:10, 6:11] == 2).all()
    assert targets_from(np.zeros((4, 4), np.float32)) == ()
