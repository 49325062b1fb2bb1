"""The command line: a thin shell over `sim.run`, `sim.experiment` and their friends."""

import sys
import traceback

import typer

from onboard.errors import InputError, MachineError
from sim.commands import flying, looking

app = typer.Typer(
    name="skysift",
    help="Emulate satellites that compute instead of transmit.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
flying.register(app)
looking.register(app)

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130


def main() -> int:
    """Run one command; every error is one line, a traceback only with --debug."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        return app(args=arguments, prog_name="skysift", standalone_mode=False) or 0
    except typer.Exit as ended:
        return ended.exit_code
    except (InputError, MachineError, KeyboardInterrupt, typer.TyperException) as error:
        if debug:
            traceback.print_exc()
        return _told(error)
    except Exception as error:  # our own mistake: still one line, and how to see more
        if debug:
            traceback.print_exc()
        print(f"skysift: internal error: {type(error).__name__}: {error} (--debug shows where)", file=sys.stderr)
        return FAILED


def _told(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        print("skysift: interrupted", file=sys.stderr)
        return INTERRUPTED
    print(f"skysift: {error}", file=sys.stderr)
    return BAD_INPUT if not isinstance(error, MachineError) else FAILED


if __name__ == "__main__":
    sys.exit(main())
