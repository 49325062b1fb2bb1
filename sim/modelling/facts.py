"""What is known of a model's graph from reading it: types that carry no onnx."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.modelling.metadata import Hints

IMAGE_TYPES = ("float32", "float16", "uint8", "uint16", "int8")
"""What an image may be handed over as; int8 as quantising exporters write it."""
MAX_MODEL_BYTES = 512_000_000
"""At 1 Mb/s such a file takes more than an hour of contact to send; no spacecraft's network comes near."""
MAX_CHANNELS = 32
MIN_TILE_PX, MAX_TILE_PX = 16, 4096
"""The limits of a card's `input.tile_px`."""


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """An input or output; a dynamic length is None.

    `maker` is the operator that makes its numbers, whatever only moves them apart; `choices` is out of how many that
    operator picks one, if it is an ArgMax.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    maker: str = ""
    choices: int | None = None


@dataclass(frozen=True, slots=True)
class Preprocess:
    """An operator between the image and the first layer, and the constant it applies (one value or one per channel)."""

    operator: str
    constant: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ExternalFile:
    """A file beside the graph that holds weights."""

    name: str
    file_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """A graph that has one image as its input and whose structure is sound. It has not been run."""

    path: Path
    file_bytes: int
    sha256: str
    external: tuple[ExternalFile, ...]
    producer: str
    opset: int
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    channel_axis: int
    channel_reason: str
    preprocess: tuple[Preprocess, ...]
    operators: Mapping[str, int]
    metadata: Mapping[str, str]
    hints: Hints
    parameters: int

    @property
    def image(self) -> TensorFacts:
        """The one input."""
        return self.inputs[0]

    @property
    def layout(self) -> str:
        """`NCHW` or `NHWC`."""
        return "NCHW" if self.channel_axis == 1 else "NHWC"

    @property
    def channels(self) -> int:
        """How many bands the image has."""
        channels = self.image.shape[self.channel_axis]
        assert channels is not None, "read_graph refuses an image without a number of channels"
        return channels

    @property
    def batch(self) -> int:
        """Images at a time: what a fixed graph demands, else 1."""
        return self.image.shape[0] or 1

    @property
    def fixed_px(self) -> tuple[int | None, int | None]:
        """Height and width that the graph demands; None where any will do."""
        _, *rest = self.image.shape
        height, width = rest[1:] if self.channel_axis == 1 else rest[:2]
        return height, width

    @property
    def total_bytes(self) -> int:
        """What has to be sent to the satellite: the graph and its external weights."""
        return self.file_bytes + sum(file.file_bytes for file in self.external)

    def image_shape(self, tile_px: tuple[int, int]) -> tuple[int, int, int, int]:
        """The input's shape for tiles of (height, width)."""
        height, width = tile_px
        if self.channel_axis == 1:
            return self.batch, self.channels, height, width
        return self.batch, height, width, self.channels


def too_large(file_bytes: int) -> str:
    """What is said of a file beyond the limit."""
    rule = f"is {file_bytes / 1e6:,.0f} MB, more than the {MAX_MODEL_BYTES / 1e6:,.0f} MB that are taken"
    return f"{rule}; export a smaller network, or quantise it"


def tensor_facts(table: Mapping[str, Any]) -> TensorFacts:
    """From the plain values that travel between processes."""
    return TensorFacts(table["name"], table["dtype"], tuple(table["shape"]), table["maker"], table.get("choices"))
