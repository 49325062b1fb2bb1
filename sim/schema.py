"""The JSON Schema of a scenario's file as people write it: references by name, bases, station networks."""

from typing import Any

from sim.resolve import ROOMS
from sim.scenario import Scenario

_NAME = {"type": "string", "description": "A name in the sample data, or a path beside the scenario."}
_NETWORK = {
    "type": "object",
    "description": "Stations of a network by name, or all of them.",
    "required": ["network"],
    "additionalProperties": False,
    "properties": {
        "network": _NAME,
        "names": {"type": "array", "items": {"type": "string"}},
        "min_elevation_deg": {"type": "number", "minimum": 0, "exclusiveMaximum": 90},
    },
}
_DEVICE = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {"name": _NAME, "power_mode": {"type": "string"}},
}


def scenario_schema() -> dict[str, Any]:
    """The schema of a resolved scenario, widened by what `sim.resolve` understands."""
    schema = Scenario.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["extends"] = {**_NAME, "description": "A scenario to take as base."}
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": ["extends"]}]
    satellite = schema["$defs"]["Satellite"]["properties"]
    for key in ROOMS:
        forms = [_NAME, satellite[key]] if key != "device" else [_NAME, _DEVICE, satellite[key]]
        satellite[key] = {"anyOf": forms}
    station = schema["properties"]["station"]
    station["items"] = {"anyOf": [_NETWORK, station["items"]]}
    return schema
