"""The socket of a participant's own process: one ZeroMQ pair to the executive, over which it runs in lock step."""

import os
import sys
from collections.abc import Callable
from typing import Any

import zmq

from onboard.wire import Codec, Participant, serve

_ORPHAN_CHECK_MS = 500


def run_process(endpoint: str, codec: Codec, build: Callable[[Any], Participant]) -> int:
    """Serve until shut down; returns the exit code. A process whose executive has died ends by itself."""
    parent = os.getppid()
    socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.PAIR)
    socket.setsockopt(zmq.LINGER, 200)
    socket.setsockopt(zmq.RCVTIMEO, _ORPHAN_CHECK_MS)
    socket.bind(endpoint)

    def receive() -> bytes:
        while True:
            try:
                return socket.recv()
            except zmq.Again:
                if os.getppid() != parent:
                    sys.exit(1)

    try:
        serve(codec, build, receive, socket.send)
    except KeyboardInterrupt:
        return 130
    finally:
        socket.close()
        zmq.Context.instance().term()
    return 0
