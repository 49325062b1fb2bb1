"""Where a participant lives: in this process, or in one of its own over a ZeroMQ pair. Both give the same journal."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import zmq

from onboard.curve import CurveKeys
from onboard.errors import InputError, MachineError
from onboard.wire import Boot, Codec, Failed, Grant, Participant, Reply, Shutdown
from sim.facts import ProcessRestarted

REPLY_TIMEOUT_S = 120.0
"""Longest that a process may think about one grant: a frame's inference on a busy host takes seconds."""

_CHECK_MS = 50
"""While a reply is awaited, how often to look whether the process is still there."""

_RECONNECT_MS = 10
"""A process is met this soon after it has bound its socket; ZeroMQ's own 100 ms would be most of a start."""

MAX_FAILED_STARTS = 3
"""A process that dies so often in a row before it is ready is not started again."""

MEETING_TIMEOUT_S = 30.0
"""Longest until a process on another machine is met and has built its participant."""

_END_S = 1.0
_LAST_WORDS_CHARACTERS = 200


class ProcessDiedError(MachineError):
    """A participant's process ended by itself."""


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


class _Distant(ABC):
    """A participant beyond a ZeroMQ pair, in lock step. Booting and granting only send, so that all work at once."""

    def __init__(self, name: str, codec: Codec) -> None:
        self.name = name
        self.deadline_ns = 0
        self._codec = codec

    def await_ready(self) -> None:
        """Return when the participant is built. Raises InputError or MachineError where it cannot be."""
        self._receive(REPLY_TIMEOUT_S)

    def grant(self, now_ns: int, events: tuple[Any, ...]) -> None:
        """Send the grant."""
        self._send(Grant(now_ns, events))

    def collect(self) -> tuple[Any, ...]:
        """Await the reply."""
        return self._receive(REPLY_TIMEOUT_S).commands

    def dismiss(self) -> None:
        """Ask it to end."""
        with contextlib.suppress(zmq.ZMQError):
            self._socket.send(self._codec.encode(Shutdown()), zmq.NOBLOCK)

    def _connect(self, endpoint: str, keys: CurveKeys | None = None) -> None:
        self._socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PAIR)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RCVTIMEO, _CHECK_MS)
        self._socket.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MS)
        if keys is not None:
            keys.secure_client(self._socket)
        # The process binds and we connect: only a connecting socket takes the first word before anybody is there.
        self._socket.connect(endpoint)

    def _send(self, word: object) -> None:
        self._socket.send(self._codec.encode(word))

    def _receive(self, timeout_s: float) -> Reply:
        word = self._codec.decode(self._await(timeout_s))
        if isinstance(word, Failed):
            raise (InputError(self.name, word.reason) if word.users_fault else MachineError(word.reason))
        assert isinstance(word, Reply)
        self.deadline_ns = word.deadline_ns
        return word

    def _await(self, timeout_s: float) -> bytes:
        give_up_s = time.monotonic() + timeout_s
        while True:
            try:
                return self._socket.recv()
            except zmq.Again:
                self._find_alive()
            if time.monotonic() > give_up_s:
                raise MachineError(self._silence(timeout_s))

    @abstractmethod
    def _find_alive(self) -> None:
        """Raise where no reply can come any more."""

    @abstractmethod
    def _silence(self, timeout_s: float) -> str:
        """What to say of a participant that does not answer."""


class RemoteNode(_Distant):
    """A participant on another machine, whose process somebody started there: `python -m onboard --endpoint tcp://...`.

    Both ends show each other their keys; on a clear connection nobody answers. Raises ProcessDiedError where a process
    that was met hangs up.
    """

    def __init__(self, name: str, config: object, codec: Codec, endpoint: str, keys: CurveKeys) -> None:
        super().__init__(name, codec)
        self._where = f"{name} at {endpoint}"
        self._hung_up: zmq.Socket[bytes] | None = None
        self._connect(endpoint, keys)
        self._send(Boot(config))

    def await_ready(self) -> None:
        """Return when the participant is built. Raises InputError or MachineError where it cannot be."""
        self._receive(MEETING_TIMEOUT_S)
        self._hung_up = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)

    def check(self) -> None:
        """Raise ProcessDiedError where the process has hung up."""
        self._find_alive()

    def close(self) -> None:
        """Let the last word go out, and hang up."""
        if self._hung_up is not None:
            self._socket.disable_monitor()
            self._hung_up.close(linger=0)
        self._socket.close(linger=round(1000 * _END_S))

    def _find_alive(self) -> None:
        if self._hung_up is not None and self._hung_up.poll(0) and not self._socket.poll(0):
            raise ProcessDiedError(f"{self._where} has hung up: its process, or its machine, is gone")

    def _silence(self, timeout_s: float) -> str:
        rule = f"no answer for {timeout_s:g} s; is its process there, and does each know the other's key?"
        return f"{self._where}: {rule}"


class ProcessNode(_Distant):
    """A participant in its own operating-system process, `python -m MODULE`.

    A process that says nothing for too long raises MachineError with its name and last words; so does one that dies,
    or it is started again, where `restarts` says so. What it was granted when it died is lost, as what it had in
    memory is.
    """

    def __init__(
        self, name: str, module: str, config: object, codec: Codec, rendezvous: Path, *, restarts: bool = False
    ) -> None:
        super().__init__(name, codec)
        self._module = module
        self._config = config
        self._rendezvous = rendezvous
        self._restarts = restarts
        self._lives = 0
        self._untold: list[ProcessRestarted] = []
        self._start()

    @property
    def pid(self) -> int:
        """The process's identifier."""
        return self._process.pid

    def await_ready(self) -> None:
        """Return when the participant is built. Raises InputError or MachineError where it cannot be."""
        self._receive_or_restart()

    def collect(self) -> tuple[Any, ...]:
        """Await the reply. A process that is started again answers nothing but that it was, each time."""
        reply = self._receive_or_restart()
        restarted, self._untold = tuple(self._untold), []
        return restarted + reply

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
        """Raise ProcessDiedError where the process has ended and nobody starts it again, with its last words."""
        if not self._restarts:
            self._find_alive()

    def _start(self) -> None:
        self._lives += 1
        # Each life has its own endpoint: what was sent to a dead process must not reach the next.
        endpoint = _endpoint(self._rendezvous, f"{self.name}/{self._lives}")
        self._connect(endpoint)
        self._last_words = tempfile.TemporaryFile("w+b")  # noqa: SIM115 (closed with the process)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", self._module),
                *(f"--name={self.name}", f"--endpoint={endpoint}", f"--parent={os.getpid()}"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._last_words,
            stderr=self._last_words,
            start_new_session=True,  # Ctrl-C is for the run, which then ends its processes
            env=child_environment(),
        )
        self._send(Boot(self._config))

    def _receive_or_restart(self) -> tuple[Any, ...]:
        """The reply's commands; none of a process that died and is ready again."""
        starts = 0
        while True:
            try:
                return self._receive(REPLY_TIMEOUT_S).commands
            except ProcessDiedError as death:
                if not self._restarts:
                    raise
                if starts == MAX_FAILED_STARTS:
                    raise MachineError(f"{death}; {starts} times in a row it died before it was ready") from None
                self._untold.append(ProcessRestarted(self.name, str(death)))
            starts += 1
            self.close()
            self._start()

    def _find_alive(self) -> None:
        if (code := self._process.poll()) is not None and not self._socket.poll(0):
            raise ProcessDiedError(f"{self.name} (process {self.pid}) {_end(code)}{self._said()}")

    def _silence(self, timeout_s: float) -> str:
        return f"{self.name} (process {self.pid}) has hung: no answer for {timeout_s:g} s{self._said()}"

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


def child_environment() -> dict[str, str]:
    """The caller's, with this installation's packages first wherever the child starts.

    OpenBLAS would start a spinning thread a core in every process; nothing that flies or listens multiplies matrices.
    """
    root = str(Path(__file__).resolve().parent.parent)
    below = os.environ.get("PYTHONPATH")
    path = f"{root}{os.pathsep}{below}" if below else root
    return {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
