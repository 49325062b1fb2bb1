"""The page's server as a process of its own: where it listens, how it starts and ends, and the pipe to it.

What goes down the pipe is sent by a thread: a server that hangs holds nobody up. The run asks `is_idle` before it makes
another message, so that no more than one waits.
"""

import contextlib
import ipaddress
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from collections import deque
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from groundstation.web.loopback import is_loopback
from groundstation.web.piped import ANSWER, END, LIVE, MISSION
from groundstation.web.view import Control, MissionTable
from onboard.errors import InputError, MachineError
from sim.nodes import child_environment

DEFAULT_PORT = 8470
TOKEN_VARIABLE = "SKYSIFT_WEB_TOKEN"
LEAST_TOKEN_CHARACTERS = 8
END_S = 3.0
PACKAGES = ("nicegui", "fastapi", "uvicorn")
Asked = tuple[int, Control]
"""A control and the number under which its answer is awaited."""


def missing_package() -> str:
    """A package that the page needs and that is not installed; empty where all are."""
    return next((name for name in PACKAGES if find_spec(name) is None), "")


class PageServer:
    """Listens from the start; InputError where it cannot. Without a port the usual one, or a free one.

    Beyond this machine a token is asked for: the one given, or one made up.
    """

    def __init__(self, host: str, port: int | None, token: str) -> None:
        if missing := missing_package():
            raise MachineError(f"the page needs {missing}, which is not installed: pip install {missing}")
        self._is_loopback = is_loopback(host)
        self._token = token or ("" if self._is_loopback else secrets.token_urlsafe(16))
        if self._token and len(self._token) < LEAST_TOKEN_CHARACTERS:
            raise InputError("command line", f"must have at least {LEAST_TOKEN_CHARACTERS} characters", key="--token")
        if not (self._token.isascii() and self._token.isprintable()):
            raise InputError("command line", "must be of ASCII characters that can be printed", key="--token")
        self._listening = _listen(host, port)
        self.address = self._address()
        self._ours: Connection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._last_words = tempfile.TemporaryFile("w+b")  # noqa: SIM115 (closed with the process)
        self._outgoing: deque[bytes] = deque()
        self._wake = threading.Condition()
        self._is_sending = False
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The server's process."""
        return None if self._process is None else self._process.pid

    @property
    def is_idle(self) -> bool:
        """Whether all that was to be sent is sent."""
        return not self._outgoing and not self._is_sending

    def start(self) -> None:
        """Start the process; who connects meanwhile waits."""
        ours, theirs = socket.socketpair()
        environment = child_environment() | ({TOKEN_VARIABLE: self._token} if self._token else {})
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "groundstation.web"),
                    *(f"--pipe={theirs.fileno()}", f"--listening={self._listening.fileno()}"),
                    *(("--loopback",) if self._is_loopback else ()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=self._last_words,
                stderr=self._last_words,
                pass_fds=(theirs.fileno(), self._listening.fileno()),
                start_new_session=True,  # Ctrl-C is for the run, which then ends its server
                env=environment,
            )
        self._listening.close()  # the server's own copy is open: should it die, nobody seems to listen
        self._ours = Connection(ours.detach())
        threading.Thread(target=self._send, args=(self._ours,), daemon=True).start()

    def begin(self, mission: MissionTable, archive: Path) -> None:
        """Tell what does not change."""
        self._put(MISSION + orjson.dumps({"mission": mission, "archive": str(archive.absolute())}))

    def tell(self, message: dict[str, Any]) -> None:
        """A message of the live channel."""
        self._put(LIVE + orjson.dumps(message))

    def answer(self, number: int, refused: str | None) -> None:
        """Answer a control."""
        self._put(ANSWER + orjson.dumps({"number": number, "refused": refused}))

    def asked(self, wait_s: float = 0.0) -> list[Asked]:
        """Controls that came; waits for the first."""
        asked: list[Asked] = []
        try:
            while self._ours is not None and self._ours.poll(0.0 if asked else wait_s):
                table = orjson.loads(self._ours.recv_bytes())
                asked.append((table["number"], table["control"]))
        except (EOFError, OSError):
            self._ours = None
            self._end()
        return asked

    @property
    def is_gone(self) -> bool:
        """Whether the server has ended by itself."""
        return self._ours is None and self._process is not None

    def last_words(self) -> str:
        """What a server that ended by itself said last."""
        self._last_words.seek(0)
        lines = self._last_words.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else "it said nothing"

    def close(self) -> None:
        """Send what waits, for a moment, and end the process."""
        self._put(END)
        self._end()
        self._listening.close()
        if self._process is not None:
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._ours = None
        self._last_words.close()

    def _address(self) -> str:
        """What to open in a browser."""
        host, port = self._listening.getsockname()[:2]
        if ipaddress.ip_address(host).is_unspecified:
            host = socket.gethostname()
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{port}/" + (f"?token={quote(self._token, safe='')}" if self._token else "")

    def _put(self, data: bytes) -> None:
        with self._wake:
            self._outgoing.append(data)
            self._wake.notify()

    def _send(self, pipe: Connection) -> None:
        """Send until the end, or until nobody hears: the run finds that out when it listens. Nobody else closes the
        pipe, lest it be closed under a message."""
        with pipe, contextlib.suppress(OSError):
            while (data := self._next()) is not None:
                pipe.send_bytes(data)

    def _next(self) -> bytes | None:
        with self._wake:
            self._is_sending = False
            while not self._outgoing and not self._is_closed:
                self._wake.wait()
            if not self._outgoing:
                return None
            self._is_sending = True
            return self._outgoing.popleft()

    def _end(self) -> None:
        with self._wake:
            self._is_closed = True
            self._wake.notify()


def _listen(host: str, port: int | None) -> socket.socket:
    if port is None:
        try:
            return _bound(host, DEFAULT_PORT)
        except InputError:
            return _bound(host, 0)
    return _bound(host, port)


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "no name is like that"
        raise InputError("command line", f"no such address: {why}", key="--host", value=host) from None
    listening = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(128)
    except OSError as error:
        listening.close()
        rule = f"nobody can listen there: {error.strerror}; --port 0 takes a free one"
        raise InputError("command line", rule, key="--port", value=port) from None
    return listening
