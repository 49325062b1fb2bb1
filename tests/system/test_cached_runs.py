"""What is cached costs no virtual second: the digest of a run is the same with and without."""

from pathlib import Path
from typing import Any

import pytest

from onboard.payload.inference import InferenceEngine
from sim.scenes.source import PlantedTargets
from tests.system.small_mission import fly


def result_of(summary: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in summary.items() if key not in ("wall_s", "processes")}


@pytest.mark.parametrize("strategy", ["detections", "lossless"])
def test_a_run_is_the_same_with_a_cache(
    mission: Path, tmp_path: Path, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = f"strategy={strategy}"
    plain = fly(mission, tmp_path / "plain", setting)
    first = fly(mission, tmp_path / "first", setting, cache=tmp_path / "cache")

    def never(*_arguments: object) -> None:
        raise AssertionError("drawn or searched a second time")

    monkeypatch.setattr(PlantedTargets, "draw", never)
    monkeypatch.setattr(InferenceEngine, "infer", never)
    again = fly(mission, tmp_path / "again", setting, cache=tmp_path / "cache")
    assert result_of(first.summary) == result_of(plain.summary) == result_of(again.summary)
    assert plain.findings == again.findings


def test_processes_share_the_cache(mission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = fly(mission, tmp_path / "there", cache=tmp_path / "cache", processes=True)
    monkeypatch.setattr(InferenceEngine, "infer", None)
    here = fly(mission, tmp_path / "here", cache=tmp_path / "cache")
    assert here.summary["digest"] == there.summary["digest"]


def test_strategies_want_the_same_of_the_cache(mission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found on board is what the ground would find in the same pixels: nobody looks twice."""
    detections = fly(mission, tmp_path / "detections", cache=tmp_path / "cache")
    monkeypatch.setattr(PlantedTargets, "draw", None)
    monkeypatch.setattr(InferenceEngine, "infer", None)
    raw = fly(mission, tmp_path / "raw", "strategy=raw", cache=tmp_path / "cache")
    assert raw.summary["bytes"]["captured"] <= detections.summary["bytes"]["captured"]


def test_a_damaged_cache_changes_nothing(mission: Path, tmp_path: Path) -> None:
    first = fly(mission, tmp_path / "first", cache=tmp_path / "cache")
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file():
            path.write_bytes(b"\x00")
    again = fly(mission, tmp_path / "again", cache=tmp_path / "cache")
    assert again.summary["digest"] == first.summary["digest"]
