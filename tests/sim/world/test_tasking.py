"""Exposures over an area: the camera really looks there, and a single exposure equals the planned one."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from onboard.comms.telecommands import MAX_CAPTURES, Area
from onboard.mission_time import to_ns
from sim.planning import FlightPlan, plan
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario
from sim.world.tasking import captures_over, exposure_at, holds


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return resolve(scenario_path("wildfire-watch"))


@pytest.fixture(scope="module")
def planned(scenario: Scenario) -> FlightPlan:
    return plan(scenario)


def test_an_exposure_asked_for_equals_the_planned_one(scenario: Scenario, planned: FlightPlan) -> None:
    wanted = planned.exposures[5]
    satellite = scenario.satellite[wanted.satellite]
    made = exposure_at(wanted.satellite, satellite, planned.orbits, wanted.at_ns, wanted.frame_id)
    assert made is not None
    assert made.latitude_deg == pytest.approx(wanted.latitude_deg, abs=1e-6)
    assert made.longitude_deg == pytest.approx(wanted.longitude_deg, abs=1e-6)
    assert replace(made, **{name: getattr(wanted, name) for name in FLOATS}) == wanted


FLOATS = ("latitude_deg", "longitude_deg", "heading_deg", "sun_zenith_deg", "gsd_m", "viewpoint")


def test_captures_lie_in_the_area_an_interval_apart(scenario: Scenario, planned: FlightPlan) -> None:
    centre = planned.exposures[5]
    satellite = scenario.satellite[centre.satellite]
    area = Area(centre.latitude_deg - 4, centre.longitude_deg - 4, centre.latitude_deg + 4, centre.longitude_deg + 4)
    instants = captures_over(area, centre.satellite, satellite, planned.orbits, 0, to_ns(scenario.duration_s))
    assert len(instants) >= 3
    assert all(later - earlier >= to_ns(satellite.instrument.interval_s) for earlier, later in pairwise(instants))
    for at_ns in instants:
        seen = exposure_at(centre.satellite, satellite, planned.orbits, at_ns, 1)
        assert seen is not None
        assert area.south_deg <= seen.latitude_deg <= area.north_deg
        assert area.west_deg <= seen.longitude_deg <= area.east_deg


def test_an_area_across_the_date_line() -> None:
    area = Area(-10.0, 170.0, 10.0, -170.0)
    inside = holds(area, np.zeros(4), np.array([175.0, -175.0, 165.0, 0.0]))
    assert inside.tolist() == [True, True, False, False]


def test_no_more_captures_than_a_telecommand_carries(scenario: Scenario, planned: FlightPlan) -> None:
    everywhere = Area(-90.0, -180.0, 90.0, 179.999)
    satellite = scenario.satellite[0]
    instants = captures_over(everywhere, 0, satellite, planned.orbits, 0, to_ns(scenario.duration_s))
    assert len(instants) == MAX_CAPTURES


def test_nothing_is_taken_of_what_is_never_seen(scenario: Scenario, planned: FlightPlan) -> None:
    pole = Area(89.5, -180.0, 90.0, 179.999)
    satellite = scenario.satellite[0]
    assert captures_over(pole, 0, satellite, planned.orbits, 0, to_ns(scenario.duration_s)) == ()
