"""The second task flies: a CFAR as ONNX graph looks for rafts implanted in drawn radar sea."""

from pathlib import Path

import pytest

from onboard.errors import InputError
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


def test_raw_sends_the_volume_of_the_echoes(tmp_path: Path) -> None:
    settings = [f"satellite.{number}.instrument.{side}_px=64" for number in (0, 1) for side in ("width", "height")]
    scenario = resolve(
        scenario_path("sea-rescue"), changes={"strategy": "raw"}, settings=[*settings, "duration_s=2400"]
    )
    flown = run(scenario, tmp_path / "run")
    made = [frame for frame in flown.log.frames.values() if frame.product_bytes]
    assert made
    # The image's header is all that comes on top.
    assert all(0 < frame.product_bytes - frame.exposure.captured_bytes < 200 for frame in made)
    assert any(frame.archived_ns is not None for frame in made)


def test_a_scene_is_not_drawn_for_an_instrument_that_it_is_not_made_for(tmp_path: Path) -> None:
    scenario = resolve(scenario_path("sea-rescue"), settings=("satellite.1.instrument=pan-imager",))
    with pytest.raises(InputError, match=r"scene\.source = 'sar-sea': .* beacon-2 has pan-imager"):
        run(scenario, tmp_path / "run")
