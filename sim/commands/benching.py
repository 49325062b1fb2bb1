"""The command that measures our own speed: bench."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from onboard.errors import InputError
from sim.commands import common
from sim.commands.common import notes, tables

DATE = re.compile(r"\d{4}-\d\d-\d\d")
Quick = Annotated[bool, typer.Option("--quick", help="Fewer rounds of what takes seconds; bars are told, not held.")]
Markdown = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Measure nothing: what --json gave, as the table of the docs.")
]
Date = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="When --markdown's figures were measured.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(quick: Quick = False, markdown: Markdown = None, date: Date = None, as_json: common.AsJson = False) -> int:
    """Measure our own speed; exit code 1 where a bar is missed. Figures are of this machine as it is now.

    Example: skysift bench --quick
    """
    from sim.experiment.bench import every  # loads all that flies

    if markdown is not None:
        _print_markdown(markdown, date)
        return 0
    if date is not None:
        raise InputError("command line", "goes with --markdown only", key="--date", value=date)
    answer = every.measure(quick=quick, tell=lambda line: notes.print(line))
    if as_json:
        common.print_json(answer)
    else:
        _print_figures(answer)
    return int(not (quick or all(row["ok"] for row in answer["benchmarks"])))


def _print_markdown(path: Path, date: str | None) -> None:
    from sim.experiment.bench import page

    if date is None:
        raise InputError("command line", "is needed with --markdown: the page says when it was measured", key="--date")
    if not DATE.fullmatch(date):
        raise InputError("command line", "must be YYYY-MM-DD", key="--date", value=date)
    try:
        text = page.markdown(json.loads(path.read_text("utf-8")), date)
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}", key="--markdown") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(path, "is not what skysift bench --json prints", key="--markdown") from None
    print(text, end="")


def _print_figures(answer: dict[str, Any]) -> None:
    from sim.experiment.bench.every import FIGURES
    from sim.experiment.bench.figure import short

    asked = {figure.name: figure.asked for figure in FIGURES}
    table = Table(title="Our own speed on this machine, now", title_justify="left")
    table.add_column("figure", no_wrap=True)
    table.add_column("median", justify="right")
    for title in ("unit", "bar", "", "what"):
        table.add_column(title)
    for row in answer["benchmarks"]:
        bar = asked[row["name"]]
        verdict = "" if not bar else "ok" if row["ok"] else "MISSED"
        table.add_row(row["name"], short(row["value"]), row["unit"], bar, verdict, row["note"])
    tables.print(table)
    for name, reason in answer["skipped"].items():
        notes.print(f"{name} was skipped: {reason}")
    machine = answer["machine"]
    low, high = min(machine["load"]), max(machine["load"])
    notes.print(f"Load was {low:.1f} to {high:.1f} on {machine['cpus']} cores: others' work slows wall times.")
