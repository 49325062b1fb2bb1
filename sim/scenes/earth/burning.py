"""Fires as events of a place and a time: they begin, grow, burn out, and leave a scar that pales.

Every fire belongs to a span of days in which it begins; what burns at an instant is looked up in the span it lies in
and those before. Shapes are drawn on a ground grid, north up, so that every frame shows the same fire.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.earth import climate
from sim.scenes.earth.hashing import mixed, uniform
from sim.scenes.earth.places import RADIUS_M, GroundPatch
from sim.scenes.earth.scatter import Site, Sites, joined, site_columns
from sim.scenes.fire import Patches, log_uniform
from sim.scenes.land import the_land
from sim.scenes.spectra import Mask, Plane, random_scar
from sim.scenes.terrain import fractal

GRID_M = 20.0
"""The ground grid that fires are drawn on."""
_HOUR_S, _DAY_S = 3600.0, 86400.0
_FLICKER_S = 600.0
_PIXEL_M2 = 900.0  # burning areas of fronts are told for the Landsat pixel, as in `sim.scenes.fire`
_CROWN_SHARE = 0.1
_MEAN_FLAME_M2 = 10.0
_SPOTS = 20.0  # on the whole grid, of which a quarter burns
SMOKE_REACH_M = 8_000.0
"""A fire beyond a frame may still send its smoke into it, from no farther than this."""
_SCAR_RADII, _LARGEST_M = 1.9, 1400.0
_REACH_RADII = 2.1
"""No part of a fire is farther from its centre: arrival grows with distance, by exp(-0.7) of it or more."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fire: how long it burns (uniform in the logarithm), and its share of those burning at once."""

    name: str
    share: float
    least_s: float
    most_s: float
    span_s: float
    spans_back: int

    @property
    def mean_s(self) -> float:
        """How long it burns on the average."""
        return float((self.most_s - self.least_s) / np.log(self.most_s / self.least_s))


POINT = Kind("point", 0.62, _HOUR_S, 24 * _HOUR_S, _DAY_S, 1)
FRONT = Kind("front", 0.38, 12 * _HOUR_S, 8 * _DAY_S, 8 * _DAY_S, 6)
"""Lifetimes are assumed: a field or a heap burns for hours, a wildfire for days (Andela et al. 2019, Earth System
Science Data 11:529, has 4 to 5 days for the mean fire of the 500 m fire atlas). Scars show for forty days."""
_PALES_S = 20 * _DAY_S


@dataclass(frozen=True, slots=True)
class Burning:
    """One fire as it is at an instant. Patches have places of their own; `scar` is a ground grid, row 0 in the north.

    `onset_s` is in seconds of the Unix epoch; NaN where nobody knows it.
    """

    key: int
    latitude_deg: float
    longitude_deg: float
    onset_s: float
    east_m: NDArray[np.float64]
    north_m: NDArray[np.float64]
    area_m2: NDArray[np.float64]
    temperature_k: NDArray[np.float64]
    scar: Plane | None = None
    scar_reflectance: NDArray[np.float64] | None = None

    @property
    def hottest_deg(self) -> tuple[float, float]:
        """Latitude and longitude of the middle of what burns."""
        east_m, north_m = (float(np.average(axis, weights=self.area_m2)) for axis in (self.east_m, self.north_m))
        level = float(np.cos(np.radians(self.latitude_deg)))
        east_deg = float(np.degrees(east_m / RADIUS_M)) / level
        return self.latitude_deg + float(np.degrees(north_m / RADIUS_M)), self.longitude_deg + east_deg

    def patches(self, patch: GroundPatch) -> Patches:
        """Its hot patches in a frame's pixels."""
        latitude = self.latitude_deg + np.degrees(self.north_m / RADIUS_M)
        level = np.cos(np.radians(self.latitude_deg))
        rows, columns = patch.pixels_of(latitude, self.longitude_deg + np.degrees(self.east_m / RADIUS_M) / level)
        inside = (rows >= 0) & (columns >= 0) & (rows < patch.height_px) & (columns < patch.width_px)
        row, column = (np.floor(axis[inside]).astype(np.int64) for axis in (rows, columns))
        return Patches(row, column, self.area_m2[inside], self.temperature_k[inside])


@dataclass(frozen=True, slots=True)
class FireSite:
    """Where and when a fire is; `rng` goes on from there."""

    kind: Kind
    site: Site
    onset_s: float
    lasts_s: float
    rng: np.random.Generator


def fire_sites(seed: int, patch: GroundPatch, utc_s: float, per_1000_km2: float) -> list[FireSite]:
    """Fires, and scars of late ones, about a patch at an instant (seconds of the Unix epoch).

    `per_1000_km2` burn at any instant on the Earth's land, on the average; by biome there are more or fewer.
    """
    kinds = (POINT, FRONT)
    parts = [_showing(seed, kind, patch, utc_s, per_1000_km2) for kind in kinds]
    sites = joined([sites for sites, _, _ in parts])
    onset_s, lasts_s = (np.concatenate([part[place] for part in parts]) for place in (1, 2))
    is_front = np.repeat([False, True], [len(part[1]) for part in parts])
    burnable = _is_burnable(seed, sites)
    columns = (is_front[burnable], onset_s[burnable], lasts_s[burnable])
    return [
        FireSite(kinds[front], site, onset, lasts, np.random.default_rng([seed, site.key]))
        for site, front, onset, lasts in zip(
            sites.select(burnable).listed(), *(column.tolist() for column in columns), strict=True
        )
    ]


def _showing(
    seed: int, kind: Kind, patch: GroundPatch, utc_s: float, per_1000_km2: float
) -> tuple[Sites, NDArray[np.float64], NDArray[np.float64]]:
    """Candidates that burn or have left a scar, were they on land that burns; when they began, how long they burn."""
    margin_px = max(SMOKE_REACH_M, _REACH_RADII * _LARGEST_M) / patch.gsd_m
    density = kind.share * per_1000_km2 / 1000.0 / kind.mean_s * kind.span_s * _crowding(seed)
    now = int(utc_s // kind.span_s)
    spans = range(now - kind.spans_back, now + 1)
    found = [site_columns(seed, f"fire/{kind.name}/{span}", patch, density, margin_px) for span in spans]
    sites = joined(found)
    span = np.repeat(np.array(spans), [len(each.keys) for each in found])
    begins, lasts = (uniform(mixed(sites.keys + np.uint64(salt))) for salt in (78, 79))
    onset_s, lasts_s = (span + begins) * kind.span_s, kind.least_s * (kind.most_s / kind.least_s) ** lasts
    age_s = utc_s - onset_s
    shows = (age_s >= 0.0) & (age_s < lasts_s + (0.0 if kind is POINT else 2 * _PALES_S))
    return sites.select(shows), onset_s[shows], lasts_s[shows]


def fires_at(seed: int, patch: GroundPatch, utc_s: float, per_1000_km2: float) -> list[Burning]:
    """Those of them that the patch shows, as they are at that instant."""
    drawn = (_fire(seed, fire, utc_s, patch) for fire in fire_sites(seed, patch, utc_s, per_1000_km2))
    return [fire for fire in drawn if fire is not None]


@cache
def _crowding(seed: int) -> float:
    """How much denser candidates lie than fires do on the average of all land."""
    return climate.highest_fire_weight() / climate.mean_fire_weight(seed, the_land())


def _is_burnable(seed: int, sites: Sites) -> NDArray[np.bool_]:
    """Whether candidates (n,) are fires: on land, and as many as their biome has."""
    if not len(sites.keys):
        return np.zeros(0, bool)
    land = the_land()
    weight = climate.fire_weights(climate.biome_at(seed, land, sites.latitude_deg, sites.longitude_deg))
    kept = uniform(mixed(sites.keys + np.uint64(77))) < weight / climate.highest_fire_weight()
    kept[kept] = climate.is_land_at(seed, land, sites.latitude_deg[kept], sites.longitude_deg[kept])
    return kept


def _fire(seed: int, fire: FireSite, utc_s: float, patch: GroundPatch) -> Burning | None:
    """None where all of it lies beyond the patch."""
    site, rng, age_s = fire.site, fire.rng, utc_s - fire.onset_s
    flicker = np.random.default_rng([seed, site.key, int(utc_s // _FLICKER_S)])
    if fire.kind is POINT:
        return _point(rng, site, fire.onset_s, age_s / fire.lasts_s, flicker)
    radius_m = log_uniform(rng, 200.0, _LARGEST_M)
    beyond_px = np.hypot(
        max(-site.row, 0.0, site.row - patch.height_px), max(-site.column, 0.0, site.column - patch.width_px)
    )
    reach_m = max(_REACH_RADII * radius_m, SMOKE_REACH_M * (age_s < fire.lasts_s))
    return None if beyond_px * patch.gsd_m > reach_m else _front(fire, age_s, flicker, radius_m)


def _point(
    rng: np.random.Generator, site: Site, onset_s: float, progress: float, flicker: np.random.Generator
) -> Burning:
    """An isolated fire of 3 to 400 m² at 650 to 1250 K; smaller in the first and the last tenth of its life."""
    area_m2, temperature_k = log_uniform(rng, 3.0, 400.0), rng.uniform(650.0, 1250.0)
    strength = min(1.0, 10.0 * progress, 10.0 * (1.0 - progress)) * flicker.uniform(0.7, 1.3)
    count = 1 if area_m2 < 60 else int(rng.integers(1, 5))
    spread = rng.uniform(-GRID_M, GRID_M, (2, count)) if count > 1 else np.zeros((2, 1))
    each = np.full(count, area_m2 * strength / count)
    return Burning(
        site.key,
        site.latitude_deg,
        site.longitude_deg,
        onset_s,
        spread[0],
        spread[1],
        each,
        np.full(count, temperature_k),
    )


def _front(fire: FireSite, age_s: float, flicker: np.random.Generator, radius_m: float) -> Burning:
    """A scar that grows to 200 to 1,400 m about its centre; flames on part of its edge while it does."""
    site, rng, lasts_s = fire.site, fire.rng, fire.lasts_s
    side = 2 * int(np.ceil(_SCAR_RADII * radius_m / GRID_M)) + 1
    axis = np.arange(side, dtype=np.float32) - np.float32(side // 2)
    distance = np.hypot(axis[:, None], axis[None]) * np.float32(GRID_M / radius_m)
    arrival = distance * np.exp(0.35 * np.clip(fractal(rng, side, rng.uniform(2.6, 3.4)), -2.0, 1.8))
    grown = np.float32(np.clip(age_s / lasts_s, 0.0, 1.0) ** 0.6)
    sharpness = np.float32(rng.uniform(2, 12) * radius_m / 400.0)
    scar = np.clip((grown - arrival) * sharpness, 0, 1) * np.float32(rng.uniform(0.6, 1.0))
    colour = random_scar(rng)
    pale = np.exp(-max(0.0, age_s - lasts_s) / _PALES_S)
    east_m, north_m, area_m2, temperature_k = np.zeros((4, 0))
    if age_s < lasts_s:
        activity = fractal(rng, side, 2.0)
        rows, columns, area_m2, temperature_k = _flames(rng, flicker, arrival - grown, activity, radius_m)
        jitter = flicker.uniform(-0.5, 0.5, (2, len(rows)))
        east_m = (columns - side // 2 + jitter[0]) * GRID_M
        north_m = -(rows - side // 2 + jitter[1]) * GRID_M
    return Burning(
        site.key,
        site.latitude_deg,
        site.longitude_deg,
        fire.onset_s,
        east_m,
        north_m,
        area_m2,
        temperature_k,
        np.asarray(scar * np.float32(pale), dtype=np.float32),
        colour,
    )


def _flames(
    rng: np.random.Generator, flicker: np.random.Generator, ahead: Plane, activity: Plane, radius_m: float
) -> tuple[NDArray[np.float64], ...]:
    """Rows, columns, areas and temperatures of flames on the edge, embers behind, hot spots within, maybe a crown.

    What `rng` draws is the same at any age: spots lie where they lie, and glow once the front has passed.
    """
    depth, activity_share = rng.uniform(0.5, 2.5) * GRID_M / radius_m, log_uniform(rng, 0.05, 0.8)
    strength, crown_m2, is_crown = rng.lognormal(0, 0.9), rng.lognormal(np.log(40), 1), rng.random() < _CROWN_SHARE
    edge = (ahead <= 0) & (ahead > -2.5 * depth)
    if not edge.any():
        edge = np.abs(ahead) <= np.abs(ahead).min()
    line = edge & (activity >= np.quantile(activity[edge], 1.0 - activity_share))
    rows, columns = np.nonzero(line)
    cell = GRID_M**2 / _PIXEL_M2
    flames_m2 = strength * np.exp(ahead[rows, columns] / depth) * flicker.exponential(_MEAN_FLAME_M2, len(rows)) * cell
    embers = flicker.random(len(rows)) < 0.5
    ember_m2 = flames_m2[embers] * flicker.uniform(1, 8, int(embers.sum()))
    parts = [
        (rows, columns, flames_m2, flicker.uniform(750, 1200, len(rows))),
        (rows[embers], columns[embers], ember_m2, flicker.uniform(480, 700, len(ember_m2))),
        _spots(rng, ahead < -2.5 * depth),
    ]
    if is_crown:
        crown = cv2.dilate(line.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        rows, columns = np.nonzero(crown)
        area_m2 = crown_m2 * flicker.exponential(1.0, len(rows)) * cell
        parts.append((rows, columns, area_m2, flicker.uniform(800, 1150, len(rows))))
    return tuple(np.concatenate([part[place] for part in parts]).astype(np.float64) for place in range(4))


def _spots(rng: np.random.Generator, burnt: Mask) -> tuple[NDArray[np.float64], ...]:
    """Hot spots left where it has burnt."""
    count = int(rng.poisson(_SPOTS))
    rows, columns = rng.integers(0, burnt.shape[0], (2, count))
    area_m2, temperature_k = rng.lognormal(np.log(6), 1.2, count), rng.uniform(600, 950, count)
    return tuple(column[burnt[rows, columns]] for column in (rows, columns, area_m2, temperature_k))
