"""Orbital elements as missions state them, checked, and what SGP4 makes of them.

Three forms: a circular orbit at the scenario's epoch, a two-line element set, and the mean elements of an Orbit
Mean-Elements Message. Angles are degrees, lengths km.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, Field
from sgp4.api import SGP4_ERRORS, WGS72, Satrec

from onboard.errors import InputError
from sim.equipment.records import Number, Record
from sim.world.frames import EARTH_RADIUS_KM, days_since_j2000, mean_sun_longitude_deg

SGP4_MU_KM3_S2 = 398600.8  # WGS-72, the constants every TLE is fitted with (Spacetrack Report 3)
LOWEST_ALTITUDE_KM = 150.0  # below it an orbit lasts hours
HIGHEST_ALTITUDE_KM = 50_000.0  # above the graveyard orbits SGP4 is fitted for
SGP4_DAY_ZERO = datetime(1949, 12, 31, tzinfo=UTC)

Angle = Annotated[Number, Field(ge=-360, le=360)]
Inclination = Annotated[Number, Field(ge=0, le=180)]
Eccentricity = Annotated[Number, Field(ge=0, lt=1)]
MeanMotion = Annotated[Number, Field(gt=0, le=18)]
"""In revolutions a day; nothing orbits above the ground at 18."""
DragTerm = Annotated[Number, Field(ge=-10, le=10)]
CatalogueNumber = Annotated[int, Field(ge=0, le=999_999_999)]
"""Nine digits, as catalogues number since 2020."""


def _in_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


Utc = Annotated[datetime, AfterValidator(_in_utc)]


@dataclass(frozen=True, slots=True)
class CircularOrbit:
    """A circular orbit at the scenario's epoch, without drag.

    Altitude is above the equatorial radius. The plane is given by the local mean solar time of the ascending
    node or by its right ascension, exactly one of them. `mean_anomaly_deg` counts from the ascending node. To
    SGP4 zero mean eccentricity is the frozen orbit: J3 leaves an osculating 0.001 with a perigee that stays
    in the north.
    """

    altitude_km: float
    inclination_deg: float
    mean_anomaly_deg: float = 0.0
    ltan_h: float | None = None
    raan_deg: float | None = None


@dataclass(frozen=True, slots=True)
class TwoLineElements:
    """A NORAD two-line element set."""

    line1: str
    line2: str
    name: str = ""


class MeanElements(Record):
    """SGP4 mean elements in TEME at their own epoch: what an Orbit Mean-Elements Message says (CCSDS 502.0-B).

    The mean motion is Kozai's, as in a TLE; `bstar_per_earth_radius` is SGP4's drag term.
    """

    name: str = ""
    norad_id: CatalogueNumber = 0
    epoch_utc: Utc
    mean_motion_rev_per_day: MeanMotion
    eccentricity: Eccentricity
    inclination_deg: Inclination
    raan_deg: Angle
    arg_of_pericenter_deg: Angle
    mean_anomaly_deg: Angle
    bstar_per_earth_radius: DragTerm


Elements = CircularOrbit | TwoLineElements | MeanElements


def satrec(elements: Elements, epoch: datetime, source: str | Path, key: str) -> Satrec:
    """SGP4's record of an orbit. Raises InputError that names `source` and `key` for malformed elements."""
    match elements:
        case CircularOrbit():
            return _circular_record(elements, epoch, source, key)
        case TwoLineElements():
            return _tle_record(elements, source, key)
        case MeanElements():
            return _mean_record(elements, source, key)


def parse_tle_text(text: str, source: str | Path) -> list[TwoLineElements]:
    """Element sets of a TLE file, with or without name lines. Raises InputError."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    sets = []
    for index, line in enumerate(lines):
        if not line.startswith("1 "):
            continue
        if index + 1 == len(lines) or not lines[index + 1].startswith("2 "):
            raise InputError(source, "a line 1 of a TLE is followed by its line 2", value=line)
        name = lines[index - 1] if index and not lines[index - 1].startswith("2 ") else ""
        elements = TwoLineElements(line, lines[index + 1], name.removeprefix("0 ").strip())
        _check_tle(elements, source, name or f"line {index + 1}")
        sets.append(elements)
    if not sets:
        raise InputError(source, "holds no two-line element set")
    return sets


def _check_tle(elements: TwoLineElements, source: str | Path, key: str) -> None:
    """Format and checksums as CelesTrak documents them; SGP4's own reader takes nearly anything."""
    for number, line in (("1", elements.line1), ("2", elements.line2)):
        if len(line) != 69 or not line.startswith(f"{number} ") or not line.isascii():
            rule = f"line {number} of a TLE has 69 characters and starts with '{number} '"
            raise InputError(source, rule, key=key, value=line)
        checksum = str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)
        if line[68] != checksum:
            raise InputError(source, f"checksum (last digit) should be {checksum}", key=key, value=line)
    if elements.line1[2:7] != elements.line2[2:7]:
        raise InputError(source, "both lines of a TLE name one satellite", key=key, value=elements.line2)
    columns = ((8, 16), (17, 25), (26, 33), (34, 42), (43, 51), (52, 63))
    for field in (elements.line1[18:32], *(elements.line2[first:end] for first, end in columns)):
        if not field.strip().replace(".", "", 1).isdigit():
            raise InputError(source, "a TLE has numbers in fixed columns", key=key, value=field)


def _tle_record(elements: TwoLineElements, source: str | Path, key: str) -> Satrec:
    _check_tle(elements, source, key)
    record = Satrec.twoline2rv(elements.line1, elements.line2)
    if record.error:
        raise InputError(source, SGP4_ERRORS.get(record.error, "not an orbit"), key=key, value=elements.line2)
    return record


def _circular_record(orbit: CircularOrbit, epoch: datetime, source: str | Path, key: str) -> Satrec:
    """SGP4 elements whose mean motion, as a TLE would state it, is Kepler's for the orbit's radius."""
    _check_range(orbit.altitude_km, LOWEST_ALTITUDE_KM, HIGHEST_ALTITUDE_KM, source, f"{key}.altitude_km")
    _check_range(orbit.inclination_deg, 0.0, 180.0, source, f"{key}.inclination_deg")
    _check_range(orbit.mean_anomaly_deg, -360.0, 360.0, source, f"{key}.mean_anomaly_deg")
    radius_km = EARTH_RADIUS_KM + orbit.altitude_km
    record = Satrec()
    record.sgp4init(
        WGS72,
        "i",
        0,
        _sgp4_days(epoch),
        0.0,  # drag
        0.0,
        0.0,
        0.0,  # eccentricity
        0.0,
        np.radians(orbit.inclination_deg),
        np.radians(orbit.mean_anomaly_deg % 360.0),
        60.0 * np.sqrt(SGP4_MU_KM3_S2 / radius_km**3),
        np.radians(_raan_deg(orbit, epoch, source, key)),
    )
    assert record.error == 0
    return record


def _raan_deg(orbit: CircularOrbit, epoch: datetime, source: str | Path, key: str) -> float:
    if (orbit.ltan_h is None) == (orbit.raan_deg is None):
        raise InputError(source, "an orbit plane is given by ltan_h or by raan_deg, one of them", key=key)
    if orbit.raan_deg is not None:
        _check_range(orbit.raan_deg, -360.0, 360.0, source, f"{key}.raan_deg")
        return orbit.raan_deg % 360.0
    assert orbit.ltan_h is not None
    _check_range(orbit.ltan_h, 0.0, 24.0, source, f"{key}.ltan_h")
    mean_sun_deg = float(mean_sun_longitude_deg(days_since_j2000(epoch, 0.0))[0])
    return (mean_sun_deg + 15.0 * (orbit.ltan_h - 12.0)) % 360.0


def _check_range(value: float, low: float, high: float, source: str | Path, key: str) -> None:
    if not low <= value <= high:
        raise InputError(source, f"between {low:g} and {high:g}", key=key, value=value)


def _mean_record(elements: MeanElements, source: str | Path, key: str) -> Satrec:
    record = Satrec()
    record.sgp4init(
        WGS72,
        "i",
        0,  # a label
        _sgp4_days(elements.epoch_utc),
        elements.bstar_per_earth_radius,
        0.0,  # derivatives of the mean motion, which SGP4 does not use
        0.0,
        elements.eccentricity,
        np.radians(elements.arg_of_pericenter_deg % 360.0),
        np.radians(elements.inclination_deg),
        np.radians(elements.mean_anomaly_deg % 360.0),
        elements.mean_motion_rev_per_day * np.pi / 720.0,
        np.radians(elements.raan_deg % 360.0),
    )
    if record.error:
        raise InputError(source, SGP4_ERRORS.get(record.error, "not an orbit"), key=key)
    return record


def _sgp4_days(epoch: datetime) -> float:
    return (epoch - SGP4_DAY_ZERO).total_seconds() / 86400.0
