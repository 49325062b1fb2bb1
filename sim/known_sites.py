"""Lists of static hot spots: read from a file, written to one, or taken from the drawn Earth but for some unknown."""

import csv
import io
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from groundstation.screening import MAX_KNOWN_SITES, KnownSite
from onboard.errors import InputError
from sim.equipment.records import text_of
from sim.ground_settings import SEEDED
from sim.scenario import Scenario
from sim.scenes.earth.works import hot_sites
from sim.streams import seed_of

_KEY = "ground.static_sites"
_CSV_COLUMNS = ("latitude", "longitude")
_DIGITS = 5  # of degrees: a metre


SEEDED_RADIUS_M = 100.0
"""A works is larger than the point that stands for it; assumed."""


class KnownList(NamedTuple):
    """The places that a mission's ground knows, and what to say of them."""

    sites: tuple[KnownSite, ...] = ()
    notes: tuple[str, ...] = ()


def known_sites(scenario: Scenario) -> KnownList:
    """The list that a scenario's ground has. Raises InputError."""
    ground = scenario.ground
    if not ground.static_sites:
        return KnownList()
    if ground.static_sites != SEEDED:
        return KnownList(read_sites(Path(ground.static_sites)))
    if scenario.scene.source != "synthetic":
        return KnownList((), ("the seeded list of hot spots is of the drawn land: here the ground knows of none",))
    sites = seeded_sites(scenario.seed, ground.unknown_share)
    told = f"the ground knows {len(sites)} hot spots of the drawn Earth; it lacks {ground.unknown_share:.0%}, assumed"
    return KnownList(sites, (told,))


@cache
def seeded_sites(seed: int, unknown_share: float) -> tuple[KnownSite, ...]:
    """The static hot spots of a seed's Earth, without the share of them that nobody knows of.

    Which are unknown follows from the seed and the place alone. No list is whole: of 15,199 heat sources that VIIRS
    saw (Liu et al. 2018, as `sim.scenes.earth.works` has it) many were in no inventory before. What share it is, is
    assumed.
    """
    draws_seed = seed_of(seed, "static-sites")
    return tuple(
        KnownSite(round(site.latitude_deg, _DIGITS), round(site.longitude_deg, _DIGITS), SEEDED_RADIUS_M)
        for site in hot_sites(seed)
        if np.random.default_rng([draws_seed, site.key]).random() >= unknown_share
    )


def read_sites(path: Path) -> tuple[KnownSite, ...]:
    """The places of a GeoJSON file of points, or of a CSV file with the columns latitude and longitude.

    A property, or a column, `radius_m` says how far a place reaches; 0 where there is none. Raises InputError.
    """
    text = text_of(path).removeprefix("\ufeff")
    sites = _of_csv(path, text) if path.suffix.lower() == ".csv" else _of_geojson(path, text)
    if len(sites) > MAX_KNOWN_SITES:
        raise InputError(path, f"must hold at most {MAX_KNOWN_SITES} places", key=_KEY, value=len(sites))
    return sites


def geojson_of(sites: Iterable[KnownSite]) -> str:
    """A GeoJSON file of places."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [site.longitude_deg, site.latitude_deg]},
            "properties": {"radius_m": site.radius_m},
        }
        for site in sites
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, indent=1) + "\n"


def _of_geojson(path: Path, text: str) -> tuple[KnownSite, ...]:
    try:
        features = json.loads(text)["features"]
        points = [(one["geometry"], one.get("properties") or {}) for one in features]
        rows = [(point["coordinates"][1], point["coordinates"][0], told.get("radius_m", 0.0)) for point, told in points]
        kinds = {point["type"] for point, _ in points}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(path, f"must be a GeoJSON FeatureCollection of points ({error})", key=_KEY) from None
    if kinds - {"Point"}:
        raise InputError(path, "must hold points alone", key=_KEY, value=", ".join(sorted(map(str, kinds))))
    return tuple(_site(path, f"feature {number}", *row) for number, row in enumerate(rows, 1))


def _of_csv(path: Path, text: str) -> tuple[KnownSite, ...]:
    table = csv.DictReader(io.StringIO(text), restval="")
    try:
        missing = [column for column in _CSV_COLUMNS if column not in (table.fieldnames or ())]
        if missing:
            raise InputError(path, f"must have a column {missing[0]}", key=_KEY, value=table.fieldnames)
        rows = [(row["latitude"], row["longitude"], row.get("radius_m") or 0.0) for row in table]
    except csv.Error as error:
        raise InputError(path, f"is no readable CSV ({error})", key=_KEY) from None
    return tuple(_site(path, f"line {number}", *row) for number, row in enumerate(rows, 2))


def _site(path: Path, where: str, latitude: Any, longitude: Any, radius_m: Any) -> KnownSite:
    try:
        site = KnownSite(float(latitude), float(longitude), float(radius_m))
    except (TypeError, ValueError, OverflowError):
        raise InputError(path, f"{where} has no numbers for its place", key=_KEY) from None
    if not (abs(site.latitude_deg) <= 90.0 and abs(site.longitude_deg) <= 360.0 and 0.0 <= site.radius_m <= 1e6):
        rule = "a place has a latitude to 90, a longitude to 360 degrees, a radius of 0 to 1,000,000 m"
        raise InputError(path, f"{where}: {rule}", key=_KEY, value=[latitude, longitude, radius_m])
    return site
