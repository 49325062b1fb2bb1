"""Commands that show the world's physics: anchors, world."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from onboard.errors import InputError
from onboard.mission_time import utc
from sim.commands import common
from sim.commands.common import human_bytes, human_share, tables
from sim.experiment.anchors import every
from sim.experiment.anchors.row import Row
from sim.experiment.passes import Pass
from sim.experiment.world_report import SatelliteStory, WorldReport, as_table, report_of

MOST_ROWS = 60
Plot = Annotated[bool, typer.Option("--plot", help="Draw world.svg and world.png, without --out in runs/NAME-world.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("anchors")(anchors)
    app.command("world")(world)


def anchors(as_json: common.AsJson = False) -> int:
    """Rerun published figures with what a run calls; exit code 1 where one does not agree.

    Example: skysift anchors
    """
    rows = every.rows()
    if as_json:
        common.print_json([every.as_table(row) for row in rows])
    else:
        _print_anchors(rows)
    return int(not all(row.ok for row in rows))


def _print_anchors(rows: list[Row]) -> None:
    table = Table(title="Published figures and ours", title_justify="left")
    table.add_column("figure")
    for title in ("reference", "ours", "tolerance"):
        table.add_column(title, justify="right")
    table.add_column("unit")
    table.add_column("")
    for row in rows:
        figures = (row.reference, row.ours, row.tolerance)
        table.add_row(row.name, *map(_figure, figures), row.unit, _verdict(row))
    tables.print(table)
    for source in dict.fromkeys(row.source for row in rows):
        tables.print(source, soft_wrap=True)
    for row in rows:
        if row.beside:
            tables.print(f"{row.name}: {row.beside}", soft_wrap=True)
    for assumed in dict.fromkeys(row.assumed for row in rows if row.assumed):
        names = ", ".join(row.name for row in rows if row.assumed == assumed)
        tables.print(f"* {names}: assumed: {assumed}", soft_wrap=True)
    tables.print(f"{sum(row.ok for row in rows)} of {len(rows)} agree")


def _verdict(row: Row) -> str:
    return ("ok" if row.ok else "BAD") + (" *" if row.assumed else "")


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:.5g}"


def world(
    scenario: common.ScenarioName,
    settings: common.Settings = None,
    out: common.Out = None,
    plot: Plot = False,
    as_json: common.AsJson = False,
) -> int:
    """Show an orbit's geometry, power and heat, and its passes, without flying the payload.

    Example: skysift world wildfire-watch --plot
    """
    report = report_of(common.load(scenario, settings=settings))
    files = _draw(report, out or Path("runs") / f"{report.scenario.name}-world") if plot or out is not None else ()
    if as_json:
        common.print_json({**as_table(report), "files": [str(path) for path in files]})
        return 0
    _print_satellites(report)
    _print_temperatures(report)
    _print_passes(report)
    for path in files:
        tables.print(str(path), soft_wrap=True)
    return 0


def _draw(report: WorldReport, folder: Path) -> tuple[Path, ...]:
    from sim.experiment import world_plot  # half a second that no other command pays

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(folder, f"cannot be written: {error.strerror}", key="--out") from None
    return world_plot.write(report, folder)


def _print_satellites(report: WorldReport) -> None:
    scenario = report.scenario
    table = Table(title=f"{scenario.name}: {scenario.duration_s / 3600:.1f} h, payload idle", title_justify="left")
    table.add_column("satellite")
    titles = ("altitude km", "period", "beta", "sunlit", "longest eclipse", "lowest charge", "last", "passes", "volume")
    for title in titles:
        table.add_column(title, justify="right")
    for story in report.satellites[:MOST_ROWS]:
        table.add_row(story.name, *_satellite_cells(report, story))
    tables.print(table)
    _print_rest(len(report.satellites), "satellites")


def _satellite_cells(report: WorldReport, story: SatelliteStory) -> tuple[str, ...]:
    longest_s = max(((one.end_ns - one.begin_ns) / 1e9 for one in story.eclipses), default=0.0)
    own = [one for one in report.passes if one.satellite == story.name]
    return (
        f"{story.altitude_km.min():.0f}-{story.altitude_km.max():.0f}",
        f"{story.period_s / 60:.1f} min",
        f"{story.beta_deg[0]:.1f}°",
        human_share(1.0 - story.eclipse_s / report.scenario.duration_s),
        f"{longest_s / 60:.1f} min" if longest_s else "-",
        human_share(story.soc_min),
        human_share(float(story.state_of_charge[-1])),
        str(len(own)),
        human_bytes(sum(one.volume_bytes for one in own)),
    )


def _print_temperatures(report: WorldReport) -> None:
    shown = report.satellites[:MOST_ROWS]
    nodes = list(dict.fromkeys(node for story in shown for node in story.temperature_range_k))
    table = Table(title="Temperatures by node, °C", title_justify="left")
    table.add_column("satellite")
    for node in nodes:
        table.add_column(node, justify="right")
    for story in shown:
        ends = [story.temperature_range_k.get(node) for node in nodes]
        table.add_row(story.name, *("-" if end is None else _celsius(*end) for end in ends))
    tables.print(table)


def _celsius(low_k: float, high_k: float) -> str:
    return f"{low_k - 273.15:.0f} to {high_k - 273.15:.0f}"


def _print_passes(report: WorldReport) -> None:
    if not report.passes:
        tables.print("no contact")
        return
    table = Table(title="Contacts, as the antennas are shared", title_justify="left")
    for title in ("satellite", "station"):
        table.add_column(title)
    for title in ("rise", "set", "seconds", "highest", "best rate", "mean rate", "volume"):
        table.add_column(title, justify="right")
    for one in report.passes[:MOST_ROWS]:
        table.add_row(one.satellite, one.station, *_pass_cells(report, one))
    tables.print(table)
    _print_rest(len(report.passes), "passes")


def _pass_cells(report: WorldReport, one: Pass) -> tuple[str, ...]:
    shape = "%H:%M:%S" if report.scenario.duration_s <= 86_400.0 else "%m-%d %H:%M:%S"
    start = report.scenario.start_utc
    return (
        f"{utc(start, one.contact.aos_ns):{shape}}",
        f"{utc(start, one.contact.los_ns):{shape}}",
        f"{one.duration_s:.0f}",
        f"{one.contact.max_elevation_deg:.1f}°",
        _rate(float(one.rate_bps.max())),
        _rate(one.mean_rate_bps),
        human_bytes(one.volume_bytes),
    )


def _rate(rate_bps: float) -> str:
    if rate_bps >= 1e6:
        return f"{rate_bps / 1e6:.1f} Mb/s"
    return f"{rate_bps / 1e3:.1f} kb/s"


def _print_rest(count: int, what: str) -> None:
    if count > MOST_ROWS:
        tables.print(f"and {count - MOST_ROWS} {what} more: --json tells all")
