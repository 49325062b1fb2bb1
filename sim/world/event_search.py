"""When smooth signals cross zero: rises, sets, entries and exits of many items at once.

A signal is a vectorised function of items and instants. It is sampled once, coarsely; wherever the samples have a
turning point that may reach past zero between them, the extremum itself is found and joins the samples, so that no
short interval is missed; then every crossing is refined. Each item's answer is its own: the others change no bit of it.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Flags = NDArray[np.bool_]
Signal = Callable[[Indices, Floats], Floats]
"""Values of items at instants, all (n,)."""

CROSSING_TOLERANCE_S = 0.01  # of the last bracket; the line between its ends is right to 0.1 ms in a second's pass
EXTREMUM_TOLERANCE_S = 0.01
RATE_BASE_S = 0.01  # of the differences that stand for a rate: far above rounding, far below a pass
INSIDE_S = 1.0
MAX_ROUNDS = 60  # bisection alone brings an hour under a nanosecond in 42


class Samples(NamedTuple):
    """Values of a signal by item and time, each (n,): neighbours of one item are neighbours in time."""

    item: Indices
    t_s: Floats
    value: Floats


class Intervals(NamedTuple):
    """When items' signals were not below zero, by item and time, each (n,)."""

    item: Indices
    begin_s: Floats
    end_s: Floats


class Bracket(NamedTuple):
    """Instants and values round a zero, each (n,): a and b are on both sides of it, c is another point, or a again."""

    a_s: Floats
    a_value: Floats
    b_s: Floats
    b_value: Floats
    c_s: Floats
    c_value: Floats


def sample_instants(grid_s: Floats, start_s: float, end_s: float) -> Floats:
    """A grid within a span, with the span's ends, and an instant just inside of each.

    They show what turns back before it reaches the grid: an interval that begins and ends near an end of the span.
    """
    ends_s = np.array([start_s, start_s + INSIDE_S, end_s - INSIDE_S, end_s])
    return np.unique(np.clip(np.append(grid_s, ends_s), start_s, end_s))


def intervals_above(signal: Signal, samples: Samples, tolerance_s: float = CROSSING_TOLERANCE_S) -> Intervals:
    """Where the signal is zero or more, between the first and the last sample of each item.

    What happens within two sampling steps must have one extremum, and its curve must not rise past an extremum by
    more than twice the step from the neighbouring sample to it: true of passes and shadows sampled once a minute.
    """
    item, t_s, value = _with_extrema(signal, samples)
    above, follows = value >= 0.0, np.append(False, item[1:] == item[:-1])
    was_above = np.append(False, above[:-1]) & follows
    is_above_next = np.append(above[1:], False) & np.append(follows[1:], False)
    begin, end = np.flatnonzero(above & ~was_above), np.flatnonzero(above & ~is_above_next)
    rises, falls = follows[begin], np.append(follows[1:], False)[end]
    below = np.append(begin[rises] - 1, end[falls] + 1)
    inside = np.append(begin[rises], end[falls])
    beyond = _neighbour(item, inside, 2 * inside - below)
    crossing_s = zeros_s(
        signal,
        item[inside],
        Bracket(t_s[below], value[below], t_s[inside], value[inside], t_s[beyond], value[beyond]),
        tolerance_s,
    )
    begin_s, end_s = t_s[begin], t_s[end]
    begin_s[rises], end_s[falls] = crossing_s[: rises.sum()], crossing_s[rises.sum() :]
    return Intervals(item[begin], begin_s, end_s)


def extrema_s(signal: Signal, item: Indices, early_s: Floats, late_s: Floats, sign: Floats | float = 1.0) -> Floats:
    """Instants of the greatest sign x signal within brackets that hold one extremum, (n,).

    Where the signal rises or falls throughout, the end of the bracket.
    """

    def rate(row: Indices, at_s: Floats) -> Floats:
        before_s = np.maximum(at_s - RATE_BASE_S, early_s[row])
        after_s = np.minimum(at_s + RATE_BASE_S, late_s[row])
        both = signal(np.append(item[row], item[row]), np.append(before_s, after_s))
        return np.asarray(signs[row] * (both[len(row) :] - both[: len(row)]))

    signs = np.broadcast_to(np.asarray(sign, dtype=np.float64), item.shape)
    return turning_s(rate, np.arange(len(item)), early_s, late_s, EXTREMUM_TOLERANCE_S)


def turning_s(rate: Signal, item: Indices, early_s: Floats, late_s: Floats, tolerance_s: float) -> Floats:
    """Where rates fall through zero within brackets, (n,); where they do not, the end at which the signal is higher."""
    leaving, arriving = rate(item, early_s), rate(item, late_s)
    found_s = np.where(leaving > 0.0, late_s, early_s)
    turns = np.flatnonzero((leaving > 0.0) & (arriving < 0.0))
    early = (early_s[turns], leaving[turns])
    bracket = Bracket(*early, late_s[turns], arriving[turns], *early)
    found_s[turns] = zeros_s(rate, item[turns], bracket, tolerance_s)
    return found_s


def zeros_s(signal: Signal, item: Indices, bracket: Bracket, tolerance_s: float) -> Floats:
    """Instants of zero within brackets, (n,): where the line across a bracket of twice the tolerance at most is zero.

    Chandrupatla's hybrid of inverse quadratic interpolation and bisection (Advances in Engineering Software 28, 1997).
    """
    found_s = np.empty(len(item))
    row = np.arange(len(item))
    for _ in range(MAX_ROUNDS):
        a, fa, b, fb = bracket[:4]
        width_s = np.abs(a - b)
        found_s[row] = b + fb / (fb - fa) * (a - b)
        open_ = np.flatnonzero((width_s > 2.0 * tolerance_s) & (fb != 0.0))
        if not len(open_):
            break
        if len(open_) < len(row):
            row, width_s = row[open_], width_s[open_]
            bracket = Bracket(*(part[open_] for part in bracket))
            a, fa, b, fb = bracket[:4]
        least = tolerance_s / width_s
        new = b + np.clip(_next_share(bracket), least, 1.0 - least) * (a - b)
        f_new = signal(item[row], new)
        same = (f_new >= 0.0) == (fb >= 0.0)
        other, f_other = np.where(same, a, b), np.where(same, fa, fb)
        bracket = Bracket(other, f_other, new, f_new, np.where(same, b, a), np.where(same, fb, fa))
    return found_s


def _next_share(bracket: Bracket) -> Floats:
    """How far from b to a the next point lies: where the parabola through all three says, if that can be trusted."""
    a, fa, b, fb, c, fc = bracket
    with np.errstate(divide="ignore", invalid="ignore"):
        xi, phi = (b - a) / (c - a), (fb - fa) / (fc - fa)
        trusted = (phi**2 < xi) & ((1.0 - phi) ** 2 < 1.0 - xi)
        quadratic = fb / (fb - fa) * (fc / (fc - fa)) + (c - b) / (a - b) * (fb / (fc - fb)) * (fa / (fc - fa))
    return np.where(trusted, quadratic, 0.5)


def _neighbour(item: Indices, place: Indices, beyond: Indices) -> Indices:
    """Places next to others, (n,), or where there is none the others' places on the opposite side."""
    kept = np.clip(beyond, 0, len(item) - 1)
    return np.where((kept == beyond) & (item[kept] == item[place]), beyond, 2 * place - beyond)


def _with_extrema(signal: Signal, samples: Samples) -> Samples:
    """The samples and those extrema between them that lie beyond zero."""
    item, t_s, value = samples
    middle, sign = _turning_points(samples)
    early_s, late_s = t_s[middle - 1], t_s[middle + 1]
    peak_s = extrema_s(signal, item[middle], early_s, late_s, sign)
    peak = signal(item[middle], peak_s)
    beyond = (peak >= 0.0) != (value[middle] >= 0.0)
    middle, peak_s, peak = middle[beyond], peak_s[beyond], peak[beyond]
    place = middle + (peak_s > t_s[middle])
    return Samples(np.insert(item, place, item[middle]), np.insert(t_s, place, peak_s), np.insert(value, place, peak))


def _turning_points(samples: Samples) -> tuple[Indices, Floats]:
    """Samples by which an extremum may lie on the other side of zero, and 1 for a maximum, -1 for a minimum."""
    item, t_s, value = samples
    if len(item) < 3:
        return np.empty(0, dtype=np.intp), np.empty(0)
    above = value >= 0.0
    sign = np.where(above, -1.0, 1.0)
    alike = (item[2:] == item[:-2]) & (above[2:] == above[1:-1]) & (above[:-2] == above[1:-1])
    here = sign[1:-1] * value[1:-1]
    from_left, from_right = here - sign[1:-1] * value[:-2], here - sign[1:-1] * value[2:]
    step_s = np.diff(t_s)
    # A line from either neighbour through the sample bounds a curve that bends back; twice its rise allows for more.
    with np.errstate(divide="ignore", invalid="ignore"):
        rise = np.maximum(from_left * step_s[1:] / step_s[:-1], from_right * step_s[:-1] / step_s[1:])
    middle = np.flatnonzero(alike & (from_left >= 0.0) & (from_right > 0.0) & (here + 2.0 * rise >= 0.0))
    return middle + 1, sign[middle + 1]
