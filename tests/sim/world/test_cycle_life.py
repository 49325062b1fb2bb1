"""Rainflow counting against the standard's example; the Woehler curve against the figures it is drawn through."""

from collections import Counter
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.cycle_life import TurningPoints, WoehlerCurve, rainflow, wear

SAFT = WoehlerCurve(27_500.0, 0.3, 0.65)


def test_rainflow_counts_the_example_of_the_standard() -> None:
    # ASTM E1049-85, figure 6 and its table: cycles by range.
    counted: Counter[float] = Counter()
    for depth, count in rainflow([-2, 1, -3, 5, -1, 3, -4, 4, -2]):
        counted[depth] += count
    assert counted == {3: 0.5, 4: 1.5, 6: 0.5, 8: 1.0, 9: 0.5}


def test_curve_meets_both_points_of_the_specification() -> None:
    # Saft VES180: 27,500 cycles at 30 % to 20 % loss; 1,350 at 90 % to 2 %, 13,500 to 20 %.
    assert float(SAFT.cycles_at(0.3)) == 27_500.0
    assert float(SAFT.cycles_at(0.9)) == pytest.approx(13_500.0, rel=0.01)


def test_deeper_cycles_cost_the_quarter_that_bupt_1_reports() -> None:
    # arXiv 2401.03435: more than 30 % of depth, for what had been about 20 %, costs a quarter of the life.
    assert float(SAFT.cycles_at(0.31) / SAFT.cycles_at(0.2)) == pytest.approx(0.75, abs=0.02)


def test_ten_equal_cycles_cost_ten_shares() -> None:
    history = [0.9, *[0.6, 0.9] * 10]
    worn = wear(history, SAFT)
    assert worn.cycles == pytest.approx(10.0)
    assert worn.depth_max == pytest.approx(0.3)
    assert worn.damage == pytest.approx(10.0 / 27_500.0)
    assert worn.cycle_life == pytest.approx(27_500.0)
    assert wear([0.5], SAFT).cycle_life is None


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=60))
def test_only_turning_points_are_kept(charges: list[float]) -> None:
    kept = TurningPoints(np.array([charges[0]]))
    for charge in charges[1:]:
        kept.take(np.array([charge]))
    changes = [charge for charge, _ in groupby(charges)]
    turns = [b for a, b, c in zip(changes, changes[1:], changes[2:], strict=False) if (b > a) != (c > b)]
    assert rainflow(kept.history(0)) == rainflow([changes[0], *turns, changes[-1]])
    assert wear(kept.history(0), SAFT).depth_max == pytest.approx(max(charges) - min(charges))
