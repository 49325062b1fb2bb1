"""Part two of the fire exam, wider than part one: fresh scars, haze, coasts, industry, in the four bands that fly.

Nothing here was in the prototype's exam. Scars reach the SWIR2 / NIR of 5.5 seen in real ones; industry is dense with
roofs and mirrors, and its flares and furnaces count as fire: a picture cannot tell them from it, a list of static hot
spots can (docs/operations.md).
"""

from dataclasses import dataclass

import numpy as np

from sim.scenes.atmosphere import add_cloud, add_haze, add_smoke
from sim.scenes.fire import Fire, Patches, draw_flare, draw_front, draw_point, emission, gather, place
from sim.scenes.sensor import REFLECTANCE_SCALE, observe, random_sensor
from sim.scenes.spectra import BIOMES, Mask, Plane, Planes
from sim.scenes.terrain import Land, add_buildings, draw_land

_MARGIN_PX = 8
_ANYWHERE = tuple(BIOMES)
_BIOMES = {
    "scars": ("forest", "savanna", "farmland", "boreal", "volcanic", "desert"),
    "haze": _ANYWHERE,
    "coast": ("coast",),
    "industry": ("urban", "farmland", "coast", "desert"),
}
_THICK_HAZE = 0.20
_BUILDINGS_OF_INDUSTRY = 45.0


@dataclass(frozen=True, slots=True)
class WiderScene:
    """A drawn scene: reflectance (4, side, side), the fire-made noise-free change of SWIR2, and the pixel's size."""

    reflectance: Planes
    fire_swir2: Plane
    theme: str
    gsd_m: float

    @property
    def area_km2(self) -> float:
        """Ground in the picture."""
        return self.fire_swir2.size * self.gsd_m**2 / 1e6


def _furnace(rng: np.random.Generator) -> Fire:
    """Hot metal or kilns: 0.5 to 40 m² at 800 to 1700 K."""
    one = np.zeros(1, np.int64)
    area_m2 = np.exp(rng.uniform(np.log(0.5), np.log(40.0), 1))
    return Fire(Patches(one, one, area_m2, rng.uniform(800, 1700, 1)))


def _fires(rng: np.random.Generator, theme: str, gsd_m: float, burning: bool) -> list[Fire]:
    """What burns or has burnt in a scene of the theme."""

    def fronts(count: int, alight: bool) -> list[Fire]:
        windows = np.exp(rng.uniform(np.log(24), np.log(160), count)).astype(int)
        return [draw_front(rng, window_px=int(each), gsd_m=gsd_m, burning=alight) for each in windows]

    fires = fronts(int(rng.integers(2, 7)), alight=False) if theme == "scars" else []
    if not burning:
        return fires
    if theme == "industry":
        makers = [draw_flare if rng.random() < 0.5 else _furnace for _ in range(rng.integers(1, 4))]
        fires += [make(rng) for make in makers]
    fires += [draw_point(rng) for _ in range(rng.poisson(3))]
    return fires + fronts(int(rng.integers(0, 3)), alight=True)


def _burn(rng: np.random.Generator, land: Land, fires: list[Fire]) -> Patches:
    """Place fires on land, scars burnt into it, in place."""
    ground = np.argwhere(_inside(~land.water))
    if not len(ground):
        return gather([])
    sites = ground[rng.integers(0, len(ground), len(fires))]
    pairs = zip(fires, sites, strict=True)
    return gather([place(fire, int(row), int(column), land.reflectance, land.water) for fire, (row, column) in pairs])


def _inside(mask: Mask) -> Mask:
    """The mask without the margin, at the same size."""
    kept = np.zeros_like(mask)
    kept[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX] = mask[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
    return kept


def draw_wider_scene(theme: str, stream: int, index: int, *, side_px: int, burning: bool) -> WiderScene:
    """Scene `index` of a theme in a stream of seeds: always the same. Not `burning`: nothing in it is hot."""
    rng = np.random.default_rng([stream, sum(theme.encode()), index])
    gsd_m = float(rng.choice([10.0, 20.0, 30.0], p=[0.15, 0.5, 0.35]))
    sun_zenith_deg = float(rng.uniform(15, 72))
    side = side_px + 2 * _MARGIN_PX
    land = draw_land(rng, side_px=side, sun_zenith_deg=sun_zenith_deg, biome=str(rng.choice(_BIOMES[theme])))
    if theme == "industry":
        add_buildings(rng, land.reflectance, _BUILDINGS_OF_INDUSTRY)
    patches = _burn(rng, land, _fires(rng, theme, gsd_m, burning))
    hot = emission(patches, side_px=side, gsd_m=gsd_m, sun_zenith_deg=sun_zenith_deg)
    if rng.random() < 0.6:
        add_smoke(rng, land.reflectance, hot, patches)
    if rng.random() < 0.4:
        add_cloud(rng, land.reflectance, hot)
    add_haze(rng, land.reflectance, thickest=_THICK_HAZE if theme == "haze" else 0.06)
    light, fire_swir2 = observe(rng, random_sensor(rng), land.reflectance, hot, _MARGIN_PX)
    reflectance = np.rint(light / np.float32(REFLECTANCE_SCALE)) * np.float32(REFLECTANCE_SCALE)
    return WiderScene(reflectance.astype(np.float32), fire_swir2, theme, gsd_m)
