"""One run: a scenario flown to its end, and what it leaves behind."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from onboard.errors import InputError, MachineError
from onboard.mission_time import to_ns
from onboard.payload.models import ModelCard
from sim.alert_budget import aloft, on_ground
from sim.assembly import Crew, world_of
from sim.checkers.all import checkers_for
from sim.configuration import check_sinks, keys_of
from sim.elsewhere import Meeting
from sim.executive import Executive, Inputs
from sim.experiment.alerts import (
    Findings,
    command_states,
    delivery_counts,
    export_alerts,
    export_events,
    gather_findings,
)
from sim.experiment.flight_log import FlightLog
from sim.experiment.results import Summary
from sim.experiment.summary import RunFacts, model_table, summarise
from sim.experiment.telemetry import NodeTemperatures, write_telemetry
from sim.ground_model import ground_card
from sim.journal import Journal
from sim.known_sites import known_sites
from sim.modelling.flyable import flyable_card
from sim.modelling.prepare import prepare
from sim.operations import Operations, prepare_operations
from sim.operator_file import OperatorOrder
from sim.pace import AsFastAsPossible, Pace
from sim.planning import FlightPlan, plan, smallest_device
from sim.resolve import model_folder
from sim.resume import begin_run, resume_run
from sim.run_directory import ARCHIVE, FORMER_ARCHIVE, SUMMARY, write_whole
from sim.scenario import Scenario
from sim.scenes.source import PictureFolder, SceneSource
from sim.scratch import scratch_folder
from sim.world.world import World


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
class Begun:
    """A run that is about to fly, for who watches and steers it: `log` is kept up before observers hear of a record.

    What is given to `at_end` is called when nothing flies any more and the mission centre still has its archive open.
    """

    scenario: Scenario
    card: ModelCard
    flight_plan: FlightPlan
    operations: Operations
    log: FlightLog
    archive_path: Path
    scratch: Path
    at_end: Callable[[Callable[[], None]], object]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to fly, as opposed to what: none of this changes a result.

    What comes by `inputs` is an exception: it is part of the run, and the journal tells it.

    With `restarts` a process that dies is started again, and the run goes on without what it had in memory. In the
    `cache`, a folder, frames that were drawn and what a model found in them are kept for other runs. Satellites and
    stations `elsewhere`, by name, are met where somebody else started them. What `resumes` goes on with the run that
    broke off in its folder, and must have its scenario and orders.
    """

    processes: bool = False
    restarts: bool = False
    pace: Pace = field(default_factory=AsFastAsPossible)
    inputs: Inputs = lambda _last_ns, _next_ns: None
    observers: Sequence[Observer] = ()
    orders: Sequence[OperatorOrder] = ()
    on_launch: Callable[[dict[str, int]], None] = lambda _processes: None
    on_begin: Callable[[Begun], None] = lambda _begun: None
    cache: Path | None = None
    elsewhere: Mapping[str, Meeting] = field(default_factory=dict)
    resumes: bool = False


@dataclass(frozen=True, slots=True)
class RunResult:
    """A finished run. `summary` is what `summary.json` holds."""

    directory: Path
    summary: Summary
    log: FlightLog
    findings: Findings


def _colour_notes(card: ModelCard, scenario: Scenario, source: SceneSource) -> tuple[str, ...]:
    """What to say where cameras lack the model's bands. A model that would see nothing else is a mistake."""
    if isinstance(source, PictureFolder):
        seen = {band for picture in source.pictures for band in picture.bands}
    else:
        seen = {band for satellite in scenario.satellite for band in satellite.instrument.bands}
    shown = card.source_bands(tuple(seen))
    if not seen & set(shown):
        rule = f"the cameras see none of these; they see {', '.join(sorted(seen))}"
        raise InputError(card.card_path, rule, key="input.bands", value=list(card.bands))
    if shown == card.bands:
        return ()
    return (f"{card.name}: for {', '.join(card.bands)} the cameras give the false colour {', '.join(shown)}",)


@dataclass(frozen=True, slots=True)
class Flight:
    """A flight that has ended, before anything is written up of it."""

    directory: Path
    digest: str
    log: FlightLog
    card: ModelCard
    judge: ModelCard
    notes: tuple[str, ...]
    n_processes: int
    unexposed: int
    temperatures: NodeTemperatures
    wall_s: float


def run(scenario: Scenario, directory: Path, options: RunOptions | None = None) -> RunResult:
    """Fly a scenario. Raises InputError before the start, MachineError where the host or a process fails."""
    options = options or RunOptions()
    with _hosted(directory, options) as closing:
        return _written_up(scenario, _flight(closing, scenario, directory, options), options)


def fly(scenario: Scenario, directory: Path, options: RunOptions | None = None) -> Flight:
    """As `run`, and nothing is written up: no ledger, telemetry or exports. Same checkers, same digest."""
    options = options or RunOptions()
    with _hosted(directory, options) as closing:
        return _flight(closing, scenario, directory, options)


@contextlib.contextmanager
def _hosted(directory: Path, options: RunOptions) -> Iterator[contextlib.ExitStack]:
    """What is to be closed at a run's end. What the host does to a run is a MachineError."""
    try:
        with contextlib.ExitStack() as closing:
            for observer in options.observers:
                closing.callback(observer.close)
            yield closing
    except OSError as error:
        raise MachineError(f"{error.filename or directory}: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise MachineError(f"{directory / ARCHIVE}: {error}") from error
    except BrokenExecutor as error:
        raise MachineError(f"a process that draws scenes died: {error}") from error


def _flight(run_closing: contextlib.ExitStack, scenario: Scenario, directory: Path, options: RunOptions) -> Flight:
    started_s = time.monotonic()
    scratch = run_closing.enter_context(scratch_folder())
    model = prepare(model_folder(scenario), scenario.task, scratch, smallest_device(scenario))
    with model.named_as_given():
        own_card = flyable_card(scenario, model)
        flight_plan = plan(scenario)
        colour_notes = _colour_notes(own_card, scenario, flight_plan.source)
        card, aloft_notes = aloft(own_card, scenario, flight_plan.exposures)
    judge, ground_notes = on_ground(ground_card(scenario, own_card), scenario, flight_plan.exposures)
    operations = prepare_operations(scenario, flight_plan, options.orders, scratch)
    keys = keys_of(scenario)
    check_sinks(scenario)
    known = known_sites(scenario)
    notes = (*model.notes, *colour_notes, *aloft_notes, *ground_notes, *known.notes, *flight_plan.notes)
    begun = resume_run if options.resumes else begin_run
    journal = begun(directory, scenario, options.orders)
    run_closing.callback(journal.close)
    log = FlightLog(tuple(satellite.name for satellite in scenario.satellite))
    world = world_of(scenario, card, flight_plan, scratch, operations, options.cache)
    temperatures = NodeTemperatures()
    archive_path = directory / ARCHIVE
    restarts = options.processes and options.restarts
    crew = Crew(
        scenario,
        card,
        keys,
        world,
        memory_root=scratch,
        archive_path=archive_path,
        restarts=restarts,
        cache=options.cache,
        known_sites=known.sites,
        elsewhere=options.elsewhere,
    )
    with contextlib.ExitStack() as closing:
        closing.callback(crew.close)
        crew.launch(scratch if options.processes else None)
        processes = crew.processes
        options.on_launch(processes)
        options.on_begin(
            Begun(scenario, card, flight_plan, operations, log, archive_path, scratch, at_end=closing.callback)
        )
        _fly(scenario, crew, world, journal, log, replace(options, observers=(temperatures, *options.observers)))
    return Flight(
        directory,
        journal.digest,
        log,
        card,
        judge,
        (*notes, *journal.notes),
        1 + len(processes) + len(options.elsewhere),
        flight_plan.unexposed,
        temperatures,
        time.monotonic() - started_s,
    )


def _written_up(scenario: Scenario, flight: Flight, options: RunOptions) -> RunResult:
    """The ledger, the telemetry and the exports."""
    started_s = time.monotonic()
    directory, card, log = flight.directory, flight.card, flight.log
    archive_path = directory / ARCHIVE
    findings = gather_findings(archive_path, scenario, card, log, options.cache, flight.judge)
    deliveries, commands = delivery_counts(archive_path), command_states(archive_path)
    told = (*flight.notes, *findings.notes)
    judge_table = model_table(flight.judge) if findings.was_judged else None
    wall_s = flight.wall_s + time.monotonic() - started_s
    facts = RunFacts(
        flight.digest, flight.n_processes, wall_s, flight.unexposed, told, deliveries, commands, judge_table
    )
    summary = summarise(scenario, card, log, findings.detections, facts, findings.events)
    write_telemetry(directory / "telemetry.npz", log, flight.temperatures)
    export_alerts(directory / "exports" / "alerts.geojson", scenario, card, log, findings, flight.judge)
    export_events(directory, archive_path)
    (directory / FORMER_ARCHIVE).unlink(missing_ok=True)
    write_whole(directory / SUMMARY, json.dumps(summary, indent=2) + "\n")  # last: it says that the run is finished
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

    executive = Executive(crew.nodes, record, options.pace, options.inputs)
    executive.open(world.opening())
    executive.run(to_ns(scenario.duration_s))
    journal.end()
    for checker in checkers:
        checker.finish()
    violations = [violation for checker in checkers for violation in checker.violations]
    assert not violations, f"{len(violations)} violations, the first: {violations[0]}"
