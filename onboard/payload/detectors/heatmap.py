"""Heat maps of small targets: one hill a target, one box a hill.

Every pixel belongs to the peak to which the ascent over the highest neighbours leads, so that neighbouring targets
never share one. Two peaks with too shallow a dip between them are one target: else noise on the flat top of a larger
one would tear it to pieces. The box is the hill down to half of its own height, the usual width of a blur. Half of
the threshold instead would draw a bright target larger than a faint one of the same size.
"""

from collections.abc import Sequence

import numpy as np

from onboard.payload.detectors.boxes import Boxes, Floats, Indices, concatenated, empty
from onboard.payload.detectors.contract import Layout, Size
from onboard.payload.detectors.scores import Activation, Raw, activated, raw_floor

RESOLVED_DIP = 0.735
"""Two peaks are two where the dip between them is at most this part of the lower one: Rayleigh's criterion."""

_STRIDES_PX = (1, 2, 4, 8, 16)
_NEIGHBOUR_ROWS, _NEIGHBOUR_COLS = np.mgrid[-1:2, -1:2].reshape(2, 9)


def layouts(input_hw: Size, n_classes: int) -> tuple[Layout, ...]:
    """A plane for each class, at the input's resolution or coarser by a power of two."""
    strides = [stride for stride in _STRIDES_PX if not (input_hw[0] % stride or input_hw[1] % stride)]
    return tuple(((1, n_classes, input_hw[0] // stride, input_hw[1] // stride),) for stride in strides)


def decode(outputs: Sequence[Raw], input_hw: Size, threshold: float, activation: Activation) -> Boxes:
    """A box for each hill whose peak reaches the threshold, with the peak as score; a softmax goes over the planes."""
    planes = outputs[0][0]
    if activation == "softmax":
        planes = np.moveaxis(activated(np.moveaxis(planes, 0, -1), activation), -1, 0)
        activation = "none"
    found = concatenated(_hills(plane, index, threshold, activation) for index, plane in enumerate(planes))
    return found.scaled(across=input_hw[1] / planes.shape[2], down=input_hw[0] / planes.shape[1])


def _hills(plane: Raw, class_index: int, threshold: float, activation: Activation) -> Boxes:
    """The hills of one plane, corners in its cells."""
    if plane.max() < raw_floor(threshold, activation):
        return empty()
    rows, cols = np.nonzero(~(plane < raw_floor(threshold / 2.0, activation)))
    # What is no number becomes a peak without end: Boxes.fault tells it.
    heights = np.nan_to_num(activated(plane[rows, cols], activation), nan=np.inf, posinf=np.inf)
    # From here on a pixel is its rank: 0 is the highest, and equals follow one another as they are read.
    order = np.argsort(-heights, kind="stable")
    rows, cols, heights = rows[order], cols[order], heights[order]
    nearby = _ranks_nearby(rows, cols)
    peak_of = _followed(nearby.min(axis=1))
    peak_of = _joined(peak_of, nearby, heights)[peak_of]
    kept = (heights >= heights[peak_of] / 2.0) & (heights[peak_of] >= threshold)
    peaks, hill = np.unique(peak_of[kept], return_inverse=True)
    corners = _bounds(rows[kept], cols[kept], hill, len(peaks))
    return Boxes(corners, heights[peaks], np.full(len(peaks), class_index, np.int64))


def _ranks_nearby(rows: Indices, cols: Indices) -> Indices:
    """Ranks of the pixels round each pixel and its own, shape (n, 9); n, below all, where there is none."""
    n = len(rows)
    ranks = np.full((rows.max() + 3, cols.max() + 3), n, np.intp)
    ranks[rows + 1, cols + 1] = np.arange(n)
    return ranks[rows[:, None] + 1 + _NEIGHBOUR_ROWS, cols[:, None] + 1 + _NEIGHBOUR_COLS]


def _followed(leads_to: Indices) -> Indices:
    """Where every chain of steps ends."""
    while not np.array_equal(further := leads_to[leads_to], leads_to):
        leads_to = further
    return leads_to


def _joined(peak_of: Indices, nearby: Indices, heights: Floats) -> Indices:
    """For each pixel that is a peak, the peak of which it is a part, or itself; shape (n,)."""
    n = len(peak_of)
    leads_to = np.arange(n)
    for dip, one, other in _dips(peak_of, nearby):
        higher, lower = sorted((_end(leads_to, one), _end(leads_to, other)))
        if heights[dip] > RESOLVED_DIP * heights[lower]:
            leads_to[lower] = higher
    return _followed(leads_to)


def _dips(peak_of: Indices, nearby: Indices) -> list[tuple[int, int, int]]:
    """Ranks of the highest dip between two peaks, and of these; highest dips first."""
    n = len(peak_of)
    pixel, neighbour = np.nonzero(nearby < n)
    neighbour = nearby[pixel, neighbour]
    border = peak_of[pixel] < peak_of[neighbour]
    pixel, neighbour = pixel[border], neighbour[border]
    dips = np.stack([np.maximum(pixel, neighbour), peak_of[pixel], peak_of[neighbour]], axis=1)
    dips = dips[np.argsort(dips[:, 0], kind="stable")]
    _, first = np.unique(dips[:, 1] * n + dips[:, 2], return_index=True)
    return [(dip, one, other) for dip, one, other in dips[np.sort(first)].tolist()]


def _end(leads_to: Indices, peak: int) -> int:
    """Where a chain ends; it is shortened on the way."""
    while leads_to[peak] != peak:
        leads_to[peak] = leads_to[leads_to[peak]]
        peak = int(leads_to[peak])
    return peak


def _bounds(rows: Indices, cols: Indices, hill: Indices, n_hills: int) -> Floats:
    """Corners (n_hills, 4) round the pixels of each hill, end exclusive."""
    first = np.full((n_hills, 2), np.iinfo(np.intp).max)
    last = np.zeros((n_hills, 2), np.intp)
    places = np.stack([cols, rows], axis=1)
    np.minimum.at(first, hill, places)
    np.maximum.at(last, hill, places)
    return np.concatenate([first, last + 1], axis=1).astype(np.float64)
