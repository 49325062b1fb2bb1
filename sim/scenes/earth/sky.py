"""Air over places: clouds that drift, their shadows, haze, and smoke of fires. All work in place.

Weather belongs to spans of three hours, blended from one to the next, so that frames seconds apart show one sky and
passes hours apart another.
"""

from functools import lru_cache

import cv2
import numpy as np

from sim.scenes.atmosphere import CLOUDY_DEPTH
from sim.scenes.earth.burning import SMOKE_REACH_M, Burning
from sim.scenes.earth.ground import Sun
from sim.scenes.earth.hashing import key_of
from sim.scenes.earth.lattice import field, values_at
from sim.scenes.earth.places import GroundPatch
from sim.scenes.spectra import SWIR2, WAVELENGTH_UM, Mask, Plane, Planes

ALONE = 4
"""After the four bands of `emission`, (5, height, width), lies what fires alone add to SWIR2."""
LAND_CLOUD_COVER = 0.55
"""Mean share of land under clouds (King et al. 2013, IEEE Transactions on Geoscience and Remote Sensing 51:3826)."""
_SPAN_S = 10_800.0
_WIND_M_S = 8.0  # of what drifts, eastward, at the equator; less with the cosine of the latitude: assumed
_THICKEST, _STEEPNESS = 20.0, 4.0
_STEP = 4
_CLOUD_HEIGHT_M = 1500.0  # of the deck whose shadow is drawn; assumed
_COARSEST_M, _FINEST_M, _SLOPE = 200_000.0, 80.0, 2.6


def _blend(seed: int, cause: str, patch: GroundPatch, utc_s: float) -> Plane:
    """A field of the weather, unit variance at any time."""
    span, phase = divmod(utc_s / _SPAN_S, 1.0)
    planes = []
    for later in (0, 1):
        drifted = patch.moved(-_WIND_M_S * (utc_s - (int(span) + later) * _SPAN_S))
        name = f"{cause}/{int(span) + later}"
        planes.append(field(seed, name, drifted, coarsest_m=_COARSEST_M, finest_m=_FINEST_M, slope=_SLOPE))
    angle = 0.5 * np.pi * phase
    return np.asarray(np.float32(np.cos(angle)) * planes[0] + np.float32(np.sin(angle)) * planes[1])


def cloud_limit(latitude_deg: float) -> float:
    """What the field must exceed for clouds: less near the equator and in the westerlies, more over the deserts.

    Set so that the mean over land is LAND_CLOUD_COVER (a test holds it).
    """
    latitude = abs(latitude_deg)
    belt = np.exp(-((latitude / 12.0) ** 2)) + np.exp(-(((latitude - 58.0) / 18.0) ** 2))
    return float(0.42 - 0.95 * belt)


def add_cloud(seed: int, patch: GroundPatch, utc_s: float, sun: Sun, reflectance: Planes, emission: Planes) -> Mask:
    """Clouds, darker in the SWIR where their ice absorbs, and their shadows. Returns which pixels are cloudy."""
    reach_px = _CLOUD_HEIGHT_M * np.tan(np.radians(min(sun.zenith_deg, 75.0))) / patch.gsd_m
    margin = _STEP * int(np.ceil(reach_px / _STEP) + 1)
    whole = patch.grown(margin)
    density = _blend(seed, "cloud", whole.every(_STEP), utc_s) - np.float32(cloud_limit(patch.latitude_deg))
    depth = np.clip((density + np.float32(CLOUDY_DEPTH / _STEEPNESS)) * np.float32(_STEEPNESS), 0, _THICKEST)
    size = (patch.width_px, patch.height_px)
    if not depth.any():
        return np.zeros(size[::-1], bool)
    passing = cv2.exp(-depth)
    sunward = np.radians(sun.azimuth_deg - patch.up_deg)
    lit = _cut(passing, margin + reach_px * np.sin(sunward), margin - reach_px * np.cos(sunward), size)
    seen = _cut(passing, margin, margin, size)
    share = float(np.clip(0.5 + 0.4 * regional(seed, "cloud/ice", patch, utc_s), 0.0, 1.0))
    colour = np.array([0.72, 0.72, 0.62 - 0.3 * share, 0.5 - 0.32 * share], np.float32)
    texture = np.float32(1.0) + np.float32(0.06) * _cut(density, margin, margin, size)
    shadow = np.float32(0.35) + np.float32(0.65) * lit
    for band in range(4):
        reflectance[band] *= shadow
        _veil(reflectance, emission, band, seen, np.float32(colour[band]) * texture)
    return np.asarray(seen <= np.exp(-CLOUDY_DEPTH))


def _cut(coarse: Plane, left_px: float, top_px: float, size: tuple[int, int]) -> Plane:
    """A frame out of a coarse plane, from an offset in pixels."""
    matrix = np.array([[1, 0, left_px + 0.5], [0, 1, top_px + 0.5]]) / _STEP - np.array([[0, 0, 0.5], [0, 0, 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(coarse, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _veil(reflectance: Planes, emission: Planes, band: int, passing: Plane, brightness: Plane | np.float32) -> None:
    reflectance[band] *= passing
    reflectance[band] += (np.float32(1.0) - passing) * brightness
    emission[band] *= passing
    if band == SWIR2:
        emission[ALONE:] *= passing


def regional(seed: int, cause: str, patch: GroundPatch, utc_s: float) -> float:
    """The weather's coarse value about a frame: the span's that it lies in, 200 km wide."""
    span = int(utc_s // _SPAN_S)
    where = (patch.latitude_deg, patch.longitude_deg)
    return float(values_at(seed, f"{cause}/{span}", *where, coarsest_m=4e5, finest_m=2e5, slope=3.0)[0])


def add_haze(seed: int, patch: GroundPatch, utc_s: float, reflectance: Planes) -> None:
    """Path radiance of thin haze over some hundred kilometres: most in the red, none in the SWIR; assumed."""
    strength = np.clip(0.02 + 0.02 * regional(seed, "haze", patch, utc_s), 0.0, 0.08)
    for band, colour in enumerate((0.7, 0.4, 0.08)):
        reflectance[band] += np.float32(strength * colour)


def add_smoke(
    seed: int, patch: GroundPatch, utc_s: float, fires: list[Burning], reflectance: Planes, emission: Planes
) -> None:
    """A plume downwind of each large fire (Gaussian, widening by a tenth of the way); thin at long wavelengths, with
    an exponent from 1.2 to 2."""
    for fire in fires:
        power_m2 = float(fire.area_m2.sum())
        if power_m2 < 60.0:
            continue
        rng = np.random.default_rng([seed, fire.key, key_of(seed, "smoke")])
        if rng.random() < 0.25:
            continue
        length_m = SMOKE_REACH_M * min(1.0, 0.02 * float(np.sqrt(power_m2))) * rng.uniform(0.4, 1.0)
        thickness = float(np.exp(rng.uniform(np.log(0.15), np.log(2.0))))
        angstrom, brightness = rng.uniform(1.2, 2.0), np.float32(rng.uniform(0.25, 0.5))
        _add_plume(seed, patch, utc_s, fire, length_m, (thickness, angstrom), brightness, reflectance, emission)


def wind_deg(seed: int, latitude_deg: float, longitude_deg: float, utc_s: float) -> float:
    """Where the wind blows to, clockwise from north: one for each degree and span of three hours."""
    return _wind_deg(seed, round(latitude_deg), round(longitude_deg), int(utc_s // _SPAN_S))


@lru_cache(maxsize=1024)
def _wind_deg(seed: int, latitude_deg: int, longitude_deg: int, span: int) -> float:
    cause = f"wind/{span}"
    east, north = (
        values_at(seed, f"{cause}/{axis}", latitude_deg, longitude_deg, coarsest_m=8e5, finest_m=2e5, slope=3.0)[0]
        for axis in "en"
    )
    return float(np.degrees(np.arctan2(east + 0.8, north)) % 360.0)


def _add_plume(
    seed: int,
    patch: GroundPatch,
    utc_s: float,
    fire: Burning,
    length_m: float,
    optics: tuple[float, float],
    brightness: np.float32,
    reflectance: Planes,
    emission: Planes,
) -> None:
    row, column = (float(axis) for axis in patch.pixels_of(*fire.hottest_deg))
    away = np.radians(wind_deg(seed, fire.latitude_deg, fire.longitude_deg, utc_s) - patch.up_deg)
    reach = length_m / patch.gsd_m
    ends = (row - reach * np.cos(away), column + reach * np.sin(away))
    side = 0.25 * reach + 20
    top, bottom = max(0, int(min(row, ends[0]) - side)), min(patch.height_px, int(max(row, ends[0]) + side))
    left, right = max(0, int(min(column, ends[1]) - side)), min(patch.width_px, int(max(column, ends[1]) + side))
    if top >= bottom or left >= right:
        return
    part = np.s_[top:bottom, left:right]
    window = patch.window(top, left, bottom - top, right - left)
    down = np.arange(top, bottom, dtype=np.float32)[:, None] + np.float32(0.5 - row)
    across = np.arange(left, right, dtype=np.float32)[None] + np.float32(0.5 - column)
    along = (np.float32(np.sin(away)) * across - np.float32(np.cos(away)) * down) * np.float32(patch.gsd_m)
    beside = (np.float32(np.cos(away)) * across + np.float32(np.sin(away)) * down) * np.float32(patch.gsd_m)
    billow = field(seed, f"smoke/{int(utc_s // 600)}", window, coarsest_m=1500.0, finest_m=2 * patch.gsd_m, slope=2.6)
    width_m = np.float32(80.0) + np.float32(0.1) * np.maximum(along, 0)
    beside += np.float32(0.35) * width_m * billow
    depth = np.exp(-0.5 * (beside / width_m) ** 2) * np.float32(80.0) / width_m
    depth *= (
        np.clip(1 - along / np.float32(length_m), 0, 1)
        * np.clip(along / 300 + 0.3, 0, 1)
        * np.exp(np.float32(0.4) * billow)
    )
    thickness, angstrom = optics
    for band, wavelength_um in enumerate(WAVELENGTH_UM):
        passing = np.exp(depth * np.float32(-thickness * (wavelength_um / 0.5) ** -angstrom))
        _veil(reflectance[:, *part], emission[:, *part], band, passing, brightness)
