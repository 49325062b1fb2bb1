"""A model is a folder: `model.onnx`, and `card.toml` that says what goes in and what comes out."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from onboard.errors import InputError
from onboard.payload.card_layout import read_values
from onboard.payload.detectors.scores import Activation
from onboard.payload.land_map import ANY


class ModelFault(Exception):
    """The model gave numbers that mean nothing, in flight; the frame has no result."""

    def __init__(self, model: str, frame_id: int, row: int, col: int, seen: str) -> None:
        super().__init__(f"model {model}, frame {frame_id}, tile at row {row}, column {col}: {seen}")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A validated card. `path` is of the ONNX file and `sha256` (hex) of its bytes.

    The graph takes one image of height and width `tile_hw`, channels in the order of `bands`; the network's value of
    a channel is physical value x scale + offset, within `clip`. A band that the frame lacks is zeros, or, for all
    bands that have one, its stand-in out of `false_colour`. Tiles begin at multiples of `stride_px`.

    `macs_per_px` and `memory_mb` are what a tile's pixel and a tile cost: multiply-accumulates, and 10^6 bytes that
    weights and intermediate results take. None where the card does not say. Targets are on this `surface`. In a picture
    whose sides are shorter than `least_side_px` the network sees too little.
    """

    name: str
    version: str
    task: str
    licence: str
    description: str
    input_name: str
    layout: str
    bands: tuple[str, ...]
    units: str
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    clip: tuple[float, ...]
    tile_hw: tuple[int, int]
    overlap_px: int
    stride_px: int
    fit: str
    pad: float
    false_colour: tuple[tuple[str, str], ...]
    head: str
    outputs: tuple[str, ...]
    classes: tuple[str, ...]
    ignore: tuple[str, ...]
    threshold: float
    min_pixels: int
    max_iou: float
    activation: Activation
    entry: str
    macs_per_px: float | None
    memory_mb: float | None
    path: Path
    sha256: str
    surface: str = ANY
    least_side_px: int = 0

    @property
    def card_path(self) -> Path:
        """The card itself, for messages that blame it."""
        return self.path.with_name("card.toml")

    def source_bands(self, available: tuple[str, ...]) -> tuple[str, ...]:
        """For each of the card's bands the band of a frame that fills it; one that the frame lacks stays missing."""
        if all(band in available for band in self.bands):
            return self.bands
        stand_in = dict(self.false_colour)
        return tuple(stand_in.get(band, band) for band in self.bands)


class ModelLibrary(Protocol):
    """Models by the hash of the archive that they came in; an empty hash is the model loaded before launch."""

    def card(self, archive_sha256: bytes, /) -> ModelCard:
        """The card of a model that flies, or that passed its trial."""

    def cloud_mask(self) -> ModelCard:
        """The card of the cloud mask, on a spacecraft that has one."""

    def second(self) -> ModelCard | None:
        """The card of the model whose answer is asked beside, on a spacecraft that has one."""

    def trial_macs(self, archive_sha256: bytes, /) -> int:
        """Multiply-accumulates of a model's trial; 0 where its archive holds no model."""


def load_card(folder: Path) -> ModelCard:
    """Read and check the card in a model's folder, and hash its graph.

    Raises InputError that names the file, the key, the value and the rule.
    """
    if folder.suffix == ".onnx" and not folder.is_dir():
        rule = "is a bare ONNX file; put it in a folder as model.onnx, with a card.toml beside it"
        raise InputError(folder, rule)
    source = folder / "card.toml"
    values = read_values(source)
    _check_together(source, values)
    path = folder / "model.onnx"
    try:
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror}); a model is a folder with model.onnx") from None
    bands = tuple(values["input.bands"])
    return ModelCard(
        name=values["model.name"],
        version=values["model.version"],
        task=values["model.task"],
        licence=values["model.licence"],
        description=values["model.description"],
        input_name=values["input.name"],
        layout=values["input.layout"],
        bands=bands,
        units=values["input.units"],
        scale=_per_band(values["input.scale"], len(bands)),
        offset=_per_band(values["input.offset"], len(bands)),
        clip=tuple(map(float, values["input.clip"])),
        tile_hw=_height_and_width(values["input.tile_px"]),
        overlap_px=values["input.overlap_px"],
        stride_px=values["input.stride_px"],
        fit=values["input.fit"],
        pad=values["input.pad"],
        false_colour=tuple(values["input.false_colour"].items()),
        head=values["output.head"],
        outputs=tuple(values["output.outputs"]),
        classes=tuple(values["output.classes"]),
        ignore=tuple(values["output.ignore"]),
        threshold=values["output.threshold"],
        min_pixels=values["output.min_pixels"],
        max_iou=values["output.max_iou"],
        activation=values["output.activation"],
        entry=values["output.entry"],
        macs_per_px=values["cost.macs_per_px"] or None,
        memory_mb=values["cost.memory_mb"] or None,
        path=path,
        sha256=digest,
        surface=values["output.surface"],
        least_side_px=values["input.least_side_px"],
    )


def _height_and_width(tile_px: int | list[int]) -> tuple[int, int]:
    return (tile_px, tile_px) if isinstance(tile_px, int) else (tile_px[0], tile_px[1])


def _per_band(value: float | list[float], n_bands: int) -> tuple[float, ...]:
    return tuple(map(float, value)) if isinstance(value, list) else (value,) * n_bands


def _check_together(source: Path, values: dict[str, Any]) -> None:
    """Rules between keys."""
    tile_px, bands = values["input.tile_px"], values["input.bands"]
    rules = (
        (
            "input.overlap_px",
            values["input.overlap_px"] <= min(_height_and_width(tile_px)) // 2,
            f"must be at most half of input.tile_px = {tile_px}",
        ),
        (
            "input.stride_px",
            values["input.stride_px"] <= min(_height_and_width(tile_px)) - values["input.overlap_px"],
            "must be at most input.tile_px less input.overlap_px",
        ),
        *(
            (
                key,
                not isinstance(values[key], list) or len(values[key]) == len(bands),
                f"must have one number for each of the {len(bands)} bands",
            )
            for key in ("input.scale", "input.offset")
        ),
        (
            "input.false_colour",
            set(values["input.false_colour"]) <= set(bands),
            "must give stand-ins for bands out of input.bands",
        ),
        (
            "output.ignore",
            set(values["output.ignore"]) < set(values["output.classes"]),
            "must be some, not all, of output.classes",
        ),
        (
            "output.entry",
            bool(values["output.entry"]) == (values["output.head"] == "custom"),
            'names package.module:function where output.head = "custom", and only there',
        ),
        (
            "input.fit",
            values["input.fit"] == "tile" or values["output.head"] not in ("segmentation", "classifier"),
            "letterbox is for heads that find boxes",
        ),
    )
    for key, holds, rule in rules:
        if not holds:
            raise InputError(source, rule, key=key, value=values[key])
