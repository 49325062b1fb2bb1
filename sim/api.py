"""What the commands do, as calls that return typed results; scripts and notebooks use it as the command line does.

    from pathlib import Path
    from sim import api

    scenario = api.load("wildfire-watch", device="jetson-tx2")
    print(api.fit(scenario).verdict)
    flown = api.run(scenario, Path("runs/tx2"))
    print(flown.summary["savings"]["vs_lossless"], flown.summary["frames"]["coverage"])

Every call raises InputError where its user's input is wrong, and MachineError where the host or a process fails.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from onboard.strategy import STRATEGIES
from sim.experiment.compare import Comparison
from sim.experiment.compare import compare as _compare
from sim.experiment.fit.fit import fit
from sim.experiment.fit.result import Fit
from sim.experiment.flights import Tell
from sim.experiment.passes import Pass, passes_of
from sim.experiment.results import Summary
from sim.experiment.sweep import SweepRow, sweep
from sim.planning import orbits_of
from sim.resolve import resolve, scenario_path
from sim.resume import read_broken_off
from sim.run import RunOptions, RunResult
from sim.run import run as _run
from sim.scenario import Scenario

__all__ = [
    "Comparison",
    "Fit",
    "Pass",
    "RunOptions",
    "RunResult",
    "Scenario",
    "Summary",
    "SweepRow",
    "compare",
    "fit",
    "load",
    "passes",
    "report",
    "resume",
    "run",
    "sweep",
]


def load(
    name: str,
    *,
    seed: int | None = None,
    images: Path | None = None,
    models: Mapping[str, str] | None = None,
    strategy: str | None = None,
    bus: str | None = None,
    device: str | None = None,
    settings: Sequence[str] = (),
) -> Scenario:
    """A scenario of the sample data by its name, or of a TOML file by its path.

    `models` gives a folder or an ONNX file by task; `bus` and `device` are flown by every satellite, a name or a
    file; `settings` are texts KEY=VALUE and come last.
    """
    changes: dict[str, Any] = {}
    if seed is not None:
        changes["seed"] = seed
    if strategy is not None:
        changes["strategy"] = strategy
    if images is not None:
        changes["scene"] = {"source": "images", "images": str(images.resolve())}
    if models:
        changes["models"] = dict(models)
    equipment = {key: _here(value) for key, value in (("bus", bus), ("device", device)) if value is not None}
    return resolve(scenario_path(name), changes=changes, settings=settings, equipment=equipment)


def run(scenario: Scenario, directory: Path, options: RunOptions | None = None) -> RunResult:
    """Fly a scenario and leave its files in a folder, `report.html` among them."""
    result = _run(scenario, directory, options)
    report(directory)
    return result


def resume(directory: Path, options: RunOptions | None = None) -> RunResult:
    """Take up a run that broke off: it is flown again along its journal, held against it, and on to its end."""
    broken_off = read_broken_off(directory)
    return run(
        broken_off.scenario,
        directory,
        replace(options or RunOptions(), resumes=True, orders=broken_off.orders),
    )


def compare(
    scenario: Scenario,
    directory: Path,
    strategies: Sequence[str] = tuple(STRATEGIES),
    *,
    seeds: int = 1,
    cache: Path | None = None,
    tell: Tell = lambda _word: None,
) -> Comparison:
    """Fly a scenario under each strategy, on its seed and those after it, into folders below one.

    Frames are drawn and searched once a seed, in the folder `cache` if one is to last; `tell` hears how far it is.
    """
    comparison = _compare(scenario, directory, strategies, seeds=seeds, cache=cache, tell=tell)
    for strategy in comparison.strategies:
        report(directory / strategy)
    return comparison


def passes(scenario: Scenario) -> tuple[Pass, ...]:
    """Contacts in order of acquisition, as the antennas are shared, with rates and volumes."""
    return passes_of(scenario, orbits_of(scenario))


def report(directory: Path, out: Path | None = None) -> Path:
    """Write a finished run as one HTML page, into its folder or to `out`; returns its path."""
    from sim.experiment.report.page import write_report  # a second that no other call pays

    return write_report(directory, out)


def _here(name: str) -> str:
    """A file as its user wrote it, from where they are; a name as it is."""
    return str(Path(name).resolve()) if Path(name).is_file() else name
