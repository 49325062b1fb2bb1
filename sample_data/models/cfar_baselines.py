"""Constant-false-alarm-rate detectors of small bright targets at sea as ONNX graphs over linear sigma0.

A cell is the mean over 3 x 3 pixels, about a raft. It is compared with a ring of sea around it: a square of 41 pixels
less the square of 11 in its middle, in which the target itself may lie. A pixel of exactly zero holds no data.
"""

from onnx_planes import Graph, Plane, stack

BANDS = ("hh",)
INPUT, OUTPUT = "sigma0", "probability"

CELL_PX, GUARD_PX, RING_PX = 3, 11, 41
WEAKEST = 1e-6
"""Sigma0 of -60 dB, far below any noise floor: a logarithm's floor."""

CA_THRESHOLD = 11.5
LOG_THRESHOLD = 4.85
"""Measured by cfar_study.py: one false object per km2 over its 300 seas. A threshold computed from the number of looks
would hold for speckle alone, and the false objects of a drawn (or a real) sea are its spikes."""


def _ring_means(*values: Plane) -> list[Plane]:
    """Means over the valid pixels of the ring, given the valid pixels' mask and values that are zero elsewhere."""
    sources = stack(*values)
    sums = sources.box_sum(RING_PX) - sources.box_sum(GUARD_PX)
    count = sums.channel(0).at_least(1.0)
    return [sums.channel(index) / count for index in range(1, len(values))]


def ca_cfar(graph: Graph) -> Plane:
    """Cell averaging: cell over mean of the ring (Finn and Johnson 1968, RCA Review 29:414)."""
    sigma0 = graph.input(INPUT, len(BANDS))
    (mean,) = _ring_means((sigma0 > 0.0).numbers(), sigma0)
    return (sigma0.smoothed(CELL_PX) / mean.at_least(WEAKEST) - CA_THRESHOLD).sigmoid()


def log_cfar(graph: Graph) -> Plane:
    """Two parameters of the logarithm: the cell's excess over the ring's mean, in deviations of the ring.

    Goldstein 1973, IEEE Transactions on Aerospace and Electronic Systems 9:84. The deviation follows the sea's spikes,
    as the mean alone does not.
    """
    sigma0 = graph.input(INPUT, len(BANDS))
    # Relative to -20 dB, so that squares stay small and their difference keeps its digits.
    level = (sigma0.smoothed(CELL_PX).at_least(WEAKEST) * 100.0).log()
    valid = (sigma0 > 0.0).numbers()
    counted = valid * level
    mean, mean_square = _ring_means(valid, counted, counted * level)
    deviation = (mean_square - mean * mean).at_least(1e-3).sqrt()
    return ((level - mean) / deviation - LOG_THRESHOLD).sigmoid()
