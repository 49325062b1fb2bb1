"""What people have built, the same in every pass: towns, roofs, greenhouses, solar plants, and hot industry.

Static hot spots (gas flares, furnaces, kilns, vents of lava) are no wildfires; a detector of heat finds them all the
same, at the same place each time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenes.earth import climate
from sim.scenes.earth.hashing import key_of, mixed, uniform
from sim.scenes.earth.lattice import field, plots
from sim.scenes.earth.places import EDGE_M, FACES, GroundPatch
from sim.scenes.earth.scatter import Site, Sites, points_of_face, site_columns
from sim.scenes.fire import Patches, log_uniform
from sim.scenes.land import the_land
from sim.scenes.spectra import LAND_COVERS, Mask, Planes

HOT_SPOTS_PER_KM2 = 1.0e-4
"""15,199 static industrial heat sources on 149 million km² of land (Liu et al. 2018, Remote Sensing of Environment
204:347)."""
_FLARES, _VENTS = 0.5, 0.03  # their shares: half are flares in that list; vents of lava are assumed
_TOWNS_PER_KM2, _LARGEST_TOWN_M = 6e-3, 9000.0
_TOWN_CHANCE = np.array([0.25, 0.25, 0.8, 0.03, 1.0, 0.9, 0.06, 0.1, 0.0])
_ROOFS_PER_KM2, _TOWN_ROOFS_PER_KM2 = 0.25, 4.0
_ROOF_CHANCE = np.array([0.15, 0.3, 1.0, 0.04, 1.0, 1.0, 0.05, 0.1, 0.0])
_PLANTS_PER_KM2 = 2.5e-3
_PLANT_CHANCE = np.array([0.1, 0.4, 0.6, 0.3, 1.0, 0.5, 0.02, 0.05, 0.0])
_MIRRORING = 0.03
"""The share of instants at which a solar plant mirrors the Sun into the camera; assumed."""
_URBAN = np.array(LAND_COVERS["urban"], np.float32)


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A place that is always hot: what it is, `flare`, `industry` or `vent`, how much of it, and how hot."""

    latitude_deg: float
    longitude_deg: float
    kind: str
    area_m2: float
    temperature_k: float
    key: int


def static_hot_spots(seed: int) -> tuple[HotSpot, ...]:
    """Every static hot spot on the land of a seed's Earth, some 15,000."""
    return tuple(_hot_spot(seed, site) for site in hot_sites(seed))


def hot_sites(seed: int) -> list[Site]:
    """Where they are, of no pixel: what is there takes longer to tell."""
    box_m = (-EDGE_M, -EDGE_M, EDGE_M, EDGE_M)
    parts = [points_of_face(seed, "hot-spots", face, HOT_SPOTS_PER_KM2, box_m) for face in range(FACES)]
    latitude, longitude, keys = (np.concatenate([part[place] for part in parts]) for place in range(3))
    at_no_pixel = np.zeros(len(keys))
    return _on_land(seed, Sites(at_no_pixel, at_no_pixel, latitude, longitude, keys))


def hot_spots_in(seed: int, patch: GroundPatch) -> tuple[HotSpot, ...]:
    """Those of them in a patch."""
    return tuple(
        _hot_spot(seed, site) for site in _on_land(seed, site_columns(seed, "hot-spots", patch, HOT_SPOTS_PER_KM2, 2))
    )


def hot_patches(spots: tuple[HotSpot, ...], patch: GroundPatch) -> Patches:
    """Their heat in a frame's pixels."""
    places = np.array([(spot.latitude_deg, spot.longitude_deg) for spot in spots]).reshape(-1, 2)
    rows, columns = patch.pixels_of(places[:, 0], places[:, 1])
    inside = (rows >= 0) & (columns >= 0) & (rows < patch.height_px) & (columns < patch.width_px)
    row, column = (np.floor(axis[inside]).astype(np.int64) for axis in (rows, columns))
    heat = np.array([(spot.area_m2, spot.temperature_k) for spot in spots]).reshape(-1, 2)[inside]
    return Patches(row, column, heat[:, 0], heat[:, 1])


def _on_land(seed: int, sites: Sites) -> list[Site]:
    if not len(sites.keys):
        return []
    sites = sites.select(climate.is_land_at(seed, the_land(), sites.latitude_deg, sites.longitude_deg))
    return sites.select(~climate.is_ice_at(seed, sites.latitude_deg, sites.longitude_deg)).listed()


def _hot_spot(seed: int, site: Site) -> HotSpot:
    rng = np.random.default_rng([seed, site.key])
    draw = rng.random()
    if draw < _FLARES:  # Elvidge et al. 2016, Energies 9:14
        kind, area_m2, temperature_k = "flare", log_uniform(rng, 0.3, 30.0), rng.uniform(1500.0, 2100.0)
    elif draw < 1.0 - _VENTS:
        kind, area_m2, temperature_k = "industry", log_uniform(rng, 1.0, 60.0), rng.uniform(600.0, 1300.0)
    else:
        kind, area_m2, temperature_k = "vent", log_uniform(rng, 10.0, 300.0), rng.uniform(600.0, 1350.0)
    return HotSpot(site.latitude_deg, site.longitude_deg, kind, area_m2, float(temperature_k), site.key)


def build(
    seed: int, patch: GroundPatch, hour: int, water: Mask, biomes: NDArray[np.uint8], reflectance: Planes
) -> None:
    """Draw towns, then what stands in and about them, in place. Solar plants mirror the Sun in some hours."""
    in_town = _towns(seed, patch, water, reflectance)
    dry, up_deg = ~water, patch.up_deg
    rural = _chosen(site_columns(seed, "roofs", patch, _ROOFS_PER_KM2, 10), _ROOF_CHANCE, biomes, dry)
    urban = site_columns(seed, "roofs/town", patch, _TOWN_ROOFS_PER_KM2, 10) if in_town.any() else None
    sites = rural.listed()
    if urban is not None:
        row, column = _pixel(urban, in_town.shape)
        sites += urban.select(in_town[row, column] & dry[row, column]).listed()
    for site in sites:
        _roof(seed, site, patch.gsd_m, up_deg, reflectance)
    for site in _chosen(
        site_columns(seed, "plants", patch, _PLANTS_PER_KM2, 1100.0 / patch.gsd_m), _PLANT_CHANCE, biomes, dry
    ).listed():
        _solar_plant(seed, site, patch.gsd_m, up_deg, hour, reflectance)


def _pixel(sites: Sites, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return (
        np.clip(np.floor(sites.rows), 0, shape[0] - 1).astype(np.intp),
        np.clip(np.floor(sites.columns), 0, shape[1] - 1).astype(np.intp),
    )


def _chosen(sites: Sites, chance: NDArray[np.float64], biomes: NDArray[np.uint8], dry: Mask) -> Sites:
    row, column = _pixel(sites, biomes.shape)
    return sites.select((uniform(mixed(sites.keys + np.uint64(5))) < chance[biomes[row, column]]) & dry[row, column])


def _towns(seed: int, patch: GroundPatch, water: Mask, reflectance: Planes) -> Mask:
    """Built-up land about the towns' centres, in blocks; returns where it is."""
    inside = np.zeros(water.shape, bool)
    sites = site_columns(seed, "towns", patch, _TOWNS_PER_KM2, 1.4 * _LARGEST_TOWN_M / patch.gsd_m)
    if len(sites.keys):
        biomes = climate.biome_at(seed, the_land(), sites.latitude_deg, sites.longitude_deg)
        sites = sites.select(uniform(mixed(sites.keys + np.uint64(5))) < _TOWN_CHANCE[biomes])
    for site in sites.listed():
        rng = np.random.default_rng([seed, site.key])
        radius_m = min(_LARGEST_TOWN_M, rng.lognormal(np.log(500.0), 0.8))
        reach = int(1.4 * radius_m / patch.gsd_m) + 1
        top, left = max(0, int(site.row) - reach), max(0, int(site.column) - reach)
        bottom, right = min(water.shape[0], int(site.row) + reach), min(water.shape[1], int(site.column) + reach)
        if top >= bottom or left >= right:
            continue
        window = patch.window(top, left, bottom - top, right - left)
        down = np.arange(top, bottom)[:, None] + 0.5 - site.row
        across = np.arange(left, right)[None] + 0.5 - site.column
        distance = np.hypot(down, across).astype(np.float32) * np.float32(patch.gsd_m / radius_m)
        edge = field(seed, "town-edge", window, coarsest_m=1200.0, finest_m=40.0, slope=2.2)
        part = np.s_[top:bottom, left:right]
        built = (distance + np.float32(0.3) * edge < 0.85) & ~water[part]
        turn_deg = float(rng.uniform(0.0, 90.0))
        block = plots(seed, f"blocks/{site.key % 7}", window, length_m=110.0, width_m=60.0, turn_deg=turn_deg)
        shade = np.where(block < 0.16, np.float32(0.55), np.float32(0.75) + np.float32(0.6) * block)
        green = block > 0.86
        for band in range(4):
            ground = reflectance[band][part]
            paved = _URBAN[band] * shade
            np.copyto(ground, paved, where=built & ~green)
        inside[part] |= built
    return inside


def _box(
    reflectance: Planes,
    centre: tuple[float, float],
    sides: tuple[float, float],
    turn_deg: float,
    colour: NDArray[np.float64],
) -> None:
    """Paint a rectangle by the share of each pixel that it covers, in place: sides in pixels, the second of them turned
    from the columns' axis."""
    reach = int(0.5 * np.hypot(*sides)) + 2
    row, column = centre
    top, left = max(0, int(row) - reach), max(0, int(column) - reach)
    bottom, right = min(reflectance.shape[1], int(row) + reach), min(reflectance.shape[2], int(column) + reach)
    if top >= bottom or left >= right:
        return
    down, across = np.arange(top, bottom)[:, None] + 0.5 - row, np.arange(left, right)[None] + 0.5 - column
    cosine, sine = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    height, width = sides
    inside = (
        np.clip(side / 2 + 0.5 - np.abs(offset), 0.0, min(1.0, side))
        for side, offset in ((height, cosine * down - sine * across), (width, cosine * across + sine * down))
    )
    share = np.prod(np.broadcast_arrays(*inside), axis=0).astype(np.float32)
    ground = reflectance[:, top:bottom, left:right]
    ground += share * (colour.astype(np.float32)[:, None, None] - ground)


def _roof(seed: int, site: Site, gsd_m: float, up_deg: float, reflectance: Planes) -> None:
    """A white roof, a coloured one or a greenhouse of 15 to 120 m a side; assumed."""
    rng = np.random.default_rng([seed, site.key])
    height, width = np.exp(rng.uniform(np.log(15.0), np.log(120.0), 2)) / gsd_m
    kind = rng.random()
    if kind < 0.5:
        colour = np.array([1, 1, 0.95, 0.85]) * np.exp(rng.normal(0, 0.08, 4)) * rng.uniform(0.35, 0.95)
    elif kind < 0.85:
        colour = np.array([0.25, 0.33, 0.40, 0.42]) * np.exp(rng.normal(0, 0.15, 4)) * rng.uniform(0.7, 1.5)
    else:
        colour = np.array([0.35, 0.5, 0.42, 0.33]) * np.exp(rng.normal(0, 0.12, 4))
    _box(reflectance, (site.row, site.column), (height, width), rng.uniform(0.0, 90.0) - up_deg, colour)


def _solar_plant(seed: int, site: Site, gsd_m: float, up_deg: float, hour: int, reflectance: Planes) -> None:
    """Dark panels of 150 to 1,500 m a side, some of which are a mirror now and then."""
    rng = np.random.default_rng([seed, site.key])
    height, width = np.exp(rng.uniform(np.log(150.0), np.log(1500.0), 2)) / gsd_m
    panels = np.array([0.06, 0.15, 0.12, 0.15]) * np.exp(rng.normal(0, 0.2, 4))
    turn_deg = rng.uniform(0.0, 90.0) - up_deg
    _box(reflectance, (site.row, site.column), (height, width), turn_deg, panels)
    now = np.random.default_rng([seed, site.key, key_of(seed, f"mirror/{hour}")])
    if now.random() < _MIRRORING:
        flash = np.exp(now.normal(0, 0.12, 4)) * now.uniform(0.8, 3.0)
        _box(reflectance, (site.row, site.column), (0.2 * height, 0.2 * width), turn_deg, flash)
