"""The command line as its parser sees it: every command by its words, and what it makes of arguments."""

from collections.abc import Iterator
from typing import Any

import typer

from sim.cli import app


def commands() -> dict[tuple[str, ...], Any]:
    """Every command that does something, by its words after `skysift`."""
    return dict(_leaves(typer.main.get_command(app), ()))


def parse(words: list[str]) -> dict[str, Any]:
    """What a command makes of `skysift ...`, without doing it. Raises where its parser refuses."""
    known = commands()
    (path,) = [path for path in known if tuple(words[1 : 1 + len(path)]) == path]
    parsed: dict[str, Any] = known[path].make_context(" ".join(path), words[1 + len(path) :]).params
    return parsed


def _leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    below = getattr(command, "commands", {})
    if not below:
        yield path, command
    for name, inner in below.items():
        yield from _leaves(inner, (*path, name))
