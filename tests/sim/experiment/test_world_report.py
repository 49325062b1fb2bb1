"""The world without the payload: what it tells is what the plant, the shadow and the passes say."""

import json

import numpy as np
import pytest

from onboard.mission_time import to_ns
from sim.data import sample_names
from sim.experiment.passes import passes_of
from sim.experiment.world_map import circle_of_visibility, cut
from sim.experiment.world_report import WorldReport, as_table, report_of
from sim.planning import orbits_of
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario
from sim.world.frames import EARTH_RADIUS_KM
from sim.world.plant import Plant


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return resolve(scenario_path("wildfire-watch"))


@pytest.fixture(scope="module")
def report(scenario: Scenario) -> WorldReport:
    return report_of(scenario)


@pytest.mark.parametrize("name", sample_names("scenarios"))
def test_every_shipped_scenario_has_a_world(name: str) -> None:
    scenario = resolve(scenario_path(name)).model_copy(update={"duration_s": 1200.0})
    table = json.loads(json.dumps(as_table(report_of(scenario)), allow_nan=False))
    assert table["satellites"].keys() == {satellite.name for satellite in scenario.satellite}


def test_the_same_scenario_gives_the_same_world(scenario: Scenario, report: WorldReport) -> None:
    assert as_table(report_of(scenario)) == as_table(report)


def test_joules_close(report: WorldReport, scenario: Scenario) -> None:
    for story, satellite in zip(report.satellites, scenario.satellite, strict=True):
        capacity_j = satellite.bus.battery.capacity_wh * 3600.0
        stored_j = (story.state_of_charge[-1] - story.state_of_charge[0]) * capacity_j
        assert story.generated_j >= stored_j + sum(story.spent_j.values())
        assert story.spent_j["instrument"] == 0.0


def test_the_radio_draws_in_passes_and_nothing_else_does(report: WorldReport, scenario: Scenario) -> None:
    for story, satellite in zip(report.satellites, scenario.satellite, strict=True):
        contact_s = sum(one.duration_s for one in report.passes if one.satellite == story.name)
        assert story.spent_j["radio"] == pytest.approx(contact_s * satellite.radio.transmit_w)
        idle_w = satellite.device.setting.idle_w
        assert story.spent_j["computer"] == pytest.approx(idle_w * scenario.duration_s)


def test_curves_are_the_plants(report: WorldReport, scenario: Scenario) -> None:
    plant = Plant(scenario.satellite, orbits_of(scenario), scenario.world_tick_s, to_ns(scenario.duration_s))
    plant.step()
    first_pass_s = min(float(one.start_s[0]) for one in report.passes)
    assert first_pass_s > scenario.world_tick_s
    assert [story.state_of_charge[1] for story in report.satellites] == plant.state_of_charge.tolist()


def test_curves_lie_within_the_extremes(report: WorldReport) -> None:
    for story in report.satellites:
        assert story.state_of_charge.min() >= story.soc_min
        for node, curve in story.temperature_k.items():
            low_k, high_k = story.temperature_range_k[node]
            assert low_k <= curve.min() <= curve.max() <= high_k


def test_light_and_eclipses_agree(report: WorldReport) -> None:
    for story in report.satellites:
        for one in story.eclipses:
            inside = (report.t_s * 1e9 > one.begin_ns) & (report.t_s * 1e9 < one.end_ns)
            assert (story.sunlight[inside] < 1.0).all()
        assert 1.0 - story.eclipse_s / report.t_s[-1] == pytest.approx(story.sunlight.mean(), abs=0.01)


def test_a_sleeping_computer_draws_nothing(scenario: Scenario) -> None:
    first = scenario.satellite[0]
    device = first.device.model_copy(update={"sleep_after_s": 10.0})
    asleep = scenario.model_copy(
        update={"satellite": (first.model_copy(update={"device": device}),), "duration_s": 600.0}
    )
    assert report_of(asleep).satellites[0].spent_j["computer"] == 0.0


def test_a_long_run_is_sampled_and_ends_with_its_last_tick(scenario: Scenario) -> None:
    report = report_of(scenario.model_copy(update={"duration_s": 30_005.0}))
    assert len(report.t_s) <= 722
    assert report.t_s[-1] == 30_005.0


def test_passes_have_the_rates_of_their_grants(report: WorldReport, scenario: Scenario) -> None:
    assert [one.volume_bytes for one in report.passes] == [
        one.volume_bytes for one in passes_of(scenario, orbits_of(scenario))
    ]
    for one in report.passes:
        assert one.rate_bps.min() <= one.mean_rate_bps * (1.0 + 1e-6)
        assert one.mean_rate_bps <= one.rate_bps.max()


def test_circles_of_visibility(scenario: Scenario) -> None:
    """At every point of it the elevation is the least one: the law of sines in the triangle to the Earth's centre."""
    site = scenario.station[0]
    longitude_deg, latitude_deg = circle_of_visibility(site, 550.0)
    here, there = (
        np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
        for lat, lon in (
            np.radians([site.latitude_deg, site.longitude_deg]),
            (np.radians(latitude_deg), np.radians(longitude_deg)),
        )
    )
    ray = there * (EARTH_RADIUS_KM + 550.0) - here * EARTH_RADIUS_KM
    elevation_deg = np.degrees(np.arcsin(ray @ here / np.linalg.norm(ray, axis=-1)))
    np.testing.assert_allclose(elevation_deg, site.min_elevation_deg, atol=1e-9)


def test_lines_end_at_the_antimeridian() -> None:
    lines = cut(np.array([170.0, -170.0, 175.0]), np.array([0.0, 10.0, 10.0]))
    assert lines == [
        [(170.0, 0.0), (180.0, 5.0)],
        [(-180.0, 5.0), (-170.0, 10.0), (-180.0, 10.0)],
        [(180.0, 10.0), (175.0, 10.0)],
    ]
