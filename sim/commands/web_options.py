"""Options of commands that show mission control's page, and how it is opened and ended."""

import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from onboard.errors import InputError
from sim.commands.common import notes
from sim.mission_control.process import DEFAULT_PORT, TOKEN_VARIABLE, PageServer

HIGHEST_PORT = 65535

Port = Annotated[
    int | None,
    typer.Option(metavar="N", help=f"Port of the page, 0 for a free one; {DEFAULT_PORT} where it is free."),
]
Host = Annotated[str, typer.Option(metavar="ADDRESS", help="Where the page listens; beyond this machine with a token.")]
Token = Annotated[
    str, typer.Option(metavar="TEXT", envvar=TOKEN_VARIABLE, help="Who opens the page must give this token.")
]
Hold = Annotated[bool, typer.Option("--hold", help="Keep the page open after the end, until Ctrl-C.")]
LOOPBACK = "127.0.0.1"


def page_server(host: str, port: int | None, token: str) -> PageServer:
    """A server that listens; InputError where it cannot."""
    if port is not None and not 0 <= port <= HIGHEST_PORT:
        raise InputError("command line", f"must be 0 to {HIGHEST_PORT}", key="--port", value=port)
    return PageServer(host, port, token)


@contextmanager
def opened(server: PageServer, *, in_browser: bool) -> Iterator[None]:
    """Start the server, say where it is, and end it at last."""
    try:
        server.start()
        notes.print(f"mission control: {server.address}", soft_wrap=True)
        if in_browser and has_screen():
            webbrowser.open(server.address)
        yield
    finally:
        server.close()


def has_screen() -> bool:
    """Whether a browser could show anything here: one that draws in a terminal would take that over."""
    if not sys.stdout.isatty():
        return False
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
