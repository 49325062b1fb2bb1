"""What `--set`, `extends` and references do to a scenario."""

from pathlib import Path

import pytest

from sim.resolve import resolve, scenario_path
from sim.scenario import Scenario

WATCH = scenario_path("wildfire-watch")


def with_settings(*settings: str) -> Scenario:
    return resolve(WATCH, settings=settings)


def test_a_setting_reaches_into_the_file_that_a_name_refers_to() -> None:
    changed = with_settings("satellite[1].bus.battery.capacity_wh=20", "satellite.2.radio.transmit_w=7.5")
    assert [satellite.bus.battery.capacity_wh for satellite in changed.satellite] == [38.5, 20.0, 38.5]
    assert changed.satellite[2].radio.transmit_w == 7.5


def test_a_setting_reaches_into_a_list_of_a_file() -> None:
    scenario = with_settings("satellite[0].bus.panel[0].area_m2=0.5")
    assert scenario.satellite[0].bus.panel[0].area_m2 == 0.5
    assert scenario.satellite[1].bus.panel[0].area_m2 != 0.5


def test_a_setting_may_name_another_file() -> None:
    assert [one.bus.name for one in with_settings("satellite[0].bus=16u").satellite] == ["16u"] + ["6u-cubesat"] * 2


def test_equipment_replaces_every_satellites_and_takes_its_default_mode() -> None:
    flown = resolve(WATCH, equipment={"device": "raspberry-pi-4"}).satellite
    assert {(one.device.name, one.device.power_mode) for one in flown} == {("raspberry-pi-4", "standard")}


def test_a_resolved_scenario_resolves_to_itself(tmp_path: Path) -> None:
    import tomli_w

    once = resolve(WATCH)
    path = tmp_path / "scenario.toml"
    path.write_text(tomli_w.dumps(once.model_dump(mode="json", exclude_none=True)), encoding="utf-8")
    assert resolve(path) == once


def test_extends_changes_what_it_says_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "shorter.toml"
    path.write_text('extends = "wildfire-watch"\nduration_s = 60\n[scene]\nland_fires_per_1000_km2 = 0.5\n')
    base, changed = resolve(WATCH), resolve(path)
    assert (changed.duration_s, changed.scene.land_fires_per_1000_km2) == (60, 0.5)
    assert changed.satellite == base.satellite


@pytest.mark.parametrize("key", ["satellite", "station"])
def test_lists_are_replaced_as_a_whole(tmp_path: Path, key: str) -> None:
    path = tmp_path / "one.toml"
    entry = '[[station]]\nnetwork = "ksat"\nnames = ["Troll"]\n'
    if key == "satellite":
        entry = (
            '[[satellite]]\nname = "solo"\nbus = "16u"\ndevice = "myriad-x"\ninstrument = "swir-imager"\n'
            'radio = "s-band"\norbit = { altitude_km = 500, inclination_deg = 51.6, raan_deg = 10 }\n'
        )
    path.write_text(f'extends = "wildfire-watch"\n{entry}')
    assert len(getattr(resolve(path), key)) == 1
