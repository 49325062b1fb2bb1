"""Untrusted files are read in a child process; most tests call what it would run in this one, which is fast."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest

import sim.modelling.graph
import sim.modelling.macs
import sim.modelling.memory
import sim.modelling.trial
from onboard.errors import InputError
from sim.cli import main
from sim.modelling.__main__ import _worker, answer
from tests.sim.modelling.told import Skysift, Told
from tests.system.small_mission import write_small_mission


def ask_here(task: str, request: dict[str, Any], *, source: Path, timeout_s: float, memory_bytes: int) -> Any:
    """`sandbox.ask` without the child, through the same messages."""
    assert min(timeout_s, memory_bytes) > 0
    sent = msgpack.unpackb(msgpack.packb(request))
    told = msgpack.unpackb(msgpack.packb(answer(lambda: _worker(task)(sent), sent["path"])))
    if "refused" in told:
        raise InputError(source, told["refused"])
    return told["result"]


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do the child's work in this process."""
    for module in (sim.modelling.graph, sim.modelling.macs, sim.modelling.memory, sim.modelling.trial):
        monkeypatch.setattr(module, "ask", ask_here)


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small mission's scenario, as `small.toml`."""
    return write_small_mission(tmp_path_factory.mktemp("desk")).parent


@pytest.fixture
def skysift(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Skysift]:
    """Runs a command at the desk, in this process; gives its exit code and what it printed and told."""
    monkeypatch.chdir(desk)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}

    def run(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["skysift", *arguments])
        code = main()
        return Told(code, *capsys.readouterr())

    yield run
    for number, handler in before.items():
        signal.signal(number, handler)
