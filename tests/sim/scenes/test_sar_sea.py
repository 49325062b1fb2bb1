"""The drawn radar sea: its backscatter, speckle and texture, and the rafts and ships told of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.scenes.sar_imaging import Scatterers, Window, echo, point_response, speckle
from sim.scenes.sar_sea import SIGMA0_SCALE, SarScene, digitise_sigma0, draw_sar_sea, draw_water
from sim.scenes.sar_water import gamma_texture, horizontal_share, mean_backscatter, wave_modulation, wind_sea


def empty_sea(seed: int, wind_m_s: float, side_px: int = 256) -> NDArray[np.float32]:
    """Sigma0 of the sea alone, before speckle and noise."""
    return draw_water(
        np.random.default_rng(seed),
        height_px=side_px,
        width_px=side_px,
        gsd_m=1.0,
        wind_m_s=wind_m_s,
        incidence_deg=35.0,
    )


def busy_sea(seed: int, **settings: float) -> SarScene:
    """Sea with some fifty rafts and a few ships."""
    return draw_sar_sea(
        np.random.default_rng(seed),
        height_px=512,
        width_px=384,
        gsd_m=1.0,
        rafts_per_km2=250,
        ships_per_km2=10,
        **settings,
    )


def decibel(value: float) -> float:
    return float(10 * np.log10(value))


def test_backscatter_at_known_winds() -> None:
    """CMOD5.N at 35 degrees, mean over azimuth: -17.4, -13.0 and -11.1 dB at 5, 10 and 13 m/s; HH is 2.5 dB below."""
    for wind_m_s, vertical_db in ((5.0, -17.4), (10.0, -13.0), (13.0, -11.1)):
        assert decibel(mean_backscatter(wind_m_s, 35.0)) == pytest.approx(vertical_db - 2.5, abs=2.0)


def cmod5n_mean(wind_m_s: np.ndarray, incidence_deg: np.ndarray) -> np.ndarray:
    """Sigma0 at VV, linear, mean over azimuth: B0 of CMOD5.N with its coefficients c1 to c13 (Hersbach 2010)."""
    x = (incidence_deg - 40.0) / 25.0
    rising = 0.0040 * x
    falling = -0.6878 - 0.7957 * x + 0.3380 * x**2 - 0.1728 * x**3
    power = 6.7329 + 2.7713 * x - 2.2885 * x**2
    knee = 0.4971 - 0.7250 * x
    speed = (0.1103 + 0.0159 * x) * wind_m_s
    share = 1.0 / (1.0 + np.exp(-np.maximum(speed, knee)))
    below = np.minimum(speed / knee, 1.0) ** (knee * (1.0 - share))
    share = np.where(speed < knee, share * below, share)
    return np.asarray(share**power * 10 ** (falling + rising * wind_m_s))


def test_backscatter_is_as_near_to_cmod5n_as_it_says() -> None:
    wind, incidence = np.meshgrid(np.linspace(2, 16, 29), np.linspace(22, 50, 29))
    assert decibel(cmod5n_mean(np.array(10.0), np.array(35.0))) == pytest.approx(-13.0, abs=0.05)
    ours = np.vectorize(lambda w, i: mean_backscatter(w, i) / horizontal_share(i))(wind, incidence)
    misses_db = 10 * np.log10(ours / cmod5n_mean(wind, incidence))
    assert np.sqrt((misses_db**2).mean()) < 1.3


@given(st.floats(1.5, 15.5), st.floats(22, 49), st.floats(0, 6.3))
def test_backscatter_grows_with_wind_and_falls_with_incidence(wind: float, incidence: float, angle: float) -> None:
    here = mean_backscatter(wind, incidence, angle)
    assert mean_backscatter(wind + 0.5, incidence, angle) > here > mean_backscatter(wind, incidence + 1, angle) > 0


def test_drawn_sea_brightens_with_wind() -> None:
    means = [np.mean([empty_sea(seed, wind).mean() for seed in range(6)]) for wind in (2.0, 4.0, 8.0, 14.0)]
    assert np.all(np.diff(means) > 0)
    assert decibel(means[-1] / means[0]) == pytest.approx(13.6 * np.log10(7), abs=1.0)


def test_a_point_keeps_its_cross_section() -> None:
    """Wherever it lies between pixels, and in whatever pixel size: sigma0 times pixel area adds up to it."""
    rng = np.random.default_rng(4)
    for gsd_m in (0.4, 1.0, 1.2):
        place = rng.uniform(40, 41, (2, 1))
        point = Scatterers(place[0], place[1], np.array([3.5]), 0.0)
        image = echo(rng, point, Window(0, 0, 81, 81), gsd_m)
        assert (np.abs(image) ** 2).sum() * gsd_m**2 == pytest.approx(3.5, rel=0.01)


def test_side_lobes_are_those_of_a_hamming_window() -> None:
    """-43 dB (Harris 1978, Proceedings of the IEEE 66:51), and a main lobe of 1.3 cells between the -3 dB points."""
    offset_px = np.linspace(0, 30, 30001)
    power = point_response(offset_px) ** 2
    power /= power[0]
    assert decibel(power[offset_px > 2.0 * 1.2 + 0.05].max()) == pytest.approx(-43, abs=1)
    assert 2 * offset_px[np.argmax(power < 0.5)] / 1.2 == pytest.approx(1.3, abs=0.03)


@pytest.mark.parametrize("looks", [1, 4])
def test_speckle_has_its_number_of_looks(looks: int) -> None:
    """Equivalent number of looks, mean² / variance, over water of one brightness."""
    rng = np.random.default_rng(5)
    power = sum((speckle(rng, 400, 400) ** 2).sum(axis=2) for _ in range(looks)) / looks
    assert power.mean() == pytest.approx(1.0, abs=0.02)
    assert power.mean() ** 2 / power.var() == pytest.approx(looks, rel=0.05)


@pytest.mark.parametrize("shape_parameter", [1.0, 4.0, 30.0])
def test_texture_has_the_moments_of_a_gamma_variate(shape_parameter: float) -> None:
    texture = gamma_texture(
        np.random.default_rng(6), height_px=600, width_px=600, shape_parameter=shape_parameter, correlation_px=1.0
    )
    assert texture.min() >= 0
    assert texture.mean() == pytest.approx(1.0, abs=1e-3)
    assert texture.var() == pytest.approx(1 / shape_parameter, rel=0.1)
    assert ((texture - 1) ** 3).mean() / texture.std() ** 3 == pytest.approx(2 / np.sqrt(shape_parameter), rel=0.2)


def test_texture_makes_a_heavier_tail_than_speckle() -> None:
    """Normalised second moment of K-distributed intensity: (1 + 1 / looks)(1 + 1 / shape)."""
    rng = np.random.default_rng(7)
    plain = (speckle(rng, 512, 512) ** 2).sum(axis=2)
    texture = gamma_texture(rng, height_px=512, width_px=512, shape_parameter=2.0, correlation_px=1.5)
    spiky = plain * texture
    assert np.quantile(spiky, 0.9999) / spiky.mean() > 1.3 * np.quantile(plain, 0.9999) / plain.mean()
    assert (spiky**2).mean() / spiky.mean() ** 2 == pytest.approx(2 * 1.5, rel=0.1)


def test_wind_sea_has_the_wavelength_of_its_wind() -> None:
    """Fully developed: 0.82 U² long where the spectrum over frequency peaks, a tenth more over wavenumber."""
    frequency = np.linspace(1e-4, 0.2, 20000)
    for wind_m_s in (5.0, 10.0):
        along = wind_sea(np.zeros(1), frequency, wind_m_s, 0.0) * frequency
        assert 1 / frequency[np.argmax(along)] == pytest.approx(1.1 * 0.82 * wind_m_s**2, rel=0.02)
        assert wind_sea(np.zeros(1), frequency, wind_m_s, np.pi / 2).max() < 1e-9 * along.max()


@pytest.mark.parametrize("wind_rad", [0.0, np.pi / 2])
def test_waves_run_with_the_wind(wind_rad: float) -> None:
    """A factor of mean 1 that changes faster along the wind than across."""
    slopes = np.zeros(2)
    for seed in range(5):
        field = wave_modulation(
            np.random.default_rng(seed), height_px=300, width_px=260, gsd_m=1.0, wind_m_s=6.0, wind_rad=wind_rad
        )
        assert field.shape == (300, 260)
        assert field.mean() == pytest.approx(1.0, abs=0.1)
        slopes += [np.diff(field, axis=axis).std() for axis in (0, 1)]
    assert np.argmax(slopes) == (0 if wind_rad else 1)


def test_targets_are_where_they_are_told() -> None:
    scene = busy_sea(8, wind_m_s=2.0, incidence_deg=45.0)
    sigma0 = scene.sigma0[0]
    assert scene.sigma0.shape == (1, 512, 384)
    assert len(scene.raft_targets) > 20
    assert scene.ship_targets
    sea = np.median(sigma0)
    seen = [sigma0[each.y0 : each.y1, each.x0 : each.x1].max() > 8 * sea for each in scene.raft_targets]
    assert np.mean(seen) > 0.9
    for ship in scene.ship_targets:
        assert sigma0[ship.y0 : ship.y1, ship.x0 : ship.x1].max() > 50 * sea
        assert max(ship.x1 - ship.x0, ship.y1 - ship.y0) <= 150 + 4
    for raft in scene.raft_targets:
        assert 0 <= raft.x0 < raft.x1 <= 384
        assert 0 <= raft.y0 < raft.y1 <= 512
        assert max(raft.x1 - raft.x0, raft.y1 - raft.y0) <= 6 + 4
        assert raft.pixels == (raft.x1 - raft.x0) * (raft.y1 - raft.y0)


def test_a_raft_shows_its_peak_above_the_sea() -> None:
    scene = busy_sea(9, wind_m_s=2.0, incidence_deg=45.0)
    peaks = np.array([raft.peak for raft in scene.raft_targets])
    shown = [scene.sigma0[0, raft.y0 : raft.y1, raft.x0 : raft.x1].max() for raft in scene.raft_targets]
    assert np.corrcoef(np.log(peaks), np.log(shown))[0, 1] > 0.9


def test_the_number_of_targets_follows_the_density() -> None:
    counts = [
        len(
            draw_sar_sea(
                np.random.default_rng([10, seed]),
                height_px=200,
                width_px=200,
                gsd_m=1.2,
                looks=1,
                rafts_per_km2=50,
                ships_per_km2=0,
            ).raft_targets
        )
        for seed in range(60)
    ]
    assert np.mean(counts) == pytest.approx(50 * 0.24**2, rel=0.25)


def test_sea_without_targets() -> None:
    scene = draw_sar_sea(
        np.random.default_rng(11), height_px=64, width_px=48, gsd_m=0.5, rafts_per_km2=0, ships_per_km2=0
    )
    assert (scene.raft_targets, scene.ship_targets) == ((), ())
    assert scene.sigma0.dtype == np.float32
    assert np.isfinite(scene.sigma0).all()


def test_same_seed_same_scene() -> None:
    first, second, other = busy_sea(12), busy_sea(12), busy_sea(13)
    assert first.sigma0.tobytes() == second.sigma0.tobytes()
    assert first.raft_targets == second.raft_targets
    assert first.sigma0.tobytes() != other.sigma0.tobytes()


@settings(max_examples=15, deadline=None)
@given(st.integers(16, 90), st.integers(16, 90), st.floats(0.4, 1.2), st.integers(1, 4), st.integers(0, 2**32))
def test_any_frame_can_be_drawn(height_px: int, width_px: int, gsd_m: float, looks: int, seed: int) -> None:
    scene = draw_sar_sea(
        np.random.default_rng(seed),
        height_px=height_px,
        width_px=width_px,
        gsd_m=gsd_m,
        looks=looks,
        rafts_per_km2=2000,
        ships_per_km2=500,
    )
    assert scene.sigma0.shape == (1, height_px, width_px)
    assert np.isfinite(scene.sigma0).all()
    for target in (*scene.raft_targets, *scene.ship_targets):
        assert 0 <= target.x0 < target.x1 <= width_px
        assert 0 <= target.y0 < target.y1 <= height_px


def test_digital_numbers_hold_the_floor_and_the_ships() -> None:
    numbers = digitise_sigma0(np.array([0.0, 10**-2.5, 1.0, 6.5, 100.0], np.float32))
    assert numbers.dtype == np.uint16
    assert numbers[1] >= 30
    assert numbers.tolist()[2:] == [10_000, 65_000, 65_535]
    assert numbers[0] == 1, "zero is for what holds no data"
    np.testing.assert_allclose(numbers[1:4] * SIGMA0_SCALE, [10**-2.5, 1.0, 6.5], rtol=0.02)


def test_targets_say_what_they_are_and_how_large_and_the_scene_its_wind() -> None:
    scene = busy_sea(3, wind_m_s=9.0)
    assert {each.kind for each in scene.raft_targets} == {"raft"}
    assert {each.kind for each in scene.ship_targets} == {"ship"}
    assert all(4.9 <= each.size_m2 <= 28.3 for each in scene.raft_targets), "2.5 to 6 m across"
    assert all(20 * 20 * 0.13 - 0.1 <= each.size_m2 <= 150 * 150 * 0.25 + 0.1 for each in scene.ship_targets)
    assert scene.wind_m_s == 9.0
