"""Reads a scenario's file: its bases, the files it refers to, and what the caller changes; checked before a run."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from onboard.errors import InputError
from sim.blame import suggestion, validated
from sim.data import find, model_names, sample_path
from sim.equipment.antenna import Antenna
from sim.equipment.bus import Bus
from sim.equipment.device import Device, FlownDevice
from sim.equipment.instrument import Instrument
from sim.equipment.radio import Radio
from sim.equipment.records import Record, read_record, read_table
from sim.equipment.station import StationNetwork
from sim.expansion import with_elements, with_shells
from sim.faults.drawing import with_drawn
from sim.ground_settings import SEEDED
from sim.scenario import Scenario

ROOMS: dict[str, tuple[str, type[Record]]] = {
    "bus": ("buses", Bus),
    "device": ("devices", Device),
    "instrument": ("instruments", Instrument),
    "radio": ("radios", Radio),
}
"""Which file a satellite's key refers to."""
FLOWN_KEYS = {
    "device": tuple(key for key in FlownDevice.model_fields if key not in Device.model_fields),
    "instrument": ("interval_s", "looks_per_scene", "look_gap_s"),
}
"""By room, what a scenario says beside a file's name of how that flies."""


def scenario_path(name: str) -> Path:
    """The file that a scenario's name or path means."""
    return find("scenarios", name, Path(), source="command line", key="SCENARIO")


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
    written = _with_bases(path, ())
    _check_tasks(written.get("models"), (changes or {}).get("models", {}), path)
    table = _merged(written, changes or {})
    for fleet in ("satellite", "constellation"):
        for spacecraft in table.get(fleet, []) if isinstance(table.get(fleet), list) else []:
            if isinstance(spacecraft, dict):
                spacecraft.update(equipment or {})
    # References become tables before the settings, so that a setting can reach into a file, and after them, so that
    # it can name another.
    table = _expanded(table, path)
    for setting in settings:
        _set(table, setting)
    return with_drawn(validated(Scenario, with_shells(_expanded(table, path), path), path))


def model_folder(scenario: Scenario) -> Path:
    """The folder of the scenario's model."""
    return named_folder(scenario.model)


def ground_model_folder(scenario: Scenario) -> Path:
    """The folder of the model that looks at chips on the ground."""
    return named_folder(scenario.ground_model or scenario.model)


def cloud_mask_folder(scenario: Scenario) -> Path:
    """The folder of the scenario's cloud mask."""
    return named_folder(scenario.compression.cloud_mask)


def named_folder(model: str) -> Path:
    """The folder of a model, by its name in the sample data or its path."""
    named = sample_path("models", model)
    return named if named.is_dir() else Path(model)


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


def _check_tasks(written: Any, changed: Mapping[str, str], path: Path) -> None:
    """A model can be flown for a task that the scenario has."""
    for task in changed:
        if isinstance(written, dict) and task not in written:
            raise InputError(path, f"no such task; {suggestion(task, written)}", key=f"models.{task}")


def _set(table: dict[str, Any], setting: str) -> None:
    """Apply KEY=VALUE; KEY is dotted, with a number for a place in a list; VALUE is TOML, or a bare text."""
    key, found, text = setting.partition("=")
    if not found or not key.strip():
        raise _bad_setting(setting, "must be KEY=VALUE")
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
        raise _bad_setting(setting, f"{'.'.join(path)} is {place!r}, not a table")


def _step(place: Any, part: str, setting: str) -> Any:
    if isinstance(place, list):
        if not part.isdecimal() or int(part) >= len(place):
            raise _bad_setting(setting, f"{part} must be a place from 0 to {len(place) - 1}")
        return place[int(part)]
    if isinstance(place, dict):
        return place.setdefault(part, {})
    raise _bad_setting(setting, f"{part} cannot lie below {place!r}, which is not a table")


def _bad_setting(setting: str, rule: str) -> InputError:
    return InputError("command line", rule, key="--set", value=setting)


def _expanded(table: dict[str, Any], path: Path) -> dict[str, Any]:
    """The table with every reference to a file replaced by what the file says."""
    stations = table.get("station", [])
    fleets = {key: table.get(key, []) for key in ("satellite", "constellation")}
    if not all(isinstance(entries, list) for entries in (*fleets.values(), stations)):
        raise InputError(path, "satellite, constellation and station are lists of tables: [[satellite]]")
    return {
        **table,
        **{
            key: [_expanded_spacecraft(entry, path, f"{key}[{index}]") for index, entry in enumerate(entries)]
            for key, entries in fleets.items()
        },
        "station": [site for index, entry in enumerate(stations) for site in _sites(entry, path, f"station[{index}]")],
        "scene": _with_path(_with_path(table.get("scene", {}), "images", path), "firms_csv", path),
        "security": _with_path(table.get("security", {}), "keys", path),
        "ground": _with_sites_path(_with_sink_paths(table.get("ground", {}), path), path),
        "models": _with_model_paths(table.get("models", {}), path),
        **_with_ground_model(table, path),
        "compression": _with_model(table.get("compression", {}), "cloud_mask", "compression", path),
        **_with_radiation(table, path),
    }


def _expanded_spacecraft(entry: Any, path: Path, place: str) -> Any:
    if not isinstance(entry, dict):
        return entry
    expanded = dict(entry)
    for key, (room, kind) in ROOMS.items():
        value = expanded.get(key)
        if not isinstance(value, (str, dict, type(None))):
            raise InputError(path, f"must be a name in {room}, or a table", key=f"{place}.{key}", value=value)
        name, setting = (value, {}) if isinstance(value, str) else _reference(key, value)
        if name is not None:
            file = find(room, name, path.parent, source=path, key=f"{place}.{key}")
            expanded[key] = {**read_record(kind, file).model_dump(mode="json"), **setting}
    if "orbit" in expanded:
        expanded["orbit"] = with_elements(expanded["orbit"], path, f"{place}.orbit")
    device = expanded.get("device")
    if isinstance(device, dict) and "default_power_mode" in device:
        device.setdefault("power_mode", device["default_power_mode"])
    return expanded


def _reference(key: str, value: Any) -> tuple[str | None, dict[str, Any]]:
    """A device or an instrument may be named with how it flies: { name = "...", power_mode = "15W" }."""
    known = {"name", *FLOWN_KEYS.get(key, ())}
    if isinstance(value, dict) and value.keys() <= known and isinstance(value.get("name"), str):
        return value["name"], {key: value[key] for key in value if key != "name"}
    return None, {}


def _sites(entry: Any, path: Path, key: str) -> list[Any]:
    """Stations of an entry, each with what the file of its antenna says."""
    entry = _with_antenna(entry, path, key)
    if not isinstance(entry, dict) or "network" not in entry:
        return [entry]
    file = find("stations", str(entry["network"]), path.parent, source=path, key=f"{key}.network", suffix=".json")
    known = {site.name: site for site in _network(file).stations}
    names = entry.get("names", list(known))
    if not isinstance(names, list) or not names:
        raise InputError(path, "must be a list of stations' names", key=f"{key}.names", value=names)
    for name in names:
        if not isinstance(name, str) or name not in known:
            rule = f"no such station; {suggestion(str(name), known)}"
            raise InputError(path, rule, key=f"{key}.names", value=name)
    rest = {key: value for key, value in entry.items() if key not in ("network", "names")}
    return [{**known[name].model_dump(), **rest} for name in names]


def _network(file: Path) -> StationNetwork:
    """A network's file; antennas that it names lie beside it, or in the sample data."""
    table = read_table(file)
    if isinstance(sites := table.get("stations"), list):
        table["stations"] = [_with_antenna(site, file, f"stations[{index}]") for index, site in enumerate(sites)]
    return validated(StationNetwork, table, file)


def _with_antenna(site: Any, path: Path, key: str) -> Any:
    if not isinstance(site, dict) or not isinstance(site.get("antenna"), str):
        return site
    file = find("antennas", site["antenna"], path.parent, source=path, key=f"{key}.antenna")
    return {**site, "antenna": read_record(Antenna, file).model_dump(mode="json")}


def _with_path(table: Any, key: str, path: Path) -> Any:
    if isinstance(table, dict) and isinstance(table.get(key), str) and table[key]:
        return {**table, key: str(_beside(table[key], path))}
    return table


def _with_sink_paths(ground: Any, path: Path) -> Any:
    if not isinstance(ground, dict) or not isinstance(ground.get("sinks"), list):
        return ground
    sinks = [_with_path(sink, "token_file", path) for sink in ground["sinks"]]
    is_file = [isinstance(sink, dict) and sink.get("kind") == "file" for sink in sinks]
    return {
        **ground,
        "sinks": [
            _with_path(sink, "target", path) if here else sink for sink, here in zip(sinks, is_file, strict=True)
        ],
    }


def _with_sites_path(ground: Any, path: Path) -> Any:
    is_seeded = isinstance(ground, dict) and ground.get("static_sites") == SEEDED
    return ground if is_seeded else _with_path(ground, "static_sites", path)


def _with_model_paths(models: Any, path: Path) -> Any:
    if not isinstance(models, dict):
        return models
    return {task: _model_path(f"models.{task}", name, path) for task, name in models.items()}


def _with_ground_model(table: dict[str, Any], path: Path) -> dict[str, Any]:
    name = table.get("ground_model")
    return {"ground_model": _model_path("ground_model", name, path)} if name else {}


def _with_radiation(table: dict[str, Any], path: Path) -> dict[str, Any]:
    given = table.get("radiation")
    return {} if given is None else {"radiation": _with_model(given, "second_model", "radiation", path)}


def _with_model(table: Any, key: str, place: str, path: Path) -> Any:
    if not isinstance(table, dict) or not table.get(key):
        return table
    return {**table, key: _model_path(f"{place}.{key}", table[key], path)}


def _model_path(key: str, name: Any, path: Path) -> Any:
    if not isinstance(name, str) or sample_path("models", name).is_dir():
        return name
    beside = _beside(name, path)
    if not beside.exists():
        rule = f"no such file or folder, nor a name in models; {suggestion(name, model_names())}"
        raise InputError(path, rule, key=key, value=name)
    return str(beside)


def _beside(name: str, path: Path) -> Path:
    """A path as the caller wrote it: from where they are, or beside the scenario."""
    here = Path(name)
    beside = path.parent / name
    return (here if here.exists() or not beside.exists() else beside).resolve()
