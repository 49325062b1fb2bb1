"""A model card before its author has read it: values with the reasons for them, and the text of `card.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tomli_w

from sim.modelling.metadata import printable

_LINE_LENGTH = 110
_SECTIONS = ("model", "input", "output", "cost")
_HEADER = """\
# A model card that was inferred from the graph. What is marked "assumed" could not be known: check it.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a card and where it comes from; `assumed` where the graph does not tell."""

    value: Any
    reason: str
    assumed: bool = False

    @property
    def comment(self) -> str:
        """The reason as a card tells it."""
        reason = printable(self.reason, 200)
        return f"assumed: {reason}" if self.assumed else reason


@dataclass(frozen=True, slots=True)
class CardDraft:
    """Entries by full key, such as `input.bands`, in the order of the card; warnings are for a person."""

    entries: Mapping[str, Entry]
    warnings: tuple[str, ...] = ()

    def value(self, key: str) -> Any:
        """One value, None where the card leaves it out."""
        return self.entries[key].value if key in self.entries else None

    def as_table(self) -> dict[str, dict[str, Any]]:
        """The card's document: what reading `as_toml` gives."""
        table: dict[str, dict[str, Any]] = {}
        for title in _SECTIONS:
            prefix = f"{title}."
            section = {
                key.removeprefix(prefix): entry.value for key, entry in self.entries.items() if key.startswith(prefix)
            }
            if section:
                table[title] = section
        return table

    def as_toml(self) -> str:
        """Text of `card.toml`, every value with its reason, for editing."""
        lines = [_HEADER.rstrip(), *(f"# Warning: {printable(warning, 300)}" for warning in self.warnings)]
        for title, section in self.as_table().items():
            lines += ["", f"[{title}]"]
            for key in section:
                lines += _lines(key, self.entries[f"{title}.{key}"])
        return "\n".join(lines) + "\n"


def _lines(key: str, entry: Entry) -> list[str]:
    """The comment behind a short value, and above a long one."""
    text = f"{key} = {_literal(entry.value)}"
    comment = f"# {entry.comment}"
    if "\n" not in text and len(text) + len(comment) + 2 <= _LINE_LENGTH:
        return [f"{text}  {comment}"]
    return [comment, *text.split("\n")]


def _literal(value: Any) -> str:
    """TOML of a value; a long list is wrapped."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_literal(item)}' for key, item in value.items())} }}"
    if not isinstance(value, list):
        return tomli_w.dumps({"value": value}).removeprefix("value = ").rstrip("\n")
    items = [_literal(item) for item in value]
    line = f"[{', '.join(items)}]"
    if len(line) <= _LINE_LENGTH // 2:
        return line
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) + 6 > _LINE_LENGTH:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else '    '}{item},"
    return "\n".join(["[", *lines, "]"])
