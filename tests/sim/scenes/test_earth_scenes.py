"""What is drawn of a seeded Earth: land, fires with their lives, static hot spots, clouds, and the truth."""

from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sim.scenes.earth import climate, sky
from sim.scenes.earth.burning import FRONT, POINT, FireSite, fire_sites, fires_at
from sim.scenes.earth.chips import draw_earth_chip
from sim.scenes.earth.ground import Sun
from sim.scenes.earth.places import GroundPatch
from sim.scenes.earth.wildfire import EarthScene, draw_wildfire_scene, onset_of, sun_over
from sim.scenes.earth.works import hot_spots_in, static_hot_spots
from sim.scenes.land import the_land
from sim.scenes.sensor import FLIGHT_SENSOR
from sim.scenes.truth import targets_from

SEED = 1
NOW_S = datetime(2026, 6, 1, 10, 30, tzinfo=UTC).timestamp()
SILENT = replace(FLIGHT_SENSOR, noise=(0.0,) * 4)
SAVANNA = (9.0, 22.0)


def patch_at(latitude_deg: float, longitude_deg: float, heading_deg: float = 190.0, side_px: int = 256) -> GroundPatch:
    return GroundPatch.of(latitude_deg, longitude_deg, heading_deg, 20.0, side_px, side_px)


def drawn(patch: GroundPatch, utc_s: float = NOW_S, density: float = 0.0, is_cloudy: bool = False) -> EarthScene:
    return draw_wildfire_scene(SEED, patch, utc_s, fires_per_1000_km2=density, sensor=SILENT, is_cloudy=is_cloudy)


def shown_again(
    other: GroundPatch, plane: NDArray[np.float32], patch: GroundPatch
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    rows, columns = np.mgrid[0 : patch.height_px, 0 : patch.width_px] + 0.5
    there = other.pixels_of(*patch.places_of(rows, columns))
    inside = np.logical_and.reduce([(axis > 12) & (axis < other.height_px - 12) for axis in there])
    at = [(axis - 0.5).astype(np.float32) for axis in there]
    return cv2.remap(plane, at[1], at[0], cv2.INTER_LINEAR), inside


def a_fire(kind_of: str, density: float = 10.0) -> FireSite:
    """One in the middle of its life."""
    wide = GroundPatch.of(*SAVANNA, 0.0, 200.0, 512, 512)
    for fire in fire_sites(SEED, wide, NOW_S, density):
        if fire.kind.name == kind_of and 0.3 < (NOW_S - fire.onset_s) / fire.lasts_s < 0.7:
            return fire
    raise AssertionError("none in a hundred kilometres")


@pytest.mark.parametrize(
    ("place", "least"), [((48.0, 3.0), 0.9), (SAVANNA, 0.9), ((25.0, 10.0), 0.9), ((40.5, 18.0), 0.9)]
)
def test_overlapping_frames_show_the_same_land(place: tuple[float, float], least: float) -> None:
    patch, other = patch_at(*place), patch_at(place[0] + 0.008, place[1] + 0.008, 170.0)
    here, there = (drawn(one).reflectance[3] for one in (patch, other))
    seen, shown = shown_again(other, there, patch)
    assert shown.mean() > 0.3
    # Edges of fields and banks lie within a pixel; blurred by three, both frames agree.
    seen, here = (cv2.blur(plane, (3, 3))[shown] for plane in (seen, here))
    assert np.corrcoef(seen, here)[0, 1] > least


def test_the_same_exposure_draws_the_same_bits_and_a_later_one_only_its_own_noise() -> None:
    patch = patch_at(*SAVANNA)
    first, again = (draw_wildfire_scene(SEED, patch, NOW_S, fires_per_1000_km2=5.0) for _ in range(2))
    assert np.array_equal(first.reflectance, again.reflectance)
    later = draw_wildfire_scene(SEED, patch, NOW_S + 1.0, fires_per_1000_km2=5.0)
    assert 0.0 < np.abs(later.reflectance - first.reflectance).mean() < 0.01
    other = draw_wildfire_scene(SEED + 1, patch, NOW_S, fires_per_1000_km2=5.0)
    assert np.abs(other.reflectance - first.reflectance).mean() > 0.01


def test_land_and_sea_follow_the_map() -> None:
    for place, is_sea in (((0.0, -25.0), True), ((-23.7, 133.9), False), ((48.9, 2.3), False)):
        water = drawn(patch_at(*place)).water
        assert water.all() if is_sea else water.mean() < 0.3
    rows = np.linspace(-60.0, 70.0, 900)
    columns = (np.arange(900) * 137.5) % 360.0 - 180.0
    agrees = climate.is_land_at(SEED, the_land(), rows, columns) == the_land().is_land(rows, columns)
    assert agrees.mean() > 0.97


def test_a_coast_lies_within_a_frame_and_pixels_agree_with_points() -> None:
    patch = GroundPatch.of(40.5, 18.0, 190.0, 20.0, 1024, 1024)
    _, is_land = climate.coast(SEED, the_land(), patch)
    assert 0.02 < is_land.mean() < 0.98
    rows, columns = np.mgrid[16:1024:32, 16:1024:32]
    places = patch.places_of(rows + 0.5, columns + 0.5)
    points = climate.is_land_at(SEED, the_land(), places[0].ravel(), places[1].ravel())
    assert (points == is_land[rows, columns].ravel()).mean() > 0.98


def test_biomes_lie_where_they_should() -> None:
    latitude = np.repeat([78.0, -80.0, 62.0, 25.0, 0.0], 40)
    longitude = np.tile(np.linspace(-170.0, 170.0, 40), 5)
    found = climate.biome_at(SEED, the_land(), latitude, longitude).reshape(5, 40)
    for row, biome in ((1, climate.ICE), (2, climate.BOREAL), (3, climate.DESERT), (4, climate.FOREST)):
        inland = found[row][the_land().share(latitude.reshape(5, 40)[row], longitude.reshape(5, 40)[row]) > 0.99]
        assert np.bincount(inland, minlength=9).argmax() == biome, climate.NAMES[biome]


def test_as_many_fires_burn_as_the_scenario_says() -> None:
    burning, land_km2 = 0, 0.0
    index = np.arange(40) + 0.5
    latitudes, longitudes = np.degrees(np.arcsin(0.95 - 1.85 * index / 40)), (index * 137.507764) % 360.0 - 180.0
    for latitude, longitude in zip(latitudes.tolist(), longitudes.tolist(), strict=True):
        patch = GroundPatch.of(latitude, longitude, 0.0, 2000.0, 256, 256)
        rows, columns = np.mgrid[8:256:16, 8:256:16]
        places = patch.places_of(rows.ravel() + 0.5, columns.ravel() + 0.5)
        if not (the_land().share(*places) > 0.0).any():
            continue
        land_km2 += climate.is_land_at(SEED, the_land(), *places).mean() * patch.area_km2
        burning += sum(
            NOW_S - fire.onset_s < fire.lasts_s and 0 <= fire.site.row < 256 and 0 <= fire.site.column < 256
            for fire in fire_sites(SEED, patch, NOW_S, 0.1)
        )
    # The places are a sample of biomes, between which it burns six times as often in one as in the other.
    assert 1000.0 * burning / land_km2 == pytest.approx(0.1, rel=0.3)


@pytest.mark.parametrize("kind", [POINT.name, FRONT.name])
def test_a_fire_is_there_from_its_onset_to_its_end(kind: str) -> None:
    fire = a_fire(kind)
    patch = patch_at(fire.site.latitude_deg, fire.site.longitude_deg)

    def heat_m2(utc_s: float) -> float:
        found = [one for one in fires_at(SEED, patch, utc_s, 10.0) if one.key == fire.site.key]
        return sum(float(one.area_m2.sum()) for one in found)

    end_s = fire.onset_s + fire.lasts_s
    assert heat_m2(fire.onset_s - 60.0) == heat_m2(end_s + 60.0) == 0.0
    assert all(heat_m2(fire.onset_s + share * fire.lasts_s) > 0.0 for share in (0.05, 0.5, 0.95))


def test_a_front_grows_and_leaves_a_scar_that_pales() -> None:
    fire = a_fire(FRONT.name)
    patch = patch_at(fire.site.latitude_deg, fire.site.longitude_deg)

    def scar_px(utc_s: float) -> float:
        (found,) = (one for one in fires_at(SEED, patch, utc_s, 10.0) if one.key == fire.site.key)
        assert found.scar is not None
        return float(found.scar.sum())

    areas = [scar_px(fire.onset_s + share * fire.lasts_s) for share in (0.1, 0.5, 0.99)]
    assert areas == sorted(areas)
    assert 0.0 < scar_px(fire.onset_s + fire.lasts_s + 10 * 86_400) < areas[-1]


@pytest.mark.parametrize("phase", [0.02, 0.5, 0.98])
def test_scars_pale_at_any_time_of_a_span_alike(phase: float) -> None:
    """The oldest scars are of fires of eight days, forty days after."""
    wide, day_s = GroundPatch.of(*SAVANNA, 0.0, 400.0, 512, 512), 86_400.0
    utc_s = (NOW_S // FRONT.span_s + phase) * FRONT.span_s
    ages = [utc_s - fire.onset_s for fire in fire_sites(SEED, wide, utc_s, 10.0) if fire.kind is FRONT]
    assert sum(age_s > 36 * day_s for age_s in ages) == pytest.approx(
        sum(28 * day_s < a < 36 * day_s for a in ages), rel=0.4
    )
    assert max(ages) > 45 * day_s


def test_two_passes_see_the_same_fire_at_the_same_place() -> None:
    fire = a_fire(FRONT.name)
    place = (fire.site.latitude_deg, fire.site.longitude_deg)
    for heading_deg, later_s in ((190.0, 0.0), (350.0, 40.0)):
        patch = patch_at(place[0] + 0.005, place[1], heading_deg)
        scene = drawn(patch, NOW_S + later_s, 10.0)
        row, column = (float(axis) for axis in patch.pixels_of(*place))
        near = [
            target
            for target in targets_from(scene.fire_swir2)
            if abs((target.x0 + target.x1) / 2 - column) < 90 and abs((target.y0 + target.y1) / 2 - row) < 90
        ]
        assert near
        assert fire.onset_s in {onset_of(target, scene.onsets) for target in near}


def test_static_hot_spots_are_the_same_in_list_and_frames_and_no_targets() -> None:
    spots = static_hot_spots(SEED)
    land_km2 = 149e6
    assert len(spots) / land_km2 == pytest.approx(1e-4, rel=0.25)
    flare = next(spot for spot in spots if spot.kind == "flare" and spot.area_m2 > 15 and abs(spot.latitude_deg) < 45)
    patch = patch_at(flare.latitude_deg, flare.longitude_deg, side_px=64)
    assert flare in hot_spots_in(SEED, patch)
    noon_s = NOW_S - NOW_S % 86_400 + (12.0 - flare.longitude_deg / 15.0) * 3600.0
    hot, cold = (
        draw_wildfire_scene(
            SEED, patch, noon_s, fires_per_1000_km2=0.0, sensor=SILENT, is_cloudy=False, has_hot_spots=has
        )
        for has in (True, False)
    )
    assert (hot.reflectance - cold.reflectance)[3].max() > 0.2
    assert not targets_from(hot.fire_swir2)


def test_land_is_as_cloudy_as_it_is() -> None:
    rng, covers = np.random.default_rng(11), []
    while len(covers) < 150:
        latitude, longitude = float(np.degrees(np.arcsin(rng.uniform(-0.85, 0.97)))), float(rng.uniform(-180, 180))
        if the_land().is_land(latitude, longitude):
            patch = GroundPatch.of(latitude, longitude, 190.0, 320.0, 64, 64)
            planes = (np.zeros((bands, 64, 64), np.float32) for bands in (4, 5))
            covers.append(sky.add_cloud(SEED, patch, NOW_S + rng.uniform(0, 3e7), Sun(35, 120, 20), *planes).mean())
    assert np.mean(covers) == pytest.approx(sky.LAND_CLOUD_COVER, abs=0.09)
    assert np.mean(np.array(covers) < 0.1) > 0.1
    assert np.mean(np.array(covers) > 0.9) > 0.1


def test_clouds_pass_slowly_and_hide_fires() -> None:
    patch = GroundPatch.of(8.0, 22.0, 190.0, 60.0, 256, 256)
    now, soon, *days = (
        drawn(patch, NOW_S + later_s, is_cloudy=True).cloudy for later_s in (0.0, 30.0, 86_400.0, 172_800.0, 259_200.0)
    )
    assert (now == soon).mean() > 0.97
    assert min((now == day).mean() for day in days) < 0.9
    hidden = drawn(patch, NOW_S, 20.0, is_cloudy=True).fire_swir2
    clear = drawn(patch, NOW_S, 20.0).fire_swir2
    assert hidden.sum() < 0.1 * clear.sum()


def test_the_sun_stands_where_almanacs_have_it() -> None:
    # Solstice of June 2026, 08:24 UTC; local noon at Greenwich is 12:02 UTC on that day (equation of time -1.8 min).
    sun = sun_over(51.48, 0.0, datetime(2026, 6, 21, 12, 2, tzinfo=UTC).timestamp())
    assert sun.zenith_deg == pytest.approx(51.48 - 23.44, abs=0.05)
    assert sun.azimuth_deg == pytest.approx(180.0, abs=0.6)
    assert sun.declination_deg == pytest.approx(23.44, abs=0.02)


def test_chips_are_places_by_day_with_fires_in_many() -> None:
    chips = [draw_earth_chip(SEED, index, 96) for index in range(16)]
    assert all(chip.reflectance.shape == (4, 96, 96) for chip in chips)
    assert 3 <= sum(bool(chip.targets) for chip in chips) <= 14
    assert np.array_equal(chips[3].reflectance, draw_earth_chip(SEED, 3, 96).reflectance)
    clear = draw_earth_chip(SEED, 5, 96, is_cloudy=False, fires_per_1000_km2=0.0)
    assert not clear.targets
    assert not clear.cloudy.any()
