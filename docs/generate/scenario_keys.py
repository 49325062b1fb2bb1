"""The keys of a scenario's file, from its JSON Schema."""

import re
from collections.abc import Sequence
from typing import Any

from docs.generate.markdown import code, table
from sim.schema import scenario_schema

PLACES: dict[str, str] = {
    "Satellite": "`[[satellite]]`",
    "Constellation": "`[[constellation]]`",
    "Walker": "`walker` of a constellation",
    "Orbit": "`orbit` of a satellite",
    "MeanElements": "`omm` of an orbit",
    "Pointing": "`pointing` of a satellite",
    "FlownDevice": "`device` of a satellite",
    "PowerMode": "`power_modes` of a device, by name",
    "Throttle": "`throttling` of a device",
    "AcceleratorFailure": "`failed` of a device",
    "Instrument": "`instrument` of a satellite",
    "Radio": "`radio` of a satellite",
    "Downlink": "`[downlink]` of a radio",
    "Uplink": "`[uplink]` of a radio",
    "Bus": "`bus` of a satellite",
    "Node": "`[node.NAME]` of a bus",
    "Cells": "`[cells]` of a bus",
    "Panel": "`[[panel]]` of a bus",
    "Battery": "`[battery]` of a bus",
    "Loads": "`[loads]` of a bus",
    "Shedding": "`[shedding]` of a bus",
    "Threshold": "`computer`, `instrument` and `radio` of shedding",
    "Face": "`[[face]]` of a bus",
    "Coupling": "`[[coupling]]` of a bus",
    "Switch": "`switch` of a coupling",
    "Heater": "`[[heater]]` of a bus",
    "FlightRules": "`[limits]` of a bus",
    "GroundStation": "`[[station]]`",
    "Antenna": "`antenna` of a station",
    "Feed": "`[feeds.BAND]` of an antenna",
    "Scene": "`[scene]`",
    "LinkQuality": "`[link]`",
    "Security": "`[security]`",
    "Compression": "`[compression]`",
    "Lifetimes": "`[lifetimes]`",
    "Alerts": "`[alerts]`",
    "Ground": "`[ground]`",
    "Sink": "`[[ground.sinks]]`",
    "Fault": "`[[fault]]`",
    "Faults": "`[faults]`",
    "Radiation": "`[radiation]`",
}
"""Where each table of the schema stands in a file, in the order of the page."""

_BOUNDS = (("ge", "from"), ("minimum", "from"), ("gt", "above"), ("exclusiveMinimum", "above"))
_ENDS = (("le", "to"), ("maximum", "to"), ("lt", "below"), ("exclusiveMaximum", "below"))
_WORDS = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false", "null": ""}
_SAFE = 1e9
"""A bound of this size only keeps sums of joules exact, and is not told."""


def scenario_keys() -> str:
    """A section for the top of the file, then one for each table."""
    schema = scenario_schema()
    tables = dict(schema["$defs"])
    # Written out, a constellation's table has a satellite's keys too: those are told once.
    shell = schema["properties"]["constellation"]["items"]
    own = {key: shell["properties"][key] for key in ("name", "walker")}
    tables["Constellation"] = {**shell, "properties": own}
    missing = tables.keys() ^ PLACES.keys()
    assert not missing, f"docs/generate/scenario_keys.py does not place {sorted(missing)}"
    needs = schema["anyOf"][0]["required"]
    top = _section("The top of the file", schema, needs, "required, or the base's")
    return "\n".join([top, *(_section(place, tables[name]) for name, place in PLACES.items())])


def _section(title: str, record: dict[str, Any], needs: Sequence[str] = (), else_from: str = "required") -> str:
    required = record.get("required", needs)
    rows = [
        (code(key), _rule(value), else_from if key in required else _default(value))
        for key, value in record["properties"].items()
    ]
    told = " ".join(str(record.get("description", "")).split())
    return f"### {title}\n\n{told}\n\n{table(('key', 'value', 'without it'), rows)}"


def _rule(value: dict[str, Any]) -> str:
    """What a value may be, in words."""
    if "$ref" in value:
        return f"a table: {_link(value['$ref'])}"
    for choice in ("anyOf", "oneOf"):
        if choice in value:
            words = dict.fromkeys(filter(None, map(_rule, value[choice])))
            return "; or ".join(words)
    if "const" in value or "enum" in value:
        return "one of " + ", ".join(code(one) for one in value.get("enum", [value.get("const")]))
    match value.get("type"):
        case "array":
            return _array(value)
        case "object":
            return _object(value)
        case "string" if value.get("format") == "date-time":
            return "an instant, UTC"
        case kind:
            named = str(value.get("description", "")).rstrip(".")
            return named or _WORDS[str(kind)] + _range(value)


def _array(value: dict[str, Any]) -> str:
    if "prefixItems" in value:
        return f"a list of {len(value['prefixItems'])}: " + ", ".join(map(_rule, value["prefixItems"]))
    return f"a list; each {_rule(value['items'])}" if value.get("items") else "a list"


def _object(value: dict[str, Any]) -> str:
    if "additionalProperties" in value and isinstance(value["additionalProperties"], dict):
        return f"a table of names; each {_rule(value['additionalProperties'])}"
    for held in value.get("patternProperties", {}).values():
        return f"a table of names; each {_rule(held)}"
    keys = ", ".join(map(code, value.get("properties", {})))
    return f"a table of {keys}" if keys else "a table"


def _range(value: dict[str, Any]) -> str:
    least = next((f" {word} {value[key]:,.9g}" for key, word in _BOUNDS if key in value), "")
    most = next((f" {word} {value[key]:,.9g}" for key, word in _ENDS if key in value and value[key] < _SAFE), "")
    return least + most


def _default(value: dict[str, Any]) -> str:
    held = value.get("default")
    if held is None or held in ("", [], {}):
        return "none"
    if isinstance(held, dict):
        return "each key's own"
    return code(str(held).lower() if isinstance(held, bool) else held)


def _link(reference: str) -> str:
    place = PLACES[reference.rsplit("/", 1)[1]]
    return f"[{place}](#{slug(place)})"


def slug(title: str) -> str:
    """A heading's anchor, as the generator of the site and the usual hosts of Markdown make it."""
    return re.sub(r"[\s]", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip())
