"""Class planes of a segmentation graph, in the forms in which exporters leave them."""

import cv2
import numpy as np

from onboard.payload.detectors.contract import PARTS, Size
from onboard.payload.detectors.scores import Activation, Raw, activated


def planes_misfit(output: Raw, layout: str, tile_hw: Size, n_classes: int) -> str:
    """What does not fit in an output for tiles of (height, width), in one line; empty where all fits."""
    sizes = [(tile_hw[0] // part, tile_hw[1] // part) for part in PARTS]
    planar = [(1, n_classes, *size) for size in sizes]
    last = [(1, *size, n_classes) for size in sizes]
    flat = [(1, *size) for size in sizes]
    if output.dtype.kind in "iu":
        if output.shape in (*flat, *((1, 1, *size) for size in sizes), *((1, *size, 1) for size in sizes)):
            return ""
    elif output.shape in (planar if layout == "NCHW" else last) or (n_classes == 1 and output.shape in flat):
        return ""
    wanted = planar[0] if layout == "NCHW" else last[0]
    rule = f"the graph must put out float32 of shape {wanted}, or coarser by 2, 4 or 8"
    return f"{rule}, or a map of class numbers as integers, and puts out {output.dtype} of {output.shape}"


def class_planes(output: Raw, layout: str, tile_hw: Size, n_classes: int, activation: Activation) -> Raw:
    """Planes of shape (1, classes, tile height, tile width), activated.

    A map of class numbers becomes planes of 0 and 1; a number that is none of the card's classes is in none of them
    (`class_numbers_fault` tells it). Coarser planes are interpolated before they are activated, as transformers'
    SegFormer post-processing is.
    """
    if output.dtype.kind in "iu":
        planes = _one_hot(output, n_classes)
    elif output.ndim == 3:
        planes = output[:, None]
    else:
        planes = output if layout == "NCHW" else output.transpose(0, 3, 1, 2)
    if planes.shape[2:] != tile_hw:
        planes = _enlarged(planes, tile_hw)
    if activation != "none":
        planes = activated(planes.transpose(0, 2, 3, 1), activation).transpose(0, 3, 1, 2)
    return planes.astype(np.float32, copy=False)


def class_numbers_fault(output: Raw, n_classes: int) -> str:
    """What in a map of class numbers is none of the card's classes, in a few words; empty where all is well."""
    if output.dtype.kind not in "iu":
        return ""
    lowest, highest = output.min(), output.max()
    if lowest >= 0 and highest < n_classes:
        return ""
    return f"class numbers {lowest} to {highest}, the card has {n_classes}"


def _one_hot(numbers: Raw, n_classes: int) -> Raw:
    flat = numbers.reshape(1, *(length for length in numbers.shape[1:] if length != 1))
    planes: Raw = (flat[:, None] == np.arange(n_classes)[:, None, None]).astype(np.float32)
    return planes


def _enlarged(planes: Raw, tile_hw: Size) -> Raw:
    """Bilinear, the centres of pixels kept where they are."""
    size, single = (tile_hw[1], tile_hw[0]), planes[0].astype(np.float32)
    enlarged: Raw = np.stack([cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in single])
    return enlarged[None]
