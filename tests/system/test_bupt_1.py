"""The satellite like BUPT-1 behaves as in flight (arXiv 2401.03435), flown whole from its scenario."""

import pytest

from onboard.mission_time import to_ns
from sim.data import sample_path
from sim.resolve import resolve, scenario_path
from sim.run import RunResult, run


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return run(resolve(scenario_path("bupt-1")), tmp_path_factory.mktemp("bupt-1") / "run")


def test_computing_takes_a_third_of_the_energy(flight: RunResult) -> None:
    energy_j = flight.summary["satellites"]["bupt-1"]["energy_j"]
    assert 0.3 <= energy_j["computer"] / sum(energy_j.values()) <= 0.4
    assert energy_j["computer"] / flight.summary["virtual_s"] == pytest.approx(9.0, rel=0.02)


def test_ten_hours_at_nine_watts_warm_the_surface_over_thirty_degrees(flight: RunResult) -> None:
    log = flight.log.satellites["bupt-1"]
    later = [
        k for at_ns, k in zip(log.sampled_ns, log.computer_temperature_k, strict=True) if at_ns >= to_ns(10 * 3600)
    ]
    assert min(later) > 303.15
    assert log.computer_temperature_k[0] < 293.15


def test_little_sunlight_is_wasted_and_the_battery_works_hard(flight: RunResult) -> None:
    satellite = flight.summary["satellites"]["bupt-1"]
    assert satellite["energy_curtailed_j"] / satellite["energy_generated_j"] < 0.1
    assert 0.25 < satellite["depth_of_discharge"] < 0.4
    assert satellite["energy_unserved_j"] == 0


def test_every_assumed_figure_has_a_line_of_sensitivity() -> None:
    page = sample_path("buses", "BUPT-1.md").read_text("utf-8")
    study = sample_path("buses", "bupt_1_study.py").read_text("utf-8")
    parameters = [line.split('"')[1] for line in study.splitlines() if line.startswith('    ("')]
    assert len(parameters) > 12
    assert all(f"| {name} |" in page for name in parameters)
