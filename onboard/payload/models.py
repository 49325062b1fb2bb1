"""A model is a folder: `model.onnx`, and `card.toml` that says what goes in and what comes out."""

import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from math import inf
from pathlib import Path
from typing import Any

from onboard.errors import InputError
from onboard.payload.products import MAX_TASK_LENGTH

BAND_NAMES = (
    *("coastal", "blue", "green", "yellow", "red", "rededge1", "rededge2", "rededge3", "nir"),
    *("watervapour", "cirrus", "swir1", "swir2", "mwir", "lwir1", "lwir2", "pan"),
    *("vv", "vh", "hh", "hv"),
)
"""Names by which models, instruments and pictures mean the same band: those of the STAC `eo` extension, with
the short-wave infrared windows at 1.6 and 2.2 µm as swir1 and swir2, and radar by polarisation."""

HEADS = ("segmentation",)


class ModelFault(Exception):
    """The model gave numbers that mean nothing, in flight; the frame has no result."""

    def __init__(self, model: str, frame_id: int, row: int, col: int, seen: str) -> None:
        super().__init__(f"model {model}, frame {frame_id}, tile at row {row}, column {col}: {seen}")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A validated card. `path` is of the ONNX file and `sha256` (hex) of its bytes.

    The graph takes float32 (1, bands, tile_px, tile_px) in physical units; a band the frame lacks is zeros.
    """

    name: str
    version: str
    task: str
    licence: str
    description: str
    head: str
    input_name: str
    bands: tuple[str, ...]
    tile_px: int
    overlap_px: int
    classes: tuple[str, ...]
    threshold: float
    min_pixels: int
    macs_per_px: float | None
    path: Path
    sha256: str

    @property
    def card_path(self) -> Path:
        """The card itself, for messages that blame it."""
        return self.path.with_name("card.toml")


@dataclass(frozen=True, slots=True)
class _Key:
    """What one key of the card may hold; `default` is None where the author must decide."""

    kind: type
    rule: str
    holds: Callable[[Any], bool]
    default: Any = None


def _words(rule: str, known: tuple[str, ...] = ()) -> _Key:
    def holds(words: list[Any]) -> bool:
        texts = all(isinstance(word, str) and word and (not known or word in known) for word in words)
        return texts and 0 < len(words) == len(set(words))

    return _Key(list, rule, holds)


def _one_of(*words: str) -> _Key:
    return _Key(str, f"must be {' or '.join(words)}", lambda text: text in words)


def _number(kind: type, low: float, high: float, default: Any = None) -> _Key:
    return _Key(kind, f"must lie in {low:g} to {high:g}", lambda value: low <= value <= high, default)


_TEXT = _Key(str, "must be a text that is not empty", lambda text: bool(text.strip()))


def _travels(task: str) -> bool:
    return task.isascii() and task.isprintable() and 1 <= len(task.strip()) == len(task) <= MAX_TASK_LENGTH


_CARD: dict[str, dict[str, _Key]] = {
    "model": {
        "name": _TEXT,
        "version": _TEXT,
        "task": _Key(str, f"must be a text of 1 to {MAX_TASK_LENGTH} ASCII characters", _travels),
        "licence": _TEXT,
        "description": _Key(str, "must be a text", lambda _: True, ""),
    },
    "input": {
        "name": _TEXT,
        "layout": _one_of("NCHW"),
        "bands": _words(f"must be different names out of {', '.join(BAND_NAMES)}", BAND_NAMES),
        "tile_px": _number(int, 16, 4096),
        "overlap_px": _number(int, 0, 2048),
        "units": _one_of("reflectance", "sigma0"),
    },
    "output": {
        "head": _one_of(*HEADS),
        "classes": _words("must be different texts, one for each output plane"),
        "threshold": _Key(float, "must lie between 0 and 1, both excluded", lambda value: 0.0 < value < 1.0),
        "min_pixels": _number(int, 1, 1_000_000, default=1),
    },
    "cost": {"macs_per_px": _Key(float, "must be above 0", lambda value: 0.0 < value < inf, default=0.0)},
}
_OPTIONAL_SECTIONS = ("cost",)
_KINDS = {str: "text", list: "list", int: "whole number", float: "number"}


def check_known_keys(source: Path, found: dict[str, Any], known: Collection[str], prefix: str = "") -> None:
    """Raise InputError that names the nearest known key where `found` has an unknown one."""
    for key in found:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.0)[0]
            raise InputError(source, f"unknown key; the nearest known one is {prefix}{near}", key=f"{prefix}{key}")


def _value(source: Path, title: str, name: str, key: _Key, section: dict[str, Any]) -> Any:
    told = f"{title}.{name}"
    if name not in section:
        if key.default is None:
            raise InputError(source, f"is missing; it {key.rule}", key=told)
        return key.default
    value = section[name]
    if key.kind is float and type(value) is int:
        value = float(value)
    # Exact types: TOML's true would otherwise pass for the integer 1.
    if type(value) is not key.kind:
        raise InputError(source, f"must be a {_KINDS[key.kind]}", key=told, value=value)
    if not key.holds(value):
        raise InputError(source, key.rule, key=told, value=value)
    return value


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(path, "no such file; a model is a folder with model.onnx and card.toml") from None
    except (OSError, ValueError) as error:
        raise InputError(path, f"is not readable as TOML: {error}") from None


def _check_document(source: Path, document: dict[str, Any]) -> dict[str, Any]:
    """Values of every key of the layout, by full name such as `input.bands`."""
    check_known_keys(source, document, _CARD)
    values: dict[str, Any] = {}
    for title, keys in _CARD.items():
        section = document.get(title, {} if title in _OPTIONAL_SECTIONS else None)
        if not isinstance(section, dict):
            raise InputError(source, f"must hold a section [{title}]")
        check_known_keys(source, section, keys, f"{title}.")
        values |= {f"{title}.{name}": _value(source, title, name, key, section) for name, key in keys.items()}
    return values


def load_card(folder: Path) -> ModelCard:
    """Read and check the card in a model's folder, and hash its graph.

    Raises InputError that names the file, the key, the value and the rule.
    """
    if folder.suffix == ".onnx" and not folder.is_dir():
        rule = "is a bare ONNX file; put it in a folder as model.onnx, with a card.toml beside it"
        raise InputError(folder, rule)
    card = folder / "card.toml"
    values = _check_document(card, _read_toml(card))
    if values["input.overlap_px"] > values["input.tile_px"] // 2:
        rule = f"must be at most half of input.tile_px = {values['input.tile_px']}"
        raise InputError(card, rule, key="input.overlap_px", value=values["input.overlap_px"])
    path = folder / "model.onnx"
    try:
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror}); a model is a folder with model.onnx") from None
    return ModelCard(
        name=values["model.name"],
        version=values["model.version"],
        task=values["model.task"],
        licence=values["model.licence"],
        description=values["model.description"],
        head=values["output.head"],
        input_name=values["input.name"],
        bands=tuple(values["input.bands"]),
        tile_px=values["input.tile_px"],
        overlap_px=values["input.overlap_px"],
        classes=tuple(values["output.classes"]),
        threshold=values["output.threshold"],
        min_pixels=values["output.min_pixels"],
        macs_per_px=values["cost.macs_per_px"] or None,
        path=path,
        sha256=digest,
    )
