"""What may happen to a run from outside: its executive, or one of its processes, is killed or stopped, or the disk is
full or slow. The run flies in a process of its own, forked here, so that a start costs no imports."""

import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

from onboard.errors import InputError, MachineError
from tests.soak.outcome import EXECUTIVE, TARGETS
from tests.system.host_processes import children_of

FINISHED, FAILED, REFUSED, BROKEN = 0, 1, 2, 3
_LOOK_S = 0.002


class Flight:
    """A run in a process of its own. Its error, if it ends with one, is in one line of a file."""

    def __init__(self, fly: Callable[[], None], line: Path) -> None:
        self._line = line
        line.unlink(missing_ok=True)
        self.code: int | None = None
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os._exit(_flown(fly, line))

    @property
    def line(self) -> str:
        """What it ended with."""
        return self._line.read_text("utf-8") if self._line.exists() else ""

    def is_over(self) -> bool:
        """Whether it has ended; `code` is then its exit code, or minus the signal that killed it."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def wait(self, wait_s: float = 120.0) -> bool:
        """Wait so long, or until it ends; whether it goes on."""
        until_s = time.monotonic() + wait_s
        while not self.is_over() and time.monotonic() < until_s:
            time.sleep(_LOOK_S)
        return not self.is_over()

    def victim(self, target: str) -> int:
        """The process of a target, once it is there; 0 where the flight is over."""
        if target == EXECUTIVE:
            return 0 if self.is_over() else self.pid
        while not self.is_over():
            if found := children_of(self.pid, f"--name={TARGETS[target]}\0".encode()):
                return found[0]
            time.sleep(_LOOK_S)
        return 0


def _flown(fly: Callable[[], None], line: Path) -> int:
    try:
        fly()
    except (InputError, MachineError) as error:
        line.write_text(str(error), "utf-8")
        return REFUSED if isinstance(error, InputError) else FAILED
    except BaseException:
        line.write_text(traceback.format_exc(), "utf-8")
        return BROKEN
    return FINISHED


def kill(flight: Flight, _target: str, rng: Random, longest_s: float) -> int:
    """Kill the executive at some moment; whether it was still there."""
    if not flight.wait(rng.uniform(0.0, longest_s)):
        return 0
    os.kill(flight.pid, signal.SIGKILL)
    flight.wait()
    return int(flight.code == -signal.SIGKILL)


def stop(flight: Flight, target: str, rng: Random, longest_s: float) -> int:
    """Stop the target at some moment and let it go on after a while; whether it was still there."""
    victim = flight.victim(target)
    if not victim or not flight.wait(rng.uniform(0.0, longest_s / 2)):
        return 0
    try:
        os.kill(victim, signal.SIGSTOP)
        time.sleep(rng.uniform(0.05, 0.5))
        os.kill(victim, signal.SIGCONT)
    except ProcessLookupError:
        return 0
    return 1


def fill_disk(flight: Flight, target: str, rng: Random, longest_s: float) -> int:
    """From some moment on no file of the target may grow beyond a length; whether it was still there."""
    victim = flight.victim(target)
    if not victim or not flight.wait(rng.uniform(0.0, longest_s / 2)):
        return 0
    limit_bytes = round(10 ** rng.uniform(2.0, 5.0))
    try:
        resource.prlimit(victim, resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    except ProcessLookupError:
        return 0
    return 1
