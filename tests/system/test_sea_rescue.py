"""The second task flies: a CFAR as ONNX graph looks for rafts implanted in drawn radar sea."""

from pathlib import Path

import pytest

from sim.resolve import resolve, scenario_path
from sim.run import RunResult, run


@pytest.fixture(scope="module")
def flight(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    settings = [f"satellite.{number}.instrument.{side}_px=256" for number in (0, 1) for side in ("width", "height")]
    scenario = resolve(scenario_path("sea-rescue"), settings=[*settings, "scene.rafts_per_1000_km2=20000"])
    directory: Path = tmp_path_factory.mktemp("sea")
    return run(scenario, directory / "run")


def test_rafts_are_found_from_the_air_and_told_as_synthetic(flight: RunResult) -> None:
    summary = flight.summary
    score = summary["score"]["raft"]
    assert summary["imagery"] == {"raft": "synthetic"}
    assert score["truth"] > 50
    assert 0.4 < score["recall"] < 0.95
    assert score["precision"] > 0.3


def test_a_radar_is_charged_its_raw_echoes(flight: RunResult) -> None:
    frame = next(iter(flight.log.frames.values())).exposure
    assert frame.captured_bytes == round(256 * 256 * 5.8)


def test_frames_lie_at_sea_by_day_and_by_night(flight: RunResult) -> None:
    exposed = [frame.exposed_ns for (name, _), frame in flight.log.frames.items() if name == "beacon-1"]
    assert len(exposed) > 40
    assert flight.summary["frames"]["coverage"] > 0.8
