"""The command line: a thin shell over `sim.run`, `sim.experiment` and their friends."""

import sys
import traceback
from pathlib import Path

import typer

from onboard.errors import InputError, MachineError
from sim.commands import (
    benching,
    comparing,
    examining,
    exporting,
    fitting,
    flying,
    listing,
    looking,
    modelling,
    physics,
    replaying,
    reporting,
    swarming,
)

app = typer.Typer(
    name="skysift",
    help="Emulate satellites that compute instead of transmit.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
flying.register(app)
comparing.register(app)
looking.register(app)
modelling.register(app)
physics.register(app)
fitting.register(app)
benching.register(app)
exporting.register(app)
reporting.register(app)
replaying.register(app)
examining.register(app)
listing.register(app)
swarming.register(app)

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130


def main() -> int:
    """Run one command; every error is one line, a traceback only with --debug."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        code: int = app(args=arguments or ["--help"], prog_name="skysift", standalone_mode=False) or 0
        if code == INTERRUPTED:  # typer's answer to KeyboardInterrupt
            _tell("interrupted")
        return code
    except Exception as error:
        if debug:
            traceback.print_exc()
        return _told(error)


def _told(error: Exception) -> int:
    match error:
        case InputError():
            _tell(f"{_from_here(error.source)}: {error.told}")
            return BAD_INPUT
        case typer.TyperException():
            _tell(f"command line: {error.format_message()}")
            return BAD_INPUT
        case MachineError() | OSError():
            _tell(str(error))
        case _:  # our own mistake: still one line, and how to see more
            _tell(f"internal error: {type(error).__name__}: {error} (--debug shows where)")
    return FAILED


def _from_here(source: str | Path) -> str | Path:
    """A file below the user's folder as they would write it; anything else as it is."""
    path, here = Path(source), Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else source


def _tell(message: str) -> None:
    print("skysift:", " ".join(message.splitlines()), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
