"""A disk that is slow now and then: every durable write of a process waits for a seeded while.

Processes that a run starts get it by `slow/sitecustomize.py`, which Python imports before anything of theirs.
"""

import os
import sqlite3
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

VARIABLE = "SOAK_SLOW_DISK"
HOOK = str(Path(__file__).parent / "slow")
LONGEST_S = 0.05
SHARE = 0.15
"""Of writes wait: the others are as quick as ever."""


def install(seed: str) -> None:
    """Make this process's commits, synchronised writes and renames slow from now on."""
    rng = Random(f"{seed} {sys.argv}")

    def wait() -> None:
        if rng.random() < SHARE:
            time.sleep(rng.uniform(0.0, LONGEST_S))

    class SlowConnection(sqlite3.Connection):
        def commit(self) -> None:
            wait()
            super().commit()

    connect, fsync, replace = sqlite3.connect, os.fsync, os.replace

    def slow_connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return connect(*arguments, **{"factory": SlowConnection, **options})

    def slow_fsync(handle: int) -> None:
        wait()
        fsync(handle)

    def slow_replace(*arguments: Any, **options: Any) -> None:
        wait()
        replace(*arguments, **options)

    sqlite3.connect = slow_connect  # type: ignore[assignment]
    os.fsync = slow_fsync  # type: ignore[assignment]
    os.replace = slow_replace


def slow_journal(seed: str) -> None:
    """Make the executive's journal slow."""
    from sim.journal import Journal

    rng = Random(f"{seed} journal")
    write = Journal._write

    def slow_write(self: Journal, data: bytes) -> None:
        if rng.random() < SHARE / 20:
            time.sleep(rng.uniform(0.0, LONGEST_S))
        write(self, data)

    Journal._write = slow_write  # type: ignore[method-assign]
