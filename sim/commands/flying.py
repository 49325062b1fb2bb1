"""Commands that fly: demo and run."""

import contextlib
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from onboard.errors import InputError
from sim import api
from sim.commands import common, resuming, web_options
from sim.commands.common import notes, tables
from sim.commands.tables import ledger_table
from sim.elsewhere import Meeting, read_elsewhere
from sim.experiment.results import Summary
from sim.live import LiveTable, Progress
from sim.mission_control.process import PageServer
from sim.mission_control.steering import Steering
from sim.observers import TruthProbe
from sim.pace import AsFastAsPossible, Pace, RealTime
from sim.run import Observer, RunOptions, RunResult
from sim.scenario import Scenario

FAIL_CONDITIONS = ("lost", "dropped")
ON_DEATH = ("fail", "restart")
DEMO_SCENARIO = "wildfire-watch"

PaceText = Annotated[str, typer.Option(metavar="max|FACTOR", help="Virtual seconds a wall-clock second.")]
OnDeath = Annotated[str, typer.Option(metavar="fail|restart", help="What follows where a process dies by itself.")]
Commands = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Telecommands, as JSON lines with their instants; or an earlier run's folder."),
]
Elsewhere = Annotated[Path | None, typer.Option(metavar="FILE", help="Satellites and stations that wait as services.")]
Web = Annotated[bool, typer.Option("--web", help="Show mission control in a browser.")]
FailOn = Annotated[str, typer.Option(metavar="lost,dropped", help="Exit with 1 where any of these happened.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("demo")(demo)
    app.command("run")(run)


def demo(
    seed: common.Seed = None,
    images: common.Images = None,
    model: common.ModelFor = None,
    pace: PaceText = "max",
    port: web_options.Port = None,
    host: web_options.Host = web_options.LOOPBACK,
    token: web_options.Token = "",
    hold: web_options.Hold = False,
    out: common.Out = None,
    as_json: common.AsJson = False,
) -> int:
    """Fly the wildfire demo, every satellite and station in its own process, with mission control in a browser.

    Example: skysift demo --hold
    """
    scenario = common.load(DEMO_SCENARIO, seed=seed, images=images, models=model)
    factor = factor_of(pace)
    server = web_options.page_server(host, port, token)
    options = RunOptions(processes=True)
    _watched(scenario, out, options, server, factor, hold=hold, is_demo=True, as_json=as_json)
    return 0


def run(
    scenario: common.ScenarioOrNone = None,
    processes: Annotated[bool, typer.Option("--processes", help="A process for every satellite and station.")] = False,
    on_death: OnDeath = "fail",
    elsewhere: Elsewhere = None,
    commands: Commands = None,
    pace: PaceText = "max",
    seed: common.Seed = None,
    images: common.Images = None,
    model: common.ModelFor = None,
    strategy: common.StrategyName = None,
    bus: common.BusName = None,
    device: common.DeviceName = None,
    settings: common.Settings = None,
    out: common.Out = None,
    resume: resuming.Resume = None,
    probe: Annotated[Path | None, typer.Option(metavar="FILE", help="Record the true world as JSON lines.")] = None,
    web: Web = False,
    port: web_options.Port = None,
    host: web_options.Host = web_options.LOOPBACK,
    token: web_options.Token = "",
    hold: web_options.Hold = False,
    fail_on: FailOn = "",
    as_json: common.AsJson = False,
) -> int:
    """Fly one scenario and leave its ledger, archive, journal and alerts in a folder.

    Example: skysift run wildfire-watch --images my-pictures --json
    """
    conditions = _conditions(fail_on)
    restarts = _restarts(on_death, processes=processes)
    equipment = {"bus": bus, "device": device}
    changes = {"seed": seed, "images": images, "models": model, "strategy": strategy, "settings": settings, **equipment}
    flown = resuming.what_flies(resume, scenario, changes, commands, others={"out": out, "web": web})
    factor = factor_of(pace)
    options = RunOptions(
        processes=processes,
        restarts=restarts,
        orders=flown.orders,
        pace=_pace(factor, flown.last_ns),
        elsewhere=_meetings(elsewhere, flown.scenario),
        resumes=resume is not None,
    )
    server = web_options.page_server(host, port, token) if web else None
    if server is None:
        result = _fly(flown.scenario, resume or out, options, as_json=as_json, probe=probe)
        _print_result(result, as_json)
    else:
        result = _watched(flown.scenario, out, options, server, factor, hold=hold, as_json=as_json, probe=probe)
    return int(any(_happened(word, result.summary) for word in conditions))


def _watched(
    scenario: Scenario,
    out: Path | None,
    options: RunOptions,
    server: PageServer,
    factor: float | None,
    *,
    hold: bool,
    as_json: bool,
    is_demo: bool = False,
    probe: Path | None = None,
) -> RunResult:
    """Fly with mission control's page; its result is printed before it is held."""
    end_like_an_interrupt()
    steering = Steering(scenario, server, factor, notes.print)
    options = replace(options, pace=steering, inputs=steering.inputs, on_begin=steering.begin, observers=(steering,))
    with web_options.opened(server, in_browser=is_demo and not as_json):
        result = _fly(scenario, out, options, as_json=as_json, live=is_demo, probe=probe)
        steering.finish(result)
        _print_result(result, as_json)
        if not as_json:
            tables.print(f"See it again: skysift replay {result.directory}", soft_wrap=True)
        if hold:
            notes.print(f"mission control stays at {server.address} until Ctrl-C", soft_wrap=True)
            with contextlib.suppress(KeyboardInterrupt):
                steering.hold()
    return result


def _fly(
    scenario: Scenario,
    out: Path | None,
    options: RunOptions,
    *,
    as_json: bool,
    probe: Path | None = None,
    live: bool = False,
) -> RunResult:
    directory = out or Path("runs") / f"{scenario.name}-{scenario.strategy}-seed{scenario.seed}"
    end_like_an_interrupt()
    observers = (*options.observers, *_observers(scenario, as_json=as_json, live=live, probe=probe))
    return api.run(scenario, directory, replace(options, observers=observers, on_launch=_name_processes))


def _meetings(path: Path | None, scenario: Scenario) -> Mapping[str, Meeting]:
    names = [*(satellite.name for satellite in scenario.satellite), *(station.name for station in scenario.station)]
    return read_elsewhere(path, names) if path else {}


def _observers(scenario: Scenario, *, as_json: bool, live: bool, probe: Path | None) -> list[Observer]:
    observers: list[Observer] = [] if probe is None else [_probe(probe)]
    if live and not as_json:
        observers.append(LiveTable(scenario, tables))
    elif sys.stderr.isatty():
        observers.append(Progress(scenario, notes))
    return observers


def _probe(path: Path) -> TruthProbe:
    try:
        return TruthProbe(path)
    except OSError as error:
        rule = f"cannot be written: {error.strerror}"
        raise InputError("command line", rule, key="--probe", value=str(path)) from None


def _name_processes(processes: dict[str, int]) -> None:
    if processes:
        notes.print("processes: " + ", ".join(f"{name} {pid}" for name, pid in processes.items()), soft_wrap=True)


def end_like_an_interrupt() -> None:
    """SIGTERM and a closed terminal end a run as Ctrl-C does: every process it started ends with it."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is not signal.SIG_IGN:  # as under nohup
            signal.signal(ending, interrupt)


def _conditions(fail_on: str) -> list[str]:
    conditions = [word for word in fail_on.split(",") if word]
    for word in conditions:
        if word not in FAIL_CONDITIONS:
            rule = f"must be one of: {', '.join(FAIL_CONDITIONS)}"
            raise InputError("command line", rule, key="--fail-on", value=word)
    return conditions


def _restarts(on_death: str, *, processes: bool) -> bool:
    if on_death not in ON_DEATH:
        rule = f"must be one of: {', '.join(ON_DEATH)}"
        raise InputError("command line", rule, key="--on-death", value=on_death)
    if on_death == "restart" and not processes:
        rule = "needs --processes: nobody can die where all live in one process"
        raise InputError("command line", rule, key="--on-death", value=on_death)
    return on_death == "restart"


def factor_of(text: str) -> float | None:
    """Virtual seconds a wall-clock second; None for no limit."""
    if text == "max":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise InputError("command line", "must be max or a number above 0", key="--pace", value=text)
    return factor


def _pace(factor: float | None, from_ns: int) -> Pace:
    return AsFastAsPossible() if factor is None else RealTime(factor, from_ns)


def _happened(condition: str, summary: Summary) -> bool:
    """`dropped`: a frame or product was given up. `lost`: something captured is not on the ground at the end."""
    frames, held = summary["frames"], summary["bytes"]
    dropped = bool(frames["dropped"] or held["dropped"])
    return dropped or (condition == "lost" and frames["completed"] < frames["exposed"])


def _print_result(result: RunResult, as_json: bool) -> None:
    if as_json:
        common.print_json(result.summary)
        return
    tables.print(ledger_table(result.summary))
    tables.print(f"Files in {result.directory}")
