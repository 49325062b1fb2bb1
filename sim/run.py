"""One run: a scenario flown to its end, and what it leaves behind."""

import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import tomli_w

from onboard.errors import InputError, MachineError
from onboard.mission_time import to_ns
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import ModelCard, load_card
from sim.assembly import Crew, geometry_of, source_of, world_of
from sim.checkers.all import checkers_for
from sim.executive import Executive
from sim.experiment.alerts import Findings, export_alerts, gather_findings
from sim.experiment.flight_log import FlightLog
from sim.experiment.summary import RunFacts, summarise
from sim.journal import Journal
from sim.pace import AsFastAsPossible, Pace
from sim.resolve import model_folder
from sim.scenario import Scenario
from sim.scenes.source import PictureFolder, SceneSource
from sim.world.world import World

RUN_FILES = ("scenario.toml", "journal.msgpack", "archive.sqlite", "summary.json")


class Observer(Protocol):
    """Watches a run: reads every journal record and the true world, and changes neither."""

    def record(
        self,
        now_ns: int,
        node: str,
        granted: tuple[object, ...],
        answers: tuple[object, ...],
        world: World,
        /,
    ) -> None:
        """Take one record."""

    def close(self) -> None:
        """Finish what is being written."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to fly, as opposed to what: none of this changes a result."""

    processes: bool = False
    pace: Pace = field(default_factory=AsFastAsPossible)
    observers: Sequence[Observer] = ()
    on_launch: Callable[[dict[str, int]], None] = lambda _processes: None


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run. `summary` is what `summary.json` holds."""

    directory: Path
    summary: dict[str, Any]
    log: FlightLog
    findings: Findings


def flyable_card(scenario: Scenario) -> ModelCard:
    """The scenario's model, opened and tried once. Raises InputError where it cannot fly."""
    card = load_card(model_folder(scenario))
    if card.macs_per_px is None:
        raise InputError(
            card.card_path, "is missing: the payload computer's time is charged by it", key="cost.macs_per_px"
        )
    if card.task != scenario.task:
        raise InputError(
            card.card_path, f"the scenario flies it for {scenario.task}", key="model.task", value=card.task
        )
    InferenceEngine(card)
    return card


def prepare_directory(directory: Path) -> Path:
    """An empty run directory; an earlier run's is emptied, anything else is refused."""
    if directory.exists() and not directory.is_dir():
        raise InputError(directory, "is not a folder", key="--out")
    if directory.is_dir() and any(directory.iterdir()):
        if not (directory / RUN_FILES[0]).is_file():
            raise InputError(directory, "is not empty and holds no earlier run", key="--out")
        shutil.rmtree(directory)
    (directory / "exports").mkdir(parents=True)
    return directory


def run(scenario: Scenario, directory: Path, options: RunOptions | None = None) -> RunResult:
    """Fly a scenario. Raises InputError before the start, MachineError where the host or a process fails."""
    options = options or RunOptions()
    try:
        return _run(scenario, directory, options)
    except OSError as error:
        raise MachineError(f"{error.strerror or error}: {error.filename or directory}") from error
    except sqlite3.Error as error:
        raise MachineError(f"{directory / 'archive.sqlite'}: {error}") from error


def _run(scenario: Scenario, directory: Path, options: RunOptions) -> RunResult:
    started_s = time.monotonic()
    card = flyable_card(scenario)
    source = source_of(scenario)
    geometry = geometry_of(scenario, source)
    prepare_directory(directory)
    resolved = scenario.model_dump(mode="json", exclude_none=True)
    (directory / "scenario.toml").write_text(tomli_w.dumps(resolved), encoding="utf-8")
    log = FlightLog(tuple(satellite.name for satellite in scenario.satellite))
    with tempfile.TemporaryDirectory(prefix="skysift-") as scratch:
        world = world_of(scenario, geometry, source, Path(scratch))
        archive_path = directory / "archive.sqlite"
        crew = Crew(scenario, card, world, memory_root=Path(scratch), archive_path=archive_path)
        journal = Journal(directory / "journal.msgpack", resolved)
        try:
            crew.launch(Path(scratch) if options.processes else None)
            processes = crew.processes
            options.on_launch(processes)
            _fly(scenario, crew, world, journal, log, options)
        finally:
            crew.close()
            journal.close()
            for observer in options.observers:
                observer.close()
    findings = gather_findings(archive_path, scenario, card)
    facts = RunFacts(journal.digest, 1 + len(processes), time.monotonic() - started_s, _unexposed(source, log))
    summary = summarise(scenario, card, log, findings.detections, facts)
    export_alerts(directory / "exports" / "alerts.geojson", scenario, card, log, findings)
    (directory / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return RunResult(directory, summary, log, findings)


def _fly(scenario: Scenario, crew: Crew, world: World, journal: Journal, log: FlightLog, options: RunOptions) -> None:
    checkers = checkers_for(scenario)

    def record(now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        journal.record(now_ns, node, granted, answers)
        log.record(now_ns, node, granted, answers)
        for checker in checkers:
            checker.record(now_ns, node, granted, answers)
        for observer in options.observers:
            observer.record(now_ns, node, granted, answers, world)

    executive = Executive(crew.nodes, record, options.pace)
    executive.open(world.opening())
    executive.run(to_ns(scenario.duration_s))
    for checker in checkers:
        checker.finish()
    violations = [violation for checker in checkers for violation in checker.violations]
    assert not violations, f"{len(violations)} violations, the first: {violations[0]}"


def _unexposed(source: SceneSource, log: FlightLog) -> tuple[str, ...]:
    if not isinstance(source, PictureFolder):
        return ()
    left = len(source.pictures) - len(log.frames)
    return (f"{left} of {len(source.pictures)} pictures were never exposed",) if left else ()
