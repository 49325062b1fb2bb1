"""What a sweep varies, and what it leaves alone."""

import pytest

from sim.experiment.sweep import DENSITY_KEYS, varied
from sim.planning import plan
from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario


@pytest.mark.parametrize("name", ["wildfire-watch", "sea-rescue"])
def test_density_and_frames_vary_and_nothing_else(name: str) -> None:
    scenario = resolve(scenario_path(name), changes={"strategy": "raw"})
    key = DENSITY_KEYS[scenario.scene.source]
    one = varied(scenario, key, 10.0, 0.25)
    assert one.strategy == "detections"
    assert getattr(one.scene, key) == 10.0 * getattr(scenario.scene, key)
    assert {(satellite.instrument.width_px, satellite.instrument.height_px) for satellite in one.satellite} == {
        (256, 256)
    }
    assert Scenario.model_validate(one.model_dump()) == one
    assert [exposure.at_ns for exposure in plan(one).exposures] == [one.at_ns for one in plan(scenario).exposures]
    as_it_was = varied(scenario, key, 1.0, 1.0)
    assert as_it_was == scenario.model_copy(update={"strategy": "detections"})
