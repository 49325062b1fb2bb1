"""Processes of this host, by proc(5)."""

import os
import time
from pathlib import Path

PROC = Path("/proc")
FOREVER_S = 3.0
"""Longest that anybody may live after the run."""


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked after does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not PROC.is_dir() or _status_of(PROC / str(pid))[0] not in ("Z", "")


def children_of(pid: int, word: bytes) -> list[int]:
    """Processes that live and were started by another one, with a word in their command line."""
    started = (entry for entry in PROC.iterdir() if entry.name.isdecimal() and _status_of(entry)[1] == str(pid))
    return [int(entry.name) for entry in started if word in _command_line(entry)]


def await_end(pids: list[int]) -> None:
    """Raise where any of them outlives the run."""
    give_up_s = time.monotonic() + FOREVER_S
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < give_up_s, f"processes are left: {alive}"
        time.sleep(0.05)


def _status_of(entry: Path) -> tuple[str, str]:
    """State and parent of a process; empty where it has ended meanwhile."""
    try:
        state, parent, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return state, parent


def _command_line(entry: Path) -> bytes:
    """Empty of a process that has ended."""
    try:
        return (entry / "cmdline").read_bytes()
    except OSError:
        return b""
