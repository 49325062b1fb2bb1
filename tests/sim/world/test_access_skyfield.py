"""Contact windows against skyfield (Rhodes, MIT licence), which carries SGP4 its own way to true sidereal time."""

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest
from sgp4.api import Satrec
from skyfield.api import EarthSatellite, load, wgs84
from skyfield.timelib import Time

from onboard.mission_time import to_s
from sim.data import sample_path
from sim.world.access import Station, Window, contact_windows
from sim.world.elements import TwoLineElements, parse_tle_text
from sim.world.ephemeris import Ephemeris
from sim.world.orbit import Orbits

EPOCH = datetime(2026, 10, 10, tzinfo=UTC)
DAY_S = 86_400.0
LEAST_DEG = 10.0
STATIONS = [
    Station("Svalbard", 78.23, 15.41, 450.0),
    Station("Troll", -72.01, 2.53, 1300.0),
    Station("Inuvik", 68.4, -133.5),
    Station("Fairbanks", 64.86, -147.85),
    Station("Esrange", 67.88, 21.07, 340.0),
    Station("Dundee", 56.4, -3.18),
    Station("Weilheim", 47.88, 11.08, 660.0),
    Station("Boise", 43.6, -116.2, 820.0),
    Station("Matera", 40.65, 16.7, 500.0),
    Station("Chitose", 42.77, 141.62),
    Station("Maspalomas", 27.77, -15.64, 200.0),
    Station("Hawaii", 21.32, -157.89),
    Station("Bangalore", 12.9, 77.37, 900.0),
    Station("Quito", -0.2, -78.5, 2850.0),
    Station("Singapore", 1.3, 103.8),
    Station("Mauritius", -20.3, 57.5),
    Station("Cordoba", -31.52, -64.46, 700.0),
    Station("Dongara", -29.08, 115.58),
    Station("Awarua", -46.53, 168.38),
    Station("Punta Arenas", -53.0, -70.85),
]


def _two_lines(line1: str, line2: str) -> TwoLineElements:
    """An element set with its checksums."""
    return TwoLineElements(
        *(f"{line}{sum(int(c) if c.isdigit() else c == '-' for c in line) % 10}" for line in (line1, line2))
    )


@cache
def _elements() -> tuple[TwoLineElements, ...]:
    """25: the sample orbits of that week, 20 low planes with a little eccentricity and drag, and a Molniya orbit."""
    found = []
    for name in ("landsat-8", "sentinel-2"):
        path = sample_path("orbits", f"{name}.tle")
        found += parse_tle_text(path.read_text(), path)
    planes = [(97.6, 15.2), (97.4, 15.16), (53.0, 15.06), (51.64, 15.5), (86.4, 14.34), (35.0, 15.3), (98.2, 14.57)]
    for k in range(20):
        inclination_deg, per_day = planes[k % len(planes)]
        raan_deg, anomaly_deg = 137.5 * k % 360.0, 99.7 * k % 360.0
        line1 = f"1 {90001 + k}U 26001A   26282.00000000  .00001000  00000+0  50000-4 0  999"
        angles = f"{inclination_deg:8.4f} {raan_deg:8.4f} 0012000  90.0000 {anomaly_deg:8.4f}"
        found.append(_two_lines(line1, f"2 {90001 + k} {angles} {per_day:11.8f}    1"))
    line1 = "1 90021U 26001A   26282.00000000  .00000000  00000+0  00000+0 0  999"
    found.append(_two_lines(line1, "2 90021  63.4000  40.0000 7200000 270.0000  10.0000  2.00600000    1"))
    return tuple(found)


@cache
def _ours() -> list[Window]:
    return contact_windows(Ephemeris(Orbits(_elements(), EPOCH), 0.0, DAY_S), STATIONS, LEAST_DEG)


@cache
def _day() -> tuple[np.ndarray, Time]:
    """Samples of the day; skyfield keeps their rotations with them."""
    t_s = np.arange(0.0, DAY_S + 1.0, 30.0)
    return t_s, load.timescale(builtin=True).from_datetime(EPOCH) + t_s / DAY_S


def _theirs(elements: TwoLineElements, station: Station) -> list[tuple[float, float]]:
    """Rises and sets in seconds after the epoch; the span cuts what is up at its ends."""
    timescale = load.timescale(builtin=True)
    satellite = EarthSatellite.from_satrec(Satrec.twoline2rv(elements.line1, elements.line2), timescale)
    place = wgs84.latlon(station.latitude_deg, station.longitude_deg, station.altitude_m)
    begin, end = (timescale.from_datetime(EPOCH + timedelta(seconds=at_s)) for at_s in (0.0, DAY_S))
    if satellite.model.ecco > 0.1:
        # Its search loses the middle of a day of Molniya's passes; its positions do not.
        t_s, instants = _day()
        high = (satellite - place).at(instants).altaz()[0].degrees - LEAST_DEG
        change = np.flatnonzero((high[1:] >= 0.0) != (high[:-1] >= 0.0))
        edges_s = t_s[change] + 30.0 * high[change] / (high[change] - high[change + 1])
        rises, sets = edges_s[high[change] < 0.0].tolist(), edges_s[high[change] >= 0.0].tolist()
    else:
        instants, kinds = satellite.find_events(place, begin, end, altitude_degrees=LEAST_DEG)
        at_s = np.array([(instant.utc_datetime() - EPOCH).total_seconds() for instant in instants])
        rises, sets = at_s[kinds == 0].tolist(), at_s[kinds == 2].tolist()
    if sets and (not rises or rises[0] > sets[0]):
        rises.insert(0, 0.0)
    if len(sets) < len(rises):
        sets.append(DAY_S)
    return list(zip(rises, sets, strict=True))


@pytest.mark.parametrize("satellite", range(25))
def test_windows_of_a_day(satellite: int) -> None:
    elements = _elements()
    assert (len(elements), len(STATIONS)) == (25, 20)
    for index, station in enumerate(STATIONS):
        ours = [
            (to_s(one.aos_ns), to_s(one.los_ns))
            for one in _ours()
            if (one.satellite_index, one.station_index) == (satellite, index)
        ]
        theirs = _theirs(elements[satellite], station)
        for missed in (one for one in theirs if not _match(one, ours)):
            assert missed[1] - missed[0] < 10.0, f"{station.name}: missed {missed}"
        for invented in (one for one in ours if not _match(one, theirs)):
            assert invented[1] - invented[0] < 10.0, f"{station.name}: invented {invented}"
        for one in ours:
            if (match := _match(one, theirs)) and one[1] - one[0] >= 10.0:
                np.testing.assert_allclose(one, match, atol=1.0, rtol=0.0, err_msg=station.name)


def _match(one: tuple[float, float], others: list[tuple[float, float]]) -> tuple[float, float] | None:
    """The window that shares time with another."""
    return next((other for other in others if other[0] < one[1] + 1.0 and one[0] < other[1] + 1.0), None)
