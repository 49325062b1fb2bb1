"""Rules for graphs that say something of every pixel, or of every few."""

from onboard.payload.detectors.contract import PARTS
from sim.modelling.head_match import HeadMatch, shows_logits
from sim.modelling.signature import Seen, Signature

MAX_PLANES = 256
_HEAT = r"heat|(^|_)hm|cent(er|re)|peak|gauss|density"


def planes(sig: Signature) -> HeadMatch | None:
    """Planes of the tile's size or coarser by 2, 4 or 8: a heat map where a name says so."""
    found = [(out, count) for out in sig.outputs if (count := _plane_count(sig, out)) is not None]
    if not found or len(found) != len(sig.outputs):
        return None
    output, count = next((one for one in found if one[0].named(_HEAT)), found[0])
    head = "heatmap" if output.named(_HEAT) else "segmentation"
    size = "by its name" if head == "heatmap" else _size_told(sig, output)
    reason = f"class planes {size} in {output.name!r}" + (f", one of {len(found)} outputs" if len(found) > 1 else "")
    others = ", ".join(out.name for out, _ in found if out is not output)
    notes = (f"of several planes {output.name} is read, and left unused: {others}",) if others else ()
    return HeadMatch(
        *(head, (output.name,), count, reason),
        assumed=len(found) > 1,
        scores=output.values,
        logits=shows_logits(output),
        task="segment",
        exclusive=output.maker not in ("Sigmoid", "HardSigmoid"),
        notes=notes,
    )


def one_plane(sig: Signature) -> HeadMatch | None:
    """A plane without a class axis, as a squeeze leaves it."""
    return planes(sig) if len(sig.outputs) == 1 and sig.outputs[0].rank == 3 else None


def _size_told(sig: Signature, output: Seen) -> str:
    for part in PARTS[1:]:
        if (sig.tile_px[0] // part, sig.tile_px[1] // part) in _sizes_of(sig, output):
            return f"of a {('half', 'quarter', 'eighth')[PARTS.index(part) - 1]} of the tile's size"
    return "of the tile's size"


def _sizes_of(sig: Signature, output: Seen) -> list[tuple[int | None, ...]]:
    if output.rank == 3:
        return [output.shape[1:]]
    first, last = output.shape[2:], output.shape[1:3]
    return [last, first] if sig.channels_last else [first, last]


def _is_dense(sig: Signature, size: tuple[int | None, ...]) -> bool:
    return size == (None, None) or size in {(sig.tile_px[0] // part, sig.tile_px[1] // part) for part in PARTS}


def _plane_count(sig: Signature, output: Seen) -> int | None:
    """How many planes an output holds in NCHW or NHWC; None where it has not the size of the tile or a part."""
    if output.is_whole or output.rank not in (3, 4):
        return None
    if output.rank == 3:
        return 1 if None not in output.shape and _is_dense(sig, output.shape[1:]) else None
    counts = (output.shape[3], output.shape[1]) if sig.channels_last else (output.shape[1], output.shape[3])
    for count, size in zip(counts, _sizes_of(sig, output), strict=True):
        if _is_dense(sig, size) and count is not None and 1 <= count <= MAX_PLANES:
            return count
    return None


def class_map(sig: Signature) -> HeadMatch | None:
    """A map of class numbers, where the graph or its metadata tells of how many classes."""
    output = sig.outputs[0]
    if len(sig.outputs) != 1 or not output.is_whole or output.rank not in (3, 4):
        return None
    sides = [size for size in _sizes_of(sig, output) if _is_dense(sig, size) and None not in size]
    is_single = output.rank == 3 or 1 in (output.shape[1], output.shape[3])
    count = output.choices or len(sig.hints.names)
    if not sides or not is_single or not 2 <= count <= MAX_PLANES:
        return None
    reason = f"a map of class numbers in {output.name!r}, each picked out of {count}"
    return HeadMatch(*("segmentation", (output.name,), count, reason), logits=False, activation="none", task="segment")
