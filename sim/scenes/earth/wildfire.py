"""What a four-band imager sees of a place on a seeded Earth at an instant, and the truth about its fires."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.scenes.earth import sky
from sim.scenes.earth.burning import GRID_M, Burning, fires_at
from sim.scenes.earth.ground import Ground, Sun, draw_ground
from sim.scenes.earth.hashing import key_of
from sim.scenes.earth.places import GroundPatch
from sim.scenes.earth.sky import ALONE
from sim.scenes.earth.works import build, hot_patches, hot_spots_in
from sim.scenes.fire import Patches, emission, gather
from sim.scenes.sensor import FLIGHT_SENSOR, Sensor, observe
from sim.scenes.spectra import NIR, SWIR2, Mask, Plane, Planes
from sim.scenes.truth import Target
from sim.world.environment import sun_position_au
from sim.world.frames import east_north_up, gmst_rad, teme_to_ecef

_MARGIN_PX = 8  # wide enough for the point spread and the largest misregistration
_LOWEST_SUN_ZENITH_DEG = 85.0  # reflectance loses its meaning below 5 degrees of elevation
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_ONSET_REACH_PX = 3


@dataclass(frozen=True, slots=True)
class Onset:
    """Where a fire's heat is in a frame, rows and columns of its box (end exclusive), and when it began."""

    x0: int
    y0: int
    x1: int
    y1: int
    onset_s: float


@dataclass(frozen=True, slots=True)
class EarthScene:
    """A drawn scene.

    `reflectance`: red, near infrared, SWIR1 and SWIR2, (4, height, width), with noise and saturation. `fire_swir2`: the
    fires' noise-free change of SWIR2 reflectance, (height, width); static hot spots are none of it. `cloudy`, `water`:
    (height, width). `onsets` tell of fires whose beginning is known.
    """

    reflectance: Planes
    fire_swir2: Plane
    cloudy: Mask
    water: Mask
    onsets: tuple[Onset, ...]


def sun_over(latitude_deg: float, longitude_deg: float, utc_s: float) -> Sun:
    """Where the Sun stands over a place, at seconds of the Unix epoch."""
    direction = teme_to_ecef(sun_position_au(_UNIX, utc_s), gmst_rad(_UNIX, utc_s))[0]
    direction = direction / np.linalg.norm(direction)
    east, north, up = (float(axis @ direction) for axis in east_north_up(latitude_deg, longitude_deg))
    return Sun(
        zenith_deg=float(np.degrees(np.arccos(np.clip(up, -1.0, 1.0)))),
        azimuth_deg=float(np.degrees(np.arctan2(east, north)) % 360.0),
        declination_deg=float(np.degrees(np.arcsin(direction[2]))),
    )


def draw_wildfire_scene(
    seed: int,
    patch: GroundPatch,
    utc_s: float,
    *,
    fires_per_1000_km2: float,
    more_fires: Sequence[Burning] = (),
    sensor: Sensor = FLIGHT_SENSOR,
    is_cloudy: bool = True,
    has_hot_spots: bool = True,
) -> EarthScene:
    """A patch at an instant (seconds of the Unix epoch), on the Earth of a seed.

    `fires_per_1000_km2` burn at any instant on the land of that Earth; `more_fires` burn besides. Only the sensor's
    noise hangs on the frame; all else is of the place and the time.
    """
    sun = sun_over(patch.latitude_deg, patch.longitude_deg, utc_s)
    sun = replace(sun, zenith_deg=min(sun.zenith_deg, _LOWEST_SUN_ZENITH_DEG))
    whole, hour = patch.grown(_MARGIN_PX), int(utc_s // 3600)
    ground = draw_ground(seed, whole, sun, hour)
    build(seed, whole, hour, ground.water, ground.biomes, ground.reflectance)
    fires = [*fires_at(seed, whole, utc_s, fires_per_1000_km2), *more_fires]
    burnt = [_burn(fire, whole, ground) for fire in fires]
    spots = hot_spots_in(seed, whole) if has_hot_spots else ()
    light = _light(gather(burnt), hot_patches(spots, whole), whole, sun)
    sky.add_smoke(seed, whole, utc_s, fires, ground.reflectance, light)
    cloudy = np.zeros(ground.water.shape, bool)
    if is_cloudy:
        cloudy = sky.add_cloud(seed, whole, utc_s, sun, ground.reflectance, light)
    sky.add_haze(seed, whole, utc_s, ground.reflectance)
    noise = np.random.default_rng(
        [seed, key_of(seed, f"noise/{patch.latitude_deg!r}/{patch.longitude_deg!r}/{patch.gsd_m!r}/{utc_s!r}")]
    )
    reflectance, fire_swir2 = observe(noise, sensor, ground.reflectance, light[:ALONE], _MARGIN_PX)
    if spots:
        fire_swir2 = _alone(sensor, light[ALONE])
    inner = np.s_[_MARGIN_PX:-_MARGIN_PX, _MARGIN_PX:-_MARGIN_PX]
    onsets = tuple(_onset(fire, patches) for fire, patches in zip(fires, burnt, strict=True) if len(patches.rows))
    return EarthScene(reflectance, fire_swir2, cloudy[inner], ground.water[inner], onsets)


def _light(fires: Patches, spots: Patches, patch: GroundPatch, sun: Sun) -> Planes:
    """What heat adds to each band, and last what the fires alone add to SWIR2: (5, height, width)."""
    side, frame = max(patch.height_px, patch.width_px), np.s_[:, : patch.height_px, : patch.width_px]

    def added(patches: Patches) -> Planes:
        return emission(patches, side_px=side, gsd_m=patch.gsd_m, sun_zenith_deg=sun.zenith_deg)[frame]

    planes = added(fires)
    light = np.concatenate([planes, planes[SWIR2 : SWIR2 + 1]])
    if len(spots.rows):
        light[:ALONE] = planes + added(spots)
    return light


def _alone(sensor: Sensor, fire_swir2: Plane) -> Plane:
    """What the sensor makes of the fires' light without the static hot spots'."""
    planes = np.zeros((ALONE, *fire_swir2.shape), np.float32)
    planes[SWIR2] = fire_swir2
    silent = replace(sensor, noise=(0.0,) * ALONE)
    return observe(np.random.default_rng(0), silent, np.zeros_like(planes), planes, _MARGIN_PX)[1]


def _burn(fire: Burning, patch: GroundPatch, ground: Ground) -> Patches:
    """Burn a fire's scar into the ground, in place, and return its hot patches on land."""
    if fire.scar is not None and fire.scar_reflectance is not None:
        _scar(fire, fire.scar, fire.scar_reflectance, patch, ground)
    patches = fire.patches(patch)
    return patches.select(~ground.water[patches.rows, patches.columns])


def _scar(fire: Burning, scar: Plane, colour: NDArray[np.float64], patch: GroundPatch, ground: Ground) -> None:
    row, column = (float(axis) for axis in patch.pixels_of(fire.latitude_deg, fire.longitude_deg))
    reach = int(0.75 * scar.shape[0] * GRID_M / patch.gsd_m) + 2
    top, left = max(0, int(row) - reach), max(0, int(column) - reach)
    bottom, right = min(patch.height_px, int(row) + reach), min(patch.width_px, int(column) + reach)
    if top >= bottom or left >= right:
        return
    turn, scale = np.radians(patch.up_deg), patch.gsd_m / GRID_M
    # Pixel to grid: columns of the grid grow east and rows south.
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    centre = scar.shape[0] // 2
    offset = matrix @ np.array([left + 0.5 - column, top + 0.5 - row]) + centre
    share = cv2.warpAffine(
        scar,
        np.column_stack([matrix, offset]),
        (right - left, bottom - top),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    part = np.s_[top:bottom, left:right]
    share = share * ~ground.water[part]
    surface = ground.reflectance[:, part[0], part[1]]
    relief = np.clip(surface[NIR] / max(float(surface[NIR].mean()), 0.02), 0.4, 1.6) ** np.float32(0.3)
    surface += share * (colour.astype(np.float32)[:, None, None] * relief - surface)


def _onset(fire: Burning, patches: Patches) -> Onset:
    """The box of its heat, less the margin that the sensor does not show."""
    rows, columns = patches.rows - _MARGIN_PX, patches.columns - _MARGIN_PX
    return Onset(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1, fire.onset_s)


def onset_of(target: Target, onsets: Sequence[Onset]) -> float | None:
    """When the earliest fire began whose heat lies in or by a target's box; None where nobody knows."""
    reach = _ONSET_REACH_PX
    known = [
        fire.onset_s
        for fire in onsets
        if fire.x0 < target.x1 + reach
        and target.x0 - reach < fire.x1
        and fire.y0 < target.y1 + reach
        and target.y0 - reach < fire.y1
        and np.isfinite(fire.onset_s)
    ]
    return min(known, default=None)
