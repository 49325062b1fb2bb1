"""Writes out what a scenario says of orbits in short: files of elements, and Walker shells of like satellites."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from onboard.errors import InputError
from sim.blame import suggestion, validated
from sim.data import find
from sim.equipment.records import Record, text_of
from sim.scenario import Constellation
from sim.world.elements import MeanElements, TwoLineElements, parse_tle_text
from sim.world.omm import parse_omm
from sim.world.walker import walker_slots

FILES = {"tle": ".tle", "omm": ".json"}
"""Forms of an orbit that may name a file, and how its name ends where that is not said."""


class _Shells(Record):
    constellation: tuple[Constellation, ...]


def with_elements(orbit: Any, path: Path, key: str) -> Any:
    """An orbit as it was written, with the elements in place of the file it may name. Raises InputError."""
    form = next((form for form in FILES if isinstance(orbit, dict) and isinstance(orbit.get(form), str)), None)
    if form is None:
        return orbit
    file = find("orbits", orbit[form], path.parent, source=path, key=f"{key}.{form}", suffix=FILES[form])
    text = text_of(file)
    objects = parse_tle_text(text, file) if form == "tle" else parse_omm(text, file)
    found = _chosen(objects, orbit.get("object"), file, path, f"{key}.object")
    written = [found.line1, found.line2] if isinstance(found, TwoLineElements) else found.model_dump()
    return {**{name: value for name, value in orbit.items() if name != "object"}, form: written}


def with_shells(table: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """A scenario's table with satellites NAME-plane-slot in place of its constellations. Raises InputError."""
    rest = dict(table)
    entries = rest.pop("constellation", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(path, "constellation is a list of tables: [[constellation]]")
    own = Constellation.model_fields
    for index, entry in enumerate(entries):
        if "orbit" in entry:
            raise InputError(path, "a constellation's orbits are its walker's", key=f"constellation[{index}].orbit")
    shells = validated(
        _Shells, {"constellation": [{key: entry[key] for key in own if key in entry} for entry in entries]}, path
    )
    for shell, entry in zip(shells.constellation, entries, strict=True):
        equipment = {key: value for key, value in entry.items() if key not in own}
        satellites = [{**equipment, "name": name, "orbit": orbit} for name, orbit in _members(shell)]
        rest["satellite"] = [*rest.get("satellite", []), *satellites]
    return rest


def _members(shell: Constellation) -> Iterator[tuple[str, dict[str, Any]]]:
    walker = shell.walker
    node_deg, anomaly_deg = walker_slots(walker.total, walker.planes, walker.phasing, walker.kind)
    planes, slots = node_deg.shape
    for plane in range(planes):
        for slot in range(slots):
            turn_deg = float(node_deg[plane, slot])
            orbit: dict[str, Any] = {
                "altitude_km": walker.altitude_km,
                "inclination_deg": walker.inclination_deg,
                "mean_anomaly_deg": (walker.mean_anomaly_deg + float(anomaly_deg[plane, slot])) % 360.0,
            }
            if walker.ltan_h is not None:
                orbit["ltan_h"] = (walker.ltan_h + turn_deg / 15.0) % 24.0
            if walker.raan_deg is not None:
                orbit["raan_deg"] = (walker.raan_deg + turn_deg) % 360.0
            yield f"{shell.name}-{_padded(plane, planes)}-{_padded(slot, slots)}", orbit


def _padded(place: int, count: int) -> str:
    """Numbers from 1, of one width, so that names sort as the satellites fly."""
    return f"{place + 1:0{len(str(count))}}"


def _chosen(
    objects: Sequence[TwoLineElements | MeanElements], wanted: object, file: Path, path: Path, key: str
) -> TwoLineElements | MeanElements:
    """One object of a file by name or catalogue number; where none is named, the only one."""
    if wanted is None and len(objects) == 1:
        return objects[0]
    labels = [(one.name, str(_number(one))) for one in objects]
    fitting = [one for one, label in zip(objects, labels, strict=True) if str(wanted) in label]
    if len(fitting) == 1:
        return fitting[0]
    if wanted is None:
        rule = f"{file.name} holds {len(objects)} objects: name one of them"
    elif fitting:
        rule = f"{len(fitting)} objects of {file.name} are called so: give a catalogue number"
    else:
        rule = f"no such object in {file.name}; {suggestion(str(wanted), [name or number for name, number in labels])}"
    raise InputError(path, rule, key=key, value=wanted)


def _number(elements: TwoLineElements | MeanElements) -> int | str:
    return elements.norad_id if isinstance(elements, MeanElements) else elements.line1[2:7].strip()
