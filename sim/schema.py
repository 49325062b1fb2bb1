"""The JSON Schema of a scenario's file as people write it: references by name, bases, station networks."""

from typing import Any

from sim.expansion import FILES
from sim.resolve import FLOWN_KEYS, ROOMS
from sim.scenario import Constellation, Scenario

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
        "horizon_mask_deg": {"$ref": "#/$defs/GroundStation/properties/horizon_mask_deg"},
        "antenna": {"anyOf": [_NAME, {"$ref": "#/$defs/Antenna"}]},
    },
}
_FLOWN = {"device": "FlownDevice", "instrument": "Instrument"}


def scenario_schema() -> dict[str, Any]:
    """The schema of a resolved scenario, widened by what `sim.resolve` understands."""
    schema = Scenario.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["extends"] = {**_NAME, "description": "A scenario to take as base."}
    required = [key for key in schema.pop("required") if key != "satellite"]
    flown = [{"required": [*required, fleet]} for fleet in ("satellite", "constellation")]
    schema["anyOf"] = [*flown, {"required": ["extends"]}]
    satellite = schema["$defs"]["Satellite"]["properties"]
    orbit = schema["$defs"]["Orbit"]["properties"]
    for form in FILES:
        orbit[form] = {"anyOf": [_NAME, *orbit[form]["anyOf"]]}
    orbit["object"] = {"type": ["string", "integer"], "description": "Which of a file's objects: a name, or a number."}
    schema["$defs"]["FlownDevice"]["required"].remove("power_mode")  # its default is the device's own
    for key in ROOMS:
        named = [_named(key)] if key in FLOWN_KEYS else []
        satellite[key] = {"anyOf": [_NAME, *named, satellite[key]]}
    schema["properties"]["constellation"] = {"type": "array", "items": _constellation(schema)}
    site = schema["$defs"]["GroundStation"]["properties"]
    site["antenna"] = {"anyOf": [_NAME, site["antenna"]]}
    station = schema["properties"]["station"]
    station["items"] = {"anyOf": [_NETWORK, station["items"]]}
    return schema


def _named(room: str) -> dict[str, Any]:
    """A file's name with how what it tells of flies."""
    keys = {key: {"$ref": f"#/$defs/{_FLOWN[room]}/properties/{key}"} for key in FLOWN_KEYS[room]}
    return {"type": "object", "required": ["name"], "additionalProperties": False, "properties": {"name": _NAME} | keys}


def _constellation(schema: dict[str, Any]) -> dict[str, Any]:
    """A satellite whose orbit is a shell of them."""
    shell = Constellation.model_json_schema()
    schema["$defs"] |= shell.pop("$defs")
    satellite = schema["$defs"]["Satellite"]
    for key, value in satellite["properties"].items():
        if key != "orbit":
            shell["properties"].setdefault(key, value)
    shell["required"] = [*shell["required"], *(key for key in satellite["required"] if key not in ("name", "orbit"))]
    return shell
