"""What a decoder is: outputs of a graph in, boxes in pixels of its input out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from onboard.payload.detectors.boxes import Boxes
from onboard.payload.detectors.scores import Activation, Raw

Size = tuple[int, int]
"""Height and width of the graph's input, pixels."""

PARTS = (1, 2, 4, 8)
"""By how much the planes of a segmentation may be coarser than its input; SegFormer's are a quarter."""

Shape = Sequence[int]
Layout = tuple[tuple[int | str, ...], ...]
"""Shapes of all outputs; a letter stands for any length, the same wherever it stands."""

Decode = Callable[[Sequence[Raw], Size, float, Activation], Boxes]


@dataclass(frozen=True, slots=True)
class Detector:
    """A head that finds boxes.

    `layouts(input_hw, n_classes)` are the alternatives for the outputs' shapes, in the order in which the decoder
    wants them; none means any.
    """

    decoder: Decode
    layouts: Callable[[Size, int], tuple[Layout, ...]]

    def decode(self, outputs: Sequence[Raw], input_hw: Size, threshold: float, activation: Activation) -> Boxes:
        """Every box of one image that reaches the threshold, before non-maximum suppression, in pixels of the input.

        The outputs' shapes must fit (`misfit`); damaged numbers in them go through, and `Boxes.fault` tells them.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            return self.decoder(outputs, input_hw, threshold, activation)

    def misfit(self, shapes: Sequence[Shape], input_hw: Size, n_classes: int) -> str:
        """What does not fit in the outputs' shapes, in one line; empty where all fits."""
        layouts = self.layouts(input_hw, n_classes)
        if not layouts or any(_fits(shapes, layout) for layout in layouts):
            return ""
        wanted = ", or ".join(_told(layout) for layout in layouts)
        noun = "class" if n_classes == 1 else "classes"
        return f"of {n_classes} {noun} this head takes {wanted}; the graph puts out {_told(shapes)}"


def _fits(shapes: Sequence[Shape], layout: Layout) -> bool:
    if [len(shape) for shape in shapes] != [len(wanted) for wanted in layout]:
        return False
    lengths: dict[str, int] = {}
    return all(
        length == (lengths.setdefault(said, length) if isinstance(said, str) else said)
        for shape, wanted in zip(shapes, layout, strict=True)
        for length, said in zip(shape, wanted, strict=True)
    )


def _told(shapes: Sequence[Sequence[int | str]]) -> str:
    return " and ".join(f"({', '.join(map(str, shape))})" for shape in shapes)
