"""The published schema accepts what the resolver accepts."""

import tomllib

import jsonschema
import pytest

from sim.data import sample_names
from sim.equipment.records import read_table
from sim.resolve import resolve, scenario_path
from sim.schema import scenario_schema

SCHEMA = scenario_schema()


@pytest.mark.parametrize("name", sample_names("scenarios"))
def test_every_sample_scenario_is_valid_as_written_and_as_resolved(name: str) -> None:
    written = read_table(scenario_path(name))
    jsonschema.validate(written | {"start_utc": str(written.get("start_utc"))}, SCHEMA)
    resolved = resolve(scenario_path(name)).model_dump(mode="json", exclude_none=True)
    jsonschema.validate(resolved, SCHEMA)
    assert resolved["name"] == written["name"] == name


def test_an_unknown_key_is_not_valid() -> None:
    table = tomllib.loads('extends = "wildfire-watch"\nsede = 3')
    with pytest.raises(jsonschema.ValidationError, match="sede"):
        jsonschema.validate(table, SCHEMA)


@pytest.mark.parametrize(("room", "key"), [("device", "looks_per_scene"), ("instrument", "power_mode")])
def test_what_is_of_another_room_is_not_valid(room: str, key: str) -> None:
    written = read_table(scenario_path("sea-rescue"))
    written["satellite"][0][room] = {"name": written["satellite"][0][room]["name"], key: 2}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written | {"start_utc": str(written["start_utc"])}, SCHEMA)
