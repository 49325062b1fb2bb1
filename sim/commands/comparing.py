"""The command that compares strategies."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from onboard.errors import InputError
from onboard.strategy import STRATEGIES
from sim import api
from sim.commands import common
from sim.commands.common import notes, tables
from sim.commands.flying import end_like_an_interrupt
from sim.commands.tables import comparison_tables, sweep_grid
from sim.experiment.sweep import sweep_table
from sim.scenario import Scenario

MOST_SEEDS = 1000

Seeds = Annotated[int, typer.Option(metavar="N", help="Fly N seeds, and tell means with 95 % intervals.")]
Plot = Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw recall against bytes; or the sweep.")]
Cache = Annotated[Path | None, typer.Option(metavar="DIR", help="Keep frames drawn and searched for later runs.")]
Sweep = Annotated[bool, typer.Option("--sweep", help="Instead: detections over density of targets and frame size.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(compare)


def compare(
    scenario: common.ScenarioName,
    strategies: Annotated[str, typer.Option(metavar="a,b", help="Strategies side by side.")] = ",".join(STRATEGIES),
    seeds: Seeds = 1,
    sweep: Sweep = False,
    plot: Plot = None,
    cache: Cache = None,
    seed: common.Seed = None,
    images: common.Images = None,
    model: common.ModelFor = None,
    bus: common.BusName = None,
    device: common.DeviceName = None,
    settings: common.Settings = None,
    out: common.Out = None,
    as_json: common.AsJson = False,
) -> int:
    """Fly the same scenario under several strategies: bytes, recall, latency and energy side by side.

    Example: skysift compare wildfire-watch
    """
    end_like_an_interrupt()
    names = list(dict.fromkeys(name for name in strategies.split(",") if name))
    if not names:
        raise InputError("command line", "must name at least one", key="--strategies", value=strategies)
    if not 1 <= seeds <= MOST_SEEDS:
        raise InputError("command line", f"must be 1 to {MOST_SEEDS}", key="--seeds", value=seeds)
    if sweep and seeds > 1:
        raise InputError("command line", "a sweep flies the scenario's own seed", key="--seeds", value=seeds)
    if plot is not None and plot.suffix not in (".svg", ".png"):
        raise InputError("command line", "must end in .svg or .png", key="--plot", value=str(plot))
    chosen = common.load(scenario, seed=seed, images=images, models=model, bus=bus, device=device, settings=settings)
    what = "sweep" if sweep else "compare"
    root = out or Path("runs") / f"{chosen.name}-{what}-seed{chosen.seed}"
    if sweep:
        _sweep(chosen, root, plot, cache, as_json=as_json)
    else:
        _compare(chosen, root, names, seeds, plot, cache, as_json=as_json)
    return 0


def _compare(
    scenario: Scenario,
    root: Path,
    names: list[str],
    seeds: int,
    plot: Path | None,
    cache: Path | None,
    *,
    as_json: bool,
) -> None:
    comparison = api.compare(scenario, root, names, seeds=seeds, cache=cache, tell=_tell)
    if plot is not None:
        from sim.experiment.comparison_plot import plot_pareto

        plot_pareto(comparison, scenario.name, plot)
    if as_json:
        common.print_json(comparison.as_table())
        return
    for table in comparison_tables(comparison):
        tables.print(table)
    for name, reason in comparison.skipped.items():
        tables.print(f"{name} was not flown: {reason}")
    tables.print(f"Runs in {root}")


def _sweep(scenario: Scenario, root: Path, plot: Path | None, cache: Path | None, *, as_json: bool) -> None:
    rows = api.sweep(scenario, root, cache=cache, tell=_tell)
    if plot is not None:
        from sim.experiment.comparison_plot import plot_sweep

        plot_sweep(rows, scenario.name, plot)
    if as_json:
        common.print_json({"sweep": sweep_table(rows)})
        return
    tables.print(sweep_grid(rows))
    tables.print(f"Runs in {root}")


def _tell(word: str) -> None:
    if sys.stderr.isatty():
        notes.print(word, end="\r", soft_wrap=True)
