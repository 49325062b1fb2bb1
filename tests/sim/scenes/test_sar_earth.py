"""The sea of the seeded Earth under a radar: the same for whoever looks, and rafts implanted into real pictures."""

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.scenes.earth.places import GroundPatch
from sim.scenes.sar_earth import DRIFT_M_S, RAFT_LIFE_S, draw_sea_frame, raft_sites, sea_weather
from sim.scenes.sar_implant import grain_of, implant_rafts, open_water
from sim.scenes.sar_sea import SarScene, draw_sar_sea

NOON_S = 1.8e9


def patch_at(latitude_deg: float, longitude_deg: float, side_px: int = 256, heading_deg: float = 10.0) -> GroundPatch:
    return GroundPatch.of(latitude_deg, longitude_deg, heading_deg, 1.0, side_px, side_px)


def frame(
    patch: GroundPatch, at_s: float = NOON_S, rafts_per_km2: float = 60.0, ships_per_km2: float = 5.0
) -> SarScene:
    return draw_sea_frame(7, patch, at_s, gsd_m=patch.gsd_m, rafts_per_km2=rafts_per_km2, ships_per_km2=ships_per_km2)


def test_place_and_time_draw_one_frame() -> None:
    patch = patch_at(30.0, -40.0)
    first, second, later = frame(patch), frame(patch), frame(patch, NOON_S + 60)
    assert np.array_equal(first.sigma0, second.sigma0)
    assert first.raft_targets == second.raft_targets
    assert not np.array_equal(first.sigma0, later.sigma0)
    assert first.sigma0.shape == (1, 256, 256)
    assert np.isfinite(first.sigma0).all()
    assert first.sigma0.min() > 0


def test_overlapping_frames_hold_the_same_rafts() -> None:
    """A frame turned by 90 degrees about the same place: the same rafts at the same places on the Earth."""
    upright, turned = patch_at(-20.0, 60.0, heading_deg=0.0), patch_at(-20.0, 60.0, heading_deg=90.0)
    first, second = (
        {round(site.latitude_deg, 7) for site, _ in raft_sites(7, patch, NOON_S, 60.0)} for patch in (upright, turned)
    )
    assert first
    assert first == second


def ships_of(patch: GroundPatch) -> dict[float, tuple[float, float]]:
    """Places of what sails wholly inside a frame, by its deck's area."""
    scene, side_px = frame(patch, rafts_per_km2=0.0, ships_per_km2=3.0), patch.width_px
    return {
        one.size_m2: tuple(float(axis) for axis in patch.places_of((one.y0 + one.y1) / 2, (one.x0 + one.x1) / 2))
        for one in scene.ship_targets
        if min(one.x0, one.y0) > 0 and max(one.x1, one.y1) < side_px
    }


@pytest.mark.parametrize("turn_deg", [1.0, 90.0])
def test_overlapping_frames_hold_the_same_ships(turn_deg: float) -> None:
    """Half an hour from where their courses cross the hashed places, up to twenty kilometres away."""
    upright, turned = (GroundPatch.of(-20.0, 60.0, heading, 4.0, 512, 512) for heading in (0.0, turn_deg))
    first, second = ships_of(upright), ships_of(turned)
    assert len(first) > 4
    assert first.keys() == second.keys()
    for deck_m2, (latitude, longitude) in first.items():
        # Boxes of a long hull have another middle in another frame, and pixels are of 4 m.
        assert second[deck_m2] == pytest.approx((latitude, longitude), abs=12.0 / 111_000)


def test_the_wind_blows_the_same_way_in_every_frame() -> None:
    """From the column axis, which points to the right of the frame's heading."""
    patches = [patch_at(-20.0, 60.0, heading_deg=heading) for heading in (0.0, 35.0, 90.0)]
    azimuths = [patch.up_deg + 90 + np.degrees(sea_weather(7, patch, NOON_S).wind_rad) for patch in patches]
    assert np.cos(np.radians(np.array(azimuths) - azimuths[0])) == pytest.approx(1.0, abs=1e-6)


def test_rafts_drift_slowly_and_begin_before_they_are_seen() -> None:
    patch = patch_at(10.0, 150.0, 512)
    now = {site.key: (site, onset_s) for site, onset_s in raft_sites(7, patch, NOON_S, 40.0)}
    then = {site.key: site for site, _ in raft_sites(7, patch, NOON_S + 100, 40.0)}
    shared = now.keys() & then.keys()
    assert shared
    for key in shared:
        site, onset_s = now[key]
        moved_px = np.hypot(site.row - then[key].row, site.column - then[key].column)
        assert moved_px == pytest.approx(100 * DRIFT_M_S * np.cos(np.radians(10.0)), rel=0.02)
        assert NOON_S - RAFT_LIFE_S < onset_s <= NOON_S


def test_as_many_rafts_float_as_the_density_says() -> None:
    rng = np.random.default_rng(1)
    counts = [
        len(raft_sites(7, patch_at(latitude, longitude, 512), NOON_S + at_s, 40.0))
        for latitude, longitude, at_s in rng.uniform([-60, -180, 0], [60, 180, 1e6], (60, 3))
    ]
    expected = 40.0 * (0.512 - 0.016) ** 2  # none at the frame's edge
    assert np.mean(counts) == pytest.approx(expected, abs=4 * np.sqrt(expected / len(counts)))


def test_weather_is_of_the_oceans_and_changes_smoothly() -> None:
    rng = np.random.default_rng(2)
    winds = [
        sea_weather(7, patch_at(latitude, longitude), NOON_S + at_s).wind_m_s
        for latitude, longitude, at_s in rng.uniform([-60, -180, 0], [60, 180, 1e6], (150, 3))
    ]
    assert np.mean(winds) == pytest.approx(7.0, abs=0.8)
    patch = patch_at(0.0, 0.0)
    hourly = [sea_weather(7, patch, NOON_S + 600 * step).wind_m_s for step in range(20)]
    assert np.abs(np.diff(hourly)).max() < 1.5


def test_nothing_floats_on_land() -> None:
    patch = patch_at(40.0, 10.0)
    land = np.ones((256, 256), bool)
    scene = draw_sea_frame(7, patch, NOON_S, gsd_m=1.0, rafts_per_km2=100.0, ships_per_km2=10.0, land=land)
    assert not scene.raft_targets
    assert {one.kind for one in scene.ship_targets} <= {"iceberg"}


def test_ice_lies_where_it_is_cold() -> None:
    def kinds(latitude_deg: float) -> list[str]:
        patches = [GroundPatch.of(latitude_deg, 20.0 * place, 0.0, 4.0, 256, 256) for place in range(12)]
        return [
            one.kind for patch in patches for one in frame(patch, rafts_per_km2=0.0, ships_per_km2=1.0).ship_targets
        ]

    cold, warm = kinds(70.0), kinds(10.0)
    assert "iceberg" not in warm
    assert "ship" in warm
    assert "iceberg" in cold


def test_targets_lie_in_the_frame_and_shine() -> None:
    scene = frame(patch_at(35.0, -50.0))
    assert scene.raft_targets
    for one in (*scene.raft_targets, *scene.ship_targets):
        assert 0 <= one.x0 < one.x1 <= 256
        assert 0 <= one.y0 < one.y1 <= 256
    assert all(one.kind == "raft" and one.peak > 0 for one in scene.raft_targets)


def plain_sea(looks: int, side_px: int = 384) -> NDArray[np.float32]:
    scene = draw_sar_sea(
        np.random.default_rng(3),
        height_px=side_px,
        width_px=side_px,
        gsd_m=1.0,
        wind_m_s=3.0,
        looks=looks,
        rafts_per_km2=0.0,
        ships_per_km2=0.0,
    )
    return np.asarray(scene.sigma0[0], np.float32)


def test_the_grain_of_a_picture_is_found() -> None:
    """The drawn sea's point response is of 1.2 pixels; its texture makes looks look fewer than they are."""
    grain = grain_of(plain_sea(1))
    assert grain.rows_px == pytest.approx(1.2, abs=0.2)
    assert grain.columns_px == pytest.approx(1.2, abs=0.2)
    assert grain.looks == 1


def test_implanted_rafts_shine_where_they_are_told_and_nothing_else_changes() -> None:
    sea = plain_sea(4)
    shown, rafts = implant_rafts(np.random.default_rng(4), sea, gsd_m=1.0, rafts_per_km2=120.0)
    assert len(rafts) > 3
    assert shown.min() > 0
    changed = shown != sea
    for raft in rafts:
        assert raft.kind == "raft"
        assert shown[raft.y0 : raft.y1, raft.x0 : raft.x1].max() > np.median(sea)
        changed[max(0, raft.y0 - 30) : raft.y1 + 30, max(0, raft.x0 - 30) : raft.x1 + 30] = False
    assert not changed.any()
    again, _ = implant_rafts(np.random.default_rng(4), sea, gsd_m=1.0, rafts_per_km2=120.0)
    assert np.array_equal(shown, again)


def test_no_raft_is_put_on_land_or_where_no_data_is() -> None:
    sea = plain_sea(4)
    sea[:, :150] *= 30.0
    sea[:, 300:] = 0.0
    water = open_water(sea, 1.0)
    assert water.any()
    assert not water[:, :150].any()
    assert not water[:, 300:].any()
    _, rafts = implant_rafts(np.random.default_rng(5), sea, gsd_m=1.0, rafts_per_km2=300.0)
    assert all(raft.x0 > 150 and raft.x1 < 300 for raft in rafts)
    _, none = implant_rafts(np.random.default_rng(5), np.zeros_like(sea), gsd_m=1.0, rafts_per_km2=300.0)
    assert not none


@pytest.mark.parametrize("gsd_m", [0.5, 1.0])
def test_an_implanted_raft_brings_its_cross_section(gsd_m: float) -> None:
    """Summed over many rafts on a faint sea, what was added is about the rafts' cross-section."""
    sea = plain_sea(1) * np.float32(1e-4)
    shown, rafts = implant_rafts(np.random.default_rng(6), sea, gsd_m=gsd_m, rafts_per_km2=400.0)
    added_m2 = float((shown - sea).sum()) * gsd_m**2 / len(rafts)
    assert 2.0 < added_m2 < 15.0  # the mean: 3.5 e^0.32 m2, and 0.3 x 7 m2 of reflectors, is 6.9
