"""The command `exam`: what it refuses, what it prints, and what it writes beside a model."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer

from onboard.errors import InputError
from sim.commands import examining
from sim.data import sample_path

BAR = {"name": "object F1", "value": 0.9, "rule": "at least", "bar": 0.86, "ok": True}


def answer_of(name: str, ok: bool) -> dict[str, Any]:
    return {"plan_sha256": "00", "imagery": "synthetic", "models": {name: {"bars": [BAR | {"ok": ok}], "curve": []}}}


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_a_missed_bar_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ok: bool, code: int
) -> None:
    monkeypatch.setattr(examining, "_answer", lambda *_: answer_of("mine", ok))
    assert examining.exam("wildfire", as_json=True) == code
    assert json.loads(capsys.readouterr().out)["models"]["mine"]["bars"][0]["ok"] == ok


def test_an_unknown_subject_is_told_the_known_ones() -> None:
    with pytest.raises(InputError, match="did you mean wildfire"):
        examining.exam("wildfires")


def test_options_of_another_exam_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--model, --write: is for wildfire and raft"):
        examining.exam("flight", model=[tmp_path], write=True)
    with pytest.raises(InputError, match="--real: is for wildfire and raft"):
        examining.exam("flight", real=tmp_path)
    with pytest.raises(InputError, match="--model: is for wildfire and raft"):
        examining.exam("radiation", model=[tmp_path], write=True)
    for subject in ("wildfire", "raft", "radiation"):
        with pytest.raises(InputError, match="--leg = 'one': is for flight"):
            examining.exam(subject, leg=["one"])


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    folders = [tmp_path / below / "mine" for below in ("a", "b")]
    with pytest.raises(InputError, match="--model = 'mine': two folders have this name"):
        examining.exam("wildfire", model=folders)


@pytest.mark.parametrize(("subject", "name"), [("wildfire", "voting"), ("wildfire", "kumar-roy"), ("raft", "K-CFAR")])
def test_a_model_named_as_a_yardstick_is_refused(tmp_path: Path, subject: str, name: str) -> None:
    with pytest.raises(InputError, match=f"--model = '{name}': a yardstick of the exam has this name"):
        examining.exam(subject, model=[tmp_path / name])


def test_a_model_here_is_named_as_its_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[list[Path]] = []
    monkeypatch.setattr(examining, "_answer", lambda _, models, *__: asked.append(models) or answer_of("mine", True))
    monkeypatch.chdir(tmp_path)
    examining.exam("wildfire", model=[Path()], as_json=True)
    assert asked == [[tmp_path.resolve()]]


def test_evaluation_is_written_beside_the_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(sample_path("models", "wildfire-swir-int8"), folder)
    monkeypatch.setattr(examining, "_answer", lambda *_: answer_of("mine", ok=True))
    examining.exam("wildfire", model=[folder], write=True)
    written = json.loads((folder / "evaluation.json").read_text("utf-8"))
    assert (written["model"], written["plan_sha256"], written["bars"][0]["ok"]) == ("wildfire-swir-int8", "00", True)
    assert len(written["sha256"]) == 64


def test_radiation_tells_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    figures = {"upsets_per_day": 10.0, "way": "tmr", "recall": 0.8, "false_alerts_per_satellite_day": 1.0}
    answer = {"figures": {"one": figures | {"work_j_per_day": 60.0}}, "ok": True}
    monkeypatch.setattr(examining, "_answer", lambda *_: answer)
    assert examining.exam("radiation") == 0
    assert "0.800" in capsys.readouterr().out


def test_command_is_one_of_typer() -> None:
    app = typer.Typer()
    examining.register(app)
    assert [command.name for command in app.registered_commands] == ["exam"]
