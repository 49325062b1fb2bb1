"""Reads a scenario's file: its bases, the files it refers to, and what the caller changes; checked before a run."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from onboard.errors import InputError
from sim.blame import validated
from sim.data import find, sample_path
from sim.equipment import Bus, Device, Instrument, Radio, Record, StationNetwork, read_record, read_table
from sim.scenario import Scenario

ROOMS: dict[str, tuple[str, type[Record]]] = {
    "bus": ("buses", Bus),
    "device": ("devices", Device),
    "instrument": ("instruments", Instrument),
    "radio": ("radios", Radio),
}
"""Which file a satellite's key refers to."""


def scenario_path(name: str) -> Path:
    """The file that a scenario's name or path means."""
    return find("scenarios", name, Path(), source="scenario", key="SCENARIO")


def resolve(
    path: Path,
    *,
    changes: Mapping[str, Any] | None = None,
    equipment: Mapping[str, str] | None = None,
    settings: Sequence[str] = (),
) -> Scenario:
    """Read a scenario with its bases and its references.

    `changes` overrides keys of the scenario, a dictionary within a dictionary; `equipment` replaces a file of every
    satellite, such as its bus; `settings` are texts KEY=VALUE and come last. Raises InputError.
    """
    table = _merged(_with_bases(path, ()), changes or {})
    for satellite in table.get("satellite", ()):
        if isinstance(satellite, dict):
            satellite.update(equipment or {})
    for setting in settings:
        _set(table, setting)
    return validated(Scenario, _expanded(table, path), path)


def model_folder(scenario: Scenario) -> Path:
    """The folder of the scenario's model."""
    named = sample_path("models", scenario.model)
    return named if named.is_dir() else Path(scenario.model)


def _with_bases(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    table = read_table(path)
    base = table.pop("extends", None)
    if base is None:
        return table
    if path.resolve() in seen:
        raise InputError(path, "extends itself", key="extends", value=base)
    base_path = find("scenarios", str(base), path.parent, source=path, key="extends")
    return _merged(_with_bases(base_path, (*seen, path.resolve())), table)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _set(table: dict[str, Any], setting: str) -> None:
    """Apply KEY=VALUE; KEY is dotted, with a number for a place in a list; VALUE is TOML, or a bare text."""
    key, found, text = setting.partition("=")
    if not found or not key.strip():
        raise InputError("--set", "must be KEY=VALUE", key=setting)
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *path, last = key.strip().replace("[", ".").replace("]", "").split(".")
    place: Any = table
    for part in path:
        place = _step(place, part, setting)
    if isinstance(place, list):
        _step(place, last, setting)
        place[int(last)] = value
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise InputError("--set", f"{'.'.join(path)} is not a table", key=setting)


def _step(place: Any, part: str, setting: str) -> Any:
    if isinstance(place, list):
        if not part.isdigit() or int(part) >= len(place):
            raise InputError("--set", f"{part} must be a place from 0 to {len(place) - 1}", key=setting)
        return place[int(part)]
    if isinstance(place, dict):
        return place.setdefault(part, {})
    raise InputError("--set", f"nothing lies below {part}", key=setting)


def _expanded(table: dict[str, Any], path: Path) -> dict[str, Any]:
    """The table with every reference to a file replaced by what the file says."""
    satellites = table.get("satellite", [])
    stations = table.get("station", [])
    if not isinstance(satellites, list) or not isinstance(stations, list):
        raise InputError(path, "satellite and station are lists of tables: [[satellite]]")
    return {
        **table,
        "satellite": [_expanded_satellite(entry, path, index) for index, entry in enumerate(satellites)],
        "station": [site for index, entry in enumerate(stations) for site in _sites(entry, path, index)],
        "scene": _with_images(table.get("scene", {}), path),
        "models": _with_model_paths(table.get("models", {}), path),
    }


def _expanded_satellite(entry: Any, path: Path, index: int) -> Any:
    if not isinstance(entry, dict):
        return entry
    expanded = dict(entry)
    for key, (room, kind) in ROOMS.items():
        value = expanded.get(key)
        name, setting = (value, {}) if isinstance(value, str) else _reference(value)
        if name:
            file = find(room, name, path.parent, source=path, key=f"satellite[{index}].{key}")
            expanded[key] = {**read_record(kind, file).model_dump(), **setting}
    device = expanded.get("device")
    if isinstance(device, dict) and "default_power_mode" in device:
        device.setdefault("power_mode", device["default_power_mode"])
    return expanded


def _reference(value: Any) -> tuple[str, dict[str, Any]]:
    """A device may be named with its power mode: { name = "...", power_mode = "15W" }."""
    if isinstance(value, dict) and set(value) <= {"name", "power_mode"} and isinstance(value.get("name"), str):
        return value["name"], {key: value[key] for key in value if key != "name"}
    return "", {}


def _sites(entry: Any, path: Path, index: int) -> list[Any]:
    if not isinstance(entry, dict) or "network" not in entry:
        return [entry]
    key = f"station[{index}]"
    file = find("stations", str(entry["network"]), path.parent, source=path, key=f"{key}.network", suffix=".json")
    known = {site.name: site for site in read_record(StationNetwork, file).stations}
    names = entry.get("names", list(known))
    for name in names:
        if name not in known:
            raise InputError(path, f"no such station; known: {', '.join(known)}", key=f"{key}.names", value=name)
    rest = {key: value for key, value in entry.items() if key not in ("network", "names")}
    return [{**known[name].model_dump(), **rest} for name in names]


def _with_images(scene: Any, path: Path) -> Any:
    if isinstance(scene, dict) and isinstance(scene.get("images"), str) and scene["images"]:
        return {**scene, "images": str(_beside(scene["images"], path))}
    return scene


def _with_model_paths(models: Any, path: Path) -> Any:
    if not isinstance(models, dict):
        return models
    return {
        task: name if not isinstance(name, str) or sample_path("models", name).is_dir() else str(_beside(name, path))
        for task, name in models.items()
    }


def _beside(name: str, path: Path) -> Path:
    """A path as the caller wrote it: from where they are, or beside the scenario."""
    here = Path(name)
    beside = path.parent / name
    return (here if here.exists() or not beside.exists() else beside).resolve()
