"""Commands that look without flying: passes, scenario, doctor."""

import sys
from pathlib import Path
from typing import Annotated, Any

import tomli_w
import typer
from rich.table import Table

from onboard.errors import InputError
from sim import api
from sim.commands import common
from sim.commands.common import tables
from sim.commands.doctoring import doctor
from sim.commands.pass_tables import channel_table, flown_table, reception_table
from sim.data import sample_names
from sim.experiment import passes as contacts
from sim.experiment.pass_report import flown_passes, pass_report
from sim.ground_model import check_ground_model
from sim.journal import read_records
from sim.known_sites import known_sites
from sim.planning import contacts_of, orbits_of
from sim.resolve import resolve, scenario_path
from sim.run_directory import JOURNAL
from sim.scenario import Scenario
from sim.schema import scenario_schema
from sim.scratch import scratch_folder

scenario_app = typer.Typer(help="List, show and check scenarios.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("passes")(passes)
    app.command("doctor")(doctor)
    app.add_typer(scenario_app, name="scenario")


def passes(
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO]",
            help="A name in the sample data, or a TOML file.",
            autocompletion=common.scenario_names,
        ),
    ] = None,
    settings: common.Settings = None,
    run_dir: Annotated[
        Path | None, typer.Option("--run", metavar="RUN_DIR", help="Report the passes that a finished run flew.")
    ] = None,
    as_json: common.AsJson = False,
) -> int:
    """List contact windows with their rates and volumes, or what a finished run made of them.

    Example: skysift passes wildfire-watch
    """
    if (scenario is None) == (run_dir is None):
        raise InputError("command line", "takes a SCENARIO, or --run RUN_DIR")
    if run_dir is not None:
        return _report_passes(run_dir, as_json=as_json)
    assert scenario is not None
    rows = pass_rows(common.load(scenario, settings=settings))
    if as_json:
        common.print_json(rows)
        return 0
    table = Table(title="Contacts, as the antennas are shared")
    for title in ("satellite", "station", "rise", "set", "seconds", "highest", "rate", "volume"):
        table.add_column(title, justify="left" if title in ("satellite", "station") else "right")
    for row in rows:
        table.add_row(
            row["satellite"],
            row["station"],
            row["aos_utc"][11:19],
            row["los_utc"][11:19],
            f"{row['duration_s']:.0f}",
            f"{row['max_elevation_deg']:.1f}°",
            f"{row['max_rate_bps'] / 1e6:.1f} Mb/s",
            common.human_bytes(row["volume_bytes"]),
        )
    tables.print(table)
    return 0


def _report_passes(run_dir: Path, *, as_json: bool) -> int:
    if not (run_dir / JOURNAL).is_file():
        raise InputError(run_dir, f"holds no finished run: {JOURNAL} is not there", key="--run")
    flown = resolve(run_dir / "scenario.toml")
    report = pass_report(flown, flown_passes(flown, read_records(run_dir / JOURNAL)))
    if as_json:
        common.print_json(report)
    else:
        tables.print(flown_table(report))
        tables.print(channel_table(report))
        tables.print(reception_table(report))
    return 0


def pass_rows(scenario: Scenario) -> list[dict[str, Any]]:
    """Contacts in order of acquisition."""
    return contacts.pass_rows(scenario, api.passes(scenario))


@scenario_app.command("list")
def list_scenarios(as_json: common.AsJson = False) -> int:
    """List the scenarios of the sample data.

    Example: skysift scenario list
    """
    found = {name: resolve(scenario_path(name)).description for name in sample_names("scenarios")}
    if as_json:
        common.print_json(found)
    else:
        for name, description in found.items():
            tables.print(f"{name:24} {description}")
    return 0


@scenario_app.command("show")
def show_scenario(
    scenario: common.ScenarioName, settings: common.Settings = None, as_json: common.AsJson = False
) -> int:
    """Print a scenario with every default and every reference written out.

    Example: skysift scenario show wildfire-watch --set duration_s=1800
    """
    resolved = common.load(scenario, settings=settings).model_dump(mode="json", exclude_none=True)
    if as_json:
        common.print_json(resolved)
    else:
        sys.stdout.write(tomli_w.dumps(resolved))
    return 0


@scenario_app.command("validate")
def validate_scenario(
    scenario: common.ScenarioName, settings: common.Settings = None, as_json: common.AsJson = False
) -> int:
    """Check a scenario, its orbits and the lists and models of its ground; say in one line what is wrong with it.

    Example: skysift scenario validate my-scenario.toml
    """
    checked = common.load(scenario, settings=settings)
    known_sites(checked)
    with scratch_folder() as scratch:
        check_ground_model(checked, scratch)
    planned = contacts_of(checked, orbits_of(checked))
    if as_json:
        common.print_json({"ok": True, "name": checked.name, "contacts": len(planned)})
    else:
        tables.print(f"{checked.name}: good; {len(checked.satellite)} satellites, {len(planned)} contacts")
    return 0


@scenario_app.command("schema")
def schema() -> int:
    """Print the JSON Schema of a scenario's file, for editors.

    Example: skysift scenario schema
    """
    common.print_json(scenario_schema())
    return 0
