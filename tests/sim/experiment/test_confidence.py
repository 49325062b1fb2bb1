"""Means over seeds and their 95 % intervals."""

import numpy as np
import pytest

from sim.experiment.confidence import Estimate, estimate, student_t_975


def test_three_values_by_hand() -> None:
    """Mean 2, standard deviation 1, and 4.303 of Student's t for two degrees of freedom."""
    mean, half_width, n = estimate([1.0, 2.0, 3.0])
    assert (mean, n) == (2.0, 3)
    assert half_width == pytest.approx(4.303 / 3**0.5)


def test_what_is_infinite_on_one_seed_has_no_mean() -> None:
    assert estimate([1.0, None, 3.0]) == Estimate(None, None, 2)
    assert estimate([]) == Estimate(None, None, 0)


def test_one_seed_says_nothing_of_the_others() -> None:
    assert estimate([5.0]) == Estimate(5.0, None, 1)


@pytest.mark.parametrize(("freedom", "t"), [(1, 12.706), (30, 2.042), (31, 2.0395), (60, 2.0003), (10**9, 1.95996)])
def test_the_points_of_student(freedom: int, t: float) -> None:
    """NIST/SEMATECH e-Handbook, 1.3.6.7.2, and the normal's point as the limit."""
    assert student_t_975(freedom) == pytest.approx(t, abs=1e-4)


@pytest.mark.parametrize("n", [2, 5, 40])
def test_nineteen_intervals_of_twenty_hold_the_mean(n: int) -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(2000):
        mean, half_width, _ = estimate(rng.normal(7.0, 2.0, n).tolist())
        assert mean is not None
        assert half_width is not None
        held += abs(mean - 7.0) <= half_width
    assert held / 2000 == pytest.approx(0.95, abs=0.015)
