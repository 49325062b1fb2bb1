"""Every command with its help, as the command line itself holds it."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from docs.generate.markdown import code, table
from sim.cli import app

OWN = ("help", "install_completion", "show_completion")
"""Parameters that typer adds to a command or to all of them."""


def commands() -> str:
    """A section for each command: usage, what it does, examples, arguments and options."""
    return "\n".join(_section(words, command) for words, command in every_command())


def every_command() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by the words it is called with."""
    return _below("skysift", get_command(app))


def _below(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    for name, one in command.commands.items():
        if hasattr(one, "commands"):
            yield from _below(f"{words} {name}", one)
        else:
            yield f"{words} {name}", one


def _section(words: str, command: Any) -> str:
    own = [one for one in command.params if one.name not in OWN]
    arguments = [one for one in own if not one.opts[0].startswith("-")]
    options = [one for one in own if one.opts[0].startswith("-")]
    usage = " ".join([words, *(_named(one) for one in arguments), *(["[OPTIONS]"] if options else [])])
    parts = [f"### {code(words)}", f"```text\n{usage}\n```", *_told(command.help or "")]
    rows = [(code(_named(one)), one.help or "", _default(one)) for one in (*arguments, *options)]
    parts.append(table(("argument or option", "what it says", "without it"), rows).rstrip())
    return "\n\n".join(parts) + "\n"


def _told(text: str) -> Iterator[str]:
    """The paragraphs; examples as lines of a terminal."""
    for paragraph in text.strip().split("\n\n"):
        head, found, rest = paragraph.partition(":")
        if found and head.strip() in ("Example", "Examples"):
            lines = (line.strip() for line in rest.strip().splitlines())
            yield "```text\n" + "\n".join(lines) + "\n```"
        else:
            yield " ".join(paragraph.split())


def _named(one: Any) -> str:
    if not one.opts[0].startswith("-"):
        return str(one.metavar or one.name.upper())
    names = ", ".join((*one.opts, *one.secondary_opts))
    return names if one.is_flag else f"{names} {one.metavar or one.name.upper()}"


def _default(one: Any) -> str:
    if one.required:
        return "required"
    is_unsaid = one.default is None or one.default is False or one.default == ""
    return "" if is_unsaid or callable(one.default) else code(one.default)
