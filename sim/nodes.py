"""Where a participant lives: in this process, or in one of its own over a ZeroMQ pair. Both give the same journal."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import zmq

from onboard.errors import InputError, MachineError
from onboard.wire import Boot, Codec, Failed, Grant, Participant, Reply, Shutdown

REPLY_TIMEOUT_S = 120.0
"""Longest that a process may think about one grant: a frame's inference on a busy host takes seconds."""

_CHECK_MS = 50
"""While a reply is awaited, how often to look whether the process is still there."""

_RECONNECT_MS = 10
"""A process is met this soon after it has bound its socket; ZeroMQ's own 100 ms would be most of a start."""

_END_S = 1.0
_LAST_WORDS_CHARACTERS = 200


class LocalNode:
    """Calls a participant of this process."""

    def __init__(self, participant: Participant) -> None:
        self._participant = participant
        self._due: tuple[int, tuple[Any, ...]] = (0, ())

    @property
    def deadline_ns(self) -> int:
        """When the participant next wants to be called if nothing else happens."""
        return self._participant.deadline_ns

    def grant(self, now_ns: int, events: tuple[Any, ...]) -> None:
        """Remember the grant; the work is done on collection."""
        self._due = (now_ns, events)

    def collect(self) -> tuple[Any, ...]:
        """Let the participant advance."""
        return self._participant.advance(*self._due)

    def check(self) -> None:
        """A participant of this process is as alive as the run."""

    def dismiss(self) -> None:
        """Nobody has to be asked."""

    def close(self) -> None:
        """End the participant."""
        self._participant.close()


class ProcessNode:
    """A participant in its own operating-system process, `python -m MODULE`, in lock step over a ZeroMQ pair.

    Booting and granting only send, so that processes start and work at the same time. A process that dies or says
    nothing for too long raises MachineError with its name and last words.
    """

    def __init__(self, name: str, module: str, config: object, codec: Codec, rendezvous: Path) -> None:
        self.name = name
        self.deadline_ns = 0
        self._codec = codec
        endpoint = _endpoint(rendezvous, name)
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PAIR)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RCVTIMEO, _CHECK_MS)
        self._socket.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        # The process binds and we connect: only a connecting socket takes the first word before anybody is there.
        self._socket.connect(endpoint)
        self._last_words = tempfile.TemporaryFile("w+b")  # noqa: SIM115 (closed with the process)
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, f"--name={name}", f"--endpoint={endpoint}", f"--parent={os.getpid()}"],
            stdin=subprocess.DEVNULL,
            stdout=self._last_words,
            stderr=self._last_words,
            start_new_session=True,  # Ctrl-C is for the run, which then ends its processes
            env=_child_environment(),
        )
        self._send(Boot(config))

    @property
    def pid(self) -> int:
        """The process's identifier."""
        return self._process.pid

    def await_ready(self) -> None:
        """Return when the participant is built. Raises InputError or MachineError where it cannot be."""
        self._receive()

    def grant(self, now_ns: int, events: tuple[Any, ...]) -> None:
        """Send the grant."""
        self._send(Grant(now_ns, events))

    def collect(self) -> tuple[Any, ...]:
        """Await the reply."""
        return self._receive().commands

    def dismiss(self) -> None:
        """Ask the process to end."""
        with contextlib.suppress(zmq.ZMQError):
            self._socket.send(self._codec.encode(Shutdown()), zmq.NOBLOCK)

    def close(self) -> None:
        """Await the end of a dismissed process for a moment, then make it end."""
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._socket.close()
        self._last_words.close()

    def check(self) -> None:
        """Raise MachineError where the process has ended, with its last words."""
        if (code := self._process.poll()) is not None and not self._socket.poll(0):
            raise MachineError(f"{self.name} (process {self.pid}) {_end(code)}{self._said()}")

    def _send(self, word: object) -> None:
        self._socket.send(self._codec.encode(word))

    def _await(self) -> bytes:
        give_up_s = time.monotonic() + REPLY_TIMEOUT_S
        while True:
            try:
                return self._socket.recv()
            except zmq.Again:
                self.check()
            if time.monotonic() > give_up_s:
                raise MachineError(
                    f"{self.name} (process {self.pid}) has hung: no answer for {REPLY_TIMEOUT_S:g} s{self._said()}"
                )

    def _receive(self) -> Reply:
        word = self._codec.decode(self._await())
        if isinstance(word, Failed):
            raise (InputError(self.name, word.reason) if word.users_fault else MachineError(word.reason))
        assert isinstance(word, Reply)
        self.deadline_ns = word.deadline_ns
        return word

    def _said(self) -> str:
        self._last_words.seek(0)
        lines = self._last_words.read().decode(errors="replace").strip().splitlines()
        return f"; its last words: {lines[-1][:_LAST_WORDS_CHARACTERS]}" if lines else "; it said nothing"


def _endpoint(rendezvous: Path, name: str) -> str:
    """A local socket. Its file's name is a hash: a station's name may hold what a path must not."""
    path = rendezvous / hashlib.sha256(name.encode()).hexdigest()[:12]
    if len(os.fsencode(path)) > zmq.IPC_PATH_MAX_LEN:
        raise MachineError(f"{path}: local sockets have paths of at most {zmq.IPC_PATH_MAX_LEN} bytes: set TMPDIR")
    return f"ipc://{path}"


def _end(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by {signal.Signals(-code).name}"


def _child_environment() -> dict[str, str]:
    """The caller's, with this installation's packages first wherever the child starts.

    OpenBLAS would start a spinning thread a core in every process; nothing that flies or listens multiplies matrices.
    """
    root = str(Path(__file__).resolve().parent.parent)
    below = os.environ.get("PYTHONPATH")
    path = f"{root}{os.pathsep}{below}" if below else root
    return {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
