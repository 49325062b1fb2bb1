"""Every command's help ends with an example that its own parser takes, on a line that can be copied."""

import inspect
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.data import SAMPLE_DATA
from tests.sim.commands.command_lines import commands, parse

COMMANDS = {" ".join(path): command for path, command in commands().items()}


def example_of(name: str) -> str:
    """The one example in a command's help."""
    (example,) = re.findall(r"^Example: (.+)$", inspect.cleandoc(COMMANDS[name].help), re.MULTILINE)
    return str(example)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example_of_the_command_itself(name: str) -> None:
    words = shlex.split(example_of(name))
    assert words[: 1 + len(name.split())] == ["skysift", *name.split()]
    parse(words)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_is_one_line_of_a_terminal(name: str) -> None:
    shown = CliRunner().invoke(app, [*name.split(), "--help"], prog_name="skysift", env={"COLUMNS": "80"})
    assert shown.exit_code == 0
    assert f"  Example: {example_of(name)}\n" in shown.output


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_name_sample_data_that_is_there(name: str) -> None:
    for word in shlex.split(example_of(name)):
        if word.startswith("sample_data/"):
            assert (Path(SAMPLE_DATA).parent / word).exists()
