"""Scratch folders: gone after a run, kept while one flies, and removed by the next where a run was killed."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sim.scratch import MARK, PREFIX, scratch_folder
from tests.system.small_mission import fly, write_small_mission

ROOT = Path(__file__).resolve().parents[2]
OTHER_RUN = """
import sys
from sim.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "frame.dn").write_bytes(b"pixels")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def folders(temporary: Path) -> list[Path]:
    return sorted(temporary.iterdir())


def test_a_folder_lasts_as_long_as_its_run(temporary: Path) -> None:
    with scratch_folder() as first, scratch_folder() as second:
        assert folders(temporary) == sorted([first, second])
    assert folders(temporary) == []


def test_a_run_flies_in_one(tmp_path_factory: pytest.TempPathFactory, temporary: Path) -> None:
    seen: list[Path] = []
    folder = tmp_path_factory.mktemp("mission")
    fly(write_small_mission(folder), folder / "out", on_launch=lambda _: seen.extend(temporary.glob(f"*/{MARK}")))
    assert [path.parent.name.startswith(PREFIX) for path in seen] == [True]
    assert folders(temporary) == []


def test_what_a_killed_run_left_is_removed_by_the_next(temporary: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER_RUN],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    left = Path(other.stdout.readline().strip())
    try:
        with scratch_folder():
            assert (left / "frame.dn").exists(), "its run still flies"
    finally:
        other.kill()
        other.communicate()
    assert (left / "frame.dn").exists()
    with scratch_folder() as mine:
        assert folders(temporary) == [mine]


def test_a_folder_that_no_run_made_is_left_alone(temporary: Path) -> None:
    results = temporary / f"{PREFIX}results"
    results.mkdir()
    (results / "summary.json").touch()
    with scratch_folder():
        assert (results / "summary.json").exists()
