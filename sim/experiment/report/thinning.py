"""Curves with as many points as a figure can show."""

from itertools import pairwise

import numpy as np

from sim.world.frames import Floats


def thinned(t: Floats, values: Floats, most: int) -> tuple[Floats, Floats]:
    """A curve (n,) in at most so many points: of each stretch its lowest and its highest, so that no peak is lost."""
    if t.size <= most:
        return t, values
    n_stretch = max(1, (most - 2) // 2)
    edges = np.linspace(0, t.size, n_stretch + 1).astype(int)
    kept = {0, t.size - 1}
    for begin, end in pairwise(edges.tolist()):
        kept |= {begin + int(values[begin:end].argmin()), begin + int(values[begin:end].argmax())}
    chosen = np.array(sorted(kept))
    return t[chosen], values[chosen]


def steps(t: Floats, values: Floats, most: int) -> tuple[Floats, Floats]:
    """A curve of steps that only rises or waits, (n,), in at most so many: every so many-th step, and the last."""
    if t.size <= most:
        return t, values
    chosen = np.unique(np.linspace(0, t.size - 1, most).astype(int))
    return t[chosen], values[chosen]
