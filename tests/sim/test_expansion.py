"""What short ways of saying orbits become: elements from files, and shells as satellites."""

import json
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from onboard.errors import InputError
from sim.data import sample_path
from sim.expansion import with_elements
from sim.planning import orbits_of
from sim.resolve import resolve
from sim.scenario import Scenario

EQUIPMENT = 'bus = "16u"\ndevice = "myriad-x"\ninstrument = "swir-imager"\nradio = "s-band"\n'
GALILEO = """
[[constellation]]
name = "galileo"
walker = { total = 24, planes = 3, phasing = 1, altitude_km = 23222, inclination_deg = 56, raan_deg = 317.632 }
"""


def scenario_with(tmp_path: Path, spacecraft: str, **how: Any) -> Scenario:
    path = tmp_path / "mine.toml"
    bases = "" if "[[satellite]]" in spacecraft else "satellite = []\n"
    path.write_text(f'extends = "wildfire-watch"\n{bases}{spacecraft}{EQUIPMENT}')
    return resolve(path, **how)


def satellite(orbit: str) -> str:
    return f'[[satellite]]\nname = "solo"\norbit = {orbit}\n'


def error_of(tmp_path: Path, spacecraft: str, **how: Any) -> str:
    with pytest.raises(InputError) as caught:
        scenario_with(tmp_path, spacecraft, **how)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(f"{tmp_path / 'mine.toml'}: ")


@pytest.mark.parametrize(
    "orbit",
    [
        '{ tle = "sentinel-2", object = "SENTINEL-2C" }',
        '{ tle = "sentinel-2", object = 60989 }',
        '{ tle = "landsat-8" }',
        '{ omm = "cygnss-3" }',
        '{ omm = "cygnss-3", object = "CYGFM03" }',
    ],
)
def test_a_resolved_scenario_holds_the_elements_themselves(tmp_path: Path, orbit: str) -> None:
    once = scenario_with(tmp_path, satellite(orbit))
    written = tmp_path / "elsewhere" / "scenario.toml"
    written.parent.mkdir()
    written.write_text(tomli_w.dumps(once.model_dump(mode="json", exclude_none=True)), encoding="utf-8")
    assert resolve(written) == once


def test_an_object_is_chosen_by_name_or_number(tmp_path: Path) -> None:
    by_name = scenario_with(tmp_path, satellite('{ tle = "sentinel-2", object = "SENTINEL-2B" }'))
    by_number = scenario_with(tmp_path, satellite('{ tle = "sentinel-2", object = "42063" }'))
    assert by_name == by_number
    assert by_name.satellite[0].orbit.tle is not None
    assert by_name.satellite[0].orbit.tle[0].startswith("1 42063U")


def test_elements_beside_the_scenario_fly(tmp_path: Path) -> None:
    row = json.loads(sample_path("orbits", "cygnss-3.json").read_text())[0]
    (tmp_path / "two.json").write_text(json.dumps([row, row | {"OBJECT_NAME": "OTHER", "NORAD_CAT_ID": "7"}]))
    flown = scenario_with(tmp_path, satellite('{ omm = "two.json", object = 7 }'))
    assert flown.satellite[0].orbit.omm is not None
    assert flown.satellite[0].orbit.omm.name == "OTHER"
    assert orbits_of(flown).period_s[0] == pytest.approx(86400.0 / 15.244, rel=1e-3)
    assert "two.json holds 2 objects: name one of them" in error_of(tmp_path, satellite('{ omm = "two.json" }'))
    (tmp_path / "two.json").write_text(json.dumps([row, row]))
    said = error_of(tmp_path, satellite('{ omm = "two.json", object = "CYGFM03" }'))
    assert said == "satellite[0].orbit.object = 'CYGFM03': 2 objects of two.json are called so: give a catalogue number"


@pytest.mark.parametrize(
    ("orbit", "said"),
    [
        ('{ omm = "cygnss-4" }', "satellite[0].orbit.omm = 'cygnss-4': no such file, nor a name in orbits; "),
        ('{ tle = "sentinel-2" }', "satellite[0].orbit.object: sentinel-2.tle holds 3 objects: name one of them"),
        (
            '{ tle = "sentinel-2", object = "SENTINEL-2D" }',
            "satellite[0].orbit.object = 'SENTINEL-2D': no such object in sentinel-2.tle; did you mean SENTINEL-2",
        ),
        ('{ tle = "landsat-8", raan_deg = 3 }', "satellite[0].orbit: takes tle, omm or circular elements, not two"),
        ('{ tle = "landsat-8", omm = "cygnss-3" }', "satellite[0].orbit: takes tle or omm, not both"),
        ("{ inclination_deg = 3 }", "satellite[0].orbit: needs tle, omm, or altitude_km and inclination_deg"),
        ('{ altitude_km = 500, inclination_deg = 3, object = "x" }', "satellite[0].orbit.object = 'x': unknown key"),
        ("{ omm = { name = 'x' } }", "satellite[0].orbit.omm.epoch_utc: is missing"),
    ],
)
def test_orbits_that_are_wrong_teach(tmp_path: Path, orbit: str, said: str) -> None:
    assert error_of(tmp_path, satellite(orbit)).startswith(said)


def test_a_wrong_file_is_named_with_the_object_and_the_field(tmp_path: Path) -> None:
    row = json.loads(sample_path("orbits", "cygnss-3.json").read_text())[0]
    del row["INCLINATION"]
    (tmp_path / "bad.json").write_text(json.dumps(row))
    assert error_of(tmp_path, satellite('{ omm = "bad.json" }')) == (
        f"{tmp_path / 'bad.json'}: CYGFM03: INCLINATION: is missing"
    )


def test_an_orbit_without_a_file_is_left_alone() -> None:
    for orbit in (3, {"altitude_km": 500}, {"tle": ["1", "2"]}):
        assert with_elements(orbit, Path("mine.toml"), "orbit") is orbit


def test_a_shell_becomes_satellites(tmp_path: Path) -> None:
    flown = scenario_with(tmp_path, GALILEO).satellite
    assert [one.name for one in flown][:9] == [*(f"galileo-1-{slot}" for slot in range(1, 9)), "galileo-2-1"]
    assert len(flown) == 24
    places = [(one.orbit.raan_deg, one.orbit.mean_anomaly_deg) for one in flown]
    assert places[0] == (317.632, 0.0)
    assert places[9] == pytest.approx((77.632, 60.0))
    assert places[16] == pytest.approx((197.632, 30.0))
    assert {(one.bus.name, one.device.name) for one in flown} == {("16u", "myriad-x")}


def test_a_shell_by_local_time_turns_through_the_hours(tmp_path: Path) -> None:
    shell = (
        '[[constellation]]\nname = "star"\nwalker = { total = 12, planes = 3, kind = "star", altitude_km = 600, '
        "inclination_deg = 97.8, ltan_h = 22.5, mean_anomaly_deg = 10 }\n"
    )
    flown = scenario_with(tmp_path, shell).satellite
    assert [one.orbit.ltan_h for one in flown[::4]] == [22.5, 2.5, 6.5]
    assert flown[1].orbit.mean_anomaly_deg == 100.0


def test_names_sort_as_the_satellites_fly(tmp_path: Path) -> None:
    shell = GALILEO.replace("total = 24, planes = 3", "total = 24, planes = 2")
    names = [one.name for one in scenario_with(tmp_path, shell).satellite]
    assert names[0] == "galileo-1-01"
    assert names == sorted(names)


def test_shells_fly_beside_satellites_with_equipment_and_settings_of_all(tmp_path: Path) -> None:
    both = satellite('{ tle = "landsat-8" }') + EQUIPMENT + GALILEO
    flown = scenario_with(
        tmp_path, both, equipment={"device": "raspberry-pi-4"}, settings=["constellation.0.walker.planes=6"]
    ).satellite
    assert [one.name for one in flown][:2] == ["solo", "galileo-1-1"]
    assert flown[-1].name == "galileo-6-4"
    assert {one.device.name for one in flown} == {"raspberry-pi-4"}


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("walker.total=25", "constellation[0].walker: total must be a multiple of planes"),
        ("walker.phasing=3", "constellation[0].walker: phasing must be below planes"),
        ("walker.ltan_h=10", "constellation[0].walker: needs one of ltan_h and raan_deg"),
        ("walker.kind='rose'", "constellation[0].walker.kind = 'rose': must be 'delta' or 'star'"),
        ("walker.plane=3", "constellation[0].walker.plane = 3: unknown key; did you mean planes?"),
        ("walker=3", "constellation[0].walker = 3: must be a table"),
        ("name=''", "constellation[0].name = '': must match"),
        ("orbit.altitude_km=3", "constellation[0].orbit: a constellation's orbits are its walker's"),
        ("bus='17u'", "constellation[0].bus = '17u': no such file, nor a name in buses; did you mean 16u?"),
    ],
)
def test_shells_that_are_wrong_teach(tmp_path: Path, setting: str, said: str) -> None:
    assert error_of(tmp_path, GALILEO, settings=[f"constellation.0.{setting}"]).startswith(said)


def test_a_constellation_is_a_list_of_tables(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    for written in ("constellation = 3\n", "constellation = [3]\n"):
        path.write_text(f'extends = "wildfire-watch"\n{written}')
        with pytest.raises(InputError, match=r"lists? of tables"):
            resolve(path)
