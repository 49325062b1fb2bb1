"""The layout of `card.toml`: which keys there are, what each may hold, and what stands where it is left out."""

import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf, isfinite
from pathlib import Path
from typing import Any

from onboard.errors import InputError
from onboard.payload.detectors.registry import DETECTORS
from onboard.payload.land_map import ANY, SURFACES
from onboard.payload.products import MAX_TASK_LENGTH

BAND_NAMES = (
    *("coastal", "blue", "green", "yellow", "red", "rededge1", "rededge2", "rededge3", "nir", "nir08"),
    *("watervapour", "cirrus", "swir1", "swir2", "mwir", "lwir1", "lwir2", "pan"),
    *("vv", "vh", "hh", "hv"),
)
"""Names by which models, instruments and pictures mean the same band: those of the STAC `eo` extension, with
the short-wave infrared windows at 1.6 and 2.2 µm as swir1 and swir2, and radar by polarisation."""

HEADS = ("segmentation", *DETECTORS, "custom")

_REQUIRED = object()
_KINDS = {str: "text", list: "list", int: "whole number", float: "number", dict: "table"}


@dataclass(frozen=True, slots=True)
class _Key:
    """What one key of the card may hold, in any of `kinds`."""

    kinds: tuple[type, ...]
    rule: str
    holds: Callable[[Any], bool]
    default: Any = _REQUIRED


def _are_words(words: Any, known: Collection[str] = ()) -> bool:
    texts = all(isinstance(word, str) and word and (not known or word in known) for word in words)
    return texts and len(words) == len(set(words))


def _words(rule: str, known: tuple[str, ...] = (), default: Any = _REQUIRED) -> _Key:
    return _Key((list,), rule, lambda words: bool(words) and _are_words(words, known), default)


def _one_of(*words: str, default: Any = _REQUIRED) -> _Key:
    return _Key((str,), f"must be {' or '.join(words)}", lambda text: text in words, default)


def _number(kind: type, low: float, high: float, default: Any = _REQUIRED) -> _Key:
    return _Key((kind,), f"must lie in {low:g} to {high:g}", lambda value: low <= value <= high, default)


def _are_numbers(value: Any) -> bool:
    numbers = value if isinstance(value, list) else [value]
    return bool(numbers) and all(type(number) in (int, float) and isfinite(number) for number in numbers)


def _per_band(default: float) -> _Key:
    return _Key((float, list), "must be a number, or a list of one for each band", _are_numbers, default)


def _is_clip(value: Any) -> bool:
    return not value or (len(value) == 2 and _are_numbers(value) and value[0] < value[1])


def _is_tile(value: Any) -> bool:
    sides = value if isinstance(value, list) else [value, value]
    return len(sides) == 2 and all(type(side) is int and 16 <= side <= 4096 for side in sides)


def _is_stand_in(value: Any) -> bool:
    return all(band in BAND_NAMES and stand_in in BAND_NAMES for band, stand_in in value.items())


def _travels(task: str) -> bool:
    return task.isascii() and task.isprintable() and 1 <= len(task.strip()) == len(task) <= MAX_TASK_LENGTH


_TEXT = _Key((str,), "must be a text that is not empty", lambda text: bool(text.strip()))
_ANY_TEXT = _Key((str,), "must be a text", lambda _: True, "")
_COST = _Key((float,), "must be above 0", lambda value: 0.0 < value < inf, 0.0)
_TILE_RULE = "must lie in 16 to 4096, or be two such numbers: height and width"

CARD: dict[str, dict[str, _Key]] = {
    "model": {
        "name": _TEXT,
        "version": _TEXT,
        "task": _Key((str,), f"must be a text of 1 to {MAX_TASK_LENGTH} ASCII characters", _travels),
        "licence": _TEXT,
        "description": _ANY_TEXT,
    },
    "input": {
        "name": _TEXT,
        "layout": _one_of("NCHW", "NHWC"),
        "bands": _words(f"must be different names out of {', '.join(BAND_NAMES)}", BAND_NAMES),
        "units": _one_of("reflectance", "sigma0"),
        "scale": _per_band(1.0),
        "offset": _per_band(0.0),
        "clip": _Key((list,), "must be two numbers, the lower first", _is_clip, []),
        "tile_px": _Key((int, list), _TILE_RULE, _is_tile),
        "overlap_px": _number(int, 0, 2048),
        "stride_px": _number(int, 1, 512, default=1),
        "least_side_px": _number(int, 0, 4096, default=0),
        "fit": _one_of("tile", "letterbox", default="tile"),
        "pad": _number(float, -1e6, 1e6, default=0.0),
        "false_colour": _Key((dict,), 'must be like { green = "nir" }, of known bands', _is_stand_in, {}),
    },
    "output": {
        "head": _one_of(*HEADS),
        "outputs": _words("must be different names of the graph's outputs", default=[]),
        "classes": _words("must be different texts, one for each output plane"),
        "ignore": _words("must be names out of output.classes", default=[]),
        "threshold": _Key((float,), "must lie between 0 and 1, both excluded", lambda value: 0.0 < value < 1.0),
        "min_pixels": _number(int, 1, 1_000_000, default=1),
        "surface": _one_of(*SURFACES, default=ANY),
        "max_iou": _Key((float,), "must lie in 0 to 1", lambda value: 0.0 <= value <= 1.0, 0.45),
        "activation": _one_of("none", "sigmoid", "softmax", default="none"),
        "entry": _ANY_TEXT,
    },
    "cost": {"macs_per_px": _COST, "memory_mb": _COST},
}
_OPTIONAL_SECTIONS = ("cost",)


def check_known_keys(source: Path, found: dict[str, Any], known: Collection[str], prefix: str = "") -> None:
    """Raise InputError that names the nearest known key where `found` has an unknown one."""
    for key in found:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.0)[0]
            raise InputError(source, f"unknown key; the nearest known one is {prefix}{near}", key=f"{prefix}{key}")


def read_values(source: Path) -> dict[str, Any]:
    """Values of every key of a card, by full name such as `input.bands`. Raises InputError."""
    document = _read_toml(source)
    check_known_keys(source, document, CARD)
    values: dict[str, Any] = {}
    for title, keys in CARD.items():
        section = document.get(title, {} if title in _OPTIONAL_SECTIONS else None)
        if not isinstance(section, dict):
            raise InputError(source, f"must hold a section [{title}]")
        check_known_keys(source, section, keys, f"{title}.")
        values |= {f"{title}.{name}": _value(source, title, name, key, section) for name, key in keys.items()}
    return values


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(path, "no such file; a model is a folder with model.onnx and card.toml") from None
    except (OSError, ValueError) as error:
        raise InputError(path, f"is not readable as TOML: {error}") from None


def _value(source: Path, title: str, name: str, key: _Key, section: dict[str, Any]) -> Any:
    told = f"{title}.{name}"
    if name not in section:
        if key.default is _REQUIRED:
            raise InputError(source, f"is missing; it {key.rule}", key=told)
        return key.default
    value = section[name]
    if float in key.kinds and type(value) is int:
        value = float(value)
    # Exact types: TOML's true would otherwise pass for the integer 1.
    if type(value) not in key.kinds:
        kinds = " or a ".join(_KINDS[kind] for kind in key.kinds)
        raise InputError(source, f"must be a {kinds}", key=told, value=value)
    if not key.holds(value):
        raise InputError(source, key.rule, key=told, value=value)
    return value
