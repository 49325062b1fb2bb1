"""Places on the ground track are found when the camera is over them."""

from datetime import UTC, datetime

import numpy as np
import pytest

from onboard.mission_time import to_s
from sim.planning import orbits_of
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario
from sim.world.environment import sun_zenith_deg
from sim.world.frames import geodetic
from sim.world.overpass import Place, first_overpasses

START = datetime(2026, 6, 1, 10, tzinfo=UTC)
KM_PER_DEG = 111.2


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return resolve(scenario_path("wildfire-watch"))


def below(scenario: Scenario, satellite: int, t_s: float) -> tuple[float, float]:
    latitude, longitude, _ = geodetic(orbits_of(scenario).positions_ecef(t_s))
    return float(latitude[satellite, 0]), float(longitude[satellite, 0])


def sunlit_instant(scenario: Scenario, satellite: int) -> float:
    for t_s in np.arange(100.0, 5000.0, 50.0):
        latitude, longitude = below(scenario, satellite, float(t_s))
        if abs(latitude) < 50 and sun_zenith_deg(latitude, longitude, START, float(t_s))[0] < 60:
            return float(t_s)
    raise AssertionError("never in sunlight")


def test_a_place_under_the_track_is_exposed_when_the_satellite_is_over_it(scenario: Scenario) -> None:
    t_s = sunlit_instant(scenario, 1)
    place = Place(*below(scenario, 1, t_s), 20.0, frozenset({0, 1, 2}))
    found = first_overpasses([place], scenario.satellite, orbits_of(scenario), 5700.0)
    assert found[0].satellite == 1
    assert to_s(found[0].at_ns) == pytest.approx(t_s, abs=0.1)


@pytest.mark.parametrize(("off_km", "is_seen"), [(8.0, True), (14.0, False)])
def test_the_swath_decides(scenario: Scenario, off_km: float, is_seen: bool) -> None:
    t_s = sunlit_instant(scenario, 0)
    latitude, longitude = below(scenario, 0, t_s)
    # The track runs within 15 degrees of a meridian here: east is across it.
    east_deg = off_km / KM_PER_DEG / np.cos(np.radians(latitude)) / np.cos(np.radians(12.0))
    place = Place(latitude, longitude + east_deg, 20.0, frozenset({0}))
    found = first_overpasses([place], scenario.satellite, orbits_of(scenario), 5700.0)
    assert bool(found) is is_seen


def test_a_satellite_without_the_bands_does_not_count(scenario: Scenario) -> None:
    t_s = sunlit_instant(scenario, 1)
    place = Place(*below(scenario, 1, t_s), 20.0, frozenset({0}))
    assert not first_overpasses([place], scenario.satellite, orbits_of(scenario), 600.0)


def test_night_is_not_exposed(scenario: Scenario) -> None:
    for t_s in np.arange(100.0, 5000.0, 50.0):
        latitude, longitude = below(scenario, 0, float(t_s))
        if sun_zenith_deg(latitude, longitude, START, float(t_s))[0] > 100:
            place = Place(latitude, longitude, 20.0, frozenset({0}))
            assert not first_overpasses([place], scenario.satellite, orbits_of(scenario), 5700.0)
            return
    raise AssertionError("no night on this orbit")
