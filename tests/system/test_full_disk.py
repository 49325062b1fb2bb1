"""A disk that is full, as a limit on every file's size: one line, exit code 1, and what was archived stays readable."""

import resource
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sim import api
from tests.system.small_mission import CAMERA, fly, start_skysift, the_line


def fly_with_little_disk(mission: Path, out: Path, limit_bytes: int, *arguments: str) -> str:
    """The one line that a run, whose processes may write no file beyond a limit, ends with."""
    run = start_skysift(
        *("run", str(mission), "--json", "--strategy", "raw", "--out", str(out), *arguments),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes)),
    )
    stdout, err = run.communicate(timeout=30.0)
    assert (run.returncode, stdout) == (1, "")
    processes, _, line = err.rpartition("skysift: ")
    assert processes.count("\n") == ("--processes" in arguments)
    return the_line(f"skysift: {line}")


@pytest.mark.parametrize("processes", [(), ("--processes",)], ids=["here", "processes"])
def test_full_archive(mission: Path, tmp_path: Path, processes: tuple[str, ...]) -> None:
    line = fly_with_little_disk(mission, tmp_path / "out", 500_000, *processes)
    assert line.startswith(f"archive {tmp_path}/out/archive.sqlite: ")
    with closing(sqlite3.connect(tmp_path / "out" / "archive.sqlite")) as archive:
        assert archive.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert archive.execute("SELECT count(*) FROM product WHERE length(payload) > 6000").fetchone()[0] > 0


def test_full_mass_memory(mission: Path, tmp_path: Path) -> None:
    """A frame of 600 x 600 pixels has 720 kB; nothing else of the first second comes near."""
    wide = tmp_path / "wide.toml"
    wide.write_text(CAMERA.replace("_px = 64", "_px = 600"), "utf-8")
    instruments = (f"satellite[{index}].instrument={wide}" for index in range(2))
    settings = (argument for instrument in instruments for argument in ("--set", instrument))
    assert fly_with_little_disk(mission, tmp_path / "out", 500_000, *settings).startswith("mass memory: ")


def test_full_run_folder(mission: Path, tmp_path: Path) -> None:
    line = fly_with_little_disk(mission, tmp_path / "out", 2_000)
    assert line == f"{tmp_path}/out: File too large"


def test_once_there_is_room_the_run_is_resumed(mission: Path, tmp_path: Path) -> None:
    """A torn record is the journal's last, and what was archived comes again."""
    whole = fly(mission, tmp_path / "whole", "strategy=raw")
    for limit_bytes in (20_000, 500_000):
        assert fly_with_little_disk(mission, tmp_path / "out", limit_bytes)
        result = api.resume(tmp_path / "out")
        assert result.summary["digest"] == whole.summary["digest"]


def test_the_folder_of_a_failed_run_is_used_again(mission: Path, tmp_path: Path) -> None:
    assert fly_with_little_disk(mission, tmp_path / "out", 2_000)
    assert not (tmp_path / "out" / "archive.sqlite").exists()
    line = fly_with_little_disk(mission, tmp_path / "out", 500_000)
    assert "is there already" not in line
    assert (tmp_path / "out" / "archive.sqlite").exists()
