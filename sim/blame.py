"""Turns a failed validation of a user's file into one line that names the key, the value, the rule and what is near."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from onboard.errors import InputError

Model = TypeVar("Model", bound=BaseModel)


def suggestion(name: str, known: Iterable[str]) -> str:
    """What the user may have meant: the nearest known name, or all of them where none is near."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"


def dotted(location: tuple[int | str, ...]) -> str:
    """A key as people write it: `satellite[0].orbit.altitude_km`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def _fields_at(kind: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Names of the fields of the table that a location lies in."""
    current: Any = kind
    for part in location[:-1]:
        if isinstance(part, int) or not hasattr(current, "model_fields"):
            continue
        field = current.model_fields.get(part)
        current = _record_in(field.annotation) if field else None
    return sorted(current.model_fields) if hasattr(current, "model_fields") else []


def _record_in(annotation: Any) -> Any:
    if hasattr(annotation, "model_fields"):
        return annotation
    inner = (_record_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((found for found in inner if found is not None), None)


def _rule(error: Any, kind: type[BaseModel]) -> str:
    if error["type"] == "extra_forbidden":
        return f"unknown key; {suggestion(str(error['loc'][-1]), _fields_at(kind, error['loc']))}"
    if rule := _RULES.get(error["type"]):
        return rule.format(**error.get("ctx", {}))
    message: str = error["msg"]
    return message.removeprefix("Value error, ").replace("Input should", "must")


_RULES = {
    "missing": "is missing",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "tuple_type": "must be a list",
    "string_type": "must be a text",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
}
"""Pydantic's kinds of error, by name, in a user's words."""


def validated(kind: type[Model], table: dict[str, Any], source: str | Path) -> Model:
    """The table as a record. Raises InputError for the first thing that is wrong with it."""
    try:
        return kind.model_validate(table)
    except ValidationError as failed:
        # An unknown key is often why another one is missing: it is told first.
        error = min(failed.errors(include_url=False), key=lambda error: error["type"] != "extra_forbidden")
        shown = error["input"] if isinstance(error["input"], (str, int, float)) else None
        raise InputError(source, _rule(error, kind), key=dotted(error["loc"]), value=shown) from None
