"""Study seas: the fields, the aperture and the marks of which they are made, and that a seed draws one sea."""

import numpy as np
import pytest

from sim.scenes.sar_aperture import PEDESTALS, Aperture, Points, expose
from sim.scenes.sar_fields import Wavenumbers, gamma_from, gamma_quantiles
from sim.scenes.sar_study import StudySea, Wish, draw_study_sea


def sea_of(seed: int, wish: Wish | None = None) -> StudySea:
    return draw_study_sea(np.random.default_rng(seed), wish)


def test_a_field_has_unit_variance_and_its_spectrum() -> None:
    waves = Wavenumbers.of(256, 1.0)
    low = waves.magnitude < 0.05
    field = waves.field(np.random.default_rng(1), low.astype(np.float64) + 1e-12)
    assert field.mean() == pytest.approx(0, abs=1e-4)
    assert field.std() == pytest.approx(1, abs=1e-3)
    power = np.abs(np.fft.rfft2(field)) ** 2
    assert power[low].sum() > 0.999 * power.sum()


@pytest.mark.parametrize("shape_parameter", [0.8, 1.0, 4.0, 30.0])
def test_gamma_texture_has_its_moments(shape_parameter: float) -> None:
    gaussian = np.random.default_rng(2).standard_normal((600, 600), dtype=np.float32)
    texture = gamma_from(gaussian, shape_parameter)
    assert texture.min() >= 0
    assert texture.mean() == pytest.approx(1.0, abs=0.02)
    assert texture.var() == pytest.approx(1 / shape_parameter, rel=0.07)


def test_exponential_quantiles_are_known() -> None:
    """A gamma variate of shape 1 is exponential: its median is ln 2."""
    assert np.interp(0.5, np.linspace(0.0005, 0.9995, 400), gamma_quantiles(1.0)) == pytest.approx(np.log(2), rel=5e-3)


@pytest.mark.parametrize("weighting", list(PEDESTALS))
def test_a_point_keeps_its_cross_section_under_any_weighting(weighting: str) -> None:
    point = Points(np.array([40.0]), np.array([61.0]), np.array([3.5]), np.zeros(1))
    aperture = Aperture(looks=2, oversampling=1.3, weighting=weighting, defocus=2.0)
    surface = np.full((128, 128), 1e-6, np.float32)
    _, alone = expose(np.random.default_rng(3), aperture, surface, point, 0.5)
    assert alone.sum() * 0.5**2 == pytest.approx(3.5, rel=0.01)


@pytest.mark.parametrize("looks", [1, 4])
def test_speckle_has_its_looks_and_its_level(looks: int) -> None:
    aperture = Aperture(looks, oversampling=1.0, weighting="rectangular", defocus=0.0)
    surface = np.full((256, 256), 0.02, np.float32)
    sigma0, _ = expose(np.random.default_rng(4), aperture, surface, Points.joined([]), 1.0)
    assert sigma0.mean() == pytest.approx(0.02, rel=0.02)
    assert sigma0.mean() ** 2 / sigma0.var() == pytest.approx(looks, rel=0.05)


def test_a_seed_draws_one_sea() -> None:
    first, second, other = sea_of(5), sea_of(5), sea_of(6)
    assert np.array_equal(first.sigma0, second.sigma0)
    assert first.targets == second.targets
    assert not np.array_equal(first.sigma0, other.sigma0)


def test_what_is_wished_is_drawn() -> None:
    sea = sea_of(7, Wish(wind_m_s=4.0, looks=4, gsd_m=0.6, rafts=4, raft_rcs_m2=3.0))
    assert (sea.state.wind_m_s, sea.aperture.looks, sea.gsd_m) == (4.0, 4, 0.6)
    assert 1 <= len(sea.targets) <= 4
    assert all(target.kind == "raft" and target.cross_section_m2 == pytest.approx(3.0) for target in sea.targets)


def test_a_bright_raft_stands_out_where_it_is_told() -> None:
    wish = Wish(wind_m_s=2.0, looks=9, gsd_m=1.0, rafts=3, raft_rcs_m2=100.0)
    stood_out = []
    for seed in range(8):
        sea = sea_of(100 + seed, wish)
        level = np.median(sea.sigma0)
        for target in sea.targets:
            row, column = round(target.row), round(target.column)
            stood_out.append(sea.sigma0[row - 3 : row + 4, column - 3 : column + 4].max() > 10 * level)
            assert target.contrast_db > 6
    assert all(stood_out)


def test_hulls_lie_within_their_outlines() -> None:
    seas = [sea_of(200 + seed) for seed in range(40)]
    assert any(sea.hulls.any() for sea in seas)
    for sea in seas:
        assert not (sea.hulls & ~sea.large).any()
        assert np.isfinite(sea.sigma0).all()
        assert sea.sigma0.min() >= 0


def test_wind_brightens_the_sea() -> None:
    levels = [
        np.mean([np.median(sea_of(300 + seed, Wish(wind_m_s=wind)).sigma0) for seed in range(12)])
        for wind in (2.0, 6.0, 15.0)
    ]
    assert levels[0] < levels[1] < levels[2]
