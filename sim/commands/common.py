"""What the commands share: their options, and how they print."""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from onboard.errors import InputError
from onboard.strategy import STRATEGIES
from sim import api
from sim.data import sample_names
from sim.scenario import Scenario


def _named(known: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """What a shell may complete a word to."""
    return lambda incomplete: sorted(name for name in known() if name.startswith(incomplete))


scenario_names = _named(lambda: sample_names("scenarios"))
ScenarioName = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO", help="A name in the sample data, or a TOML file.", autocompletion=scenario_names
    ),
]
ScenarioOrNone = Annotated[
    str | None,
    typer.Argument(
        metavar="SCENARIO",
        help="A name in the sample data, or a TOML file; required without --resume.",
        autocompletion=scenario_names,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Seed = Annotated[int | None, typer.Option(help="The run's seed.")]
Images = Annotated[Path | None, typer.Option(metavar="DIR", help="Pictures or satellite products to fly over.")]
ModelFor = Annotated[list[str] | None, typer.Option("--model", metavar="TASK=PATH", help="Fly this model for a task.")]
StrategyName = Annotated[
    str | None, typer.Option(help="What satellites do with a frame.", autocompletion=_named(lambda: STRATEGIES))
]
BusName = Annotated[
    str | None, typer.Option(help="Bus of every satellite.", autocompletion=_named(lambda: sample_names("buses")))
]
DeviceName = Annotated[
    str | None,
    typer.Option(help="Payload computer of every satellite.", autocompletion=_named(lambda: sample_names("devices"))),
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key, as link.frame_loss=0.3.")
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Where the run's files go.")]

tables = Console(width=None if sys.stdout and sys.stdout.isatty() else 110, markup=False)
notes = Console(stderr=True, highlight=False, markup=False)


def load(
    name: str,
    *,
    seed: int | None = None,
    images: Path | None = None,
    models: list[str] | None = None,
    strategy: str | None = None,
    bus: str | None = None,
    device: str | None = None,
    settings: list[str] | None = None,
) -> Scenario:
    """The scenario that a command's options ask for."""
    return api.load(
        name,
        seed=seed,
        images=images,
        models=dict(_task_and_path(text) for text in models or ()),
        strategy=strategy,
        bus=bus,
        device=device,
        settings=settings or (),
    )


def _task_and_path(text: str) -> tuple[str, str]:
    task, found, path = text.partition("=")
    if not (task and found and path):
        raise InputError("command line", "must be TASK=PATH", key="--model", value=text)
    return task, path


def print_json(table: object) -> None:
    """The command's whole standard output."""
    sys.stdout.write(json.dumps(table, indent=2) + "\n")
    sys.stdout.flush()


def human_bytes(count: float) -> str:
    """Bytes in the unit that leaves at most four digits."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def human_ratio(ratio: float | None) -> str:
    """A ratio as people say it."""
    return "-" if ratio is None else f"{ratio:,.0f} x" if ratio >= 10 else f"{ratio:.2f} x"


def human_share(share: float | None) -> str:
    """A share of one, in percent."""
    return "-" if share is None else f"{share:.1%}"
