"""Figures of comparisons: the same runs give the same bytes, and every strategy is named."""

from pathlib import Path

import pytest

from sim.experiment.compare import comparison_of
from sim.experiment.comparison_plot import plot_pareto, plot_sweep, points_of
from sim.experiment.sweep import SweepRow
from tests.sim.experiment.test_comparison import flown

NAMES = {"raw": 63_000, "lossless": 33_000, "lossy": 9000, "chips": 800, "detections": 100}
ROWS = [
    SweepRow(density, side, side, 10, 1.0, density * side / 1e3, 900, 90.0, 900.0 / density, 500.0 / density, 0.9)
    for side in (256, 1024)
    for density in (0.2, 2.0, 20.0)
]


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_the_same_runs_give_the_same_picture(tmp_path: Path, suffix: str) -> None:
    comparison = comparison_of([{name: flown(name, total) for name, total in NAMES.items()}])
    pictures = [tmp_path / f"{number}.{suffix}" for number in range(2)]
    for path in pictures:
        plot_pareto(comparison, "small", path)
    first, second = (path.read_bytes() for path in pictures)
    assert first == second
    assert len(first) > 1000


def test_points_carry_the_spread_of_the_seeds() -> None:
    seeds = [{"detections": flown("detections", total, found=found)} for total, found in ((100, 8), (200, 9))]
    (point,) = points_of(comparison_of(seeds))
    assert (point.spent_bytes, point.recall) == (150.0, pytest.approx(0.85))
    assert point.bytes_spread == pytest.approx(12.706 * 50.0)
    assert point.recall_spread == pytest.approx(12.706 * 0.05)


def test_a_sweep_is_drawn(tmp_path: Path) -> None:
    plot_sweep(ROWS, "small", tmp_path / "sweep.svg")
    assert "<svg" in (tmp_path / "sweep.svg").read_text("utf-8")
