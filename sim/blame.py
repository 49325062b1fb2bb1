"""Turns a failed validation of a user's file into one line that names the key, the value, the rule and what is near."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from onboard.errors import InputError

Model = TypeVar("Model", bound=BaseModel)


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
        known = _fields_at(kind, error["loc"])
        near = get_close_matches(str(error["loc"][-1]), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
        return f"unknown key; {hint}"
    if error["type"] == "missing":
        return "is missing"
    message: str = error["msg"]
    return message.removeprefix("Value error, ").replace("Input should", "must")


def validated(kind: type[Model], table: dict[str, Any], source: str | Path) -> Model:
    """The table as a record. Raises InputError for the first thing that is wrong with it."""
    try:
        return kind.model_validate(table)
    except ValidationError as failed:
        error = failed.errors(include_url=False)[0]
        shown = None if error["type"] == "missing" or isinstance(error["input"], dict) else error["input"]
        raise InputError(source, _rule(error, kind), key=dotted(error["loc"]), value=shown) from None
