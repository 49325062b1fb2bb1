"""What `images.toml` says of a folder of pictures.

Keys: `gsd_m`; `bands` in file order, "" for one to ignore; `scale` and `offset` per band of the file,
physical value = number x scale + offset; `bit_depth`; `nodata`; `surrogate`; `imagery`, where it is not real.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from onboard.errors import InputError
from onboard.payload.card_layout import BAND_NAMES, check_known_keys

IMAGERY = ("real", "synthetic", "implanted")
"""What a figure made with the pictures must say of them."""


@dataclass(frozen=True, slots=True)
class Described:
    """What `images.toml` says; None or empty where it says nothing."""

    source: Path
    gsd_m: float | None = None
    bands: list[str] | None = None
    scale: list[float] | None = None
    offset: list[float] | None = None
    bit_depth: int | None = None
    nodata: float | None = None
    surrogate: dict[str, dict[str, Any]] = field(default_factory=dict)
    imagery: str = "real"

    def surrogates(self, name: str, bands: tuple[str, ...]) -> tuple[tuple[str, str, float], ...]:
        """Band, the band it is copied from, and factor, for each that a picture's bands allow. Raises InputError."""
        found = []
        for band, origin in self.surrogate.items():
            copied, factor = origin["from"], origin.get("factor", 1.0)
            if band in bands or copied not in bands:
                rule = f"{name} must have the band {copied} and not the band {band}"
                raise InputError(self.source, rule, key=f"surrogate.{band}", value=origin)
            found.append((band, copied, factor))
        return tuple(found)


def surrogate_note(band: str, copied: str, factor: float) -> str:
    """What to tell of a band that is a copy."""
    return f"{band} is {copied} x {factor:g}"


def read_description(source: Path) -> Described:
    """The file's keys, checked; all of them unsaid where there is no file. Raises InputError."""
    if not source.exists():
        return Described(source)
    try:
        found = tomllib.loads(source.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(source, f"is not readable as TOML: {error}") from None
    check_known_keys(source, found, _RULES)
    for key, value in found.items():
        holds, rule = _RULES[key]
        if not holds(value):
            raise InputError(source, rule, key=key, value=value)
    lengths = {key: len(found[key]) for key in ("bands", "scale", "offset") if key in found}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{key} has {length}" for key, length in lengths.items())
        raise InputError(source, f"lists must have one entry for each band of the file: {told}")
    for name, origin in found.get("surrogate", {}).items():
        check_known_keys(source, origin, ("from", "factor"), f"surrogate.{name}.")
    return Described(source, **found)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and isfinite(value)  # type: ignore[arg-type]


def _is_numbers(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_number, value))


def _is_bands(value: object) -> bool:
    if not isinstance(value, list):
        return False
    named = [band for band in value if band != ""]
    return 0 < len(named) == len(set(map(str, named))) and all(band in BAND_NAMES for band in named)


def _is_surrogate(value: object) -> bool:
    return isinstance(value, dict) and all(
        name in BAND_NAMES
        and isinstance(origin, dict)
        and isinstance(origin.get("from"), str)
        and _is_number(origin.get("factor", 1.0))
        for name, origin in value.items()
    )


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "gsd_m": (lambda value: _is_number(value) and value > 0, "must be a number above 0"),
    "bands": (_is_bands, f'must be different names, or "" to ignore; known: {", ".join(BAND_NAMES)}'),
    "scale": (_is_numbers, "must be a list of numbers"),
    "offset": (_is_numbers, "must be a list of numbers"),
    "bit_depth": (lambda value: type(value) is int and 1 <= value <= 16, "must be a whole number, 1 to 16"),
    "nodata": (lambda value: type(value) in (int, float), "must be a number"),
    "imagery": (lambda value: value in IMAGERY, f"must be one of {', '.join(IMAGERY)}"),
    "surrogate": (_is_surrogate, 'must be like { swir1 = { from = "swir2", factor = 1.0 } }, of known bands'),
}
