"""Runs a graph once on a sample frame, in a child process with limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.modelling.facts import MAX_TILE_PX, MIN_TILE_PX, GraphFacts
from sim.modelling.sandbox import ask

TIME_LIMIT_S = 60.0
MEMORY_LIMIT_BYTES = 4_000_000_000
BYTES_PER_MB = 1e6

DIGITAL_SCALES = {"uint8": (255.0, 0.0), "uint16": (10_000.0, 0.0), "int8": (255.0, -128.0)}
"""Scale and offset from reflectance to the digital numbers of an integer input: full range for 8 bits, and for
16 bits that of Sentinel-2 products (quantification value 10000)."""

_USUAL_PX = {2: 224, 3: 640, 4: 256}
"""By rank of the outputs: side of the tiles for classifiers (torchvision), detectors (YOLO) and dense outputs."""
_OTHER_SIDES_PX = (640, 512, 256, 224, 320, 416, 128, 64, 32)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What came out for one sample frame of `tile_px` (height, width), all of it finite.

    `peak_memory_bytes` is the most that opening the graph and running it took, the image and the outputs included,
    and no pool of onnxruntime's that is not needed.
    """

    tile_px: tuple[int, int]
    outputs: Mapping[str, NDArray[Any]]
    peak_memory_bytes: int

    @property
    def memory_mb(self) -> int:
        """The peak as cards state it."""
        return rounded_up_mb(self.peak_memory_bytes)


def rounded_up_mb(memory_bytes: int) -> int:
    """Megabytes with two digits, never less: trials of one graph differ by a few hundred kilobytes."""
    memory_mb = max(1, ceil(memory_bytes / BYTES_PER_MB))
    step: int = 10 ** max(0, int(log10(memory_mb)) - 1)
    return ceil(memory_mb / step) * step


def usual_tile_px(facts: GraphFacts) -> tuple[int, int]:
    """Height and width of a tile: what the graph demands, else what its metadata says, else what is usual."""
    hinted = facts.hints.image_px
    if hinted is None or not all(MIN_TILE_PX <= side <= MAX_TILE_PX for side in hinted):
        hinted = (0, 0)
    rank = max(len(output.shape) for output in facts.outputs)
    side = _USUAL_PX.get(rank, 640)
    fixed = facts.fixed_px
    return fixed[0] or hinted[0] or side, fixed[1] or hinted[1] or side


def try_model(
    facts: GraphFacts,
    *,
    tile_px: tuple[int, int] | None = None,
    preferred_px: tuple[int, int] | None = None,
    scale: float | None = None,
    offset: float | None = None,
    timeout_s: float = TIME_LIMIT_S,
    memory_bytes: int = MEMORY_LIMIT_BYTES,
) -> Trial:
    """Run the graph on one sample frame of reflectance x scale + offset.

    Without `tile_px`, a graph of any size is tried at several, at `preferred_px` first. Raises InputError where the
    run fails, puts out NaN or infinity, hangs or crashes, and TooMuchMemory where it needs more than `memory_bytes`.
    """
    usual_scale, usual_offset = DIGITAL_SCALES.get(facts.image.dtype, (1.0, 0.0))
    sizes = [tile_px] if tile_px else _sizes(facts, preferred_px or usual_tile_px(facts))
    request = {
        "path": str(facts.path),
        "name": facts.image.name,
        "dtype": facts.image.dtype,
        "shapes": [facts.image_shape(size) for size in sizes],
        "channel_axis": facts.channel_axis,
        "scale": usual_scale if scale is None else scale,
        "offset": usual_offset if offset is None else offset,
    }
    told = ask("run", request, source=facts.path, timeout_s=timeout_s, memory_bytes=memory_bytes)
    outputs = {
        table["name"]: np.frombuffer(table["data"], table["dtype"]).reshape(table["shape"]) for table in told["outputs"]
    }
    _, *rest = told["shape"]
    height, width = rest[1:] if facts.channel_axis == 1 else rest[:2]
    return Trial((height, width), outputs, told["peak_memory_bytes"])


def _sizes(facts: GraphFacts, first_px: tuple[int, int]) -> list[tuple[int, int]]:
    fixed = facts.fixed_px
    wanted = [first_px, *((side, side) for side in _OTHER_SIDES_PX)]
    return list(dict.fromkeys((fixed[0] or height, fixed[1] or width) for height, width in wanted))
