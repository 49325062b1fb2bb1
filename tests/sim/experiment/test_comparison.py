"""Savings that no lost frame, missing target or free threshold can flatter."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.experiment.compare import comparison_of
from sim.experiment.comparison import Amount, Flown, compared, figures
from sim.experiment.comparison_plot import Point, pareto_front, points_of

FRAME_BYTES, LOSSLESS_BYTES = 6000, 3000


def summary(
    strategy: str, total: int, *, pending: int = 0, delivered: int = 0, found: int = 8, truth: int = 10, false: int = 2
) -> dict[str, Any]:
    return {
        "strategy": strategy,
        "frames": {"exposed": 10, "completed": 10, "deferred": 0, "dropped": 0, "pending": 0},
        "bytes": {
            "downlink": {"total": total},
            "products": delivered + pending,
            "delivered": delivered,
            "pending": pending,
            "dropped": 0,
        },
        "score": {
            "wildfire": {
                "truth": truth,
                "delivered": found,
                "area_km2": 1000.0,
                "recall": found / truth,
                "precision": 0.5,
                "false_alerts_per_day": 1.0,
                "false_alerts_per_1000_km2": float(false),
                "by_confidence": {"threshold": [0.8, 0.4], "found": [found - 1, found], "false_alerts": [0, false]},
            }
        },
        "latency_s": {"capture_to_alert": {"p50": 1.0, "p90": 2.0, "p99": None}},
        "satellites": {
            "lark-1": {"energy_j": {"bus": 5.0, "radio": 1.0}, "soc_min": 0.4, "temperature_max_k": {"array": 300.0}},
            "lark-2": {"energy_j": {"bus": 6.0, "radio": 2.0}, "soc_min": 0.7, "temperature_max_k": {"array": 310.0}},
        },
    }


def amount(frames: int) -> Amount:
    return Amount(frames, frames * FRAME_BYTES, frames * LOSSLESS_BYTES)


def flown(strategy: str, total: int, completed: int = 10, planned: int = 10, **more: Any) -> Flown:
    missed_targets = more.pop("missed_targets", 0)
    return Flown(summary(strategy, total, **more), amount(planned), amount(completed), missed_targets)


def savings(*runs: Flown) -> dict[str, Any]:
    table = compared({run.strategy: run for run in runs})[runs[0].strategy]["savings"]
    assert isinstance(table, dict)
    return table


def test_a_run_that_completes_all_saves_what_it_did_not_send() -> None:
    lossy = flown("lossy", 11_000, delivered=10_000)
    assert savings(flown("detections", 100), lossy) == {"vs_raw": 600.0, "vs_lossless": 300.0, "vs_lossy": 100.0}


def test_as_flown_it_is_what_each_sent_or_holds() -> None:
    table = compared(
        {"detections": flown("detections", 60, pending=40, completed=9), "lossless": flown("lossless", 33_000)}
    )
    assert table["detections"]["fewer_bytes"] == {"vs_raw": None, "vs_lossless": 330.0, "vs_lossy": None}


def test_what_is_pending_counts_as_sent() -> None:
    assert savings(flown("detections", 60, pending=40))["vs_lossless"] == 300.0


def test_a_frame_that_was_not_completed_is_charged_at_the_references_size() -> None:
    assert savings(flown("detections", 90, completed=9))["vs_lossless"] == pytest.approx(30_000 / 3090)
    assert savings(flown("detections", 90, completed=9))["vs_raw"] == pytest.approx(60_000 / 6090)


def test_a_frame_that_was_never_looked_at_costs_what_one_costs_whose_list_waits() -> None:
    waiting, deferred = (savings(flown("detections", 90, pending=pending, completed=6)) for pending in (40, 0))
    assert waiting == deferred


def test_a_strategy_dearer_than_its_reference_gains_nothing_by_losing_frames() -> None:
    assert savings(flown("raw", 63_000))["vs_raw"] == pytest.approx(6 / 6.3)
    assert savings(flown("raw", 31_500, completed=5))["vs_raw"] == pytest.approx(6 / 6.3 / 2)


def test_where_nothing_was_completed_nothing_is_said() -> None:
    assert savings(flown("detections", 0, completed=0))["vs_lossless"] is None
    assert savings(flown("detections", 0))["vs_lossless"] is None  # nothing to send in any frame
    assert savings(flown("detections", 10))["vs_lossy"] is None  # lossy was not flown


FRAMES = st.tuples(st.integers(1, 10_000), st.floats(0.0, 1.0), st.booleans()).map(
    lambda frame: (round(frame[0] * frame[1]), frame[0], frame[2])
)
"""Of a strategy that saves: bytes that it sends, bytes of the reference, completed by the poorer spacecraft too."""


def ratio(planned: list[tuple[int, int, bool]], completed: list[tuple[int, int, bool]]) -> float | None:
    held = (Amount(len(frames), 0, sum(lossless for _, lossless, _ in frames)) for frames in (planned, completed))
    run = Flown(summary("detections", sum(sent for sent, _, _ in completed)), *held, 0)
    return savings(run)["vs_lossless"]  # type: ignore[no-any-return]


@given(st.lists(FRAMES, min_size=1))
def test_losing_frames_never_helps_a_strategy_that_saves(frames: list[tuple[int, int, bool]]) -> None:
    kept, lost = ([frame for frame in frames if frame[2] is is_kept] for is_kept in (True, False))
    healthy, poorer = ratio(frames, frames), ratio(frames, kept)
    if healthy is None or poorer is None:
        return
    assert poorer <= healthy * (1 + 1e-12)
    uncovered = sum(lossless for _, lossless, _ in lost) / sum(lossless for _, lossless, _ in frames)
    assert poorer * uncovered <= 1 + 1e-12


def test_at_equal_recall_the_richer_sends_less() -> None:
    table = compared({"detections": flown("detections", 100, found=4), "lossless": flown("lossless", 33_000)})
    assert table["detections"]["equal_recall"]["recall"] == pytest.approx(0.4)
    assert table["detections"]["equal_recall"]["vs_lossless"] == pytest.approx(330.0 / 2)
    assert table["detections"]["equal_recall"]["vs_raw"] is None  # raw was not flown


def test_a_reference_that_was_cut_off_flatters_nobody() -> None:
    """A third of the frames brought a third of the recall: at that recall they are all that lossless needed."""
    cut_off = flown("lossless", 11_000, completed=3, pending=22_000, found=3)
    row = compared({"detections": flown("detections", 100, found=9), "lossless": cut_off})["detections"]
    assert row["equal_recall"]["vs_lossless"] == pytest.approx(11_000 / (100 / 3))


def test_all_are_held_to_the_lowest_rate_of_false_alerts() -> None:
    table = compared({"detections": flown("detections", 100, false=1), "lossless": flown("lossless", 33_000, false=9)})
    equal = {name: row["equal_recall"] for name, row in table.items()}
    assert {row["false_alerts_per_1000_km2"] for row in equal.values()} == {1.0}
    assert (equal["detections"]["recall"], equal["lossless"]["recall"]) == (0.8, 0.7)


def test_targets_in_frames_never_exposed_are_missed() -> None:
    row = compared({"detections": flown("detections", 100, completed=9, missed_targets=10)})["detections"]
    assert row["recall"] == row["equal_recall"]["recall"] == pytest.approx(0.4)
    assert row["frames"]["coverage"] == 0.9


def test_the_spacecraft_are_summed_and_the_worst_is_named() -> None:
    row = compared({"detections": flown("detections", 100)})["detections"]
    assert row["energy_j"] == {"bus": 11.0, "radio": 3.0, "total": 14.0}
    assert row["soc_min"] == 0.4
    assert row["hottest"] == {"temperature_k": 310.0, "node": "array", "satellite": "lark-2"}


def test_imagery_without_truth_is_compared_by_bytes() -> None:
    run = flown("detections", 100)
    run.summary["score"] = {"wildfire": None}
    row = compared({"detections": run})["detections"]
    assert row["savings"]["vs_lossless"] == 300.0
    assert row["recall"] is row["equal_recall"]["recall"] is row["equal_recall"]["vs_lossless"] is None
    assert points_of(comparison_of([{"detections": run}])) == []


def test_seeds_give_means_with_what_they_leave_open() -> None:
    seeds = [{"detections": flown("detections", total)} for total in (100, 300)]
    found = comparison_of(seeds)
    ratio = found.seeds["detections"]["savings.vs_lossless"]
    assert (ratio.mean, ratio.n) == (200.0, 2)
    assert ratio.half_width == pytest.approx(12.706 * 100.0)
    assert found.seeds["detections"]["alert_s.p99"].mean is None
    assert found.comparison["detections"]["savings"]["vs_lossless"] == 300.0
    assert set(found.as_table()) == {"strategies", "comparison", "skipped", "seeds"}


def test_figures_are_named_by_where_they_stand() -> None:
    assert dict(figures({"a": {"b": 1, "c": None, "d": "text"}, "e": 2.5})) == {"a.b": 1, "a.c": None, "e": 2.5}


def test_the_front_is_what_no_cheaper_one_finds() -> None:
    cheap, dear, poor = (
        Point(name, spent, recall, 0.0, 0.0)
        for name, spent, recall in (("cheap", 1.0, 0.5), ("dear", 9.0, 0.9), ("poor", 5.0, 0.4))
    )
    assert pareto_front(sorted([dear, poor, cheap], key=lambda point: point.spent_bytes)) == [cheap, dear]
