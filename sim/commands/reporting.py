"""The command that tells a finished run on one page: report."""

from pathlib import Path
from typing import Annotated

import typer

from sim import api
from sim.commands import common
from sim.commands.common import human_bytes, tables

RunDirectory = Annotated[Path, typer.Argument(metavar="RUN_DIR", help="The folder that a run left.")]
OutOfReport = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Where the page goes; RUN_DIR/report.html without it.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(run_dir: RunDirectory, out: OutOfReport = None, as_json: common.AsJson = False) -> int:
    """Write a finished run as one HTML page: figures, plots, tables and pictures, without a script or a request.

    Example: skysift report runs/wildfire-watch-detections-seed1
    """
    path = api.report(run_dir, out)
    size = path.stat().st_size
    if as_json:
        common.print_json({"report": str(path), "bytes": size})
    else:
        tables.print(f"{path}, {human_bytes(size)}", soft_wrap=True)
    return 0
