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
from sim.run_directory import ARCHIVE
from tests.system.host_processes import PROC, await_end, children_of, is_alive
from tests.system.small_mission import CAMERA, Refused, check_ledger, fly, start_skysift

START_S = 30.0


@contextmanager
def flying(mission: Path, out: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    """A run of 400 s at 40 times real time, with its processes by name, while its first pass is on."""
    # In a short path, because sockets lie in it.
    scratch = tempfile.TemporaryDirectory(prefix="s")
    run = start_skysift(
        *("run", str(mission), "--processes", "--pace", "40", "--json", "--out", str(out), *options),
        env={"TMPDIR": scratch.name},
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


def test_a_process_that_never_starts_is_given_up(tmp_path: Path) -> None:
    node = nodes.ProcessNode("lark-1", "no_such_module", None, CODEC, tmp_path, restarts=True)
    rule = r"lark-1 .* ended with exit code 1; .*no_such_module; 3 times in a row it died before it was ready"
    with closing(node), pytest.raises(MachineError, match=rule):
        node.await_ready()


def test_restarts_need_processes(refused: Refused) -> None:
    rule = "command line: --on-death = 'restart': needs --processes: nobody can die where all live in one process"
    assert refused("run", "small.toml", "--on-death", "restart") == rule
    rule = "command line: --on-death = 'resume': must be one of: fail, restart"
    assert refused("run", "small.toml", "--processes", "--on-death", "resume") == rule


def test_killed_processes_are_started_again(mission: Path, tmp_path: Path) -> None:
    """The run goes on to its end, and says what happened."""
    victims = ("centre", "lark-1", "Punta Arenas")
    options = ("--on-death", "restart", "--set", "duration_s=240")
    with flying(mission, tmp_path / "out", *options) as (run, processes):
        for victim in victims:
            os.kill(processes[victim], signal.SIGKILL)
        out, err = run.communicate(timeout=START_S)
        assert (run.returncode, err) == (0, "")
        await_end([*processes.values(), *children_of(run.pid, b"--name=")])
    summary = json.loads(out)
    check_ledger(summary)
    assert (summary["status"], summary["restarts"]) == ("degraded", len(victims))
    for victim in victims:
        assert f"{victim}'s process died and was started again 1 time" in summary["reasons"]
    check_archive(tmp_path / "out")


def test_a_run_that_may_restart_is_the_same_where_nobody_dies(mission: Path, tmp_path: Path) -> None:
    """Storage that outlives a process changes nothing."""
    plain = fly(mission, tmp_path / "plain")
    durable = fly(mission, tmp_path / "durable", processes=True, restarts=True)
    assert durable.summary["digest"] == plain.summary["digest"]
    assert durable.summary["restarts"] == 0


def test_orders_are_flown_from_a_file(mission: Path, tmp_path: Path) -> None:
    orders = tmp_path / "orders.jsonl"
    orders.write_text(
        '{"at_s": 10, "satellite": "lark-1", "command": "set_strategy", "name": "lossless"}\n', encoding="utf-8"
    )
    run = start_skysift("run", str(mission), "--commands", str(orders), "--json", "--out", str(tmp_path / "out"))
    out, err = run.communicate(timeout=START_S)
    assert run.returncode == 0, err
    assert json.loads(out)["commands"]["completed"] > 2  # beside a pass plan for each satellite


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
        while not (drawing := children_of(run.pid, b"spawn_main")):
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


def test_summary_of_a_paced_run_as_processes(mission: Path, tmp_path: Path) -> None:
    """Nothing dies, and standard output is one JSON object."""
    run = start_skysift("run", str(mission), "--processes", "--json", "--out", str(tmp_path / "out"))
    out, err = run.communicate(timeout=START_S)
    assert run.returncode == 0, err
    assert json.loads(out)["processes"] == 6
    assert json.loads(out)["digest"] == fly(mission, tmp_path / "here", pace=RealTime(1e6)).summary["digest"]
