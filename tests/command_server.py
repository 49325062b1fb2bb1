"""Commands of skysift, each in a process of its own that is forked from one which has imported everything.

A start as a user's takes a second of imports, most of what a short command costs; the tests of README and docs start
dozens. What they run is the command line's `main`, from its arguments to its exit code. That `python -m sim` starts by
itself is held by others, such as `tests/system/test_processes.py`.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.documents import ROOT

_STREAMS = ((0, os.devnull, os.O_RDONLY), (1, os.devnull, os.O_WRONLY), (2, "", os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
"""What each is opened on; standard error goes to a command's own file."""
_IMPORTED = ("sim.cli", "sim.experiment.report.page")


class CommandServer:
    """Runs one command after another."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # in a session of its own, which is ended as one
            [sys.executable, "-m", __name__],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, arguments: list[str], folder: Path, limit_s: int) -> tuple[int, str]:
        """Run `skysift ARGUMENTS` in a folder; its exit code, negative for a signal's, and its standard error."""
        errors = folder / "standard-error.txt"
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([arguments, str(folder), str(errors), limit_s]), file=self._process.stdin, flush=True)
        code = int(self._process.stdout.readline())
        told = errors.read_text(encoding="utf-8")
        errors.unlink()
        return code, told

    def close(self) -> None:
        """End, and whatever still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


def _serve() -> None:
    for module in _IMPORTED:
        __import__(module)
    from sim.cli import main

    for line in sys.stdin:
        arguments, folder, errors, limit_s = json.loads(line)
        if (pid := os.fork()) == 0:
            code = 1
            try:
                os.chdir(folder)
                signal.alarm(limit_s)
                for stream, path, flags in _STREAMS:
                    os.dup2(os.open(path or errors, flags, 0o600), stream)
                sys.argv = ["skysift", *arguments]
                code = main()
                sys.stdout.flush()
            finally:
                os._exit(code)  # libraries' threads are the server's: what would end them at exit waits for good
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    _serve()
