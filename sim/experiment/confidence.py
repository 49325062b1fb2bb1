"""Means over seeds, with what the seeds leave open."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist, fmean, stdev
from typing import NamedTuple

_T_975 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""97.5 % points of Student's t for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2)."""


class Estimate(NamedTuple):
    """A mean of n values and the half width of its 95 % confidence interval; None where it cannot be told.

    A figure that is infinite or undefined on one seed has no mean: leaving that seed out would flatter it.
    """

    mean: float | None
    half_width: float | None
    n: int


def estimate(values: Sequence[float | None]) -> Estimate:
    """The mean of independent values, one a seed, taken to be normal about it (Student's t)."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return Estimate(None, None, len(known))
    if len(known) == 1:
        return Estimate(known[0], None, 1)
    half_width = student_t_975(len(known) - 1) * stdev(known) / sqrt(len(known))
    return Estimate(fmean(known), half_width, len(known))


def student_t_975(freedom: int) -> float:
    """The 97.5 % point of Student's t; beyond the table by its expansion about the normal's (Abramowitz-Stegun 26.7.5).

    The expansion is good to 1e-4 from 31 degrees of freedom up.
    """
    assert freedom > 0
    if freedom <= len(_T_975):
        return _T_975[freedom - 1]
    z = NormalDist().inv_cdf(0.975)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
