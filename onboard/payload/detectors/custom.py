"""A decoder of the user's own, for outputs that no head here reads.

The card names it `package.module:function`, importable where the satellite's process runs. It is called as

    function(outputs, input_hw, threshold) -> (corners, scores, class_indices)

with the graph's outputs as a list of arrays, the input's height and width in pixels, and the card's threshold, and
returns boxes of one image: corners x0, y0, x1, y1 in pixels of the input, shape (n, 4), scores 0..1 and class
indices, shape (n,); non-maximum suppression follows. The same outputs must always give the same boxes.
"""

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from onboard.errors import InputError
from onboard.payload.detectors.boxes import Boxes
from onboard.payload.detectors.contract import Detector, Size
from onboard.payload.detectors.scores import Activation, Raw, reaching

_KEY = "output.entry"
_ENTRY = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)", re.ASCII)
_RETURNS = "the function must return corners (n, 4), scores (n,) and class indices (n,)"


def custom_detector(entry: str, source: Path) -> Detector:
    """The detector around the function that a card, `source`, names.

    Raises InputError that blames the card: here where there is no such function; when it decodes, where the function
    fails or returns something else.
    """
    function = _function(entry, source)

    def decode(outputs: Sequence[Raw], input_hw: Size, threshold: float, _activation: Activation) -> Boxes:
        try:
            returned = function(list(outputs), input_hw, threshold)
        # A function may do anything, even leave.
        except (Exception, SystemExit) as error:
            rule = f"the function failed with {_told(error)}"
            raise InputError(source, rule, key=_KEY, value=entry) from error
        try:
            boxes = _boxes(*returned)
        except (TypeError, ValueError):
            raise InputError(source, _RETURNS, key=_KEY, value=entry) from None
        return boxes.taken(reaching(boxes.scores, threshold))

    return Detector(decode, lambda _input_hw, _n_classes: ())


def _function(entry: str, source: Path) -> Callable[..., Any]:
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise InputError(source, "must read package.module:function", key=_KEY, value=entry)
    module, name = match.groups()
    try:
        found: Any = getattr(import_module(module), name, None)
    # A module may do anything while it is imported, even leave.
    except (Exception, SystemExit) as error:
        rule = f"the module cannot be imported: {_told(error)}"
        raise InputError(source, rule, key=_KEY, value=entry) from error
    if not callable(found):
        raise InputError(source, f"the module has no function {name}", key=_KEY, value=entry)
    function: Callable[..., Any] = found
    return function


def _boxes(corners: Any, scores: Any, class_indices: Any) -> Boxes:
    """What the function returned; raises TypeError or ValueError where it is something else."""
    confidences, indices = np.asarray(scores, np.float64), np.asarray(class_indices)
    n = len(confidences)
    numbers = np.asarray(corners, np.float64) if n else np.empty((0, 4))
    whole = indices.dtype.kind in "iu" or not n
    if not whole or (numbers.shape, confidences.shape, indices.shape) != ((n, 4), (n,), (n,)):
        raise ValueError
    return Boxes(numbers, confidences, indices.astype(np.int64))


def _told(error: BaseException) -> str:
    """An error in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
