"""Draws what a four-band imager sees of land with wildfires, and the truth about them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.scenes.atmosphere import add_cloud, add_haze, add_smoke
from sim.scenes.fire import (
    Fire,
    Patches,
    draw_flare,
    draw_front,
    draw_lava,
    draw_point,
    emission,
    gather,
    place,
)
from sim.scenes.sensor import FLIGHT_SENSOR, Sensor, observe, random_sensor
from sim.scenes.spectra import Mask, Plane, Planes
from sim.scenes.terrain import Land, draw_land
from sim.scenes.truth import Target, targets_from

# Wide enough for the point spread and the largest misregistration.
_MARGIN_PX = 8

# Below 5 degrees of elevation reflectance loses its meaning; nobody plans an exposure there.
_LOWEST_SUN_ZENITH_DEG = 85.0

_STUDY_KINDS = ("none", "points", "fronts", "both", "flares")
_STUDY_SHARES = (0.24, 0.28, 0.25, 0.15, 0.08)


@dataclass(frozen=True, slots=True)
class WildfireScene:
    """A drawn scene.

    `reflectance`: red, near infrared, SWIR1 and SWIR2, shape (4, side, side), with noise and saturation.
    `fire_swir2`: fire-made, noise-free change of SWIR2 reflectance, (side, side). `targets`: its components.
    `cloudy`: which pixels lie under a cloud, (side, side).
    """

    reflectance: Planes
    fire_swir2: Plane
    targets: tuple[Target, ...]
    cloudy: Mask


def _site(rng: np.random.Generator, water: Mask, on_land: bool) -> tuple[int, int] | None:
    """A random pixel inside the margin, on land where asked; None where thirty tries find no land."""
    for _ in range(30):
        row, column = (int(each) for each in rng.integers(_MARGIN_PX, water.shape[0] - _MARGIN_PX, 2))
        if not (on_land and water[row, column]):
            return row, column
    return None


def _window_px(rng: np.random.Generator, smallest: float, largest: float) -> int:
    return int(np.exp(rng.uniform(np.log(smallest), np.log(largest))))


def _study_fires(rng: np.random.Generator, biome: str, gsd_m: float) -> list[Fire]:
    """Fires to learn from: every kind, from too faint to see to saturated areas, and cold fresh scars."""

    def fronts(count: int, burning: bool) -> list[Fire]:
        return [draw_front(rng, window_px=_window_px(rng, 24, 220), gsd_m=gsd_m, burning=burning) for _ in range(count)]

    kind = rng.choice(_STUDY_KINDS, p=_STUDY_SHARES)
    fires = fronts(int(rng.integers(1, 4)), burning=False) if rng.random() < 0.4 else []
    if kind in ("fronts", "both"):
        fires += fronts(int(rng.integers(1, 3)), burning=True)
    if kind in ("points", "both"):
        fires += [draw_point(rng) for _ in range(1 + rng.poisson(4))]
    if kind == "flares":
        fires += [draw_flare(rng) for _ in range(rng.integers(1, 4))]
    if kind != "none" and biome == "volcanic" and rng.random() < 0.5:
        fires.append(draw_lava(rng))
    return fires


def _mission_fire(rng: np.random.Generator, gsd_m: float) -> Fire:
    """One fire as a mission meets it: mostly small, some fronts, few flares; large crown fires are rare."""
    kind = rng.random()
    if kind < 0.60:
        return draw_point(rng, smallest_m2=3.0)
    if kind < 0.94:
        return draw_front(rng, window_px=_window_px(rng, 24, 140), gsd_m=gsd_m, crown_share=0.1)
    return draw_flare(rng)


def _burn(rng: np.random.Generator, land: Land, fires: list[Fire]) -> Patches:
    """Place the fires, scars first burnt into the land's reflectance, in place."""
    placed = []
    for fire in fires:
        site = _site(rng, land.water, fire.on_land)
        if site is not None:
            placed.append(place(fire, *site, land.reflectance, land.water))
    return gather(placed)


def _draw(
    rng: np.random.Generator,
    choose_fires: Callable[[str], list[Fire]],
    sensor: Sensor,
    *,
    side_px: int,
    gsd_m: float,
    sun_zenith_deg: float,
) -> WildfireScene:
    side = side_px + 2 * _MARGIN_PX
    sun_zenith_deg = min(sun_zenith_deg, _LOWEST_SUN_ZENITH_DEG)
    land = draw_land(rng, side_px=side, sun_zenith_deg=sun_zenith_deg)
    fires = choose_fires(land.biome)
    patches = _burn(rng, land, fires)
    hot = emission(patches, side_px=side, gsd_m=gsd_m, sun_zenith_deg=sun_zenith_deg)
    if rng.random() < 0.6:
        add_smoke(rng, land.reflectance, hot, patches, sources=max(6, len(fires)))
    cloudy = np.zeros((side, side), bool)
    if rng.random() < 0.4:
        cloudy = add_cloud(rng, land.reflectance, hot)
    add_haze(rng, land.reflectance)
    reflectance, fire_swir2 = observe(rng, sensor, land.reflectance, hot, _MARGIN_PX)
    inside = np.s_[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
    return WildfireScene(reflectance, fire_swir2, targets_from(fire_swir2), cloudy[inside])


def draw_wildfire(
    rng: np.random.Generator,
    *,
    side_px: int,
    gsd_m: float,
    sun_zenith_deg: float,
    fire_count: int | None = None,
    sensor: Sensor | None = None,
) -> WildfireScene:
    """A square scene of `side_px` pixels of `gsd_m` metres.

    With a `fire_count` it holds that many separate fires as a mission meets them (a fire may be too small or
    too well hidden to be a target). Without, it is a scene to learn from: any kind and number of fires, or
    none, and cold scars. Without a `sensor` a random one looks at it. A Sun below 5 degrees is drawn at 5.
    """

    def choose_fires(biome: str) -> list[Fire]:
        if fire_count is None:
            return _study_fires(rng, biome, gsd_m)
        return [_mission_fire(rng, gsd_m) for _ in range(fire_count)]

    return _draw(
        rng,
        choose_fires,
        sensor or random_sensor(rng),
        side_px=side_px,
        gsd_m=gsd_m,
        sun_zenith_deg=sun_zenith_deg,
    )


def draw_flight_scene(
    rng: np.random.Generator,
    *,
    side_px: int,
    gsd_m: float,
    sun_zenith_deg: float,
    fires_per_1000_km2: float,
    sensor: Sensor = FLIGHT_SENSOR,
) -> WildfireScene:
    """A scene for the camera of a mission: the number of fires is Poisson with the density times the area."""
    area_km2 = (side_px * gsd_m / 1000.0) ** 2
    return draw_wildfire(
        rng,
        side_px=side_px,
        gsd_m=gsd_m,
        sun_zenith_deg=sun_zenith_deg,
        fire_count=int(rng.poisson(fires_per_1000_km2 * area_km2 / 1000.0)),
        sensor=sensor,
    )
