"""A child process with limits opens files of unknown origin: what hangs or crashes there is one line here.

A graph is a program. Its parser and its runtime are C++ that a hostile file can send into an endless loop, out of
memory or over the edge, and none of that can be caught in the process where it happens.
"""

import contextlib
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgpack

from onboard.errors import InputError, MachineError

PACKAGE = "sim.modelling"
GRACE_S = 2.0
"""The child's own limit on processor time comes this much after ours on wall time, and ends an orphan."""
PYTHON_FAILED = 1
"""Exit code of an exception: a library is missing, or the mistake is ours."""
_ROOT = Path(__file__).resolve().parents[2]
_STATM, _STATUS, _CLEAR_REFS = (Path("/proc/self") / name for name in ("statm", "status", "clear_refs"))
_FORGET_PEAK = "5"
_FREE_AT_ONCE_BYTES = 65_536
"""Blocks from this size on go back to the system when they are freed. By itself glibc raises its threshold as it goes
(mallopt(3), M_MMAP_THRESHOLD) and keeps some: by chance, and up to as much again as the graph needs."""


class TooMuchMemory(InputError):
    """A graph took more than the `memory_bytes` it was allowed."""

    def __init__(self, source: str | Path, memory_bytes: int, rule: str) -> None:
        super().__init__(source, rule)
        self.memory_bytes = memory_bytes


def ask(task: str, request: dict[str, Any], *, source: Path, timeout_s: float, memory_bytes: int) -> Any:
    """The child's answer to one task: see `sim.modelling.__main__`.

    `memory_bytes` is what the task may take beyond the libraries it loads. Raises InputError that blames `source`
    where the file is refused, or where the child runs out of time, or crashes, and TooMuchMemory where it runs out of
    memory; MachineError where the child cannot work at all.
    """
    limits = {"timeout_s": timeout_s, "memory_bytes": memory_bytes}
    try:
        done = subprocess.run(
            [sys.executable, "-m", PACKAGE],
            input=msgpack.packb({"task": task, "request": request, "limits": limits}),
            capture_output=True,
            timeout=timeout_s,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        rule = f"took longer than {timeout_s:g} s to {_DOES[task]}, and was stopped; export a smaller or simpler graph"
        raise InputError(source, rule) from None
    if done.returncode == PYTHON_FAILED:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise MachineError(f"the process that reads models failed: {' '.join(words)}")
    if done.returncode == -signal.SIGABRT:  # what C++ does without memory
        raise TooMuchMemory(source, memory_bytes, f"{_memory_rule(memory_bytes)}, or breaks its runtime")
    if done.returncode:
        raise InputError(source, _end(task, done.returncode))
    answer = msgpack.unpackb(done.stdout, strict_map_key=False)
    if "exceeded" in answer:
        raise TooMuchMemory(source, memory_bytes, _memory_rule(memory_bytes))
    if "refused" in answer:
        raise InputError(source, answer["refused"])
    return answer["result"]


_DOES = {"inspect": "check", "count": "count", "run": "run once", "measure": "run once", "merge": "put together"}


def _environment() -> dict[str, str]:
    """The child finds this package wherever its parent did, takes no address space for threads, and keeps no memory."""
    below = os.environ.get("PYTHONPATH")
    path = str(_ROOT) if below is None else os.pathsep.join((str(_ROOT), below))
    return {
        **os.environ,
        "PYTHONPATH": path,
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_MMAP_THRESHOLD_": str(_FREE_AT_ONCE_BYTES),
    }


def _end(task: str, code: int) -> str:
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"took too much time or memory to {_DOES[task]}, and was stopped; export a smaller or simpler graph"
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"crashes its reader ({how}) when asked to {_DOES[task]}; export it again, with another opset or simplified"


def _memory_rule(memory_bytes: int) -> str:
    """What is said of a graph that reached its limit."""
    return f"needs more memory than the {memory_bytes / 1e6:,.0f} MB allowed; export a smaller input or network"


def limit_process(*, timeout_s: float, memory_bytes: int) -> None:
    """Limit this process, once its libraries are loaded: processor time, memory, no core dump, no file written."""
    _limit(resource.RLIMIT_CPU, int(timeout_s + GRACE_S) + 1)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_AS, _address_space_bytes() + memory_bytes)


def _limit(kind: int, value: int) -> None:
    # macOS knows some limits and refuses to set them; the time limit of `ask` holds everywhere.
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(kind)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (ceiling, hard))


def _address_space_bytes() -> int:
    """What the process has mapped by now; 2 GB where the host does not tell."""
    try:
        return int(_STATM.read_text("ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 2_000_000_000


def held_memory_bytes() -> int:
    """What of memory this process holds now; the most it ever held where the host does not tell."""
    return _of_status("VmRSS")


def peak_memory_bytes() -> int:
    """The most that this process held since `forget_peak`, or ever where the host cannot forget."""
    return _of_status("VmHWM")


def forget_peak() -> None:
    """Begin to measure the peak anew."""
    with contextlib.suppress(OSError):
        _CLEAR_REFS.write_text(_FORGET_PEAK, "ascii")


def _of_status(key: str) -> int:
    try:
        # Not getrusage where it can be helped: in Linux a child starts with the peak of the process that started it.
        found = re.search(rf"^{key}:\s+(\d+) kB$", _STATUS.read_text("ascii"), re.MULTILINE)
    except OSError:
        found = None
    if found:
        return int(found[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
