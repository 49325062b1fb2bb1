"""The socket of a participant's own process: one ZeroMQ pair to the executive, over which it runs in lock step.

A process that the executive starts meets it at a local socket. One that is a service of its own, perhaps on another
machine, waits at a `tcp` endpoint for the executive that it knows by its key. It flies one run and ends; whoever
started it starts it again.
"""

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import zmq

from onboard.curve import CurveKeys, Doorkeeper, read_curve_keys
from onboard.errors import InputError, MachineError
from onboard.wire import Codec, Participant, serve

_ORPHAN_CHECK_MS = 500
_KNOCK_CHECK_MS = 50
"""How long whoever knocks may wait."""
_DESERTED_MS = 1_000
"""How long a connection that was let in may take to stand, or be gone, before its executive counts as dead."""
_LAST_WORD_MS = 200
_INTERRUPTED = 130
_DESERTED = "the executive has hung up"


def run_process(description: str, codec: Codec, build: Callable[[Any], Participant]) -> int:
    """Serve until shut down; returns the exit code.

    A process that was started with its executive's identifier ends by itself when that has died.
    """
    options = _parser(description).parse_args()
    try:
        keys = _keys(options.endpoint, options.secret_key, options.peer_key)
        with closing(_Door(options.endpoint, options.parent, keys)) as door:
            serve(codec, build, door.receive, door.send)
    except (InputError, MachineError) as error:
        print(f"{options.name}: {error}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _parser(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--name", required=True, help="whose process this is, as the process list shows it")
    parser.add_argument("--endpoint", required=True, help="the ZeroMQ endpoint to meet the executive at")
    parser.add_argument("--parent", type=int, help="the executive's process identifier, where it runs on this machine")
    parser.add_argument("--secret-key", type=Path, metavar="FILE", help="this process's secret certificate, for tcp")
    parser.add_argument("--peer-key", type=Path, metavar="FILE", help="the executive's certificate, for tcp")
    return parser


def _keys(endpoint: str, secret: Path | None, peer: Path | None) -> CurveKeys | None:
    if endpoint.startswith("ipc://") and secret is None and peer is None:
        return None
    if not endpoint.startswith(("ipc://", "tcp://")):
        raise InputError("command line", "must be a local socket, ipc://PATH, or tcp://ADDRESS:PORT", key="--endpoint")
    if secret is None or peer is None:
        rule = "leaves the machine: it needs both --secret-key and --peer-key"
        raise InputError("command line", rule, key="--endpoint", value=endpoint)
    return read_curve_keys(secret, peer)


class _Door:
    """The socket, bound; whoever has the wrong key, or none, stays outside."""

    def __init__(self, endpoint: str, parent: int | None, keys: CurveKeys | None) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
        self._parent = parent
        self._socket: zmq.Socket[bytes] = self._context.socket(zmq.PAIR)
        self._socket.setsockopt(zmq.LINGER, _LAST_WORD_MS)
        self._socket.setsockopt(zmq.RCVTIMEO, _ORPHAN_CHECK_MS if keys is None else _KNOCK_CHECK_MS)
        self._alone_ms = 0
        self._keeper: Doorkeeper | None = None
        # A pair whose other end died while this one was at work takes no answer, for ever.
        self._socket.setsockopt(zmq.SNDTIMEO, _ORPHAN_CHECK_MS if keys is None else _DESERTED_MS)
        if keys is not None:
            self._keeper = Doorkeeper(self._context, keys)
            keys.secure_server(self._socket)
        try:
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise MachineError(f"{endpoint}: {zmq.strerror(error.errno or 0)}") from None

    def receive(self) -> bytes:
        """The next word."""
        while True:
            try:
                return self._socket.recv()
            except zmq.Again:
                if self._keeper is not None:
                    self._keeper.answer()
                    self._find_peer(self._keeper)
                self._find_parent()

    def send(self, word: bytes) -> None:
        """Answer."""
        while True:
            try:
                self._socket.send(word)
                return
            except zmq.Again:
                if self._keeper is not None:
                    sys.exit(_DESERTED)
                self._find_parent()

    def _find_parent(self) -> None:
        """End where the executive that started this process is gone."""
        if self._parent is not None and os.getppid() != self._parent:
            sys.exit(1)

    def _find_peer(self, keeper: Doorkeeper) -> None:
        """End where the executive that was let in is gone: a pair without its other end takes no words."""
        is_there = not keeper.has_opened or self._socket.poll(0, zmq.POLLOUT)
        self._alone_ms = 0 if is_there else self._alone_ms + _KNOCK_CHECK_MS
        if self._alone_ms > _DESERTED_MS:
            sys.exit(_DESERTED)

    def close(self) -> None:
        """Let the last word go out, and hang up."""
        self._socket.close()
        if self._keeper is not None:
            self._keeper.close()
        self._context.term()
