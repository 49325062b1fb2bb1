"""What the exams refuse before they draw: models for something else, and folders without the real pictures."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onboard.errors import InputError
from sim.data import sample_path
from sim.experiment.exam import fire_exam, raft_exam
from sim.experiment.exam.fire_detector import FireDetector
from sim.experiment.exam.fire_exam import wildfire_exam
from sim.experiment.exam.fire_pictures import BURNING
from sim.experiment.exam.raft_pictures import SHIPS
from sim.workers import submit, worker_processes

Exam = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(*_: Any, **__: Any) -> None:
        raise AssertionError("drawn before the fault is told")

    monkeypatch.setattr(raft_exam, "survey", draw)
    monkeypatch.setattr(fire_exam, "draw_set", draw)


def test_a_model_for_fires_is_no_raft_model() -> None:
    with pytest.raises(InputError, match=r"card\.toml: output\.classes = .*needs the classes small-target and ship"):
        raft_exam.raft_exam([sample_path("models", "wildfire-swir")])


def test_a_model_for_seas_is_no_fire_model() -> None:
    with pytest.raises(InputError, match=r"card\.toml: input\.bands = .*needs the bands red, nir, swir1, swir2"):
        wildfire_exam([sample_path("models", "raft-sar")])


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    for exam in (wildfire_exam, raft_exam.raft_exam):
        with pytest.raises(InputError, match="mine"):
            exam([tmp_path / "mine"])


@pytest.mark.parametrize(
    ("exam", "told"),
    [
        (wildfire_exam, "--real: must hold fire_s2_swir/false_color and fire_s2_burned/post_fire"),
        (raft_exam.raft_exam, "--real: must hold sar_hrsid and sar_lsssdd_s1"),
    ],
)
def test_a_folder_without_the_real_pictures_is_told(tmp_path: Path, exam: Exam, told: str) -> None:
    tmp_path.joinpath(*BURNING).mkdir(parents=True)
    (tmp_path / SHIPS).mkdir()
    with pytest.raises(InputError, match=told):
        exam(real=tmp_path)


def test_what_is_wrong_is_told_across_processes(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(sample_path("models", "raft-sar"), folder)
    with pytest.raises(InputError) as here:
        FireDetector(folder)
    assert str(pickle.loads(pickle.dumps(here.value))) == str(here.value)
    with worker_processes(1) as pool, pytest.raises(InputError) as there:
        submit(pool, FireDetector, folder).result()
    assert str(there.value) == str(here.value)
