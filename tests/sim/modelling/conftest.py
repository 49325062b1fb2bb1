"""Untrusted files are read in a child process; most tests call what it would run in this one, which is fast."""

from pathlib import Path
from typing import Any

import msgpack
import pytest

import sim.modelling.graph
import sim.modelling.macs
import sim.modelling.trial
from onboard.errors import InputError
from sim.modelling.__main__ import _worker, answer


def ask_here(task: str, request: dict[str, Any], *, source: Path, timeout_s: float, memory_bytes: int) -> Any:
    """`sandbox.ask` without the child, through the same messages."""
    assert timeout_s > 0
    sent = msgpack.unpackb(msgpack.packb(request))
    told = msgpack.unpackb(msgpack.packb(answer(lambda: _worker(task)(sent), sent["path"], memory_bytes)))
    if "refused" in told:
        raise InputError(source, told["refused"])
    return told["result"]


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do the child's work in this process."""
    for module in (sim.modelling.graph, sim.modelling.macs, sim.modelling.trial):
        monkeypatch.setattr(module, "ask", ask_here)
