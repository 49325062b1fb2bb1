"""Where satellites are: SGP4 in the TEME frame, Earth-fixed positions, geodetic coordinates, headings.

Lengths are km, angles degrees unless a name says `rad`; times are seconds after the scenario's epoch. Polar
motion and UT1 - UTC are neglected: together under 0.5 km on the ground. Rotations are written out by
component, so that a result never depends on how many instants or satellites were asked for at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sgp4.api import SGP4_ERRORS, WGS72, Satrec, SatrecArray

from onboard.errors import InputError

Floats = NDArray[np.float64]

EARTH_RADIUS_KM = 6378.137  # WGS-84 semi-major axis (NIMA TR8350.2)
EARTH_ECCENTRICITY_SQUARED = 6.69437999014e-3  # WGS-84, f = 1/298.257223563
EARTH_ROTATION_RAD_S = 7.292115146706979e-5  # Vallado 2013, section 3.5.2
SGP4_MU_KM3_S2 = 398600.8  # WGS-72, the constants every TLE is fitted with (Spacetrack Report 3)
LOWEST_ALTITUDE_KM = 150.0  # below it an orbit lasts hours
HIGHEST_ALTITUDE_KM = 50_000.0  # above the graveyard orbits SGP4 is fitted for
J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
SGP4_DAY_ZERO = datetime(1949, 12, 31, tzinfo=UTC)


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


class Orbits:
    """A constellation that SGP4 carries: n_sat satellites, in the order of their elements.

    Raises InputError that names `source` and the satellite where elements are malformed or the orbit decays.
    """

    def __init__(
        self,
        elements: Sequence[CircularOrbit | TwoLineElements],
        epoch: datetime,
        *,
        source: str | Path = "orbit",
    ) -> None:
        assert epoch.tzinfo is not None
        self.epoch = epoch.astimezone(UTC)
        self.n_sat = len(elements)
        self._source = source
        records = [
            _circular_record(one, self.epoch, source, f"satellite[{index}].orbit")
            if isinstance(one, CircularOrbit)
            else _tle_record(one, source, f"satellite[{index}].orbit")
            for index, one in enumerate(elements)
        ]
        self._records = SatrecArray(records)
        self.period_s: Floats = np.array([120.0 * np.pi / record.no_kozai for record in records])

    def states_teme(self, t_s: ArrayLike) -> tuple[Floats, Floats]:
        """Positions km and velocities km/s in TEME, each (n_sat, n_t, 3), at instants of shape (n_t,)."""
        fraction = days_since_j2000(self.epoch, t_s) % 1.0
        day = 2451545.0 + days_since_j2000(self.epoch, t_s) - fraction
        code, position, velocity = self._records.sgp4(day, fraction)
        if code.any():
            satellite, instant = np.argwhere(code)[0]
            reason = SGP4_ERRORS.get(int(code[satellite, instant]), "cannot be propagated")
            rule = f"no orbit {float(np.atleast_1d(t_s)[instant]):.0f} s after the start: {reason}"
            raise InputError(self._source, rule, key=f"satellite[{satellite}].orbit")
        return position, velocity

    def positions_teme(self, t_s: ArrayLike) -> Floats:
        """Positions in TEME, (n_sat, n_t, 3) km."""
        return self.states_teme(t_s)[0]

    def states_ecef(self, t_s: ArrayLike) -> tuple[Floats, Floats]:
        """Positions km and velocities km/s relative to the rotating Earth, each (n_sat, n_t, 3)."""
        position, velocity = self.states_teme(t_s)
        sidereal_rad = gmst_rad(self.epoch, t_s)
        fixed = teme_to_ecef(position, sidereal_rad)
        rotated = teme_to_ecef(velocity, sidereal_rad)
        rotated[..., 0] += EARTH_ROTATION_RAD_S * fixed[..., 1]
        rotated[..., 1] -= EARTH_ROTATION_RAD_S * fixed[..., 0]
        return fixed, rotated

    def positions_ecef(self, t_s: ArrayLike) -> Floats:
        """Earth-fixed positions, (n_sat, n_t, 3) km."""
        return teme_to_ecef(self.positions_teme(t_s), gmst_rad(self.epoch, t_s))


def days_since_j2000(epoch: datetime, t_s: ArrayLike) -> Floats:
    """Days (UTC taken as UT1) after 2000-01-01 12:00, shape (n_t,) of `t_s`."""
    start_s = (epoch - J2000).total_seconds()
    return (start_s + np.atleast_1d(np.asarray(t_s, dtype=np.float64))) / 86400.0


def gmst_rad(epoch: datetime, t_s: ArrayLike) -> Floats:
    """Greenwich mean sidereal time in [0, 2 pi), IAU 1982 (Vallado 2013, equation 3-47), shape of `t_s`."""
    centuries = days_since_j2000(epoch, t_s) / 36525.0
    sidereal_s = (
        67310.54841 + (876600.0 * 3600.0 + 8640184.812866) * centuries + 0.093104 * centuries**2 - 6.2e-6 * centuries**3
    )
    return np.radians(sidereal_s / 240.0 % 360.0)


def dot(a: Floats, b: Floats) -> Floats:
    """Scalar products of vectors (..., 3); by component, which is faster than a sum over so short an axis."""
    return np.asarray(a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2])


def mean_sun_longitude_deg(days_j2000: Floats) -> Floats:
    """Mean longitude of the Sun, also the right ascension of the mean Sun (Vallado 2013, algorithm 29)."""
    return (280.460 + 36000.771 * days_j2000 / 36525.0) % 360.0


def teme_to_ecef(vectors: Floats, sidereal_rad: Floats) -> Floats:
    """Turn vectors (..., n_t, 3) about the pole by the sidereal angle (n_t,) (Vallado 2013, section 3.7)."""
    cosine, sine = np.cos(sidereal_rad), np.sin(sidereal_rad)
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.stack([cosine * x + sine * y, cosine * y - sine * x, z], axis=-1)


def geodetic(ecef_km: Floats) -> tuple[Floats, Floats, Floats]:
    """WGS-84 latitude and longitude in degrees and altitude in km of positions (..., 3).

    Bowring's formula (Survey Review 23, 1976), iterated: within a millimetre from the ground to 50,000 km.
    """
    x, y, z = ecef_km[..., 0], ecef_km[..., 1], ecef_km[..., 2]
    e2 = EARTH_ECCENTRICITY_SQUARED
    polar_km = EARTH_RADIUS_KM * np.sqrt(1.0 - e2)
    axis_km = np.hypot(x, y)
    reduced = np.arctan2(z, axis_km * np.sqrt(1.0 - e2))
    for _ in range(3):
        latitude = np.arctan2(
            z + e2 / (1.0 - e2) * polar_km * np.sin(reduced) ** 3,
            axis_km - e2 * EARTH_RADIUS_KM * np.cos(reduced) ** 3,
        )
        reduced = np.arctan2(np.sqrt(1.0 - e2) * np.sin(latitude), np.cos(latitude))
    sine = np.sin(latitude)
    altitude_km = axis_km * np.cos(latitude) + z * sine - EARTH_RADIUS_KM * np.sqrt(1.0 - e2 * sine**2)
    return np.degrees(latitude), np.degrees(np.arctan2(y, x)), altitude_km


def geodetic_to_ecef(latitude_deg: ArrayLike, longitude_deg: ArrayLike, altitude_km: ArrayLike) -> Floats:
    """Earth-fixed positions (..., 3) km of WGS-84 coordinates (Vallado 2013, equation 3-14)."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    altitude = np.asarray(altitude_km, dtype=np.float64)
    sine = np.sin(latitude)
    normal_km = EARTH_RADIUS_KM / np.sqrt(1.0 - EARTH_ECCENTRICITY_SQUARED * sine**2)
    level_km = (normal_km + altitude) * np.cos(latitude)
    height_km = (normal_km * (1.0 - EARTH_ECCENTRICITY_SQUARED) + altitude) * sine
    return np.stack(np.broadcast_arrays(level_km * np.cos(longitude), level_km * np.sin(longitude), height_km), axis=-1)


def east_north_up(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Unit vectors of the local horizon in Earth-fixed axes, each (..., 3), at geodetic coordinates (...)."""
    latitude, longitude = np.broadcast_arrays(np.radians(latitude_deg), np.radians(longitude_deg))
    sin_lat, cos_lat = np.sin(latitude), np.cos(latitude)
    sin_lon, cos_lon = np.sin(longitude), np.cos(longitude)
    east = np.stack([-sin_lon, cos_lon, np.zeros_like(sin_lon)], axis=-1)
    north = np.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat], axis=-1)
    up = np.stack([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat], axis=-1)
    return east, north, up


def ground_track_heading_deg(position_ecef: Floats, velocity_ecef: Floats) -> Floats:
    """Course of the ground track, clockwise from north in [0, 360), from Earth-fixed states (..., 3).

    The course of the satellite itself: the radii of meridian and parallel differ too little to turn it.
    """
    latitude_deg, longitude_deg, _ = geodetic(position_ecef)
    east, north, _ = east_north_up(latitude_deg, longitude_deg)
    return np.degrees(np.arctan2(dot(velocity_ecef, east), dot(velocity_ecef, north))) % 360.0


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
        (epoch - SGP4_DAY_ZERO).total_seconds() / 86400.0,
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
