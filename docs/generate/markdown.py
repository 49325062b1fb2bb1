"""Markdown as the pages need it: tables, and words of code."""

from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table, a line for each row; a bar inside a cell is escaped."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(_cell(value) for value in line)} |\n" for line in lines)


def code(text: object) -> str:
    """A word of code."""
    return f"`{text}`"


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())
