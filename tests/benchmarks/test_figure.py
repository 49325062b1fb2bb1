"""The verdict over a benchmark's samples."""

import pytest

from tests.benchmarks.figure import Figure


@pytest.mark.parametrize(
    ("bar", "is_ceiling", "ok"),
    [(None, False, True), (2.0, False, True), (2.1, False, False), (2.0, True, True), (1.9, True, False)],
)
def test_the_median_is_held_against_the_bar(bar: float | None, is_ceiling: bool, ok: bool) -> None:
    figure = Figure("lane", "1/s", "frames", bar, is_ceiling)
    row = figure.row([1.0, 9.0, 2.0])
    assert (row["value"], row["bar"], row["ok"]) == (2.0, bar, ok)
    assert row["note"] == "frames; 3 repeats, 1 to 9"
    assert ("MISSED" in figure.line(row)) is not ok
