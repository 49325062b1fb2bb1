"""Small scenes of a seeded Earth to learn from and to be examined on: any place, time, sensor and sample distance."""

import numpy as np

from sim.scenes.earth.burning import fire_sites
from sim.scenes.earth.climate import is_land_at
from sim.scenes.earth.places import GroundPatch
from sim.scenes.earth.wildfire import draw_wildfire_scene, sun_over
from sim.scenes.land import the_land
from sim.scenes.sensor import Sensor, random_sensor
from sim.scenes.truth import targets_from
from sim.scenes.wildfire import WildfireScene

GSD_M = (10.0, 20.0, 30.0)
HIGHEST_SUN_DEG, LOWEST_SUN_DEG = 12.0, 72.0
FIRES_PER_1000_KM2 = 8.0
"""Of the Earth that chips show; those that are to hold fire are cut about one."""
_LAND_SHARE, _CLOUDY_SHARE, _FIRE_SHARE = 0.93, 0.4, 0.65
_FIRST_UTC_S, _YEAR_S = 1_767_225_600, 365 * 86_400  # 2026
_TRIES = 60
_SEARCHED_M = 50_000.0


def draw_earth_chip(
    seed: int,
    index: int,
    side_px: int,
    *,
    sensor: Sensor | None = None,
    gsd_m: float | None = None,
    is_cloudy: bool | None = None,
    fires_per_1000_km2: float | None = None,
    has_hot_spots: bool = False,
) -> WildfireScene:
    """The chip of a number: a square of a random place, on land for the most part, at a random hour of sunlight.

    What is given is no longer random. Static hot spots are left out unless asked for: nothing in one picture tells
    them from fires.
    """
    rng = np.random.default_rng([seed, index, side_px])
    looking = sensor or random_sensor(rng)
    distance_m = float(rng.choice(GSD_M)) if gsd_m is None else gsd_m
    patch, utc_s = _place(rng, seed, side_px, distance_m)
    burns, cloudy = rng.random() < _FIRE_SHARE, rng.random() < _CLOUDY_SHARE
    if fires_per_1000_km2 is None:
        fires_per_1000_km2 = FIRES_PER_1000_KM2
        patch = _about_a_fire(rng, seed, patch, utc_s) if burns else patch
    drawn = draw_wildfire_scene(
        seed,
        patch,
        utc_s,
        fires_per_1000_km2=fires_per_1000_km2,
        sensor=looking,
        is_cloudy=cloudy if is_cloudy is None else is_cloudy,
        has_hot_spots=has_hot_spots,
    )
    return WildfireScene(drawn.reflectance, drawn.fire_swir2, targets_from(drawn.fire_swir2), drawn.cloudy)


def _about_a_fire(rng: np.random.Generator, seed: int, patch: GroundPatch, utc_s: float) -> GroundPatch:
    """The same looking at a fire that burns nearby, somewhere in it; as it was where there is none."""
    step = max(1, round(_SEARCHED_M / (patch.gsd_m * patch.width_px)))
    wide = GroundPatch.of(
        patch.latitude_deg, patch.longitude_deg, patch.up_deg, patch.gsd_m * step, patch.height_px, patch.width_px
    )
    fires = fire_sites(seed, wide, utc_s, FIRES_PER_1000_KM2)
    burning = [fire.site for fire in fires if utc_s - fire.onset_s < fire.lasts_s]
    if not burning:
        return patch
    site = burning[int(rng.integers(len(burning)))]
    around = GroundPatch.of(
        site.latitude_deg, site.longitude_deg, patch.up_deg, patch.gsd_m, patch.height_px, patch.width_px
    )
    row, column = rng.uniform(0.12, 0.88, 2) * (patch.height_px, patch.width_px)
    latitude, longitude = around.places_of(row, column)
    return GroundPatch.of(float(latitude), float(longitude), patch.up_deg, patch.gsd_m, patch.height_px, patch.width_px)


def _place(rng: np.random.Generator, seed: int, side_px: int, gsd_m: float) -> tuple[GroundPatch, float]:
    """Evenly over the sphere, by day; land is looked for."""
    wants_land = rng.random() < _LAND_SHARE
    latitude, longitude, utc_s = 0.0, 20.0, float(_FIRST_UTC_S + 36_000)
    for _ in range(_TRIES):
        latitude, longitude = float(np.degrees(np.arcsin(rng.uniform(-0.9, 0.97)))), float(rng.uniform(-180, 180))
        utc_s = float(_FIRST_UTC_S + rng.integers(_YEAR_S))
        is_day = HIGHEST_SUN_DEG <= sun_over(latitude, longitude, utc_s).zenith_deg <= LOWEST_SUN_DEG
        place = (np.array([latitude]), np.array([longitude]))
        if is_day and (not wants_land or is_land_at(seed, the_land(), *place)[0]):
            break
    return GroundPatch.of(latitude, longitude, float(rng.uniform(0, 360)), gsd_m, side_px, side_px), utc_s
