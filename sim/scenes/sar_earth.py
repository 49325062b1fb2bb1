"""The sea of the seeded Earth as an X-band SAR sees it: what floats is there at a place and time, whoever looks.

Weather belongs to a region and six hours, and changes smoothly; rafts are adrift for a day from a moment of their own;
ships hold a course for an hour; icebergs drift for ten days. Waves and speckle are of the instant: no two looks share
them. Synthetic throughout, and the rafts are implanted scatterers.
"""

from dataclasses import dataclass, replace
from statistics import NormalDist

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.earth.hashing import Hashes, mixed, uniform
from sim.scenes.earth.lattice import field, values_at
from sim.scenes.earth.places import GroundPatch
from sim.scenes.earth.scatter import Site, site_columns, sites
from sim.scenes.sar_imaging import Scatterers
from sim.scenes.sar_marks import Plane, ghost_of, paint_breakers, paint_ice, paint_rain, paint_wake
from sim.scenes.sar_sea import INCIDENCE_DEG, NOISE_DB, RAFT, SarScene, draw_water, form_scene
from sim.scenes.sar_targets import draw_craft, draw_raft, draw_ship
from sim.scenes.sar_water import CALM_M_S, STORM_M_S, mean_backscatter

LOOKS = 4
WEATHER_S = 6 * 3600.0
RAFT_LIFE_S = 86_400.0
"""A raft is adrift for so long, then found or lost; assumed."""
COURSE_S = 3600.0
DRIFT_M_S = 0.25
"""Of what floats, eastward, at the equator; less with the cosine of the latitude: assumed, one current for all the
sea."""
SHIP_M_S = (0.0, 11.0)
CRAFT_SHARE = 0.3
"""Of the ships, how many are boats of 5 to 15 m; assumed."""
AMBIGUITY_SHARE, WAKE_SHARE = 0.35, 0.6
ICE_LATITUDE_DEG = (50.0, 65.0)
"""None below the first, all of ICE_PER_KM2 above the second; assumed."""
ICE_PER_KM2, ICE_LIFE_S = 0.3, 10 * 86_400.0
RAIN_PER_KM2 = 0.02
RAIN_LIFE_S = 1800.0
SLICK_SHARE = 0.9
"""The film's field must be above this many deviations; a sixth of the sea in winds below SLICK_WIND_M_S."""
SLICK_WIND_M_S = 9.0
LAND_DB = -9.0

_APART_M = 25.0
_SHIP_REACH_PX = 160.0
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class SeaWeather:
    """Wind, and where it blows along from the column axis, over a frame; the angle at which the radar looks at it."""

    wind_m_s: float
    wind_rad: float
    incidence_deg: float


def _varying(seed: int, cause: str, patch: GroundPatch, at_s: float) -> float:
    """A normal number of a region, which changes smoothly from one six hours to the next."""
    epoch, share = divmod(at_s / WEATHER_S, 1.0)

    def at(number: int) -> float:
        place = np.array([patch.latitude_deg]), np.array([patch.longitude_deg])
        named = f"{cause}/{number}"
        return float(values_at(seed, named, *place, coarsest_m=800_000.0, finest_m=50_000.0, slope=3.0)[0])

    weights = np.cos(share * np.pi / 2), np.sin(share * np.pi / 2)
    return float(weights[0] * at(int(epoch)) + weights[1] * at(int(epoch) + 1))


def sea_weather(seed: int, patch: GroundPatch, at_s: float) -> SeaWeather:
    """The weather over a patch. Wind is Weibull of mean 7 m/s (Monahan 2006, Journal of Climate 19:497)."""
    share = min(max(_NORMAL.cdf(_varying(seed, "sea/wind", patch, at_s)), 1e-6), 1 - 1e-6)
    wind = float(np.clip(8.0 * (-np.log1p(-share)) ** (1 / 2.2), CALM_M_S, STORM_M_S))
    east, north = (_varying(seed, f"sea/{axis}", patch, at_s) for axis in ("east", "north"))
    towards_rad = -(np.arctan2(north, east) + np.radians(patch.up_deg))
    incidence = np.random.default_rng([seed, *_instant(patch, at_s)]).uniform(*INCIDENCE_DEG)
    return SeaWeather(wind, float(towards_rad), float(incidence))


def _instant(patch: GroundPatch, at_s: float) -> list[int]:
    """What makes a look its own: time in nanoseconds and place in some centimetres."""
    return [
        round(at_s * 1e9) & (2**63 - 1),
        round((patch.latitude_deg + 90) * 1e7),
        round((patch.longitude_deg + 360) * 1e7),
    ]


def _inside(site: Site, patch: GroundPatch, margin_px: float = 8.0) -> bool:
    return margin_px <= site.row < patch.height_px - margin_px and margin_px <= site.column < patch.width_px - margin_px


def _adrift(patch: GroundPatch, at_s: float, since_s: float) -> GroundPatch:
    """Where what floats in a patch was at an earlier time."""
    return patch.moved(-DRIFT_M_S * (at_s - since_s))


def raft_sites(seed: int, patch: GroundPatch, at_s: float, density_per_km2: float) -> list[tuple[Site, float]]:
    """Rafts afloat in a patch at a time, with the time at which each got there.

    Two generations overlap, so that at any time as many float as the density says.
    """
    afloat = []
    for number in (int(at_s // RAFT_LIFE_S) - 1, int(at_s // RAFT_LIFE_S)):
        begun_s = number * RAFT_LIFE_S
        drifted = _adrift(patch, at_s, begun_s)
        for site in sites(seed, f"sea/rafts/{number}", drifted, density_per_km2, 0.0):
            onset_s = begun_s + float(_chance(np.array([site.key], np.uint64), 1)[0]) * RAFT_LIFE_S
            if onset_s <= at_s < onset_s + RAFT_LIFE_S and _inside(site, patch):
                afloat.append((site, onset_s))
    return afloat


def _chance(keys: Hashes, number: int) -> NDArray[np.float64]:
    """A number in [0, 1) of each key, (n,)."""
    return uniform(mixed(keys + np.uint64(number)))


def _ship_sites(seed: int, patch: GroundPatch, at_s: float, density_per_km2: float) -> list[tuple[Site, float]]:
    """Ships that touch a patch, where they are by now, and the course of each from the column axis."""
    hour, margin_px = int(at_s // COURSE_S), SHIP_M_S[1] * COURSE_S / 2 / patch.gsd_m + _SHIP_REACH_PX
    found = site_columns(seed, f"sea/ships/{hour}", patch, density_per_km2, margin_px)
    course_rad = 2 * np.pi * _chance(found.keys, 1) - np.radians(patch.up_deg)
    speed_m_s = SHIP_M_S[0] + (SHIP_M_S[1] - SHIP_M_S[0]) * _chance(found.keys, 2)
    travelled_px = speed_m_s * (at_s - (hour + 0.5) * COURSE_S) / patch.gsd_m
    rows = found.rows + np.sin(course_rad) * travelled_px
    columns = found.columns + np.cos(course_rad) * travelled_px
    here = (rows > -_SHIP_REACH_PX) & (rows < patch.height_px + _SHIP_REACH_PX)
    here &= (columns > -_SHIP_REACH_PX) & (columns < patch.width_px + _SHIP_REACH_PX)
    moved = replace(found, rows=rows, columns=columns).select(here)
    return list(zip(moved.listed(), course_rad[here].tolist(), strict=True))


def _surface(rng: np.random.Generator, seed: int, patch: GroundPatch, at_s: float, weather: SeaWeather) -> Plane:
    """Sigma0 of the water with slicks and rain."""
    sea = draw_water(
        rng,
        height_px=patch.height_px,
        width_px=patch.width_px,
        gsd_m=patch.gsd_m,
        wind_m_s=weather.wind_m_s,
        incidence_deg=weather.incidence_deg,
        wind_rad=weather.wind_rad,
    )
    if weather.wind_m_s < SLICK_WIND_M_S:
        day = int(at_s // RAFT_LIFE_S)
        adrift = _adrift(patch, at_s, day * RAFT_LIFE_S)
        film = field(seed, f"sea/film/{day}", adrift.every(4), coarsest_m=8000.0, finest_m=30.0, slope=3.2)
        if film.max() > SLICK_SHARE:
            size = (4 * film.shape[1], 4 * film.shape[0])
            lies = cv2.resize((film > SLICK_SHARE).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
            damping_db = rng.uniform(3, 12) * lies[: patch.height_px, : patch.width_px]
            sea *= np.power(np.float32(10), -damping_db / np.float32(10))
    for site in sites(seed, f"sea/rain/{int(at_s // RAIN_LIFE_S)}", patch, RAIN_PER_KM2, 2400.0 / patch.gsd_m):
        paint_rain(np.random.default_rng([seed, site.key, 3]), sea, site.row, site.column, patch.gsd_m)
    mean = mean_backscatter(weather.wind_m_s, weather.incidence_deg, weather.wind_rad)
    paint_breakers(rng, sea, weather.wind_m_s, weather.wind_rad, mean, patch.gsd_m)
    return sea


def _berg(row: float, column: float, half_px: tuple[float, float]) -> Scatterers:
    """An iceberg as truth tells it: its corners, which show nothing of their own."""
    rows, columns = row + half_px[0] * np.array([-1.0, 1.0]), column + half_px[1] * np.array([-1.0, 1.0])
    return Scatterers(rows, columns, np.zeros(2), 0.0, float(np.pi * half_px[0] * half_px[1]))


def _ice(seed: int, patch: GroundPatch, at_s: float, sea: Plane) -> list[tuple[str, Scatterers]]:
    first, last = ICE_LATITUDE_DEG
    share = float(np.clip((abs(patch.latitude_deg) - first) / (last - first), 0, 1))
    if not share:
        return []
    epoch, bergs = int(at_s // ICE_LIFE_S), list[tuple[str, Scatterers]]()
    adrift = _adrift(patch, at_s, epoch * ICE_LIFE_S)
    for site in sites(seed, f"sea/ice/{epoch}", adrift, ICE_PER_KM2, 100.0 / patch.gsd_m):
        rng = np.random.default_rng([seed, site.key, 4])
        if rng.random() < share:
            half_px = paint_ice(rng, sea, site.row, site.column, patch.gsd_m)
            if half_px and _inside(site, patch, 0.0):
                bergs.append(("iceberg", _berg(site.row, site.column, half_px)))
    return bergs


def draw_sea_frame(
    seed: int,
    patch: GroundPatch,
    at_s: float,
    *,
    gsd_m: float,
    rafts_per_km2: float,
    ships_per_km2: float,
    land: NDArray[np.bool_] | None = None,
) -> SarScene:
    """The frame of a patch at a time, seconds from any epoch that all frames share. `land`, (height, width), is the
    pixels that are no sea: rough bright ground, on which nothing floats."""
    assert gsd_m == patch.gsd_m
    rng = np.random.default_rng([seed, *_instant(patch, at_s), 5])
    weather = sea_weather(seed, patch, at_s)
    sea = _surface(rng, seed, patch, at_s, weather)
    afloat = _ice(seed, patch, at_s, sea)
    ghosts: list[Scatterers] = []
    for site, course_rad in _ship_sites(seed, patch, at_s, ships_per_km2):
        if _is_land(land, site):
            continue
        ship_rng = np.random.default_rng([seed, site.key, 2])
        if ship_rng.random() < CRAFT_SHARE:
            craft = draw_craft(ship_rng, site.row, site.column, wind_m_s=weather.wind_m_s, gsd_m=gsd_m)
            if _inside(site, patch):
                afloat.append(("craft", craft))
            continue
        ship = draw_ship(ship_rng, site.row, site.column, gsd_m=gsd_m, heading_rad=course_rad)
        if ship_rng.random() < WAKE_SHARE:
            beam_m = float(np.sqrt(ship.deck_m2 / 5))
            paint_wake(ship_rng, sea, site.row, site.column, course_rad, beam_m, gsd_m)
        if ship_rng.random() < AMBIGUITY_SHARE:
            ghosts.append(ghost_of(ship_rng, ship, 1500.0 / gsd_m))
        afloat.append(("ship", ship))
    afloat += _rafts(seed, patch, at_s, rafts_per_km2, land, afloat, weather)
    if land is not None and land.any():
        ground = field(seed, "sea/shore", patch, coarsest_m=400.0, finest_m=4.0, slope=2.6)
        sea = np.where(land, np.float32(10 ** (LAND_DB / 10)) * np.exp(np.float32(0.8) * ground), sea)
    noise = np.float32(10 ** (rng.uniform(*NOISE_DB) / 10))
    shown = [(kind, one) for kind, one in afloat if _shows(one, patch)]
    seen = [one for one in ghosts if _shows(one, patch)]
    return form_scene(rng, sea + noise, shown, seen, gsd_m=gsd_m, looks=LOOKS, wind_m_s=weather.wind_m_s)


def _rafts(
    seed: int,
    patch: GroundPatch,
    at_s: float,
    density_per_km2: float,
    land: NDArray[np.bool_] | None,
    afloat: list[tuple[str, Scatterers]],
    weather: SeaWeather,
) -> list[tuple[str, Scatterers]]:
    """Rafts that lie on water, clear of one another and of whatever else is afloat."""
    taken = [(float(one.rows.mean()), float(one.columns.mean()), np.sqrt(one.deck_m2)) for _, one in afloat]
    rafts = []
    for site, _ in raft_sites(seed, patch, at_s, density_per_km2):
        clear = all(np.hypot(site.row - r, site.column - c) * patch.gsd_m >= _APART_M + w for r, c, w in taken)
        if clear and not _is_land(land, site):
            rng = np.random.default_rng([seed, site.key, 6])
            raft = draw_raft(rng, site.row, site.column, wind_m_s=weather.wind_m_s, gsd_m=patch.gsd_m)
            rafts.append((RAFT, raft))
            taken.append((site.row, site.column, 0.0))
    return rafts


def _is_land(land: NDArray[np.bool_] | None, site: Site) -> bool:
    if land is None:
        return False
    row, column = (int(np.clip(v, 0, n - 1)) for v, n in zip((site.row, site.column), land.shape, strict=True))
    return bool(land[row, column])


def _shows(target: Scatterers, patch: GroundPatch) -> bool:
    """Whether any of a target lies in the frame."""
    inside = (target.rows >= 0) & (target.rows < patch.height_px)
    return bool((inside & (target.columns >= 0) & (target.columns < patch.width_px)).any())
