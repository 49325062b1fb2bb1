"""The command that judges before a flight: fit."""

import typer
from rich.table import Table

from sim import api
from sim.commands import common
from sim.commands.common import notes, tables
from sim.experiment.fit.result import Allowance, Fit, SatelliteFit

MOST_TABLES = 8


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fit")(fit)


def fit(
    scenario: common.ScenarioName,
    model: common.ModelFor = None,
    strategy: common.StrategyName = None,
    bus: common.BusName = None,
    device: common.DeviceName = None,
    images: common.Images = None,
    seed: common.Seed = None,
    settings: common.Settings = None,
    as_json: common.AsJson = False,
) -> int:
    """Will this model fly on this satellite: frames an orbit, what binds, with which margin, and what would lift it.

    Example: skysift fit wildfire-watch --device gr740
    """
    chosen = common.load(
        scenario,
        seed=seed,
        images=images,
        models=model,
        strategy=strategy,
        bus=bus,
        device=device,
        settings=settings,
    )
    answer = api.fit(chosen)
    if as_json:
        common.print_json(answer.as_table())
        return 0
    _print(answer)
    return 0


def _print(answer: Fit) -> None:
    tables.print(answer.verdict, soft_wrap=True)
    for satellite in answer.satellites[:MOST_TABLES]:
        tables.print(_table(satellite))
        for name, allowance in satellite.constraints.items():
            if allowance.lift:
                tables.print(f"{satellite.name}: {name} would be lifted by {allowance.lift}", soft_wrap=True)
        for note in satellite.notes:
            tables.print(f"{satellite.name}: {note}", soft_wrap=True)
    if len(answer.satellites) > MOST_TABLES:
        tables.print(f"and {len(answer.satellites) - MOST_TABLES} satellites more: --json tells all")
    for note in answer.notes:
        notes.print(note, soft_wrap=True)


def _table(satellite: SatelliteFit) -> Table:
    title = f"{satellite.name}: {satellite.frames_per_orbit:.1f} of {satellite.asked_per_orbit:.1f} frames an orbit"
    table = Table(title=title, title_justify="left")
    table.add_column("constraint")
    for heading in ("frames an orbit", "need", "have", "margin", "ratio"):
        table.add_column(heading, justify="right")
    table.add_column("of")
    for name, allowance in satellite.constraints.items():
        table.add_row(f"{name} *" if name is satellite.binds else name, *_cells(allowance))
    return table


def _cells(allowance: Allowance) -> tuple[str, ...]:
    need, have, margin = (
        f"{_figure(one)} {allowance.unit}" for one in (allowance.need, allowance.have, allowance.margin)
    )
    frames, ratio = _figure(allowance.frames_per_orbit), f"{_figure(allowance.ratio)} x"
    return frames, need, have, margin, ratio, allowance.what


def _figure(value: float) -> str:
    if abs(value) == float("inf"):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
