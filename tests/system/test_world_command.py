"""`skysift anchors` and `skysift world` as people call them."""

import hashlib
import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import pytest

from sim.cli import main
from sim.experiment.anchors import every
from sim.experiment.anchors.row import Row
from tests.system.small_mission import Refused

SHORT = ("--set", "duration_s=900")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Call":
    return Call(monkeypatch, capsys)


class Call:
    """Runs a command; answers with its exit code and its standard output."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> tuple[int, str]:
        self._monkeypatch.setattr(sys, "argv", ["skysift", *arguments])
        code = main()
        return code, self._capsys.readouterr().out


def test_anchors_are_rows_and_all_agree(call: Call) -> None:
    code, out = call("anchors", "--json")
    rows = json.loads(out)
    assert code == 0
    assert len(rows) >= 18
    assert all(row["ok"] is True for row in rows)
    assert all(abs(row["ours"] - row["reference"]) <= row["tolerance"] for row in rows)


def test_a_wrong_figure_fails(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(every, "rows", lambda: [Row("length", 1.0, 2.0, 0.1, "m", "a ruler")])
    assert call("anchors", "--json")[0] == 1
    code, out = call("anchors")
    assert code == 1
    assert "BAD" in out


def test_world_tells_satellites_and_passes(call: Call) -> None:
    code, out = call("world", "wildfire-watch", *SHORT)
    assert code == 0
    for word in ("ember-1", "battery", "Troll", "25.0 Mb/s"):
        assert word in out


def test_world_as_json(call: Call) -> None:
    code, out = call("world", "sea-rescue", *SHORT, "--json")
    told = json.loads(out)
    assert code == 0
    assert told["files"] == []
    story = told["satellites"]["beacon-2"]
    assert len(story["curves"]["state_of_charge"]) == len(told["t_s"])
    assert {"satellite", "station", "aos_utc", "max_rate_bps", "volume_bytes"} <= told["passes"][0].keys()


def test_the_figure_is_drawn_the_same_twice(call: Call, tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        folder = tmp_path / name / "deep"
        code, out = call("world", "wildfire-watch", *SHORT, "--out", str(folder), "--json")
        assert code == 0
        assert [Path(file).name for file in json.loads(out)["files"]] == ["world.svg", "world.png"]
        digests.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())])
    assert digests[0] == digests[1]
    assert ElementTree.parse(folder / "world.svg").getroot().tag.endswith("svg")
    picture = cv2.imread(str(folder / "world.png"))
    assert picture is not None
    assert picture.std() > 10.0


def test_plot_has_a_place_of_its_own(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("world", "bupt-1", *SHORT, "--plot")[0] == 0
    assert (tmp_path / "runs" / "bupt-1-world" / "world.png").is_file()


def test_no_contact_is_told(call: Call) -> None:
    code, out = call("world", "wildfire-watch", "--set", "duration_s=30")
    assert code == 0
    assert "no contact" in out


def test_a_folder_that_cannot_be_made_is_one_line(refused: Refused) -> None:
    told = refused("world", "small.toml", "--out", "/dev/null/no")
    assert told == "/dev/null/no: --out: cannot be written: Not a directory"


def test_bad_scenarios_are_one_line(refused: Refused) -> None:
    assert refused("world", "nope").startswith("command line: SCENARIO = 'nope'")
    assert "satellite[0].orbit" in refused("world", "small.toml", "--set", "satellite.0.orbit.altitude_km=3")
