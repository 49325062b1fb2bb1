"""A run as processes, when one of them dies, hangs or is told to end: one line, and nobody is left behind."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from groundstation.archive import Archive
from onboard.__main__ import CODEC
from onboard.errors import MachineError
from sim import nodes
from sim.pace import RealTime
from sim.run import ARCHIVE
from tests.system.small_mission import CAMERA, fly, start_skysift

PROC = Path("/proc")
FOREVER_S = 3.0
"""Longest that anybody may live after the run."""
START_S = 30.0


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked after does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not PROC.is_dir() or status_of(PROC / str(pid))[0] not in ("Z", "")


def parent_of(entry: Path) -> int:
    """Of a process, by its folder under /proc; 0 where it has ended meanwhile."""
    return int(status_of(entry)[1] or 0)


def status_of(entry: Path) -> tuple[str, str]:
    """State and parent of a process (proc(5), `stat`); empty where it has ended meanwhile."""
    try:
        state, parent, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return state, parent


def await_end(pids: list[int]) -> None:
    """Raise where any of them outlives the run."""
    give_up_s = time.monotonic() + FOREVER_S
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < give_up_s, f"processes are left: {alive}"
        time.sleep(0.05)


@contextmanager
def flying(mission: Path, out: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    """A run of 400 s at 40 times real time, with its processes by name, while its first pass is on."""
    # In a short path, because sockets lie in it.
    scratch = tempfile.TemporaryDirectory(prefix="s")
    run = start_skysift(
        *("run", str(mission), "--processes", "--pace", "40", "--json", "--out", str(out)), env={"TMPDIR": scratch.name}
    )
    processes: dict[str, int] = {}
    try:
        assert run.stderr is not None
        told = run.stderr.readline()
        assert told.startswith("processes: "), told + run.stderr.read()
        processes = {name: int(pid) for name, pid in re.findall(r"([\w/ -]+) (\d+)(?:, |$)", told.split(": ")[1])}
        time.sleep(2.5)
        assert run.poll() is None
        yield run, processes
    finally:
        for pid in (run.pid, *processes.values()):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        run.communicate(timeout=START_S)
        scratch.cleanup()


def check_archive(out: Path) -> None:
    """It opens and holds whole products."""
    with closing(Archive(out / ARCHIVE)) as archive:
        assert all(product.payload for product in archive.products())


@pytest.mark.parametrize("victim", ["lark-1", "centre", "North/2"])
def test_a_killed_process_is_named(mission: Path, tmp_path: Path, victim: str) -> None:
    with flying(mission, tmp_path / "out") as (run, processes):
        assert set(processes) == {"lark-1", "lark-2", "Punta Arenas", "North/2", "centre"}
        os.kill(processes[victim], signal.SIGKILL)
        out, err = run.communicate(timeout=5.0)
        assert run.returncode == 1
        assert out == ""
        assert err == f"skysift: {victim} (process {processes[victim]}) was killed by SIGKILL; it said nothing\n"
        await_end(list(processes.values()))
    check_archive(tmp_path / "out")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_end_it_ends_its_processes(
    mission: Path, tmp_path: Path, ending: signal.Signals, request: pytest.FixtureRequest
) -> None:
    if signal.getsignal(ending) is signal.SIG_IGN:  # under nohup, as its children would be
        signal.signal(ending, signal.SIG_DFL)
        request.addfinalizer(lambda: signal.signal(ending, signal.SIG_IGN))
    with flying(mission, tmp_path / "out") as (run, processes):
        run.send_signal(ending)
        out, err = run.communicate(timeout=5.0)
        assert (run.returncode, out, err) == (130, "", "skysift: interrupted\n")
        await_end(list(processes.values()))
    check_archive(tmp_path / "out")


def test_processes_of_a_killed_run_end_by_themselves(mission: Path, tmp_path: Path) -> None:
    with flying(mission, tmp_path / "out") as (run, processes):
        run.kill()
        await_end(list(processes.values()))
    check_archive(tmp_path / "out")


def test_a_hung_process_is_named(mission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids: dict[str, int] = {}

    def stop_one(processes: dict[str, int]) -> None:
        pids.update(processes)
        monkeypatch.setattr(nodes, "REPLY_TIMEOUT_S", 0.5)
        os.kill(processes["lark-2"], signal.SIGSTOP)

    rule = r"lark-2 \(process \d+\) has hung: no answer for 0.5 s"
    with pytest.raises(MachineError, match=rule):
        fly(mission, tmp_path / "out", processes=True, on_launch=stop_one)
    await_end(list(pids.values()))


def test_a_process_that_breaks_tells_its_last_words(tmp_path: Path) -> None:
    node = nodes.ProcessNode("lark-1", "no_such_module", None, CODEC, tmp_path)
    try:
        with pytest.raises(MachineError, match=r"lark-1 .* ended with exit code 1; its last words: .*no_such_module"):
            node.await_ready()
    finally:
        node.close()


def test_paths_that_are_too_long_for_a_socket_are_told(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="local sockets have paths of at most 107 bytes: set TMPDIR"):
        nodes.ProcessNode("lark-1", "onboard", None, CODEC, tmp_path / ("deep" * 30))


@pytest.mark.skipif(not PROC.is_dir(), reason="finds processes by /proc")
def test_a_drawing_process_that_dies_is_named(mission: Path, tmp_path: Path) -> None:
    """Larger frames are drawn in processes of their own."""
    wide = tmp_path / "wide.toml"
    wide.write_text(CAMERA.replace("_px = 64", "_px = 300"), "utf-8")
    settings = (f"satellite[{index}].instrument={wide}" for index in range(2))
    run = start_skysift(
        *("run", str(mission), "--pace", "40", "--json", "--out", str(tmp_path / "out")),
        *(argument for setting in settings for argument in ("--set", setting)),
    )
    try:
        give_up_s = time.monotonic() + START_S
        while not (drawing := drawing_for(run.pid)):
            assert time.monotonic() < give_up_s
            time.sleep(0.1)
        time.sleep(1.0)
        os.kill(drawing[0], signal.SIGKILL)
        out, err = run.communicate(timeout=START_S)
    finally:
        run.kill()
    assert (run.returncode, out) == (1, "")
    assert err.startswith("skysift: a process that draws scenes died")
    assert err.count("\n") == 1
    await_end(drawing)


def drawing_for(run_pid: int) -> list[int]:
    """The processes that draw scenes for a run."""
    started = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal() and parent_of(entry) == run_pid]
    return [pid for pid in started if b"spawn_main" in (PROC / str(pid) / "cmdline").read_bytes()]


def test_summary_of_a_paced_run_as_processes(mission: Path, tmp_path: Path) -> None:
    """Nothing dies, and standard output is one JSON object."""
    run = start_skysift("run", str(mission), "--processes", "--json", "--out", str(tmp_path / "out"))
    out, err = run.communicate(timeout=START_S)
    assert run.returncode == 0, err
    assert json.loads(out)["processes"] == 6
    assert json.loads(out)["digest"] == fly(mission, tmp_path / "here", pace=RealTime(1e6)).summary["digest"]
