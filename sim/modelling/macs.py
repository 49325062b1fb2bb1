"""What a graph costs in multiply-accumulates, and the stride of its deepest layer."""

from dataclasses import dataclass

from sim.modelling.facts import GraphFacts
from sim.modelling.sandbox import ask

TIME_LIMIT_S = 60.0
MEMORY_LIMIT_BYTES = 4_000_000_000


@dataclass(frozen=True, slots=True)
class Work:
    """The cost of one inference at an input of `tile_px` (height, width).

    `macs` counts one image of the batch: multiplications of convolutions and matrix products, as papers do;
    `uncounted` names operators that multiply too and are not in it. A graph that has neither, such as a threshold on a
    ratio of bands, `is_pointwise`: its `macs` are its operations on single numbers, each as one, for it does not cost
    nothing.
    """

    tile_px: tuple[int, int]
    macs: int
    stride_px: int
    uncounted: tuple[str, ...]
    is_pointwise: bool = False

    @property
    def macs_per_px(self) -> float:
        """Multiply-accumulates of one input divided by its pixels."""
        return self.macs / (self.tile_px[0] * self.tile_px[1])


def count_macs(
    facts: GraphFacts,
    tile_px: tuple[int, int],
    *,
    timeout_s: float = TIME_LIMIT_S,
    memory_bytes: int = MEMORY_LIMIT_BYTES,
) -> Work:
    """Count what one tile of (height, width) costs.

    Lengths come from onnx's shape inference; where that does not tell, the graph is run once and they are
    measured. Raises InputError where neither works, or a limit is reached.
    """
    request = {
        "path": str(facts.path),
        "name": facts.image.name,
        "dtype": facts.image.dtype,
        "shape": facts.image_shape(tile_px),
        "channel_axis": facts.channel_axis,
    }
    told = ask("count", request, source=facts.path, timeout_s=timeout_s, memory_bytes=memory_bytes)
    return Work(
        tile_px=tile_px,
        macs=told["macs"] // facts.batch,
        stride_px=told["stride_px"],
        uncounted=tuple(told["uncounted"]),
        is_pointwise=told["is_pointwise"],
    )
