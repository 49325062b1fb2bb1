"""Tables of the world's small files: how numbers in them are checked, and how the files are read."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from onboard.errors import InputError
from sim.blame import validated


def _is_number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


Number = Annotated[float, BeforeValidator(_is_number)]
"""A float that true is not."""
Fraction = Annotated[Number, Field(ge=0, le=1)]
Positive = Annotated[Number, Field(gt=0, le=1e9)]
NonNegative = Annotated[Number, Field(ge=0, le=1e9)]
"""Far beyond any spacecraft, and far below where sums of joules lose their millijoules."""


class Record(BaseModel):
    """A table of a user's file: unknown keys are errors, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=Record)


def text_of(path: Path) -> str:
    """A text file. Raises InputError."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(path, f"not valid {path.suffix[1:].upper()}: {error}") from None
    except OSError as error:
        raise InputError(path, error.strerror or "cannot be read") from None


def read_table(path: Path) -> dict[str, Any]:
    """A TOML or JSON file as a table."""
    text = text_of(path)
    try:
        table = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise InputError(path, f"not valid {path.suffix[1:].upper()}: {error}") from None
    if not isinstance(table, dict):
        raise InputError(path, "must hold a table")
    return table


def read_record(kind: type[Model], path: Path) -> Model:
    """A small file of the world, checked."""
    return validated(kind, read_table(path), path)
