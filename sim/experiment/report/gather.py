"""What a finished run left, read once: summary, journal, telemetry and scenario, and the comparison it was part of."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onboard.commands import Transmit
from onboard.errors import InputError
from sim.executive import WORLD
from sim.experiment.flight_log import FlightLog
from sim.experiment.pass_report import FlownPass, flown_passes
from sim.facts import OperatorOrdered
from sim.journal import read_header, read_records
from sim.planning import orbits_of
from sim.resolve import resolve
from sim.run_directory import ARCHIVE, JOURNAL
from sim.scenario import Scenario
from sim.world.eclipses import Eclipse, eclipses
from sim.world.ephemeris import Ephemeris
from sim.world.frames import Floats

SUMMARY, SCENARIO, TELEMETRY = "summary.json", "scenario.toml", "telemetry.npz"
COMPARISON = "comparison.json"
"""What `compare` leaves beside the folders of its runs."""

Record = tuple[int, str, tuple[object, ...], tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Curves:
    """One satellite's samples, each (n_sample,); `temperature_k` is (n_sample, n_node) of the `nodes`."""

    t_s: Floats
    state_of_charge: Floats
    pending_bytes: Floats
    nodes: tuple[str, ...]
    temperature_k: Floats


@dataclass(slots=True)
class Traffic:
    """What transmitters sent for products, framing and repeats included, when; and whether an operator gave orders."""

    at_ns: list[int] = field(default_factory=list)
    sent_bytes: list[int] = field(default_factory=list)
    orders: int = 0

    def record(self, now_ns: int, node: str, _granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one record."""
        for answer in answers:
            if isinstance(answer, Transmit):
                self.at_ns.append(now_ns)
                parts = (answer.payload_bytes, answer.header_bytes, answer.fill_bytes, answer.retransmit_bytes)
                self.sent_bytes.append(sum(parts))
            elif node == WORLD and isinstance(answer, OperatorOrdered):
                self.orders += 1


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A finished run. `comparison` is None where the run was flown alone, or its folder was flown over since."""

    directory: Path
    summary: dict[str, Any]
    scenario: Scenario
    scenario_text: str
    fingerprint: dict[str, str]
    log: FlightLog
    traffic: Traffic
    passes: tuple[FlownPass, ...]
    curves: dict[str, Curves]
    eclipses: tuple[Eclipse, ...]
    ephemeris: Ephemeris
    comparison: dict[str, Any] | None

    @property
    def satellites(self) -> list[str]:
        """Their names, in the scenario's order, which is that of their colours."""
        return [satellite.name for satellite in self.scenario.satellite]

    @property
    def site_names(self) -> list[str]:
        """Stations that had a pass."""
        return list(dict.fromkeys(one.planned.station for one in self.passes))


def read_run(directory: Path) -> RunRecord:
    """Read a run's folder. Raises InputError where it holds no finished run, or one of another version."""
    for name in (SUMMARY, SCENARIO, JOURNAL, TELEMETRY, ARCHIVE):
        if not (directory / name).is_file():
            raise InputError(directory, f"holds no finished run: {name} is not there")
    summary = _json(directory / SUMMARY)
    scenario = resolve(directory / SCENARIO)
    log, traffic = FlightLog(tuple(one.name for one in scenario.satellite)), Traffic()

    def watched() -> Iterator[Record]:
        for record in read_records(directory / JOURNAL):
            log.record(*record)
            traffic.record(*record)
            yield record

    passes = flown_passes(scenario, watched())
    ephemeris = Ephemeris(orbits_of(scenario), 0.0, scenario.duration_s)
    return RunRecord(
        directory=directory,
        summary=summary,
        scenario=scenario,
        scenario_text=(directory / SCENARIO).read_text(encoding="utf-8"),
        fingerprint=read_header(directory / JOURNAL)["fingerprint"],
        log=log,
        traffic=traffic,
        passes=tuple(passes),
        curves=_curves(directory / TELEMETRY, scenario),
        eclipses=tuple(eclipses(ephemeris)),
        ephemeris=ephemeris,
        comparison=_comparison(directory, summary),
    )


def _curves(path: Path, scenario: Scenario) -> dict[str, Curves]:
    with np.load(path, allow_pickle=False) as arrays:

        def floats(name: str) -> NDArray[np.float64]:
            return np.asarray(arrays[name], np.float64)

        return {
            one.name: Curves(
                floats(f"{one.name}/met_s"),
                floats(f"{one.name}/state_of_charge"),
                floats(f"{one.name}/pending_bytes"),
                tuple(str(node) for node in arrays[f"{one.name}/nodes"]),
                floats(f"{one.name}/temperature_k"),
            )
            for one in scenario.satellite
            if f"{one.name}/met_s" in arrays
        }


def _comparison(directory: Path, summary: dict[str, Any]) -> dict[str, Any] | None:
    """The comparison beside the run, if this very run is in it."""
    path = directory.resolve().parent / COMPARISON
    if not path.is_file():
        return None
    told = _json(path)
    own = told.get("strategies", {}).get(summary["strategy"], {})
    return told if own.get("digest") == summary["digest"] and told.get("comparison") else None


def _json(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(path, f"is no JSON: {error}") from None
    if not isinstance(told, dict):
        raise InputError(path, "holds no JSON object")
    return told
