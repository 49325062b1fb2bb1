"""Satellites and stations whose processes somebody else started, and where each of them waits for the executive.

    key = "executive.key_secret"

    [process.ember-1]
    endpoint = "tcp://ember-1:7700"
    key = "ember-1.key"

Files are named from where this one lies.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from onboard.curve import CurveKeys, read_curve_keys
from onboard.errors import InputError
from sim.blame import suggestion
from sim.equipment.records import Record, read_record


class _Waiting(Record):
    endpoint: Annotated[str, Field(pattern=r"^tcp://\S+:\d+$")]
    key: Annotated[str, Field(min_length=1)]


class _Elsewhere(Record):
    key: Annotated[str, Field(min_length=1)]
    process: Annotated[dict[str, _Waiting], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Meeting:
    """The endpoint of a process, and what the executive must know to be let in."""

    endpoint: str
    keys: CurveKeys


def read_elsewhere(path: Path, names: Iterable[str]) -> dict[str, Meeting]:
    """Who of a scenario's satellites and stations, by name, waits where. Raises InputError."""
    known, folder = tuple(names), path.resolve().parent
    told = read_record(_Elsewhere, path)
    for name in told.process:
        if name not in known:
            rule = f"no satellite or station of the scenario; {suggestion(name, known)}"
            raise InputError(path, rule, key="process", value=name)
    return {
        name: Meeting(waiting.endpoint, read_curve_keys(folder / told.key, folder / waiting.key))
        for name, waiting in told.process.items()
    }
