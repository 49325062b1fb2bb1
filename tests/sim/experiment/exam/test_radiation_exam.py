"""The exam under radiation: legs over the same frames, flown once, pooled by counts."""

from pathlib import Path

import pytest

from sim.experiment.exam import radiation
from sim.experiment.exam.radiation import CLEAN, DRAWS, LEGS, UPSETS_PER_DAY, WAYS, Leg, radiation_exam

HALF_AN_HOUR_S = 1300.0
"""Two frames."""


def test_legs_are_every_rate_way_and_draw_and_one_without() -> None:
    assert len(LEGS) == len(set(LEGS)) == 1 + len(UPSETS_PER_DAY) * len(WAYS) * len(DRAWS)
    assert len({leg.name for leg in LEGS}) == len(LEGS)


def test_ways_are_tables_of_radiation() -> None:
    clean = Leg(CLEAN).resolved(HALF_AN_HOUR_S)
    assert clean.radiation is None
    for way in WAYS:
        flown = Leg(way, 10.0, 2).resolved(HALF_AN_HOUR_S)
        assert flown.radiation is not None
        assert (flown.radiation.weight_upsets_per_day, flown.radiation.draw) == (10.0, 2)
        assert flown.model_copy(update={"radiation": None}) == clean


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exam")


def test_many_upsets_cost_results_and_nothing_is_flown_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    legs = (Leg(CLEAN), Leg("none", 9000.0))
    told: list[str] = []
    answer = radiation_exam(folder, legs=legs, duration_s=HALF_AN_HOUR_S, tell=told.append)
    assert told == ["1 of 2: clean", "2 of 2: none-9000-draw0"]
    clean, struck = answer["figures"].values()
    assert clean["strikes"] == 0 < struck["strikes"]
    assert clean["truth"] == struck["truth"] > 10
    assert struck["frames_without_result"] > clean["frames_without_result"]  # one frame is still on board at the end
    assert clean["work_j_per_day"] > 0.0
    monkeypatch.setattr(radiation, "run", None)
    assert radiation_exam(folder, legs=legs, duration_s=HALF_AN_HOUR_S) == answer
