"""The exam in flight: its legs, how it goes on, and how they become figures."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tomli_w

from onboard.errors import InputError
from onboard.payload.models import load_card
from sim.experiment.exam import flight
from sim.experiment.exam.flight import LEGS, Leg, flight_exam
from sim.resolve import model_folder
from sim.scenario import Scenario

LEG = Leg("wildfire-watch", 2.0, 1)


def published(**counts: int) -> dict[str, Any]:
    return (
        dict.fromkeys(("events", "true", "faint", "false", "true_events", "false_events", "false_alerts"), 0) | counts
    )


def summary(scenario: Scenario, shown: dict[str, Any]) -> dict[str, Any]:
    """Of two satellites, half a day."""
    score = dict.fromkeys(flight._SCORED, 0) | {"truth": 10, "delivered": 8, "false_alerts": 20}
    return {
        **dict.fromkeys(("digest", "notes", "frames", "ground_model", "strategy"), None),
        "models": {scenario.task: {"sha256": load_card(model_folder(scenario)).sha256}},
        "imagery": {scenario.task: "synthetic"},
        "virtual_s": 43_200.0,
        "satellites": {"one": {}, "two": {}},
        "score": {scenario.task: {**score, "published": shown}},
    }


SHOWN = published(events=10, true=8, false=2, true_events=9, false_events=20, false_alerts=40, false_alerts_left=2)


@pytest.fixture
def flown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Runs leave a summary at once; their names."""
    names: list[str] = []

    def run(scenario: Scenario, directory: Path) -> Any:
        names.append(directory.name)
        directory.mkdir(parents=True, exist_ok=True)
        resolved = scenario.model_dump(mode="json", exclude_none=True)
        (directory / "scenario.toml").write_text(tomli_w.dumps(resolved), "utf-8")
        told = summary(scenario, SHOWN)
        (directory / "summary.json").write_text(json.dumps(told), "utf-8")
        return SimpleNamespace(summary=told)

    monkeypatch.setattr(flight.api, "run", run)
    return names


def test_legs_are_every_scenario_density_and_seed() -> None:
    assert len({leg.name for leg in LEGS}) == len(LEGS) == 12
    scenario = Leg("wildfire-watch", 0.01, 3).resolved(86400.0)
    assert (scenario.scene.land_fires_per_1000_km2, scenario.seed, scenario.duration_s) == (0.01, 3, 86400.0)
    assert Leg("sea-rescue", 2.0, 1).resolved(60.0).scene.rafts_per_1000_km2 == 2.0


def test_an_exam_goes_on_where_it_was(flown: list[str], tmp_path: Path) -> None:
    first = flight_exam(tmp_path, [LEG.name], duration_s=60.0)
    assert flown == [LEG.name]
    assert list(first["legs"]) == [LEG.name]
    assert len(first["not_flown"]) == 11
    assert not first["ok"]
    again = flight_exam(tmp_path, [LEG.name, "wildfire-watch-2-seed2"], duration_s=60.0)
    assert flown == [LEG.name, "wildfire-watch-2-seed2"]
    assert list(again["figures"]) == ["wildfire-watch-2"]
    assert again["figures"]["wildfire-watch-2"]["seeds"] == [1, 2]


def test_another_scenario_or_model_is_flown_anew(flown: list[str], tmp_path: Path) -> None:
    flight_exam(tmp_path, [LEG.name], duration_s=60.0)
    flight_exam(tmp_path, [LEG.name], duration_s=61.0)
    assert len(flown) == 2
    path = tmp_path / LEG.name / "summary.json"
    other = json.loads(path.read_text("utf-8"))
    other["models"]["wildfire"]["sha256"] = "0" * 64
    path.write_text(json.dumps(other), "utf-8")
    flight_exam(tmp_path, [LEG.name], duration_s=61.0)
    assert len(flown) == 3


def test_another_publishing_rule_is_told_of_the_same_flight(tmp_path: Path) -> None:
    small = (f"satellite.{place}.instrument.{side}_px=256" for place in range(2) for side in ("width", "height"))
    settings = ("scene.land_fires_per_1000_km2=100.0", *small)
    flew = flight_exam(tmp_path, [LEG.name], duration_s=1800.0, settings=settings)["legs"][LEG.name]
    assert (flew["published_anew"], flew["published"]["true"] > 0) == (False, True)
    flown_ns = (tmp_path / LEG.name / "summary.json").stat().st_mtime_ns
    strict = (*settings, "ground.sightings=1000", "ground.confidence=1.0")
    told = flight_exam(tmp_path, [LEG.name], duration_s=1800.0, settings=strict)["legs"][LEG.name]
    assert told["published_anew"]
    assert told["published"]["true"] < flew["published"]["true"]
    assert told["published"]["true_events"] == flew["published"]["true_events"]
    assert (tmp_path / LEG.name / "summary.json").stat().st_mtime_ns == flown_ns
    again = flight_exam(tmp_path, [LEG.name], duration_s=1800.0, settings=settings)["legs"][LEG.name]
    assert again["published"] == flew["published"]


def test_seeds_are_pooled_by_counts(flown: list[str], tmp_path: Path) -> None:
    figures = flight_exam(tmp_path, duration_s=60.0)["figures"]["wildfire-watch-2"]
    assert len(flown) == 12
    assert figures["satellite_days"] == 3.0
    assert figures["false_alerts_per_satellite_day"] == 20.0
    assert figures["published_false_per_satellite_day"] == 2.0
    assert figures["published_share_false"] == 0.2
    assert figures["false_alerts_removed"] == pytest.approx(0.95)
    assert figures["true_events_kept"] == pytest.approx(8 / 9)
    assert figures["recall"] == 0.8
    assert figures["ok"]


@pytest.mark.usefixtures("flown")
def test_a_missed_bar_is_not_ok(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert flight_exam(tmp_path / "good", duration_s=60.0)["ok"]
    monkeypatch.setitem(SHOWN, "false_alerts_left", 5)
    assert not flight_exam(tmp_path / "bad", duration_s=60.0)["ok"]


def test_nothing_to_remove_and_nothing_to_keep_is_no_verdict(
    flown: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("true_events", "false_alerts", "true", "false"):
        monkeypatch.setitem(SHOWN, key, 0)
    pooled = flight_exam(tmp_path, [LEG.name], duration_s=60.0)["figures"]["wildfire-watch-2"]
    assert (pooled["ok"], pooled["published_share_false"], pooled["true_events_kept"]) == (None, None, None)
    assert flown


def test_a_leg_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such leg.*wildfire-watch-2-seed3"):
        flight_exam(tmp_path, ["wildfire-watch-2-seed4"])
