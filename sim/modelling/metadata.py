"""What exporters embed in a graph: `names`, `stride`, `imgsz`, `task`, `nms`. Literals are parsed, code never is.

The keys are those that Ultralytics writes, which others have copied. All may be absent; one that is there and is
not what it should be is an error, because a card would silently be wrong.
"""

import ast
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onboard.errors import InputError

MAX_ENTRIES = 256
MAX_TOTAL_CHARACTERS = 1_000_000
MAX_LITERAL_CHARACTERS = 262_144
MAX_DEPTH = 4
"""Deeper than any of the known keys goes."""
MAX_NAMES = 10_000
MAX_NAME_LENGTH = 100
MAX_LENGTH_PX = 65_536
_ADVICE = "rewrite or remove this entry of the graph's metadata_props"

_TOKEN = re.compile(
    r"""\s*(?:(?P<opening>[\[({])|(?P<closing>[\])}])|(?P<separator>[,:])
    |(?P<value>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[+-]?(?:\d[\d_]{0,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?
    |True|False|None|true|false|null))""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Hints:
    """What the metadata says; None or empty where it says nothing. `image_px` is height, width."""

    names: tuple[str, ...] = ()
    stride_px: int | None = None
    image_px: tuple[int, int] | None = None
    task: str = ""
    nms: bool = False
    licence: str = ""
    description: str = ""
    bands: tuple[str, ...] = ()


class NotLiteral(ValueError):
    """A text that is no literal, or too large or deep a one."""


def parse_literal(text: str) -> Any:
    """The value of a Python or JSON literal, within limits of size and depth.

    Raises NotLiteral. The text is taken to pieces before the parser sees it: numbers, quoted texts, brackets and
    commas are all there can be, so that neither a call nor a pile of operators reaches it.
    """
    if len(text) > MAX_LITERAL_CHARACTERS:
        raise NotLiteral(f"is longer than {MAX_LITERAL_CHARACTERS} characters")
    _check_tokens(text.strip())
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    raise NotLiteral("is not a Python or JSON literal")


def _check_tokens(text: str) -> None:
    position, depth, previous = 0, 0, "separator"
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise NotLiteral("is not a Python or JSON literal")
        kind = str(token.lastgroup)
        # A value or a bracket straight after a value would be a call, a subscript or a sum.
        if kind in ("opening", "value") and previous not in ("opening", "separator"):
            raise NotLiteral("is not a Python or JSON literal")
        depth += {"opening": 1, "closing": -1}.get(kind, 0)
        if depth > MAX_DEPTH:
            raise NotLiteral(f"is nested deeper than {MAX_DEPTH} levels")
        position, previous = token.end(), kind


def parse_metadata(source: Path, properties: Mapping[str, str]) -> Hints:
    """Hints in a graph's `metadata_props`. Raises InputError where a known key is hostile or damaged."""
    if len(properties) > MAX_ENTRIES or sum(len(k) + len(v) for k, v in properties.items()) > MAX_TOTAL_CHARACTERS:
        rule = f"holds more than {MAX_ENTRIES} entries or {MAX_TOTAL_CHARACTERS} characters of metadata; remove them"
        raise InputError(source, rule)
    return Hints(
        names=_names(source, properties),
        stride_px=_stride(source, properties),
        image_px=_image_px(source, properties),
        task=_word(properties, "task"),
        nms=_flag(source, properties, "nms") or _flag(source, properties, "end2end") or _argument(properties, "nms"),
        licence=_word(properties, "license") or _word(properties, "licence"),
        description=_word(properties, "description"),
        bands=_texts(source, properties, "bands"),
    )


def _refusal(source: Path, key: str, text: str, rule: str) -> InputError:
    shown = printable(text, 40)
    return InputError(source, f"{rule}; {_ADVICE}", key=f"metadata {key}", value=shown)


def printable(text: str, length: int) -> str:
    """A text in one line of at most `length` characters, fit for a message or a comment."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    clean = " ".join(clean.split())
    return clean if len(clean) <= length else clean[: length - 1] + "…"


def _value(source: Path, properties: Mapping[str, str], key: str, kind: type | tuple[type, ...], default: Any) -> Any:
    text = properties.get(key, "").strip()
    if not text:
        return default
    try:
        value = parse_literal(text)
    except NotLiteral as error:
        raise _refusal(source, key, text, str(error)) from None
    if not isinstance(value, kind):
        raise _refusal(source, key, text, f"has the wrong type, {type(value).__name__}")
    return value


def _names(source: Path, properties: Mapping[str, str]) -> tuple[str, ...]:
    """Class names from a list, or from a mapping of index to name that counts up from 0."""
    value = _value(source, properties, "names", (dict, list, tuple), ())
    if isinstance(value, dict):
        indices = [int(key) if str(key).isdecimal() and len(str(key)) < 6 else -1 for key in value]
        if sorted(indices) != list(range(len(indices))):
            raise _refusal(source, "names", properties["names"], "must number its classes from 0 without a gap")
        value = [name for _, name in sorted(zip(indices, value.values(), strict=True), key=lambda pair: pair[0])]
    return _checked_texts(source, properties, "names", value)


def _texts(source: Path, properties: Mapping[str, str], key: str) -> tuple[str, ...]:
    """A list of texts, as a literal or with commas between."""
    text = properties.get(key, "").strip()
    if text and text[0] not in "[({":
        return _checked_texts(source, properties, key, [word.strip() for word in text.split(",")])
    return _checked_texts(source, properties, key, _value(source, properties, key, (list, tuple), ()))


def _checked_texts(source: Path, properties: Mapping[str, str], key: str, texts: Any) -> tuple[str, ...]:
    good = len(texts) <= MAX_NAMES and all(
        isinstance(text, str) and text.isprintable() and text.strip() and len(text) <= MAX_NAME_LENGTH for text in texts
    )
    if not good:
        rule = f"must hold at most {MAX_NAMES} printable texts of 1 to {MAX_NAME_LENGTH} characters"
        raise _refusal(source, key, properties[key], rule)
    return tuple(texts)


def _whole(value: object, low: int, high: int) -> int | None:
    """A number that is whole and within limits; 32.0, as some exporters write it, is."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if low <= value <= high and value == int(value) else None


def _stride(source: Path, properties: Mapping[str, str]) -> int | None:
    value = _value(source, properties, "stride", (int, float, list, tuple), None)
    if value is None:
        return None
    numbers = [_whole(one, 1, 1024) for one in (value if isinstance(value, list | tuple) else [value])]
    if not numbers or None in numbers:
        raise _refusal(source, "stride", properties["stride"], "must be whole numbers of pixels, 1 to 1024")
    return max(number for number in numbers if number is not None)


def _image_px(source: Path, properties: Mapping[str, str]) -> tuple[int, int] | None:
    value = _value(source, properties, "imgsz", (int, float, list, tuple), None)
    if value is None:
        return None
    lengths = list(value) if isinstance(value, list | tuple) else [value]
    numbers = [_whole(one, 1, MAX_LENGTH_PX) for one in lengths]
    if len(numbers) not in (1, 2) or None in numbers:
        raise _refusal(source, "imgsz", properties["imgsz"], "must be a height and a width in pixels")
    whole = [number for number in numbers if number is not None]
    return whole[0], whole[-1]


def _flag(source: Path, properties: Mapping[str, str], key: str) -> bool:
    return bool(_value(source, properties, key, (bool, int, type(None)), False))


def _argument(properties: Mapping[str, str], key: str) -> bool:
    """A flag among the exporter's arguments, a mapping; other tools write other things under `args`."""
    try:
        arguments = parse_literal(properties.get("args", ""))
    except NotLiteral:
        return False
    return isinstance(arguments, dict) and arguments.get(key) is True


def _word(properties: Mapping[str, str], key: str) -> str:
    return printable(properties.get(key, ""), 200)
