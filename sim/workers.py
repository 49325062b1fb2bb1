"""Worker processes: started without the caller's script, deaf to Ctrl-C, and gone where the caller is."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from threading import Thread
from types import ModuleType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

ORPHAN_CHECK_S = 0.5


def worker_processes(workers: int | None = None) -> ProcessPoolExecutor:
    """A pool, one process a core where no number is given. What it is given to do goes through `submit`."""
    return ProcessPoolExecutor(
        workers or os.cpu_count() or 1,
        mp_context=get_context("spawn"),
        initializer=_start_worker,
        initargs=(os.getpid(),),
    )


def submit(pool: Executor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Have a pool do something."""
    with _without_main():  # submitting is what starts workers
        return pool.submit(work, *args, **kwargs)


def interrupt_workers() -> None:
    """End what the worker processes of this process do, as Ctrl-C would; they clean up first."""
    for child in active_children():
        child.terminate()


@contextmanager
def _without_main() -> Iterator[None]:
    """Processes that start meanwhile do not import the caller's script: it may fly unguarded by `__name__`.

    What they work with is pickled by the names of our own modules. Nor do they wait for the command line's imports.
    """
    caller = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = caller


def _start_worker(parent: int) -> None:
    """Ctrl-C is for the run, which then ends its workers; where the run was killed, they end by themselves."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    Thread(target=_end_with, args=(parent,), daemon=True).start()


def _leave(_signal: int, _frame: object) -> None:
    """Leave every context on the way, without a word."""
    raise SystemExit(1)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(ORPHAN_CHECK_S)
    os._exit(1)
