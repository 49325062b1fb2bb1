"""The raft exam: its frozen plan, its detectors, and how it counts."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sim.data import sample_path
from sim.experiment.exam.plans import plan_sha256
from sim.experiment.exam.raft_bars import bars
from sim.experiment.exam.raft_cfar import BASELINES, k_cfar, log_cfar
from sim.experiment.exam.raft_plan import PLAN, PLAN_SHA256, raft_plan
from sim.experiment.exam.raft_scoring import MISSED, Hunted, Peaks, Tally
from sim.experiment.exam.raft_survey import cells_of, look, tallied
from sim.scenes.sar_law import SeaLaw
from sim.scenes.sar_study import SmallTarget, StudySea, Wish, draw_study_sea


def seas_of(stream: str, count: int, law: SeaLaw) -> list[StudySea]:
    number = raft_plan().streams[stream]
    return [draw_study_sea(np.random.default_rng([number, index]), law=law) for index in range(count)]


def test_the_plan_is_the_frozen_one() -> None:
    document = json.loads(sample_path(*PLAN).read_text("utf-8"))
    assert plan_sha256(document["plan"]) == PLAN_SHA256 == raft_plan().sha256


@pytest.mark.parametrize("stream", ["validation", "held_out", "wider"])
def test_the_drawn_truth_is_the_frozen_one(stream: str) -> None:
    plan = raft_plan()
    frozen = plan.truth[stream]
    seas = seas_of(stream, frozen["scenes"], plan.wider if stream == "wider" else plan.law)
    kinds = [target.kind for sea in seas for target in sea.targets]
    assert kinds.count("raft") == frozen["rafts"]
    assert kinds.count("craft") == frozen["craft"]
    assert sum(bool(sea.large.any()) for sea in seas) == frozen["seas_with_large"]
    assert sum(sea.area_km2 for sea in seas) == pytest.approx(frozen["area_km2"], abs=1e-3)


def test_no_two_sets_share_a_sea() -> None:
    streams = raft_plan().streams.values()
    assert len(set(streams)) == len(streams)


def test_the_grid_holds_its_key_cell() -> None:
    plan = raft_plan()
    cells = [(cell.wind_m_s, cell.rcs_m2, cell.looks) for cell in cells_of(plan)]
    assert plan.grid.key_cell in cells
    assert len(set(cells)) == len(cells)


@pytest.mark.parametrize("name", list(BASELINES))
def test_a_baseline_is_blind_to_calibration_and_sees_a_point(name: str) -> None:
    sigma0 = np.random.default_rng(1).exponential(0.02, (200, 200))
    sigma0[99:102, 99:102] += 1.0
    scores = BASELINES[name](sigma0, 1.0)
    assert np.unravel_index(np.argmax(scores), scores.shape) == pytest.approx((100, 100), abs=1)
    assert BASELINES[name](3 * sigma0, 1.0) == pytest.approx(scores, rel=1e-3, abs=1e-3)


def test_the_log_test_holds_its_definition() -> None:
    """Mean and deviation of the ring's logarithms, by adding up one ring."""
    sigma0 = np.random.default_rng(2).exponential(1.0, (90, 90))
    level = np.log(
        np.array([[sigma0[r - 1 : r + 2, c - 1 : c + 2].mean() for c in range(1, 89)] for r in range(1, 89)])
    )
    rows, columns = np.mgrid[:88, :88] - 43
    ring = (np.maximum(np.abs(rows), np.abs(columns)) <= 20) & (np.maximum(np.abs(rows), np.abs(columns)) > 5)
    expected = (level[43, 43] - level[ring].mean()) / level[ring].std()
    assert log_cfar(sigma0, 1.0)[44, 44] == pytest.approx(expected, rel=1e-5)


def test_the_k_test_orders_as_the_gamma_tail() -> None:
    """An exponential sea (shape 1): minus the log of the tail of a ratio x is x."""
    sigma0 = np.random.default_rng(3).exponential(1.0, (400, 400))
    for ratio in (20.0, 60.0):
        bright = sigma0.copy()
        bright[200, 200] = ratio
        score = k_cfar(bright, 3.0)[200, 200]  # pixels of 3 m: a cell is a pixel
        assert score == pytest.approx(ratio, rel=0.2)


def sea_with(targets: tuple[SmallTarget, ...]) -> StudySea:
    sea = draw_study_sea(np.random.default_rng(4), Wish(gsd_m=1.0, rafts=0))
    return replace(sea, targets=targets, large=np.zeros_like(sea.large))


def peaks_at(*places: tuple[float, float, float]) -> Peaks:
    rows, columns, scores = np.array(places, np.float64).T
    return Peaks(rows, columns, scores)


def test_found_excused_and_false_are_told_apart() -> None:
    raft, craft = (
        SmallTarget(row, 50.0, size_m, kind, 3.0) for row, size_m, kind in ((50.0, 4.0, "raft"), (150.0, 15.0, "craft"))
    )
    tally = Tally()
    tally.add(sea_with((raft, craft)), peaks_at((54, 50, 5.0), (60, 50, 6.0), (80, 50, 7.0), (160, 50, 8.0)))
    assert [one.score for one in tally.hunted] == [5.0]
    assert tally.false_scores == [7.0]


def test_a_raft_without_a_peak_is_missed_and_one_on_a_ship_is_not_sought() -> None:
    raft = SmallTarget(50.0, 50.0, 4.0, "raft", 3.0)
    tally = Tally()
    tally.add(sea_with((raft,)), peaks_at((90, 90, 1.0)))
    assert tally.hunted[0].score == MISSED
    sea = sea_with((raft,))
    sea.large[45:55, 45:55] = True
    tally.add(sea, peaks_at((50, 50, 9.0)))
    assert len(tally.hunted) == 1


def test_thresholds_keep_their_rate() -> None:
    tally = Tally(false_scores=[float(score) for score in range(100)], area_km2=10.0)
    threshold = tally.threshold_at(2.0)
    assert tally.false_per_km2(threshold) == 2.0


@pytest.mark.parametrize("false_scores", [[], [5.0, 6.0]])
def test_where_fewer_false_alarms_lie_than_are_allowed_every_peak_counts(false_scores: list[float]) -> None:
    found, missed = (Hunted(score, 3.0, 4.0, 4, 3.0) for score in (1.0, MISSED))
    tally = Tally([found, missed], false_scores, area_km2=1.0)
    assert tally.threshold_at(2.0) == MISSED
    assert tally.detection(tally.threshold_at(2.0)) == 0.5
    assert tally.threshold_at(1.0) == (5.0 if false_scores else MISSED)


def test_peaks_are_as_far_apart_as_told() -> None:
    scores = np.random.default_rng(5).random((100, 100)).astype(np.float32)
    peaks = Peaks.of(scores, 1.0)
    places = np.stack([peaks.rows, peaks.columns], axis=1)
    apart = np.abs(places[:, None] - places[None]).max(axis=2) + 100 * np.eye(len(places))
    assert apart.min() > 3
    assert Peaks.of(scores, 1.0, least=0.9).scores.min() >= 0.9


def test_counts_join_as_they_add() -> None:
    plan = raft_plan()
    whole, parts = (
        [tallied((), plan.streams["held_out"], plan.law, Wish(), seeds, True) for seeds in split]
        for split in ([range(4)], [range(2), range(2, 4)])
    )
    for name in BASELINES:
        scores = [score for part in parts for score in part[name].false_scores]
        assert whole[0][name].false_scores == scores


def test_looking_counts_every_detector() -> None:
    tallies: dict[str, Tally] = {}
    look(sea_with(()), (), tallies, with_baselines=True)
    assert set(tallies) == set(BASELINES)
    assert all(tally.area_km2 == pytest.approx(256**2 / 1e6) for tally in tallies.values())


def test_bars_fail_where_figures_fall_short() -> None:
    def rates(detection: float) -> list[dict[str, float]]:
        return [{"false_per_km2": 1.0, "detection": detection, "threshold": 0.5}]

    figures = {
        "rates": rates(0.2),
        "key_cell": {"rcs_m2": 3.0, "wind_m_s": 4.0, "looks": 4, "detection": 0.9},
        "area_km2": 250.0,
        "real": {"skipped": ""},
    }
    rows = bars(figures, {"log-CFAR": {"rates": rates(0.1)}, "K-CFAR": {"rates": rates(0.12)}})
    assert [row["ok"] for row in rows] == [False, True, True, True]
    assert rows[1]["value"] == pytest.approx(0.2 / 0.12, abs=1e-3)
