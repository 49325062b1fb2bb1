"""The calls beneath the commands: typed results, and the same answers as the command line prints."""

import json
import sys
from pathlib import Path

import pytest

from onboard.errors import InputError
from sim import api
from sim.cli import main
from tests.system.small_mission import write_small_mission


@pytest.fixture(scope="module")
def mission(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_mission(tmp_path_factory.mktemp("api"))


def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["skysift", *arguments, "--json"])
    assert main() == 0
    return json.loads(capsys.readouterr().out)


def test_a_run_returns_its_summary_and_leaves_its_report(
    mission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flown = api.run(api.load(str(mission), strategy="chips"), tmp_path / "called")
    told = printed(monkeypatch, capsys, "run", str(mission), "--strategy", "chips", "--out", str(tmp_path / "told"))
    assert isinstance(told, dict)
    assert {**flown.summary, "wall_s": 0} == {**told, "wall_s": 0}
    for folder in ("called", "told"):
        assert "</html>" in (tmp_path / folder / "report.html").read_text("utf-8")


def test_passes_and_fit_are_what_the_commands_print(
    mission: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = api.load(str(mission), settings=("duration_s=200",))
    rows = printed(monkeypatch, capsys, "passes", str(mission), "--set", "duration_s=200")
    assert isinstance(rows, list)
    assert [one.satellite for one in api.passes(scenario)] == [row["satellite"] for row in rows]
    assert api.fit(scenario).as_table() == printed(monkeypatch, capsys, "fit", str(mission), "--set", "duration_s=200")


def test_a_comparison_has_a_typed_row_and_a_report_for_each_strategy(mission: Path, tmp_path: Path) -> None:
    found = api.compare(api.load(str(mission)), tmp_path, ("lossless", "detections"))
    assert list(found.strategies) == ["lossless", "detections"]
    assert found.strategies["detections"]["frames"]["coverage"] == 1.0
    for name in found.strategies:
        assert "lossless" in (tmp_path / name / "report.html").read_text("utf-8")


def test_a_users_mistake_is_one_error(mission: Path) -> None:
    with pytest.raises(InputError, match="no such strategy"):
        api.load(str(mission), strategy="telepathy")
    with pytest.raises(InputError, match="no such task"):
        api.load(str(mission), models={"floods": "wildfire-swir"})
