"""Fires where NASA's FIRMS saw them: rows of its VIIRS and MODIS files of points, as fires of a seeded Earth.

A row tells a place, a time and a radiative power, not when the fire began or ended, nor how hot it is: those are
assumed. (Columns: NASA FIRMS, Active Fire Data Attributes for VIIRS 375 m and MODIS.)
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from pathlib import Path

import numpy as np

from onboard.errors import InputError
from sim.equipment.records import text_of
from sim.scenes.earth.burning import Burning
from sim.scenes.earth.hashing import key_of
from sim.scenes.earth.places import GroundPatch
from sim.scenes.spectra import FLAME_EMISSIVITY

COLUMNS = ("latitude", "longitude", "acq_date", "acq_time", "frp")
FLAME_K, GROUND_K = 900.0, 300.0
"""Assumed of every row: between smouldering and flaming."""
BURNS_S = 6 * 3600.0
"""So long before and after it was seen a fire burns: assumed, half of the time between VIIRS's day and night."""
VEGETATION = "0"
"""The type of a presumed vegetation fire; the others (volcano, other static land source, offshore) are not drawn."""
_KEY = "scene.firms_csv"
_STEFAN_BOLTZMANN = 5.670374419e-8  # W m⁻² K⁻⁴, CODATA 2018
_LARGEST_PATCH_M2, _SPREAD_M = 60.0, 120.0  # within the 375 m pixel that saw them


@dataclass(frozen=True, slots=True)
class FirePoint:
    """One row: where, when (seconds of the Unix epoch), and how much burnt by its radiative power."""

    latitude_deg: float
    longitude_deg: float
    seen_s: float
    area_m2: float


def area_of(frp_mw: float) -> float:
    """Area, m², of a fire of FLAME_K on ground of GROUND_K with a radiative power (Stefan-Boltzmann's law)."""
    return frp_mw * 1e6 / (FLAME_EMISSIVITY * _STEFAN_BOLTZMANN * (FLAME_K**4 - GROUND_K**4))


@cache
def read_fire_points(path: Path) -> tuple[FirePoint, ...]:
    """The vegetation fires of a FIRMS file. Raises InputError."""
    rows = csv.DictReader(StringIO(text_of(path).removeprefix("\ufeff")), restval="")
    try:
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise InputError(path, f"has no column {', '.join(missing)}: is it a FIRMS file of points?", key=_KEY)
        return tuple(
            _point(row, path, number)
            for number, row in enumerate(rows, start=2)
            if (row.get("type") or VEGETATION) == VEGETATION
        )
    except csv.Error as error:
        raise InputError(path, f"is no readable CSV ({error})", key=_KEY) from None


def check_some_burn(path: Path, points: Sequence[FirePoint], start_s: float, end_s: float) -> None:
    """Raise InputError where no fire burns between two instants, seconds of the Unix epoch."""
    if not any(start_s - BURNS_S <= point.seen_s <= end_s + BURNS_S for point in points):
        raise InputError(path, "none of its fires burns during the run: set start_utc", key=_KEY)


def _point(row: dict[str, str], path: Path, number: int) -> FirePoint:
    try:
        seen = datetime.strptime(f"{row['acq_date']} {row['acq_time']:0>4}", "%Y-%m-%d %H%M").replace(tzinfo=UTC)
        latitude, longitude, frp_mw = (float(row[name]) for name in ("latitude", "longitude", "frp"))
        if not (abs(latitude) <= 90.0 and abs(longitude) <= 180.0 and 0.0 <= frp_mw < 1e5):
            raise ValueError("a number out of range")
    except (ValueError, TypeError) as error:
        raise InputError(path, f"line {number} is no fire point ({error})", key=_KEY) from None
    return FirePoint(latitude, longitude, seen.timestamp(), area_of(frp_mw))


def burning_points(seed: int, points: Sequence[FirePoint], patch: GroundPatch, utc_s: float) -> list[Burning]:
    """Those that burn in a patch at an instant. When they began, nobody knows."""
    if not points:
        return []
    table = np.array([(point.latitude_deg, point.longitude_deg, point.seen_s) for point in points])
    rows, columns = patch.pixels_of(table[:, 0], table[:, 1])
    margin = 3 * _SPREAD_M / patch.gsd_m
    shown = (np.abs(table[:, 2] - utc_s) <= BURNS_S) & (rows >= -margin) & (columns >= -margin)
    shown &= (rows < patch.height_px + margin) & (columns < patch.width_px + margin)
    return [_burning(seed, points[index]) for index in np.flatnonzero(shown).tolist()]


def _burning(seed: int, point: FirePoint) -> Burning:
    key = key_of(seed, f"firms/{point.latitude_deg!r}/{point.longitude_deg!r}/{point.seen_s!r}")
    rng = np.random.default_rng([seed, key])
    count = max(1, int(np.ceil(point.area_m2 / _LARGEST_PATCH_M2)))
    east_m, north_m = rng.uniform(-_SPREAD_M, _SPREAD_M, (2, count)) if count > 1 else np.zeros((2, 1))
    each = np.full(count, point.area_m2 / count)
    place = (point.latitude_deg, point.longitude_deg)
    return Burning(key, *place, float("nan"), east_m, north_m, each, np.full(count, FLAME_K))
