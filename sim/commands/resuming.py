"""What `run` flies: a scenario from its start, or a run that broke off."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from onboard.errors import InputError
from sim.commands import common
from sim.operator_file import read_operator_file
from sim.resume import BrokenOff, read_broken_off

Resume = Annotated[Path | None, typer.Option(metavar="RUN_DIR", help="Take up a run that broke off, with this alone.")]
WORDS = {"models": "--model", "settings": "--set"}
"""Options that are called otherwise than what they change."""


def what_flies(
    resume: Path | None,
    scenario: str | None,
    changes: Mapping[str, Any],
    commands: Path | None,
    *,
    others: Mapping[str, Any],
) -> BrokenOff:
    """A scenario with its changes and its orders, or those of the run that is resumed, which takes no `others`.

    Raises InputError.
    """
    if resume is None:
        if scenario is None:
            rule = "is missing: a name in the sample data, a TOML file, or a run's folder with --resume"
            raise InputError("command line", rule, key="SCENARIO")
        chosen = common.load(scenario, **changes)
        return BrokenOff(chosen, read_operator_file(commands, chosen) if commands else (), 0)
    options = {WORDS.get(key, f"--{key}"): value for key, value in {**changes, **others, "commands": commands}.items()}
    for word, value in {"SCENARIO": scenario, **options}.items():
        if value is not None and value is not False:
            raise InputError("command line", "cannot be given with --resume: the run's folder says what flew", key=word)
    return read_broken_off(resume)
