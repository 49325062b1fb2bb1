"""The command that shows a finished run again: replay."""

import contextlib
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from onboard.mission_time import to_s
from sim.commands import common, web_options
from sim.commands.common import notes
from sim.commands.flying import end_like_an_interrupt, factor_of
from sim.mission_control.replay import Recording, Replay

RunDirectory = Annotated[Path, typer.Argument(metavar="RUN_DIR", help="The folder that a run left.")]
ReplayPace = Annotated[str, typer.Option(metavar="max|FACTOR", help="Virtual seconds a wall-clock second, at first.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only print the page's address.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay)


def replay(
    run_dir: RunDirectory,
    pace: ReplayPace = "60",
    port: web_options.Port = None,
    host: web_options.Host = web_options.LOOPBACK,
    token: web_options.Token = "",
    no_browser: NoBrowser = False,
    as_json: common.AsJson = False,
) -> int:
    """Show a finished run in mission control, with a slider, until Ctrl-C.

    Example: skysift replay runs/wildfire-watch-detections-seed1
    """
    factor = factor_of(pace)
    end_like_an_interrupt()
    with closing(Recording(run_dir)) as recording:
        if not recording.is_whole:
            notes.print(f"{run_dir} holds a run that was broken off: its journal ends at {to_s(recording.end_ns):g} s")
        server = web_options.page_server(host, port, token)
        with web_options.opened(server, in_browser=not (as_json or no_browser)), contextlib.suppress(KeyboardInterrupt):
            if as_json:
                common.print_json({"run": str(run_dir), "address": server.address, "process": server.pid})
            Replay(recording, server, factor).run()
            notes.print(f"mission control's server ended: {server.last_words()}")
            return 1
    return 0
